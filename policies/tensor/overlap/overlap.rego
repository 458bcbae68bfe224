# METADATA
# title: Tensors share bytes
# description: |-
#   Two tensors claim the same bytes of the file.
#
#   The safetensors format forbids it: a change of one would change the other, and the same bytes can be shown
#   as one thing and used as another.
# custom:
#   id: tensor/overlap
#   level: deny
#   message: >-
#     Tensors share bytes: {what}.
#   remedy: >-
#     Save the tensors again with the safetensors library, and check the new file.
#   since: "0.1.0"
# related_resources:
#   - https://huggingface.co/docs/safetensors/index#format
package weighbridge.tensor.overlap

import data.weighbridge.lib.deviation

deny contains deviation.finding(seen) if {
	some seen in deviation.tensors("overlap")
}
