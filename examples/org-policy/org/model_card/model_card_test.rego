package weighbridge.org.model_card_test

import data.weighbridge.lib.fixture
import data.weighbridge.org.model_card

directory(name) := object.union(
	fixture.inside({"formats": []}, {"origin": "file", "name": name, "formats": ["text"]}),
	{"artifact": {"path": "model", "kind": "directory", "digest": null, "size": 1}},
)

test_a_directory_without_a_card_fires if {
	count(model_card.deny) == 1 with input as directory("notes.txt")
}

test_a_card_is_found_by_its_name if {
	count(model_card.deny) == 0 with input as directory("ReadMe.md")
}

test_a_file_needs_no_card if {
	count(model_card.deny) == 0 with input as fixture.one({})
}
