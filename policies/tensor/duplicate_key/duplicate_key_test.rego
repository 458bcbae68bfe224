package weighbridge.tensor.duplicate_key_test

import data.weighbridge.tensor.duplicate_key
import data.weighbridge.lib.fixture

test_fires if {
	count(duplicate_key.deny) == 1 with input as fixture.deviation("safetensors", "duplicate-key")
}

test_another_deviation_is_silent if {
	count(duplicate_key.deny) == 0 with input as fixture.deviation("safetensors", "gap")
}

test_another_family_is_silent if {
	count(duplicate_key.deny) == 0 with input as fixture.deviation("zip", "duplicate-key")
}
