package weighbridge.code.hidden_execution_test

import data.weighbridge.code.hidden_execution
import data.weighbridge.lib.fixture

hidden := object.union(fixture.code_call, {"name": "builtins.exec", "from": ["base64.b64decode"]})

test_decoded_code_fires if {
	count(hidden_execution.deny) == 1 with input as fixture.coded("a.py", {"calls": [hidden]})
}

test_code_that_is_read_is_silent if {
	plain := object.union(hidden, {"from": ["builtins.open"]})
	count(hidden_execution.deny) == 0 with input as fixture.coded("a.py", {"calls": [plain]})
}

test_a_function_that_nobody_calls_is_silent if {
	later := object.union(hidden, {"runs": "called"})
	count(hidden_execution.deny) == 0 with input as fixture.coded("a.py", {"calls": [later]})
}

test_byte_code_that_decodes_and_runs_fires if {
	runs := object.union(fixture.code_call, {"name": "builtins.exec"})
	decodes := object.union(fixture.code_call, {"name": "base64.b64decode"})
	count(hidden_execution.deny) == 1 with input as fixture.coded("a.pyc", {"form": "bytecode", "calls": [runs, decodes]})
	count(hidden_execution.deny) == 0 with input as fixture.coded("a.pyc", {"form": "bytecode", "calls": [runs]})
	count(hidden_execution.deny) == 0 with input as fixture.coded("a.py", {"calls": [runs, decodes]})
}
