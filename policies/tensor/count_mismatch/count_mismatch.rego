# METADATA
# title: A count is not what the file holds
# description: |-
#   A count in the file's header differs from what the file holds.
#
#   Readers that trust the count see another content than readers that go by the bytes, so two programs load two
#   different models from one file.
# custom:
#   id: tensor/count-mismatch
#   level: deny
#   message: >-
#     A count is wrong: {what}.
#   remedy: >-
#     Save the tensors again with the library that the format comes from, and check the new file.
#   since: "0.1.0"
#   formats: [tensors]
# related_resources:
#   - https://huggingface.co/docs/safetensors/index#format
#   - https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
package weighbridge.tensor.count_mismatch

import data.weighbridge.lib.deviation

deny contains deviation.finding(seen) if {
	some seen in deviation.tensors("count-mismatch")
}
