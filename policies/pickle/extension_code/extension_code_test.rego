package weighbridge.pickle.extension_code_test

import data.weighbridge.pickle.extension_code
import data.weighbridge.lib.fixture

test_an_extension_code_fires if {
	facts := fixture.pickle({"extensions": [{"opcode": "EXT1", "code": 7, "offset": 2, "count": 1}]})
	count(extension_code.deny) == 1 with input as facts
}

test_a_call_of_one_fires if {
	facts := fixture.pickle({"calls": [fixture.call("call", "extension", fixture.unknown, {})]})
	count(extension_code.deny) == 1 with input as facts
}

test_an_ordinary_pickle_is_silent if {
	count(extension_code.deny) == 0 with input as fixture.doing("call", "global", fixture.global("a", "b"), {})
}
