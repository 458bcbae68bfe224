# METADATA
# title: The header holds a value that the format does not allow
# description: |-
#   A data type, shape, offset or key in the header is not one that the format's specification allows.
#
#   The format's own library refuses such a file. A laxer reader may go on, and load something that was never
#   meant.
# custom:
#   id: tensor/invalid-value
#   level: deny
#   message: >-
#     The header is not valid: {what}.
#   remedy: >-
#     Save the tensors again with the library that the format comes from, and check the new file.
#   since: "0.1.0"
#   formats: [tensors]
# related_resources:
#   - https://huggingface.co/docs/safetensors/index#format
#   - https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
package weighbridge.tensor.invalid_value

import data.weighbridge.lib.deviation

deny contains deviation.finding(seen) if {
	some seen in deviation.tensors("invalid-value")
}
