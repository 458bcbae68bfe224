package weighbridge.keras.lambda_code_test

import data.weighbridge.keras.lambda_code
import data.weighbridge.lib.fixture

test_code_fires if {
	count(lambda_code.deny) == 1 with input as fixture.layer({"class_name": "__lambda__", "module": null, "global": "__lambda__"})
	count(lambda_code.deny) == 1 with input as fixture.layer({"class_name": "Lambda", "code": [0]})
}

told(facts) := {finding["with"].condition |
	found := lambda_code.deny with input as facts
	some finding in found
}

test_the_condition_is_that_of_the_file if {
	told(fixture.layer_in({"formats": ["zip", "keras"]}, {"class_name": "Lambda", "code": [1]})) == {"with `safe_mode=False`"}
	told(fixture.layer_in({"formats": ["hdf5"]}, {"class_name": "Lambda", "code": [1]})) == {"whatever `safe_mode` says, as this is a `.h5` file"}
}

test_the_whole_configuration_has_a_place if {
	found := lambda_code.deny with input as fixture.layer({"class_name": "__lambda__", "place": ""})
	some finding in found
	finding["with"].place == "the outermost object"
}

test_layers_without_code_are_silent if {
	count(lambda_code.deny) == 0 with input as fixture.layer({})
	count(lambda_code.deny) == 0 with input as fixture.layer({"class_name": "Lambda"})
	count(lambda_code.deny) == 0 with input as fixture.layer({"class_name": "TorchModuleWrapper", "code": [0]})
}
