# METADATA
# title: Two places describe one tensor differently
# description: |-
#   Two places of the file, or of the files of one model, describe the same tensor differently.
#
#   Readers may believe either, so two programs load two different models from the same files.
# custom:
#   id: tensor/header-disagreement
#   level: deny
#   message: >-
#     Two places disagree: {what}.
#   remedy: >-
#     Save the tensors again with the library that the format comes from, and check the new file.
#   since: "0.1.0"
#   formats: [tensors]
# related_resources:
#   - https://huggingface.co/docs/safetensors/index#format
#   - https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
package weighbridge.tensor.header_disagreement

import data.weighbridge.lib.deviation

deny contains deviation.finding(seen) if {
	some seen in deviation.tensors("header-disagreement")
}
