package weighbridge.tensor.prefix_bytes_test

import data.weighbridge.tensor.prefix_bytes
import data.weighbridge.lib.fixture

test_fires if {
	count(prefix_bytes.deny) == 1 with input as fixture.deviant("safetensors", "prefix-bytes", {"name": null, "found": "64 bytes"})
}

test_another_deviation_is_silent if {
	count(prefix_bytes.deny) == 0 with input as fixture.deviation("safetensors", "gap")
}

test_another_family_is_silent if {
	count(prefix_bytes.deny) == 0 with input as fixture.deviation("zip", "prefix-bytes")
}
