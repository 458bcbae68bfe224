package weighbridge.tensor.suffix_bytes_test

import data.weighbridge.tensor.suffix_bytes
import data.weighbridge.lib.fixture

test_fires if {
	count(suffix_bytes.deny) == 1 with input as fixture.deviant("safetensors", "suffix-bytes", {"name": null, "found": "64 bytes"})
}

test_another_deviation_is_silent if {
	count(suffix_bytes.deny) == 0 with input as fixture.deviation("safetensors", "gap")
}

test_another_family_is_silent if {
	count(suffix_bytes.deny) == 0 with input as fixture.deviation("zip", "suffix-bytes")
}
