# METADATA
# title: Bytes stand behind the container
# description: |-
#   The file goes on after its archive or stream has ended. Behind a picture, sound or film this only warns, for no loader of
#   models reads on there.
#
#   Some readers stop at the end and some do not, so two programs see two different files. Ordinary tools write
#   no such files, and anything can be put there.
# custom:
#   id: container/suffix-bytes
#   level: deny
#   message: >-
#     More stands behind the {format} content: {found}.
#   remedy: >-
#     Save the model again without them if you do not know why they are there.
#   since: "0.1.0"
#   formats: [containers]
package weighbridge.container.suffix_bytes

import data.weighbridge.lib.deviation

deny contains deviation.finding(seen) if {
	some seen in deviation.containers("suffix-bytes")
	not seen.format in shown
}

warn contains deviation.finding(seen) if {
	some seen in deviation.containers("suffix-bytes")
	seen.format in shown
}

# What is looked at or listened to.
shown := {"image", "media"}
