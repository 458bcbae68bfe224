# METADATA
# title: A tensor's size overflows
# description: |-
#   The numbers of a shape multiply to more than a program's number can hold.
#
#   In some loaders such a product wraps around to a small number, and the loader then uses too little memory
#   for what it copies. Real models have no such shapes; they are made for attacks.
# custom:
#   id: tensor/overflow
#   level: deny
#   message: >-
#     A size overflows: {what}.
#   remedy: >-
#     Save the tensors again with the library that the format comes from, and check the new file.
#   since: "0.1.0"
#   formats: [tensors]
# related_resources:
#   - https://huggingface.co/docs/safetensors/index#format
#   - https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
package weighbridge.tensor.overflow

import data.weighbridge.lib.deviation

deny contains deviation.finding(seen) if {
	some seen in deviation.tensors("overflow")
}
