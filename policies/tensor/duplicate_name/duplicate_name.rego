# METADATA
# title: Two tensors have the same name
# description: |-
#   Two tensors of the file have the same name.
#
#   Readers differ in which of the two they take. The model that was tested can be another than the one that is
#   served.
# custom:
#   id: tensor/duplicate-name
#   level: deny
#   message: >-
#     Two tensors have one name: {what}.
#   remedy: >-
#     Save the tensors again with the library that the format comes from, and check the new file.
#   since: "0.1.0"
#   formats: [tensors]
# related_resources:
#   - https://huggingface.co/docs/safetensors/index#format
#   - https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
package weighbridge.tensor.duplicate_name

import data.weighbridge.lib.deviation

deny contains deviation.finding(seen) if {
	some seen in deviation.tensors("duplicate-name")
}
