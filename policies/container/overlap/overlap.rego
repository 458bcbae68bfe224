# METADATA
# title: Entries share the same bytes
# description: >-
#   Two entries claim the same bytes of the container. No ordinary tool writes this; it makes archive bombs and
#   hides entries inside others.
# custom:
#   id: container/overlap
#   level: deny
#   message: >-
#     Two entries share bytes: {what}.
#   remedy: >-
#     Save the model again with the library that made it, and check the new file. If it came from somewhere else,
#     ask there for a clean copy.
#   since: "0.1.0"
package weighbridge.container.overlap

import data.weighbridge.lib.deviation

deny contains deviation.finding(seen) if {
	some seen in deviation.containers("overlap")
}
