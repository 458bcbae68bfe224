package weighbridge.serialization.promise_test

import data.weighbridge.lib.fixture
import data.weighbridge.serialization.promise

test_a_promise_fires if {
	count(promise.deny) == 1 with input as fixture.serialized({"kind": "promise", "name": "weights", "loader": "call"})
	count(promise.deny) == 1 with input as fixture.serialized({"kind": "promise", "name": null, "loader": "bytecode", "count": 3})
	count(promise.deny) == 1 with input as fixture.serialized({"kind": "active-binding", "name": "weights"})
}

test_a_value_is_silent if {
	count(promise.deny) == 0 with input as fixture.serialized({"kind": "promise", "name": "link", "loader": "value"})
	count(promise.deny) == 0 with input as fixture.serialized({"kind": "class", "name": "lm"})
}
