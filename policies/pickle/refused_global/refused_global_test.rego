package weighbridge.pickle.refused_global_test

import data.weighbridge.lib.fixture
import data.weighbridge.pickle.refused_global

thing := fixture.global("library.module", "rebuild")

test_a_refused_import_fires if {
	facts := fixture.pickle({"imports": [fixture.importing(thing)]})
	count(refused_global.deny) == 1 with input as facts with data.refused as ["library.module.rebuild"]
}

test_an_imported_call_is_told_once if {
	facts := fixture.doing("call", "global", thing, {})
	count(refused_global.deny) == 1 with input as facts with data.refused as ["library.module.rebuild"]
}

test_a_call_without_an_import_fires if {
	facts := fixture.pickle({"calls": [fixture.call("new", "persistent", thing, {})]})
	count(refused_global.deny) == 1 with input as facts with data.refused as ["library.module.rebuild"]
}

test_what_getattr_takes_fires if {
	taking := fixture.call("call", "global", fixture.global("builtins", "getattr"), {
		"arity": 2,
		"arguments": [fixture.argument("global", ["library.Thing"]), fixture.argument("text", ["load"])],
	})
	facts := fixture.pickle({"calls": [taking]})
	found := refused_global.deny with input as facts with data.refused as ["library:Thing.load"]
	count(found) == 1
}

test_others_are_silent if {
	facts := fixture.doing("call", "global", thing, {})
	count(refused_global.deny) == 0 with input as facts with data.refused as ["library.module.other"]
	count(refused_global.deny) == 0 with input as facts with data.refused as []
}
