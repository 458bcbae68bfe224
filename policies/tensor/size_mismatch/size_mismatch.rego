# METADATA
# title: A tensor's size is not what its shape says
# description: |-
#   The bytes that the header gives to a tensor are not as many as its shape and data type need.
#
#   Readers that go by the shape and readers that go by the bytes load different numbers, or read past the end.
# custom:
#   id: tensor/size-mismatch
#   level: deny
#   message: >-
#     A size is wrong: {what}.
#   remedy: >-
#     Save the tensors again with the library that the format comes from, and check the new file.
#   since: "0.1.0"
#   formats: [tensors]
# related_resources:
#   - https://huggingface.co/docs/safetensors/index#format
#   - https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
package weighbridge.tensor.size_mismatch

import data.weighbridge.lib.deviation

deny contains deviation.finding(seen) if {
	some seen in deviation.tensors("size-mismatch")
}
