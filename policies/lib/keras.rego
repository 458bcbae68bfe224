# What a Keras configuration names, and which of it the list (`data.keras`) permits.
package weighbridge.lib.keras

import data.weighbridge.lib.loader
import data.weighbridge.lib.pickle

# A module is named, in which Keras looks for the class or function.
looked_up(layer) if {
	layer.module != null
	layer.module != ""
}

listed(layer) if data.keras.globals[layer.global]

# Keras writes its own functions as if they were of Python's `builtins`; a name that is in neither is one that was registered.
own_function(layer) if {
	layer.module == "builtins"
	data.keras.names[layer.function]
}

own_function(layer) if {
	layer.module == "builtins"
	not data.keras.builtins[layer.function]
}

# Allowed by the configuration, to be called with any arguments.
allowed(layer) if {
	some list in ["repository", "organisation"]
	some entry in data.allow[list].entries[layer.global]
	"call" in entry.as
	object.get(entry, "arguments", null) == null
}

# Why what is named is known to be dangerous; null where nothing is known of it.
why(layer) := pickle.danger(global) if {
	global := loader.global(layer.global)
	pickle.dangerous(global)
}

why(layer) := null if not pickle.dangerous(loader.global(layer.global))

# Layers that call a function of TensorFlow by its public name.
calling := {"TFOpLambda", "SlicingOpLambda"}

computing(layer) if {
	layer.class_name in calling
	data.keras_symbols.names[layer.function]
}

place(layer) := layer.place if layer.place != ""

place(layer) := "the outermost object" if layer.place == ""

# When the loader does it: a `.h5` file is loaded without the mode that a `.keras` archive is loaded with.
condition(layer, _) := "whatever `safe_mode` says, as this is a `.h5` file" if {
	holds(layer, "hdf5")
} else := "with `safe_mode=False`, or by `model_from_json` or `model_from_yaml`" if {
	not holds(layer, "keras")
}

condition(layer, archive) := archive if {
	holds(layer, "keras")
	not holds(layer, "hdf5")
}

holds(layer, format) if {
	member := input.members[layer.member]
	format in input.members[member.parent].formats
}
