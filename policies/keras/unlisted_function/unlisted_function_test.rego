package weighbridge.keras.unlisted_function_test

import data.weighbridge.keras.unlisted_function
import data.weighbridge.lib.fixture

named(module, name) := fixture.layer({"class_name": "function", "function": name, "module": module, "global": sprintf("%s.%s", [module, name])})

test_functions_of_other_modules_fire if {
	count(unlisted_function.deny) == 1 with input as named("os", "system")
	count(unlisted_function.deny) == 1 with input as named("keras.utils", "get_file")
	count(unlisted_function.deny) == 1 with input as named("builtins", "exec")
}

test_functions_of_keras_are_silent if {
	count(unlisted_function.deny) == 0 with input as named("keras.activations", "relu")
	count(unlisted_function.deny) == 0 with input as named("builtins", "relu")
	count(unlisted_function.deny) == 0 with input as named("builtins", "my_own_activation")
	count(unlisted_function.deny) == 0 with input as fixture.layer({})
}
