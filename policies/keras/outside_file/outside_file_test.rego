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

test_it_is_told_what_becomes_of_it if {
	contains(does({"by": "vocabulary", "kind": "file"}), "lookup layer")
	contains(does({"by": "name", "kind": "file"}), "the layer's name")
	contains(does({"by": "origin", "kind": "url"}), "is fetched")
	contains(does({"by": "path", "kind": "file"}), "may be opened")
}

does(differs) := found["with"].does if {
	some found in outside_file.deny with input as fixture.reference(object.union({"format": "keras-config"}, differs))
}
