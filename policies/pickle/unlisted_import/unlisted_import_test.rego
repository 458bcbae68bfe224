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
