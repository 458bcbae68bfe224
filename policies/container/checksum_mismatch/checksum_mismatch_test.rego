package weighbridge.container.checksum_mismatch_test

import data.weighbridge.container.checksum_mismatch
import data.weighbridge.lib.fixture

test_fires if {
	count(checksum_mismatch.deny) == 1 with input as fixture.deviation("zip", "checksum-mismatch")
}

test_another_deviation_is_silent if {
	count(checksum_mismatch.deny) == 0 with input as fixture.deviation("zip", "gap")
}

test_another_family_is_silent if {
	count(checksum_mismatch.deny) == 0 with input as fixture.deviation("safetensors", "checksum-mismatch")
}
