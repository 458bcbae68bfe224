package weighbridge.container.overlap_test

import data.weighbridge.container.overlap
import data.weighbridge.lib.fixture

test_fires if {
	count(overlap.deny) == 1 with input as fixture.deviation("zip", "overlap")
}

test_another_deviation_is_silent if {
	count(overlap.deny) == 0 with input as fixture.deviation("zip", "gap")
}

test_another_family_is_silent if {
	count(overlap.deny) == 0 with input as fixture.deviation("safetensors", "overlap")
}
