package weighbridge.executable.torchscript_code_test

import data.weighbridge.executable.torchscript_code
import data.weighbridge.lib.fixture

code(formats) := object.union(
	fixture.inside({"formats": ["zip", "torch", "torchscript"]}, {"formats": formats}),
	{"code": [{"member": 1, "language": "torchscript", "interpreter": null}]},
)

with_graph(complete) := object.union(code(["torchscript-code"]), {"graphs": [object.union(
	fixture.graph("torchscript-code", {}).graphs[0],
	{"member": 1, "complete": complete},
)]})

test_code_that_was_not_read_fires if {
	count(torchscript_code.deny) == 1 with input as code(["text"])
	count(torchscript_code.deny) == 1 with input as with_graph(false)
}

test_code_that_was_read_is_silent if count(torchscript_code.deny) == 0 with input as with_graph(true)

test_no_code_at_all_is_silent if count(torchscript_code.deny) == 0 with input as code(["empty"])

test_a_state_dict_is_silent if {
	count(torchscript_code.deny) == 0 with input as fixture.one({"formats": ["zip", "torch"]})
}
