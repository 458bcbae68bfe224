package weighbridge.loader.outside_file_test

import data.weighbridge.lib.fixture
import data.weighbridge.loader.outside_file

under(by) := fixture.reference({"format": "json", "kind": "file", "by": by, "target": "/x", "leads": "absolute"})

named(leads) := fixture.reference({"format": "yaml", "kind": "file", "by": "code", "target": "../x", "leads": leads})

test_a_way_out_fires if {
	every leads in ["above", "outside", "absolute", "link", "url", "ambiguous", "invalid", "unknown"] {
		count(outside_file.deny) == 1 with input as named(leads)
	}
}

test_what_is_only_read_warns if {
	count(outside_file.warn) == 1 with input as under("vocab_file")
	count(outside_file.deny) == 0 with input as under("vocab_file")
	count(outside_file.deny) == 1 with input as under("transformers_weights")
}

test_a_file_of_the_model_is_silent if {
	count(outside_file.deny) == 0 with input as named("inside")
	count(outside_file.deny) == 0 with input as named("absent")
	count(outside_file.deny) == 0 with input as fixture.reference({"leads": "outside"})
}

test_an_array_that_lies_outside_fires if {
	count(outside_file.deny) == 1 with input as fixture.reference({"format": "pickle", "kind": "file", "by": "array", "leads": "absolute"})
	count(outside_file.deny) == 0 with input as fixture.reference({"format": "pickle", "kind": "file", "by": "array", "leads": "beside"})
}
