# METADATA
# title: Bytes stand behind the last tensor
# description: |-
#   The file goes on after its last tensor. Those bytes were read as a member of their own.
#
#   The format forbids it, because anything can be hidden there. The usual libraries write no such files.
# custom:
#   id: tensor/suffix-bytes
#   level: deny
#   message: >-
#     More stands behind the last tensor: {found}.
#   remedy: >-
#     Save the tensors again with the library that the format comes from, and check the new file.
#   since: "0.1.0"
#   formats: [tensors]
# related_resources:
#   - https://huggingface.co/docs/safetensors/index#format
#   - https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
package weighbridge.tensor.suffix_bytes

import data.weighbridge.lib.deviation

deny contains deviation.finding(seen) if {
	some seen in deviation.tensors("suffix-bytes")
}
