package weighbridge.container.out_of_range_test

import data.weighbridge.container.out_of_range
import data.weighbridge.lib.fixture

test_fires if {
	count(out_of_range.deny) == 1 with input as fixture.deviation("zip", "out-of-range")
}

test_another_deviation_is_silent if {
	count(out_of_range.deny) == 0 with input as fixture.deviation("zip", "gap")
}

test_another_family_is_silent if {
	count(out_of_range.deny) == 0 with input as fixture.deviation("safetensors", "out-of-range")
}
