package weighbridge.executable.torchscript_code_test

import data.weighbridge.executable.torchscript_code
import data.weighbridge.lib.fixture

code := {"code": [{"member": 1, "language": "torchscript", "interpreter": null}]}

test_an_archive_is_told_once if {
	facts := object.union(fixture.inside({"formats": ["zip", "torch", "torchscript"]}, {"formats": ["text"]}), code)
	count(torchscript_code.deny) == 1 with input as facts
}

test_code_elsewhere_fires if {
	facts := object.union(fixture.inside({"formats": ["zip"]}, {"formats": ["text"]}), code)
	count(torchscript_code.deny) == 1 with input as facts
}

test_a_state_dict_is_silent if {
	count(torchscript_code.deny) == 0 with input as fixture.one({"formats": ["zip", "torch"]})
}
