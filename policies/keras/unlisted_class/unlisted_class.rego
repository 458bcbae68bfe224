# METADATA
# title: A Keras model names a class that is not allowed
# description: |-
#   A Keras configuration names every layer, loss and optimizer by module and class. Keras up to 3.8 imports that
#   module, whatever it is, and makes an object of the class with the arguments that the file gives.
#
#   Only the classes of Keras that are on the allow list may be named with a module. Not being listed does not
#   mean that it is harmful: it means that importing and making it runs code that nobody has looked at.
# custom:
#   id: keras/unlisted-class
#   level: deny
#   message: >-
#     `{place}` names the class `{global}`{danger}, which is not on the allow list: `keras.models.load_model` imports and calls it in Keras up to 3.8, whatever `safe_mode` says.
#   remedy: >-
#     {remedy}
#   since: "0.1.0"
#   formats: [keras, keras-config]
# related_resources:
#   - https://nvd.nist.gov/vuln/detail/CVE-2025-1550
package weighbridge.keras.unlisted_class

import data.weighbridge.lib.keras
import data.weighbridge.lib.offer

deny contains finding(layer, why, offer.entry(layer.global, why), remedy) if {
	some layer in input.layers
	plain(layer)
	not layer.class_name in {"Lambda", "TorchModuleWrapper", "__lambda__"}
	strange(layer)
	not keras.computing(layer)
	not keras.allowed(layer)
	why := keras.why(layer)
	remedy := offer.remedy(
		layer.global, why,
		"Use a layer of Keras, or register the class under a package and hand it over in `custom_objects`.",
	)
}

# `Lambda` and the wrapper are spoken of by rules of their own, but only as Keras's. No entry allows another class under such a name.
deny contains finding(layer, keras.why(layer), null, taken) if {
	some layer in input.layers
	layer.function == null
	layer.class_name in {"Lambda", "TorchModuleWrapper", "__lambda__"}
	keras.looked_up(layer)
	not startswith(layer.module, "keras.")
	not startswith(layer.module, "tf_keras.")
}

taken := "Do not load this file: the class takes the name of one of Keras's own that runs code. If it is your own, give it another name."

finding(layer, why, entry, remedy) := {"at": layer.member, "offset": layer.offset, "with": {
	"place": keras.place(layer),
	"global": layer.global,
	"danger": offer.danger(why),
	"allow": entry,
	"remedy": remedy,
}}

plain(layer) if layer.function == null

plain(layer) if layer.class_name in data.weighbridge.lib.keras.calling

strange(layer) if {
	keras.looked_up(layer)
	not keras.listed(layer)
}

# Keras's own table has these under their bare name.
strange(layer) if {
	not keras.looked_up(layer)
	data.keras.refused[layer.class_name]
}
