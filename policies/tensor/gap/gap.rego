# METADATA
# title: Bytes that belong to no tensor
# description: |-
#   Bytes lie between the tensors and belong to none of them.
#
#   The safetensors format forbids holes, because anything can be hidden in them. The usual libraries write
#   none.
# custom:
#   id: tensor/gap
#   level: deny
#   message: >-
#     Bytes belong to no tensor: {what}.
#   remedy: >-
#     Save the tensors again with the safetensors library, and check the new file.
#   since: "0.1.0"
# related_resources:
#   - https://huggingface.co/docs/safetensors/index#format
package weighbridge.tensor.gap

import data.weighbridge.lib.deviation

deny contains deviation.finding(seen) if {
	some seen in deviation.tensors("gap")
}
