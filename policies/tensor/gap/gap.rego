# METADATA
# title: Bytes that belong to no tensor
# description: |-
#   Bytes lie between the tensors and belong to none of them.
#
#   The format forbids holes, because anything can be hidden in them. The usual libraries write
#   none.
# custom:
#   id: tensor/gap
#   level: deny
#   message: >-
#     Bytes belong to no tensor: {what}.
#   remedy: >-
#     Save the tensors again with the library that the format comes from, and check the new file.
#   since: "0.1.0"
#   formats: [tensors]
# related_resources:
#   - https://huggingface.co/docs/safetensors/index#format
#   - https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
package weighbridge.tensor.gap

import data.weighbridge.lib.deviation

deny contains deviation.finding(seen) if {
	some seen in deviation.tensors("gap")
}
