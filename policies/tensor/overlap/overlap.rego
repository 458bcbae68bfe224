# METADATA
# title: Tensors share bytes
# description: |-
#   Two tensors claim the same bytes of the file.
#
#   The format forbids it: a change of one would change the other, and the same bytes can be shown
#   as one thing and used as another.
# custom:
#   id: tensor/overlap
#   level: deny
#   message: >-
#     Tensors share bytes: {what}.
#   remedy: >-
#     Save the tensors again with the library that the format comes from, and check the new file.
#   since: "0.1.0"
#   formats: [tensors]
# related_resources:
#   - https://huggingface.co/docs/safetensors/index#format
#   - https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
package weighbridge.tensor.overlap

import data.weighbridge.lib.deviation

deny contains deviation.finding(seen) if {
	some seen in deviation.tensors("overlap")
}
