# METADATA
# title: A name stands twice in the header
# description: |-
#   The header of the file has one key twice: a tensor's name, or a field of its description.
#
#   Readers differ in which of the two they take, so two programs load two different models from one file.
# custom:
#   id: tensor/duplicate-key
#   level: deny
#   message: >-
#     A name stands twice in the header: {what}.
#   remedy: >-
#     Save the tensors again with the library that the format comes from, and check the new file.
#   since: "0.1.0"
#   formats: [tensors]
# related_resources:
#   - https://huggingface.co/docs/safetensors/index#format
#   - https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
package weighbridge.tensor.duplicate_key

import data.weighbridge.lib.deviation

deny contains deviation.finding(seen) if {
	some seen in deviation.tensors("duplicate-key")
}
