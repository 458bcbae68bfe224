# METADATA
# title: A Keras model carries Python code
# description: |-
#   A `Lambda` layer stores its function, or that of its output shape or mask, as compiled Python code inside the
#   model. Loading the model makes a function of it again, and building the layers calls it.
#
#   The code runs with all the rights of the process that loads the model. `safe_mode` stops it only in `.keras`
#   archives: a `.h5` file is loaded without it in most versions of Keras.
# custom:
#   id: keras/lambda-code
#   level: deny
#   message: >-
#     `{place}` holds compiled Python code, which `keras.models.load_model` runs {condition}.
#   remedy: >-
#     Replace the `Lambda` layer by a layer of Keras or by a registered class whose source is reviewed, and save
#     the model again. Do not load this file with `safe_mode=False`.
#   since: "0.1.0"
#   formats: [keras, keras-config]
# related_resources:
#   - https://keras.io/api/layers/core_layers/lambda/
#   - https://nvd.nist.gov/vuln/detail/CVE-2024-3660
#   - https://nvd.nist.gov/vuln/detail/CVE-2025-9905
package weighbridge.keras.lambda_code

import data.weighbridge.lib.keras

deny contains {"at": layer.member, "offset": layer.offset, "with": {
	"place": keras.place(layer),
	"condition": keras.condition(layer, "with `safe_mode=False`"),
}} if {
	some layer in input.layers
	runs(layer)
}

runs(layer) if layer.class_name == "__lambda__"

runs(layer) if {
	count(layer.code) > 0
	layer.class_name != "TorchModuleWrapper"
}
