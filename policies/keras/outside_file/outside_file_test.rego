package weighbridge.keras.outside_file_test

import data.weighbridge.keras.outside_file
import data.weighbridge.lib.fixture

test_files_and_addresses_fire if {
	count(outside_file.deny) == 1 with input as fixture.reference({"format": "keras-config", "kind": "file"})
	count(outside_file.deny) == 1 with input as fixture.reference({"format": "keras-config", "kind": "url", "target": "https://example.org/words"})
}

test_other_formats_are_silent if {
	count(outside_file.deny) == 0 with input as fixture.reference({"format": "onnx"})
}
