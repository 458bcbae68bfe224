package weighbridge.keras.custom_object_test

import data.weighbridge.keras.custom_object
import data.weighbridge.lib.fixture

test_a_class_without_a_module_fires if {
	count(custom_object.warn) == 1 with input as fixture.layer({"class_name": "Mine", "module": null, "global": "Mine"})
	count(custom_object.warn) == 1 with input as fixture.layer({"class_name": "Mine", "module": null, "global": "Mine", "registered_name": "package>Mine"})
}

test_a_function_without_a_module_fires if {
	count(custom_object.warn) == 1 with input as fixture.layer({"class_name": "function", "function": "mine", "module": "builtins", "global": "builtins.mine"})
	count(custom_object.warn) == 1 with input as fixture.layer({"class_name": "function", "function": "mine", "module": null, "global": "mine"})
}

test_what_keras_has_is_silent if {
	count(custom_object.warn) == 0 with input as fixture.layer({})
	count(custom_object.warn) == 0 with input as fixture.layer({"class_name": "Dense", "module": null, "global": "Dense"})
	count(custom_object.warn) == 0 with input as fixture.layer({"class_name": "function", "function": "relu", "module": "builtins", "global": "builtins.relu"})
	count(custom_object.warn) == 0 with input as fixture.layer({"class_name": "function", "function": "exec", "module": "builtins", "global": "builtins.exec"})
}

test_what_keras_makes_of_json_is_silent if {
	every class in {"TypeSpec", "TensorShape", "CompositeTensor", "__tuple__", "__ellipsis__"} {
		count(custom_object.warn) == 0 with input as fixture.layer({"class_name": class, "module": null, "global": class})
	}
	count(custom_object.warn) == 1 with input as fixture.layer({"class_name": "TypeSpec", "module": null, "global": "TypeSpec", "registered_name": "mine>Value"})
}
