package weighbridge.code.startup_module_test

import data.weighbridge.code.startup_module
import data.weighbridge.lib.fixture

test_a_module_of_the_start_fires if {
	count(startup_module.deny) == 1 with input as fixture.coded("sitecustomize.py", {})
}

test_another_module_is_silent if {
	count(startup_module.deny) == 0 with input as fixture.coded("modeling.py", {})
}
