package weighbridge.pickle.dangerous_call_test

import data.weighbridge.pickle.dangerous_call
import data.weighbridge.lib.fixture

danger := {"modules": {"os": {"why": "it runs commands"}}, "globals": {"builtins.eval": {"why": "it runs code"}}}

fires(module, name) if {
	facts := fixture.doing("call", "global", fixture.global(module, name), {})
	count(dangerous_call.deny) == 1 with input as facts with data.dangerous as danger with data.allow as {}
}

test_a_dangerous_module_fires if fires("os", "system")

test_a_module_below_it_fires if fires("os.path", "join")

test_a_dangerous_global_fires if fires("builtins", "eval")

test_a_dotted_way_fires if {
	fires("posixpath", "os.system")
	fires("random", "_os.system")
	fires("numpy", "__builtins__.eval")
}

test_a_listed_use_is_silent if {
	facts := fixture.doing("call", "global", fixture.global("builtins", "eval"), {})
	listed := fixture.list({}, [fixture.entry("builtins.eval", ["call"])])
	count(dangerous_call.deny) == 0 with input as facts with data.dangerous as danger with data.allow as listed
}

test_another_global_is_silent if {
	facts := fixture.doing("call", "global", fixture.global("library", "rebuild"), {})
	count(dangerous_call.deny) == 0 with input as facts with data.dangerous as danger with data.allow as {}
}
