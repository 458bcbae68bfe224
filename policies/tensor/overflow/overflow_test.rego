package weighbridge.tensor.overflow_test

import data.weighbridge.tensor.overflow
import data.weighbridge.lib.fixture

test_fires if {
	count(overflow.deny) == 1 with input as fixture.deviation("safetensors", "overflow")
}

test_another_deviation_is_silent if {
	count(overflow.deny) == 0 with input as fixture.deviation("safetensors", "gap")
}

test_another_family_is_silent if {
	count(overflow.deny) == 0 with input as fixture.deviation("zip", "overflow")
}
