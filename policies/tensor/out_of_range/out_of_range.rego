# METADATA
# title: A tensor lies outside of the file
# description: |-
#   The offsets or the shape of a tensor do not fit the data of the file.
#
#   A loader that trusts them reads past the end, or other bytes than it should. Such a file is damaged, or made
#   to break a loader.
# custom:
#   id: tensor/out-of-range
#   level: deny
#   message: >-
#     A tensor does not fit the file: {what}.
#   remedy: >-
#     Save the tensors again with the library that the format comes from, and check the new file.
#   since: "0.1.0"
#   formats: [tensors]
# related_resources:
#   - https://huggingface.co/docs/safetensors/index#format
#   - https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
package weighbridge.tensor.out_of_range

import data.weighbridge.lib.deviation

deny contains deviation.finding(seen) if {
	some seen in deviation.tensors("out-of-range")
}
