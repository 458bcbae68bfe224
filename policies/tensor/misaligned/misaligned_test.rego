package weighbridge.tensor.misaligned_test

import data.weighbridge.tensor.misaligned
import data.weighbridge.lib.fixture

test_fires if {
	count(misaligned.warn) == 1 with input as fixture.deviation("safetensors", "misaligned")
}

test_another_deviation_is_silent if {
	count(misaligned.warn) == 0 with input as fixture.deviation("safetensors", "gap")
}

test_another_family_is_silent if {
	count(misaligned.warn) == 0 with input as fixture.deviation("zip", "misaligned")
}
