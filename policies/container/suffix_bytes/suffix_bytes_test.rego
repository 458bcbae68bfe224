package weighbridge.container.suffix_bytes_test

import data.weighbridge.container.suffix_bytes
import data.weighbridge.lib.fixture

test_fires if {
	count(suffix_bytes.deny) == 1 with input as fixture.deviation("zip", "suffix-bytes")
}

test_another_deviation_is_silent if {
	count(suffix_bytes.deny) == 0 with input as fixture.deviation("zip", "gap")
}

test_another_family_is_silent if {
	count(suffix_bytes.deny) == 0 with input as fixture.deviation("safetensors", "suffix-bytes")
}
