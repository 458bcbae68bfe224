# METADATA
# title: An index names a file outside of its folder
# description: |-
#   A large model is stored in several files, its shards, and an index names them. Here the index names one by
#   an absolute path, or by one that holds `..`.
#
#   Loading the model reads a file from somewhere else on the machine, which is no part of the model and was not
#   checked.
# custom:
#   id: tensor/shard-traversal
#   level: deny
#   message: >-
#     The index leads out of its folder: {what}.
#   remedy: >-
#     Correct the index so that every shard is named by its plain file name, and keep the shards beside it.
#   since: "0.1.0"
#   formats: [tensors]
# related_resources:
#   - https://huggingface.co/docs/safetensors/index#format
#   - https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
package weighbridge.tensor.shard_traversal

import data.weighbridge.lib.deviation

deny contains deviation.finding(seen) if {
	some seen in deviation.tensors("traversal")
}
