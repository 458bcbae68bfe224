package weighbridge.keras.torch_module_test

import data.weighbridge.keras.torch_module
import data.weighbridge.lib.fixture

test_a_wrapper_fires if {
	count(torch_module.deny) == 1 with input as fixture.layer({"class_name": "TorchModuleWrapper"})
}

test_other_layers_are_silent if {
	count(torch_module.deny) == 0 with input as fixture.layer({})
}
