# METADATA
# title: A Keras model carries a pickled torch module
# description: |-
#   A `TorchModuleWrapper` layer stores a torch module as a pickle, in base64, in the model's configuration. Loading
#   the model with the torch backend unpickles it.
#
#   A pickle calls whatever it names. Older versions of Keras unpickle it whatever `safe_mode` says.
# custom:
#   id: keras/torch-module
#   level: deny
#   message: >-
#     `{place}` is a `TorchModuleWrapper`: `keras.models.load_model` unpickles the torch module in it {condition}.
#   remedy: >-
#     Save the torch module's weights by themselves (a state_dict, or safetensors), and make the module from its
#     class before it is wrapped.
#   since: "0.1.0"
#   formats: [keras, keras-config]
# related_resources:
#   - https://nvd.nist.gov/vuln/detail/CVE-2025-49655
package weighbridge.keras.torch_module

import data.weighbridge.lib.keras

deny contains {"at": layer.member, "offset": layer.offset, "with": {
	"place": keras.place(layer),
	"condition": keras.condition(layer, "with `safe_mode=False`, and in versions before 3.11.3 with any"),
}} if {
	some layer in input.layers
	layer.class_name == "TorchModuleWrapper"
}
