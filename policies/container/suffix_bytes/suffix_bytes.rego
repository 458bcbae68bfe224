# METADATA
# title: Bytes stand behind the container
# description: >-
#   The file goes on after its container has ended. Some readers stop there and some do not, so two programs see two
#   files. Ordinary tools write no such files. Behind a picture it only warns: no loader of models reads on there.
# custom:
#   id: container/suffix-bytes
#   level: deny
#   message: >-
#     Bytes stand behind the {format} content: {what}.
#   remedy: >-
#     Save the model again without them if you do not know why they are there.
#   since: "0.1.0"
package weighbridge.container.suffix_bytes

import data.weighbridge.lib.deviation

deny contains deviation.finding(seen) if {
	some seen in deviation.containers("suffix-bytes")
	seen.format != "image"
}

warn contains deviation.finding(seen) if {
	some seen in deviation.containers("suffix-bytes")
	seen.format == "image"
}
