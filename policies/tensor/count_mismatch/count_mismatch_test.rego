package weighbridge.tensor.count_mismatch_test

import data.weighbridge.tensor.count_mismatch
import data.weighbridge.lib.fixture

test_fires if {
	count(count_mismatch.deny) == 1 with input as fixture.deviation("safetensors", "count-mismatch")
}

test_another_deviation_is_silent if {
	count(count_mismatch.deny) == 0 with input as fixture.deviation("safetensors", "gap")
}

test_another_family_is_silent if {
	count(count_mismatch.deny) == 0 with input as fixture.deviation("zip", "count-mismatch")
}
