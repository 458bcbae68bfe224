package weighbridge.pickle.dangerous_import_test

import data.weighbridge.pickle.dangerous_import
import data.weighbridge.lib.fixture

danger := {"modules": {"os": {"why": "it runs commands"}}, "globals": {}}

facts(module) := fixture.pickle({"imports": [fixture.importing(fixture.global(module, "system"))]})

test_a_dangerous_import_fires if {
	count(dangerous_import.deny) == 1 with input as facts("os") with data.dangerous as danger with data.allow as {}
}

test_another_import_is_silent if {
	count(dangerous_import.deny) == 0 with input as facts("library") with data.dangerous as danger with data.allow as {}
}

test_a_call_is_told_once if {
	called := fixture.doing("call", "global", fixture.global("os", "system"), {})
	count(dangerous_import.deny) == 0 with input as called with data.dangerous as danger with data.allow as {}
}
