package weighbridge.container.prefix_bytes_test

import data.weighbridge.container.prefix_bytes
import data.weighbridge.lib.fixture

test_fires if {
	count(prefix_bytes.deny) == 1 with input as fixture.deviation("zip", "prefix-bytes")
}

test_another_deviation_is_silent if {
	count(prefix_bytes.deny) == 0 with input as fixture.deviation("zip", "gap")
}

test_another_family_is_silent if {
	count(prefix_bytes.deny) == 0 with input as fixture.deviation("safetensors", "prefix-bytes")
}

test_the_files_of_a_tflite_model_are_silent if {
	facts := object.union(fixture.deviation("zip", "prefix-bytes"), {"members": fixture.one({"formats": ["zip", "tflite"]}).members})
	count(prefix_bytes.deny) == 0 with input as facts
}
