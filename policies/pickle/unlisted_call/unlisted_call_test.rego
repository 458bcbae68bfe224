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

conditional(names) := fixture.list({"library.module": ["Model"]}, [
	object.union(fixture.entry("library.module.rebuild", ["call"]), {"arguments": names}),
	fixture.entry("library.module.free", ["reference"]),
])

with_argument(argument) := fixture.doing("call", "global", thing, {"arity": 1, "arguments": [argument]})

holding := [
	["text", fixture.argument("text", ["x"])], ["number", fixture.argument("int", [])], ["number", fixture.argument("float", [])],
	["none|text", fixture.argument("none", [])], ["none|text", fixture.argument("text", ["x"])],
	["bytes", fixture.argument("bytes", [])], ["any", fixture.argument("result", ["a.b"])],
	["tuple", fixture.argument("tuple", [])], ["list", fixture.argument("list", [])], ["dict", fixture.argument("dict", [])],
	["attribute-name", fixture.argument("text", ["forward"])],
	["one-of:latin1,utf-8", fixture.argument("text", ["latin1"])], ["one-of:a.b,a.c", fixture.argument("global", ["a.b", "a.c"])],
	["listed-class", fixture.argument("global", ["library.module.Model"])],
	["listed-callable", fixture.argument("global", ["library.module.Model"])],
	["listed-function", fixture.argument("global", ["library.module.free"])],
	["listed-object", fixture.argument("instance", ["library.module.Model"])], ["listed-object", fixture.argument("persistent", [])],
	["state", fixture.dict([fixture.argument("text", ["weight"])], [])],
]

failing := [
	["text", fixture.argument("global", ["os.system"])], ["number", fixture.argument("text", ["1"])],
	["any", fixture.argument("unknown", [])], ["none|text", fixture.argument("bytes", [])],
	["attribute-name", fixture.argument("text", ["_private"])], ["attribute-name", fixture.argument("text", ["forward", "a.b"])],
	["one-of:latin1", fixture.argument("text", ["latin1", "hex"])], ["one-of:latin1", fixture.argument("bytes", [])],
	["listed-class", fixture.argument("global", ["os.system"])], ["listed-callable", fixture.argument("global", ["os.system"])],
	["listed-function", fixture.argument("global", ["library.module.rebuild"])], ["listed-class", fixture.argument("global", [])],
	["listed-object", fixture.argument("instance", ["os.system"])],
	["state", fixture.dict([fixture.argument("text", ["append"])], [])],
	["no-such-condition", fixture.argument("int", [])],
]

test_conditions_hold if {
	every pair in holding {
		count(unlisted_call.deny) == 0 with input as with_argument(pair[1]) with data.allow as conditional([pair[0]])
	}
}

test_conditions_that_do_not_hold_fire if {
	every pair in failing {
		count(unlisted_call.deny) == 1 with input as with_argument(pair[1]) with data.allow as conditional([pair[0]])
	}
}

several := fixture.doing("call", "global", thing, {"arity": 2, "arguments": [fixture.argument("text", ["x"]), fixture.argument("text", ["y"])]})

test_fewer_arguments_pass_and_more_only_behind_dots if {
	count(unlisted_call.deny) == 0 with input as several with data.allow as conditional(["text", "text", "number"])
	count(unlisted_call.deny) == 0 with input as several with data.allow as conditional(["text..."])
	count(unlisted_call.deny) == 1 with input as several with data.allow as conditional(["text"])
	count(unlisted_call.deny) == 1 with input as several with data.allow as conditional([])
}

test_an_enumeration_is_called_with_one_constant if {
	enums := {"one": {"library": "one", "classes": {}, "enums": {"library.module": ["rebuild"]}, "entries": {}}}
	count(unlisted_call.deny) == 0 with input as with_argument(fixture.argument("int", [])) with data.allow as enums
	count(unlisted_call.deny) == 1 with input as with_argument(fixture.argument("global", ["a.b"])) with data.allow as enums
	count(unlisted_call.deny) == 1 with input as several with data.allow as enums
}

stated(conditions, argument) := {"found": found} if {
	entry := object.union(fixture.entry("library.module.rebuild", ["call", "build"]), {"state": conditions})
	lists := fixture.list({"library.module": ["Model"]}, [entry])
	facts := fixture.doing("build", "result", thing, {"arity": 1, "arguments": [argument]})
	found := unlisted_call.deny with input as facts with data.allow as lists
}

test_states_meet_their_conditions if {
	known := fixture.dict([fixture.argument("text", ["a"])], [])
	partial := object.union(fixture.argument("tuple", []), {"items": [fixture.argument("global", ["library.module.Model"]), fixture.argument("tuple", []), known]})
	count(stated(["without:b"], known).found) == 0
	count(stated(["no-methods"], known).found) == 0
	count(stated(["dict"], known).found) == 0
	count(stated(["partial"], partial).found) == 0
	count(stated(null, fixture.argument("tuple", [])).found) == 0
}

test_states_that_do_not_meet_them_fire if {
	known := fixture.dict([fixture.argument("text", ["a", "__setstate__"])], [])
	partial := object.union(fixture.argument("tuple", []), {"items": [fixture.argument("global", ["os.system"])]})
	count(stated(["without:a"], known).found) == 1
	count(stated(["no-methods"], known).found) == 1
	count(stated(["dict"], fixture.argument("instance", ["library.module.Model"])).found) == 1
	count(stated(["partial"], partial).found) == 1
	count(stated(["no-such-condition"], known).found) == 1
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

offered(facts) := fixture.list({}, [finding["with"].allow | some finding in denied]) if {
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

getattr := fixture.global("builtins", "getattr")

zone := fixture.list({}, [object.union(fixture.entry("zoneinfo:ZoneInfo._unpickle", ["call"]), {"arguments": ["text", "number"]})])

taking(attribute, arguments) := fixture.pickle({"calls": [
	fixture.call("call", "global", getattr, {"arity": 2, "arguments": [fixture.argument("global", ["zoneinfo.ZoneInfo"]), attribute]}),
	fixture.call("call", "result", getattr, {"offset": 20, "arity": count(arguments), "arguments": arguments}),
]})

found(facts) := count(calls | results) if {
	calls := unlisted_call.deny with input as facts with data.allow as zone with data.dangerous as {}
	results := data.weighbridge.pickle.result_call.deny with input as facts with data.allow as zone with data.dangerous as {}
}

test_a_listed_class_method_may_be_taken_and_called if {
	found(taking(fixture.argument("text", ["_unpickle"]), [fixture.argument("text", ["x"]), fixture.argument("int", [])])) == 0
}

test_its_conditions_hold_for_the_call if {
	found(taking(fixture.argument("text", ["_unpickle"]), [fixture.argument("global", ["os.system"])])) == 1
}

test_another_method_fires if {
	found(taking(fixture.argument("text", ["from_file"]), [fixture.argument("text", ["x"])])) == 2
	found(taking(fixture.argument("text", ["_unpickle", "from_file"]), [fixture.argument("text", ["x"])])) == 2
	found(taking(object.union(fixture.argument("text", ["_unpickle"]), {"complete": false}), [fixture.argument("text", ["x"])])) == 2
	found(taking(fixture.argument("unknown", []), [fixture.argument("text", ["x"])])) == 2
}

test_special_names_that_nothing_calls_are_silent if {
	facts := fixture.doing("build", "instance", model, state(["__doc__", "__networkx_cache__"]))
	count(unlisted_call.deny) == 0 with input as facts with data.allow as listed
}

filled(names, item) := fixture.doing("build", "instance", model, {"arity": 1, "arguments": [fixture.dict([fixture.argument("text", names)], [item])]})

classes := {"one": object.union(
	fixture.list({"library.module": ["Model", "Layer"]}, [fixture.entry("library.module.read", ["reference"])]).one,
	{"callables": ["library.module.Layer"]},
)}

refused(facts) := found if {
	found := count(unlisted_call.deny) with input as facts with data.allow as classes
}

test_a_state_may_not_hide_a_method_that_loading_calls if {
	every item in [
		fixture.argument("global", ["library.module.Model"]), fixture.argument("global", ["library.module.other"]),
		fixture.argument("instance", ["library.module.Layer"]), fixture.argument("result", ["library.module.other"]),
		fixture.argument("unknown", []), fixture.argument("persistent", []),
		object.union(fixture.argument("instance", ["library.module.Model"]), {"complete": false}),
	] {
		refused(filled(["weight", "_patch_step_function"], item)) == 1
		refused(filled(["weight"], item)) == 0
	}
}

test_what_cannot_be_called_hides_nothing if {
	every item in [
		fixture.argument("int", []), fixture.argument("text", ["x"]), fixture.argument("list", []), fixture.argument("dict", []),
		fixture.argument("instance", ["library.module.Model"]), fixture.argument("result", ["numpy.core.multiarray._reconstruct"]),
		fixture.argument("global", ["library.module.read"]), fixture.argument("result", ["collections.OrderedDict"]),
	] {
		refused(filled(["weight", "_patch_step_function"], item)) == 0
	}
}

test_items_of_a_listed_class_may_not_hide_a_method_either if {
	item := fixture.argument("global", ["library.module.Model"])
	adding := {"arguments": [fixture.dict([fixture.argument("text", ["_patch_step_function"])], [item])]}
	refused(fixture.doing("items", "instance", model, adding)) == 1
}

distribution(texts, kind) := fixture.doing("build", "instance", model, {"arity": 1, "arguments": [fixture.dict(
	[fixture.argument("text", ["_parse_arg_template"])],
	[fixture.argument("text", texts), fixture.argument(kind, [])],
)]})

drawn := fixture.list({}, [object.union(fixture.entry("library.module.Model", ["new", "build"]), {"state": ["dict", "no-methods", "distribution"]})])

template := `\ndef _parse_args(self, low, high,  loc=0):\n    return (low, high, ), loc, 1\n\ndef _parse_args_rvs(self, low, high,  loc=0, size=None):\n    return self._argcheck_rvs(low, high,  loc, 1, size=size)\n\ndef _parse_args_stats(self, low, high,  loc=0, moments='mv'):\n    return (low, high, ), loc, 1, moments\n`

test_a_distribution_may_hold_its_template_names_and_prose if {
	every text in [template, "norm", "low, high", "", "A normal continuous random variable.\\n", "An exponential one"] {
		count(unlisted_call.deny) == 0 with input as distribution([text], "int") with data.allow as drawn
	}
}

drawing(made) := fixture.doing("build", "instance", model, {"arity": 1, "arguments": [fixture.dict(
	[fixture.argument("text", ["_random_state"])],
	[fixture.argument("result", [made])],
)]})

test_a_distribution_may_hold_its_source_of_numbers_and_nothing_else_that_was_made if {
	count(unlisted_call.deny) == 1 with input as drawing("library.module.Model") with data.allow as drawn
	count(unlisted_call.deny) == 0 with input as drawing("numpy.random._pickle.__randomstate_ctor") with data.allow as drawn
}

test_a_distribution_may_hold_no_other_text if {
	every text in [
		"import posix", "posix.system('id')", "A and posix.system('id')", "A not in f()", "A is f()", "A or f()", "A\\nf()", "A; f()",
		replace(template, "loc=0", "loc=f()"), concat("", [template, "f()\\n"]), concat("", ["f()", template]),
	] {
		count(unlisted_call.deny) == 1 with input as distribution([text], "int") with data.allow as drawn
	}
	every kind in ["bytes", "result", "instance", "unknown", "set", "global"] {
		count(unlisted_call.deny) == 1 with input as distribution(["norm"], kind) with data.allow as drawn
	}
}

# A TorchScript archive: its members, and a pickle of it that makes an instance of a class.
script(beside, class) := object.union(fixture.base, {
	"members": [
		object.union(fixture.member, {"formats": ["zip", "torch", "torchscript"]}),
		object.union(fixture.member, {"id": 1, "parent": 0, "origin": "entry", "name": "data.pkl"}),
		object.union(fixture.member, {"id": 2, "parent": 0, "origin": "entry", "name": beside}),
	],
	"pickles": [object.union(fixture.stream, {"member": 1, "calls": [fixture.call("new", "global", class, {})]})],
})

test_a_class_of_the_archives_own_code_is_silent if {
	own := fixture.global("__torch__.net", "Block")
	count(unlisted_call.deny) == 0 with input as script("constants.pkl", own) with data.allow as {}
	count(unlisted_call.deny) == 1 with input as script("other.pkl", own) with data.allow as {}
	count(unlisted_call.deny) == 1 with input as fixture.doing("new", "global", own, {}) with data.allow as {}
}

test_a_native_class_must_be_listed if {
	packed := fixture.global("__torch__.torch.classes.quantized", "LinearPackedParamsBase")
	count(unlisted_call.deny) == 0 with input as script("constants.pkl", packed) with data.allow as {}
	mine := fixture.global("__torch__.torch.classes.mine", "Runner")
	count(unlisted_call.deny) == 1 with input as script("constants.pkl", mine) with data.allow as {}
}

zoned(name, text) := fixture.doing("call", "global", fixture.global("pandas.core", name), {"arity": 1, "arguments": [text]})

pandas := fixture.list({}, [fixture.entry("pandas.core.DatetimeTZDtype", ["call"]), fixture.entry("pandas.core.rebuild", ["call"])])

test_a_time_zone_that_is_a_path_fires if {
	every text in ["dateutil//etc/x", "dateutil/../../x", "datetime64[ns, dateutil//etc/x]", "dateutil//etc/dateutil/UTC"] {
		count(unlisted_call.deny) == 1 with input as zoned("DatetimeTZDtype", fixture.argument("text", [text])) with data.allow as pandas
		held := fixture.dict([], [fixture.argument("text", [text])])
		count(unlisted_call.deny) == 1 with input as zoned("rebuild", held) with data.allow as pandas
	}
}

test_time_zones_that_are_not_all_known_fire if {
	text := object.union(fixture.argument("text", ["UTC"]), {"complete": false})
	count(unlisted_call.deny) == 1 with input as zoned("DatetimeTZDtype", text) with data.allow as pandas
	count(unlisted_call.deny) == 0 with input as zoned("rebuild", text) with data.allow as pandas
}

test_a_time_zone_by_name_is_silent if {
	every text in ["UTC", "Europe/London", "dateutil/America/Port-au-Prince", "datetime64[ns, dateutil/Europe/London]"] {
		count(unlisted_call.deny) == 0 with input as zoned("DatetimeTZDtype", fixture.argument("text", [text])) with data.allow as pandas
	}
}
