# METADATA
# title: Bytes stand behind the last tensor
# description: >-
#   The file goes on after the last tensor. The format forbids it, because anything can hide there. The bytes were
#   read as a member of their own.
# custom:
#   id: tensor/suffix-bytes
#   level: deny
#   message: >-
#     Bytes stand behind the last tensor: {what}.
#   remedy: >-
#     Save the tensors again with the safetensors library, and check the new file.
#   since: "0.1.0"
# related_resources:
#   - https://huggingface.co/docs/safetensors/index#format
package weighbridge.tensor.suffix_bytes

import data.weighbridge.lib.deviation

deny contains deviation.finding(seen) if {
	some seen in deviation.tensors("suffix-bytes")
}
