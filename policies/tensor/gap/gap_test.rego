package weighbridge.tensor.gap_test

import data.weighbridge.tensor.gap
import data.weighbridge.lib.fixture

test_fires if {
	count(gap.deny) == 1 with input as fixture.deviation("safetensors", "gap")
}

test_another_deviation_is_silent if {
	count(gap.deny) == 0 with input as fixture.deviation("safetensors", "overlap")
}

test_another_family_is_silent if {
	count(gap.deny) == 0 with input as fixture.deviation("zip", "gap")
}
