package weighbridge.pickle.unlisted_call_test

import data.weighbridge.pickle.unlisted_call
import data.weighbridge.lib.fixture

thing := fixture.global("library.module", "rebuild")

listed := fixture.list({"library.module": ["Model"]}, [fixture.entry("library.module.rebuild", ["call"])])

model := fixture.global("library.module", "Model")

test_a_call_of_an_unlisted_global_fires if {
	count(unlisted_call.deny) == 1 with input as fixture.doing("call", "global", thing, {}) with data.allow as {}
}

test_a_listed_call_is_silent if {
	count(unlisted_call.deny) == 0 with input as fixture.doing("call", "global", thing, {}) with data.allow as listed
}

test_a_module_is_never_allowed_as_a_whole if {
	other := fixture.global("library.module", "other")
	count(unlisted_call.deny) == 1 with input as fixture.doing("call", "global", other, {}) with data.allow as listed
}

test_a_listed_class_may_be_made_and_built_but_not_called if {
	count(unlisted_call.deny) == 0 with input as fixture.doing("new", "global", model, {}) with data.allow as listed
	count(unlisted_call.deny) == 0 with input as fixture.doing("items", "instance", model, {}) with data.allow as listed
	count(unlisted_call.deny) == 1 with input as fixture.doing("call", "global", model, {}) with data.allow as listed
}

test_inst_without_arguments_makes_an_instance if {
	facts := fixture.doing("call", "global", model, {"opcode": "INST", "arity": 0})
	count(unlisted_call.deny) == 0 with input as facts with data.allow as listed
	more := fixture.doing("call", "global", model, {"opcode": "INST", "arity": 1})
	count(unlisted_call.deny) == 1 with input as more with data.allow as listed
}

state(keys) := {"arguments": [fixture.dict([fixture.argument("text", keys)], [fixture.argument("int", [])])], "arity": 1}

test_state_of_plain_attributes_is_silent if {
	facts := fixture.doing("build", "instance", model, state(["weight"]))
	count(unlisted_call.deny) == 0 with input as facts with data.allow as listed
}

offers(facts) := {finding["with"].allow |
	denied := unlisted_call.deny with input as facts with data.allow as listed
	some finding in denied
}

test_state_that_sets_a_method_fires_without_an_offer if {
	every name in ["append", "extend", "add", "__setstate__"] {
		offers(fixture.doing("build", "instance", model, state(["weight", name]))) == {null}
	}
}

test_state_of_names_not_all_known_fires if {
	keys := object.union(fixture.argument("text", ["a"]), {"complete": false})
	facts := fixture.doing("build", "instance", model, {"arguments": [fixture.dict([keys], [])], "arity": 1})
	count(unlisted_call.deny) == 1 with input as facts with data.allow as listed
}

test_state_on_what_a_call_returned_asks_for_build if {
	facts := fixture.doing("build", "result", thing, state(["weight"]))
	count(unlisted_call.deny) == 1 with input as facts with data.allow as listed
	built := fixture.list({}, [fixture.entry("library.module.rebuild", ["call", "build"])])
	count(unlisted_call.deny) == 0 with input as facts with data.allow as built
}

conditional(names) := fixture.list({"library.module": ["Model"]}, [object.union(fixture.entry("library.module.rebuild", ["call"]), {"arguments": names})])

with_argument(argument) := fixture.doing("call", "global", thing, {"arity": 1, "arguments": [argument]})

test_conditions_hold if {
	every pair in [
		["text", fixture.argument("text", ["x"])], ["int", fixture.argument("int", [])], ["none", fixture.argument("none", [])],
		["bytes", fixture.argument("bytes", [])], ["number", fixture.argument("float", [])], ["any", fixture.argument("unknown", [])],
		["attribute-name", fixture.argument("text", ["forward"])], ["listed-class", fixture.argument("global", ["library.module.Model"])],
		["object", fixture.argument("instance", ["library.module.Model"])],
		["plain", object.union(fixture.argument("tuple", []), {"items": [fixture.argument("int", [])]})],
	] {
		count(unlisted_call.deny) == 0 with input as with_argument(pair[1]) with data.allow as conditional([pair[0]])
	}
}

test_conditions_that_do_not_hold_fire if {
	every pair in [
		["text", fixture.argument("global", ["os.system"])], ["int", fixture.argument("text", ["1"])],
		["attribute-name", fixture.argument("text", ["__globals__"])], ["attribute-name", fixture.argument("text", ["forward", "a.b"])],
		["listed-class", fixture.argument("global", ["os.system"])], ["listed-global", fixture.argument("global", ["os.system"])],
		["plain", object.union(fixture.argument("tuple", []), {"items": [fixture.argument("global", ["os.system"])]})],
		["no-such-condition", fixture.argument("int", [])],
	] {
		count(unlisted_call.deny) == 1 with input as with_argument(pair[1]) with data.allow as conditional([pair[0]])
	}
}

test_conditions_never_hold_for_what_is_not_all_known if {
	some_known := object.union(fixture.argument("text", ["forward"]), {"complete": false})
	count(unlisted_call.deny) == 1 with input as with_argument(some_known) with data.allow as conditional(["attribute-name"])
	unknown := fixture.doing("call", "global", thing, {"arity": null})
	count(unlisted_call.deny) == 1 with input as unknown with data.allow as conditional(["text"])
	more := fixture.doing("call", "global", thing, {"arity": 2, "arguments": [fixture.argument("text", []), fixture.argument("text", [])]})
	count(unlisted_call.deny) == 1 with input as more with data.allow as conditional(["text"])
}

test_a_dangerous_global_is_told_elsewhere if {
	danger := {"modules": {}, "globals": {"library.module.rebuild": {"why": "it runs code"}}}
	facts := fixture.doing("call", "global", thing, {})
	count(unlisted_call.deny) == 0 with input as facts with data.allow as {} with data.dangerous as danger
}

test_the_offer_is_the_narrowest_entry if {
	facts := fixture.doing("call", "global", fixture.global("library.module", "other"), {"arity": 1, "arguments": [fixture.argument("text", ["x"])]})
	some offer in offers(facts)
	offer.as == ["call"]
	offer.arguments == ["text"]
}

offered(facts) := {"one": {"library": "one", "classes": {}, "entries": [finding["with"].allow | some finding in denied]}} if {
	denied := unlisted_call.deny with input as facts with data.allow as {}
	count(denied) > 0
}

test_with_the_offered_entry_it_passes if {
	every facts in [
		with_argument(fixture.argument("text", ["x"])),
		with_argument(fixture.argument("unknown", [])),
		fixture.doing("new", "global", model, {}),
		fixture.doing("build", "instance", model, state(["weight"])),
		fixture.doing("call", "global", thing, {"opcode": "OBJ", "arity": 0}),
	] {
		list := offered(facts)
		count(unlisted_call.deny) == 0 with input as facts with data.allow as list
	}
}

test_with_the_offered_entry_items_pass if {
	facts := fixture.pickle({"calls": [
		fixture.call("call", "global", thing, {"arity": 1, "arguments": [fixture.argument("text", ["x"])]}),
		fixture.call("items", "result", thing, {"offset": 20}),
	]})
	list := offered(facts)
	count(unlisted_call.deny) == 0 with input as facts with data.allow as list
}

test_no_pickle_is_silent if {
	count(unlisted_call.deny) == 0 with input as fixture.one({})
}
