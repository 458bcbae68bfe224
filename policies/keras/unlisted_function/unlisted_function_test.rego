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

# An entry is offered only for what is not known to be dangerous; the owner may write one all the same.
test_what_is_dangerous_is_offered_no_entry if {
	some dangerous in unlisted_function.deny with input as named("os", "system")
	dangerous["with"].allow == null
	startswith(dangerous["with"].remedy, "Do not load this file")
	some other in unlisted_function.deny with input as named("mine", "loss")
	other["with"].allow.global == "mine.loss"
	list := {"repository": {"library": "repository", "classes": {}, "entries": fixture.by_global([fixture.entry("os.system", ["call"])])}}
	count(unlisted_function.deny) == 0 with input as named("os", "system") with data.allow as list
}
