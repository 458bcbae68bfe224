package weighbridge.container.misaligned_test

import data.weighbridge.container.misaligned
import data.weighbridge.lib.fixture

test_fires if {
	count(misaligned.warn) == 1 with input as fixture.deviation("tar", "misaligned")
}

test_another_deviation_is_silent if {
	count(misaligned.warn) == 0 with input as fixture.deviation("tar", "gap")
}

test_another_family_is_silent if {
	count(misaligned.warn) == 0 with input as fixture.deviation("safetensors", "misaligned")
}
