# METADATA
# title: Bytes stand in front of the container
# description: |-
#   The archive does not begin at the first byte of the file: something else stands in front of it.
#
#   Programs that look at the beginning take the file for one thing, programs that look at the end for another,
#   as PyTorch and Python's zipfile do. So it can pass as a picture or a script and load as a model.
# custom:
#   id: container/prefix-bytes
#   level: deny
#   message: >-
#     More stands in front of the {format} content: {found}.
#   remedy: >-
#     Save the model again with the library that made it, and check the new file. If it came from somewhere else,
#     ask there for a clean copy.
#   since: "0.1.0"
#   formats: [containers]
package weighbridge.container.prefix_bytes

import data.weighbridge.lib.deviation

deny contains deviation.finding(seen) if {
	some seen in deviation.containers("prefix-bytes")
	not files_of_tflite(seen)
}

# TFLite's metadata writer puts the files that belong to a model into a zip behind it; both parts are read.
files_of_tflite(seen) if {
	seen.format == "zip"
	"tflite" in input.members[seen.member].formats
}
