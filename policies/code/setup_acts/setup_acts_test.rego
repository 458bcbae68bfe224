package weighbridge.code.setup_acts_test

import data.weighbridge.code.setup_acts
import data.weighbridge.lib.fixture

test_a_program_at_the_top_is_warned_of if {
	count(setup_acts.warn) == 1 with input as fixture.coded("setup.py", {"calls": [fixture.code_call]})
}

test_a_function_that_is_handed_over_is_warned_of if {
	handed := object.union(fixture.code_call, {"name": "atexit.register", "passes": ["os.system"]})
	count(setup_acts.warn) == 1 with input as fixture.coded("setup.py", {"calls": [handed]})
}

test_what_nobody_calls_is_silent if {
	later := object.union(fixture.code_call, {"runs": "called"})
	count(setup_acts.warn) == 0 with input as fixture.coded("setup.py", {"calls": [later]})
}

test_another_file_is_silent if {
	count(setup_acts.warn) == 0 with input as fixture.coded("train.py", {"calls": [fixture.code_call]})
}
