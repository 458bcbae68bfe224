package weighbridge.keras.unlisted_class_test

import data.weighbridge.keras.unlisted_class
import data.weighbridge.lib.fixture

named(class, module, global) := fixture.layer({"class_name": class, "module": module, "global": global})

test_another_module_fires if {
	count(unlisted_class.deny) == 1 with input as named("Popen", "subprocess", "subprocess.Popen")
	count(unlisted_class.deny) == 1 with input as named("enable_unsafe_deserialization", "keras.config", "keras.config.enable_unsafe_deserialization")
	count(unlisted_class.deny) == 1 with input as named("Lambda", "evil", "evil.Lambda")
}

test_a_refused_class_of_keras_fires if {
	count(unlisted_class.deny) == 1 with input as named("TFSMLayer", null, "TFSMLayer")
	count(unlisted_class.deny) == 1 with input as named("TFSMLayer", "keras.layers", "keras.layers.TFSMLayer")
}

test_listed_classes_are_silent if {
	count(unlisted_class.deny) == 0 with input as fixture.layer({})
	count(unlisted_class.deny) == 0 with input as named("Lambda", "keras.layers", "keras.layers.Lambda")
	count(unlisted_class.deny) == 0 with input as named("Dense", null, "Dense")
	count(unlisted_class.deny) == 0 with input as named("Mine", null, "Mine")
}

test_an_allowed_class_is_silent if {
	list := {"repository": {"library": "repository", "classes": {}, "entries": fixture.by_global([fixture.entry("mine.Layer", ["call"])])}}
	count(unlisted_class.deny) == 0 with input as named("Layer", "mine", "mine.Layer") with data.allow as list
	count(unlisted_class.deny) == 1 with input as named("Other", "mine", "mine.Other") with data.allow as list
}

test_a_function_of_tensorflow_is_judged_by_its_name if {
	lambda := {"class_name": "TFOpLambda", "module": null, "global": "TFOpLambda"}
	count(unlisted_class.deny) == 0 with input as fixture.layer(object.union(lambda, {"function": "expand_dims"}))
	count(unlisted_class.deny) == 1 with input as fixture.layer(object.union(lambda, {"function": "io.write_file"}))
}

# An entry is offered only for what is not known to be dangerous; the owner may write one all the same.
test_what_is_dangerous_is_offered_no_entry if {
	some dangerous in unlisted_class.deny with input as named("Popen", "subprocess", "subprocess.Popen")
	dangerous["with"].allow == null
	startswith(dangerous["with"].remedy, "Do not load this file")
	some other in unlisted_class.deny with input as named("Layer", "mine", "mine.Layer")
	other["with"].allow.global == "mine.Layer"
	list := {"repository": {"library": "repository", "classes": {}, "entries": fixture.by_global([fixture.entry("subprocess.Popen", ["call"])])}}
	count(unlisted_class.deny) == 0 with input as named("Popen", "subprocess", "subprocess.Popen") with data.allow as list
}

test_a_name_of_keras_that_is_not_keras_is_offered_no_entry if {
	some found in unlisted_class.deny with input as named("Lambda", "mine", "mine.Lambda")
	found["with"].allow == null
	list := {"repository": {"library": "repository", "classes": {}, "entries": fixture.by_global([fixture.entry("mine.Lambda", ["call"])])}}
	count(unlisted_class.deny) == 1 with input as named("Lambda", "mine", "mine.Lambda") with data.allow as list
}
