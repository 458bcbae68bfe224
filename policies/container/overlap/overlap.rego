# METADATA
# title: Entries share the same bytes
# description: |-
#   Two entries of the archive claim the same bytes.
#
#   No ordinary tool writes this. It is how archive bombs are built, which unpack to a thousand times their
#   size, and how an entry is hidden inside another.
# custom:
#   id: container/overlap
#   level: deny
#   message: >-
#     Two entries share bytes: {what}.
#   remedy: >-
#     Save the model again with the library that made it, and check the new file. If it came from somewhere else,
#     ask there for a clean copy.
#   since: "0.1.0"
#   formats: [containers]
package weighbridge.container.overlap

import data.weighbridge.lib.deviation

deny contains deviation.finding(seen) if {
	some seen in deviation.containers("overlap")
}
