# METADATA
# title: Bytes stand behind the container
# description: >-
#   The file goes on after its container has ended. Those bytes were read as a member of their own, and what was
#   found in them is reported by itself.
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
}
