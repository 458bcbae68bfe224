package weighbridge.pickle.unlisted_import_test

import data.weighbridge.pickle.unlisted_import
import data.weighbridge.lib.fixture

thing := fixture.global("library.module", "rebuild")

facts := fixture.pickle({"imports": [fixture.importing(thing)]})

test_an_unlisted_import_fires if {
	count(unlisted_import.deny) == 1 with input as facts with data.allow as {}
}

test_with_the_offered_entry_it_passes if {
	denied := unlisted_import.deny with input as facts with data.allow as {}
	entries := [finding["with"].allow | some finding in denied]
	entries[0].as == ["reference"]
	count(unlisted_import.deny) == 0 with input as facts with data.allow as fixture.list({}, entries)
}

test_a_listed_class_is_silent if {
	count(unlisted_import.deny) == 0 with input as facts with data.allow as fixture.list({"library.module": ["rebuild"]}, [])
}

test_a_refused_call_is_told_once if {
	count(unlisted_import.deny) == 0 with input as fixture.doing("call", "global", thing, {}) with data.allow as {}
}

# What is listed only to be called under conditions is called by whatever holds it, with arguments that nobody saw.
held := {"tests": {"entries": {
	"torch.storage._load_from_bytes": [{"global": "torch.storage._load_from_bytes", "as": ["call"], "arguments": ["bytes"]}],
	"numpy.log1p": [{"global": "numpy.log1p", "as": ["reference"]}],
}}}

passed_on(module, name) := fixture.pickle({"imports": [object.union(
	fixture.importing(fixture.global(module, name)),
	{"passed": true},
)]})

test_a_function_listed_to_be_called_may_not_be_passed_on if {
	count(unlisted_import.deny) == 1 with input as passed_on("torch.storage", "_load_from_bytes") with data.allow as held
}

test_a_function_listed_as_a_value_may_be_passed_on if {
	count(unlisted_import.deny) == 0 with input as passed_on("numpy", "log1p") with data.allow as held
}

test_a_class_whose_constructor_reaches_out_may_not_be_passed_on if {
	facts := passed_on("numpy", "log1p")
	count(unlisted_import.deny) == 1 with input as facts with data.allow as held with data.constructors as {"numpy.log1p": "reads a file"}
}
