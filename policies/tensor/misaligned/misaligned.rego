# METADATA
# title: Tensors are out of order or alignment
# description: |-
#   The tensors do not stand in the order or at the byte boundaries that the format asks for.
#
#   They can be read. It is told because the usual libraries do not write such files: another program made or
#   changed this one.
# custom:
#   id: tensor/misaligned
#   level: warn
#   message: >-
#     Tensors are out of place: {what}.
#   remedy: >-
#     Nothing to do if you know the tool that wrote it; otherwise save the tensors again with the library that
#     the format comes from.
#   since: "0.1.0"
#   formats: [tensors]
# related_resources:
#   - https://huggingface.co/docs/safetensors/index#format
#   - https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
package weighbridge.tensor.misaligned

import data.weighbridge.lib.deviation

warn contains deviation.finding(seen) if {
	some seen in deviation.tensors("misaligned")
}
