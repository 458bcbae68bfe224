package weighbridge.serialization.acting_call_test

import data.weighbridge.lib.fixture
import data.weighbridge.serialization.acting_call

test_a_call_that_acts_fires if count(acting_call.deny) == 1 with input as fixture.serialized({"kind": "call", "name": "system"})

test_a_call_that_computes_is_silent if {
	count(acting_call.deny) == 0 with input as fixture.serialized({"kind": "call", "name": "exp"})
	count(acting_call.deny) == 0 with input as fixture.serialized({"kind": "class", "name": "system"})
}
