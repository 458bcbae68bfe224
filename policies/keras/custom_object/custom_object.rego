# METADATA
# title: A Keras model needs a class or function of your own
# description: |-
#   The configuration names a class or function without a module that Keras would look it up in. It loads only where
#   the program itself has registered one of this name, or hands one over in `custom_objects`.
#
#   What the file asks for is then made with the arguments that the file gives, so the program's own code has
#   to stand them.
# custom:
#   id: keras/custom-object
#   level: warn
#   message: >-
#     `{place}` needs `{global}`, which is no part of Keras: it is taken from `custom_objects` or from what the program registered.
#   remedy: >-
#     Read that class or function, and be sure that it stands arguments of a stranger's choice.
#   since: "0.1.0"
#   formats: [keras, keras-config]
# related_resources:
#   - https://keras.io/guides/serialization_and_saving/#custom-objects
package weighbridge.keras.custom_object

import data.weighbridge.lib.keras

warn contains {"at": layer.member, "offset": layer.offset, "with": {"place": keras.place(layer), "global": wanted(layer)}} if {
	some layer in input.layers
	not keras.looked_up(layer)
	not data.keras.names[object.get(layer, "global", "")]
	not data.keras.refused[layer.class_name]
	layer.class_name != "__lambda__"
	layer.class_name != "function"
	not value(layer)
}

warn contains {"at": layer.member, "offset": layer.offset, "with": {"place": keras.place(layer), "global": layer.function}} if {
	some layer in input.layers
	layer.function != null
	not layer.class_name in data.weighbridge.lib.keras.calling
	not data.keras.names[layer.function]
	unnamed(layer)
}

# What Keras 2 writes of values that JSON has not, and makes again by itself (json_utils.py).
value(layer) if {
	layer.class_name in {"TypeSpec", "TensorShape", "CompositeTensor", "__tuple__", "__ellipsis__"}
	object.get(layer, "registered_name", null) == null
}

unnamed(layer) if not keras.looked_up(layer)

unnamed(layer) if {
	layer.module == "builtins"
	not data.keras.builtins[layer.function]
}

wanted(layer) := layer.registered_name if {
	layer.registered_name != null
} else := layer.class_name
