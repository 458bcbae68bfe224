package weighbridge.code.startup_module_test

import data.weighbridge.code.startup_module
import data.weighbridge.lib.fixture

test_a_module_of_the_start_fires if {
	count(startup_module.deny) == 1 with input as fixture.coded("sitecustomize.py", {})
}

test_a_package_of_that_name_fires if {
	facts := fixture.coded("__init__.py", {})
	count(startup_module.deny) == 1 with input as object.union(facts, {"members": [object.union(facts.members[0], {"path": "m/sitecustomize/__init__.py"})]})
	count(startup_module.deny) == 1 with input as object.union(facts, {"members": [object.union(facts.members[0], {"path": "m.zip!usercustomize/__init__.py"})]})
	count(startup_module.deny) == 0 with input as object.union(facts, {"members": [object.union(facts.members[0], {"path": "m/mine/__init__.py"})]})
}

test_another_module_is_silent if {
	count(startup_module.deny) == 0 with input as fixture.coded("modeling.py", {})
}
