package weighbridge.tensor.size_mismatch_test

import data.weighbridge.tensor.size_mismatch
import data.weighbridge.lib.fixture

test_fires if {
	count(size_mismatch.deny) == 1 with input as fixture.deviation("safetensors", "size-mismatch")
}

test_another_deviation_is_silent if {
	count(size_mismatch.deny) == 0 with input as fixture.deviation("safetensors", "gap")
}

test_another_family_is_silent if {
	count(size_mismatch.deny) == 0 with input as fixture.deviation("zip", "size-mismatch")
}
