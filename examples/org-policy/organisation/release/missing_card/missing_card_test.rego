package weighbridge.release.missing_card_test

import data.weighbridge.lib.fixture
import data.weighbridge.release.missing_card

# The facts of a directory with one file.
directory(name) := object.union(fixture.inside({"formats": []}, {"name": name, "origin": "file"}), {"artifact": {
	"path": "tagger", "kind": "directory", "digest": null, "size": 1,
}})

test_no_card_fires if {
	count(missing_card.warn) == 1 with input as directory("weights.safetensors")
}

test_a_card_is_silent if {
	count(missing_card.warn) == 0 with input as directory("README.md")
	count(missing_card.warn) == 0 with input as directory("readme.md")
}

test_a_file_alone_needs_none if {
	count(missing_card.warn) == 0 with input as fixture.one({})
}
