package weighbridge.pickle.unknown_operand_test

import data.weighbridge.pickle.unknown_operand
import data.weighbridge.lib.fixture

test_an_unknown_callee_fires if {
	facts := fixture.pickle({"calls": [fixture.call("call", "unknown", fixture.unknown, {})]})
	count(unknown_operand.deny) == 1 with input as facts
}

test_a_half_known_global_fires if {
	half := {"module": "os", "name": null, "global": null}
	count(unknown_operand.deny) == 1 with input as fixture.pickle({"calls": [fixture.call("build", "instance", half, {})]})
	count(unknown_operand.deny) == 1 with input as fixture.pickle({"imports": [fixture.importing(half)]})
}

test_a_known_global_is_silent if {
	count(unknown_operand.deny) == 0 with input as fixture.doing("call", "global", fixture.global("a", "b"), {})
}
