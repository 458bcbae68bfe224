package weighbridge.serialization.carried_function_test

import data.weighbridge.lib.fixture
import data.weighbridge.serialization.carried_function

test_a_function_that_load_sets_fires if {
	facts := fixture.serialized({"kind": "closure", "name": "print", "loader": "load"})
	count(carried_function.deny) == 1 with input as facts
	count(carried_function.warn) == 0 with input as facts
}

test_a_function_in_an_object_is_warned_of_once if {
	facts := fixture.serialized({"kind": "closure", "name": "linkinv", "count": 2})
	more := object.union(facts, {"objects": array.concat(facts.objects, [object.union(facts.objects[0], {"name": "aic", "offset": 90})])})
	count(carried_function.deny) == 0 with input as more
	count(carried_function.warn) == 1 with input as more
	count(carried_function.warn) == 1 with input as fixture.serialized({"kind": "bytecode", "name": null})
}

test_data_is_silent if {
	count(carried_function.deny) == 0 with input as fixture.serialized({"kind": "class"})
	count(carried_function.warn) == 0 with input as fixture.serialized({"kind": "class"})
}
