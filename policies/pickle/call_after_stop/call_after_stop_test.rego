package weighbridge.pickle.call_after_stop_test

import data.weighbridge.pickle.call_after_stop
import data.weighbridge.lib.fixture

facts(formats) := object.union(
	fixture.doing("call", "global", fixture.global("a", "b"), {"after_stop": true}),
	{"members": [object.union(fixture.member, {"formats": formats})]},
)

test_a_call_after_the_end_fires if {
	count(call_after_stop.warn) == 1 with input as facts(["pickle"])
}

test_an_unknown_call_after_the_end_fires if {
	count(call_after_stop.warn) == 1 with input as fixture.pickle({"calls": [fixture.call("call", "unknown", fixture.unknown, {"after_stop": true})]})
}

test_an_older_torch_file_is_silent if {
	count(call_after_stop.warn) == 0 with input as facts(["pickle", "torch-legacy"])
}

test_a_call_before_the_end_is_silent if {
	count(call_after_stop.warn) == 0 with input as fixture.doing("call", "global", fixture.global("a", "b"), {})
}
