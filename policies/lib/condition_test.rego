package weighbridge.lib.condition_test

import data.weighbridge.lib.condition
import data.weighbridge.lib.fixture

test_a_tensor_is_a_storage_or_what_torch_rebuilt if {
	condition.holds("tensor", fixture.argument("persistent", []))
	condition.holds("tensor", fixture.argument("result", ["torch._utils._rebuild_tensor_v2"]))
	condition.holds("tensor", fixture.argument("result", ["torch.storage._load_from_bytes"]))
	not condition.holds("tensor", fixture.argument("result", ["torch._utils._rebuild_tensor_v2", "library.module.other"]))
	not condition.holds("tensor", fixture.argument("result", []))
	not condition.holds("tensor", fixture.argument("instance", ["torch.Tensor"]))
}

test_a_global_is_known_by_its_one_text if {
	condition.parts("library.module.Model") == {"module": "library.module", "name": "Model", "global": "library.module.Model"}
	condition.parts("library.module:Outer.Inner") == {
		"module": "library.module", "name": "Outer.Inner",
		"global": "library.module:Outer.Inner",
	}
}

# The state of a call that sets it once.
setting(argument) := fixture.call("build", "instance", fixture.global("library.module", "Model"), {"arity": 1, "arguments": [argument]})

entry(conditions) := object.union(fixture.entry("library.module.Model", ["build"]), {"state": conditions})

test_a_key_that_is_no_text_is_not_the_missing_one if {
	condition.state(entry(["without:items"]), setting(fixture.dict([fixture.argument("int", [])], [])))
	not condition.state(entry(["without:items"]), setting(fixture.dict([fixture.argument("result", ["a.b"])], [])))
}

test_a_key_that_is_no_text_names_no_method if {
	condition.attributes(setting(fixture.dict([fixture.argument("tuple", [])], [])))
	not condition.attributes(setting(fixture.dict([fixture.argument("unknown", [])], [])))
}

tuple_of(item) := object.union(fixture.argument("tuple", []), {"items": [item]})

test_an_object_in_a_state_may_be_no_mapping if {
	condition.attributes(setting(tuple_of(fixture.argument("result", ["library.module.rebuild"]))))
		with data.allow as fixture.list({"library.module": ["Model"]}, [])
	not condition.attributes(setting(tuple_of(fixture.argument("result", ["collections.OrderedDict"]))))
	not condition.attributes(setting(tuple_of(fixture.argument("instance", ["library.module.Model"]))))
		with data.allow as fixture.list({"library.module": ["Model"]}, [])
	not condition.attributes(setting(tuple_of(fixture.argument("result", []))))
}
