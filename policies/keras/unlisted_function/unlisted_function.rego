# METADATA
# title: A Keras model names a function that is not allowed
# description: |-
#   A Keras configuration may name a function by its module, as an activation or a loss. Keras up to 3.8 imports that
#   module and takes the function, and what is built with it calls it: a layer, a loss, an optimizer.
#
#   `os.system` is such a function. Only the activations, losses and metrics of Keras are on the allow list.
# custom:
#   id: keras/unlisted-function
#   level: deny
#   message: >-
#     `{place}` names the function `{global}`{danger}, which is not on the allow list: `keras.models.load_model` imports it in Keras up to 3.8, whatever `safe_mode` says, and what is built with it calls it.
#   remedy: >-
#     {remedy}
#   since: "0.1.0"
#   formats: [keras, keras-config]
# related_resources:
#   - https://nvd.nist.gov/vuln/detail/CVE-2025-1550
package weighbridge.keras.unlisted_function

import data.weighbridge.lib.keras
import data.weighbridge.lib.offer

deny contains {"at": layer.member, "offset": layer.offset, "with": {
	"place": keras.place(layer),
	"global": layer.global,
	"danger": offer.danger(why),
	"allow": offer.entry(layer.global, why),
	"remedy": offer.remedy(
		layer.global, why,
		"Use a function of Keras, or register the function under a package and hand it over in `custom_objects`.",
	),
}} if {
	some layer in input.layers
	layer.function != null
	keras.looked_up(layer)
	not keras.listed(layer)
	not keras.own_function(layer)
	not keras.allowed(layer)
	why := keras.why(layer)
}
