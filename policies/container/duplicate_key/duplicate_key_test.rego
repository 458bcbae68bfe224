package weighbridge.container.duplicate_key_test

import data.weighbridge.container.duplicate_key
import data.weighbridge.lib.fixture

test_fires if {
	count(duplicate_key.deny) == 1 with input as fixture.deviation("zip", "duplicate-key")
}

test_what_h2o_writes_of_itself_is_silent if {
	seen := fixture.deviation("json", "duplicate-key").deviations
	here := object.union(seen[0], {"member": 1})
	held := fixture.inside({"formats": ["zip", "h2o-mojo"]}, {"name": "modelDetails.json", "formats": ["json", "text"]})
	count(duplicate_key.deny) == 0 with input as object.union(held, {"deviations": [here]})
	other := fixture.inside({"formats": ["zip"]}, {"name": "modelDetails.json", "formats": ["json", "text"]})
	count(duplicate_key.deny) == 1 with input as object.union(other, {"deviations": [here]})
}

test_another_deviation_is_silent if {
	count(duplicate_key.deny) == 0 with input as fixture.deviation("zip", "gap")
}

test_another_family_is_silent if {
	count(duplicate_key.deny) == 0 with input as fixture.deviation("safetensors", "duplicate-key")
}

test_a_key_of_a_document_is_no_header if {
	some document in duplicate_key.deny with input as fixture.deviation("json", "duplicate-key")
	document["with"].field == "A key of the json content"
	some archive in duplicate_key.deny with input as fixture.deviation("zip", "duplicate-key")
	archive["with"].field == "A header field"
}
