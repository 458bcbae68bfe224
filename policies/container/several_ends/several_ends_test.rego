package weighbridge.container.several_ends_test

import data.weighbridge.container.several_ends
import data.weighbridge.lib.fixture

test_fires if {
	count(several_ends.deny) == 1 with input as fixture.deviation("zip", "several-ends")
}

test_another_deviation_is_silent if {
	count(several_ends.deny) == 0 with input as fixture.deviation("zip", "gap")
}

test_another_family_is_silent if {
	count(several_ends.deny) == 0 with input as fixture.deviation("safetensors", "several-ends")
}
