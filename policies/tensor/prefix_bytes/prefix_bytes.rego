# METADATA
# title: Bytes stand in front of the tensors
# description: |-
#   The file begins with bytes that its format does not know.
#
#   Programs that look at the beginning take the file for something else than programs that look for the
#   tensors. So it can pass a check as one thing and load as another.
# custom:
#   id: tensor/prefix-bytes
#   level: deny
#   message: >-
#     More stands in front of the content: {found}.
#   remedy: >-
#     Save the tensors again with the library that the format comes from, and check the new file.
#   since: "0.1.0"
#   formats: [tensors]
# related_resources:
#   - https://huggingface.co/docs/safetensors/index#format
#   - https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
package weighbridge.tensor.prefix_bytes

import data.weighbridge.lib.deviation

deny contains deviation.finding(seen) if {
	some seen in deviation.tensors("prefix-bytes")
}
