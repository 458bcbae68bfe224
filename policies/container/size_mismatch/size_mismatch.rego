# METADATA
# title: A declared size is wrong
# description: |-
#   A header gives a size, and the content has another one.
#
#   Loaders that trust the header read other bytes than those that decode to the end, so two programs get two
#   different contents from one file.
# custom:
#   id: container/size-mismatch
#   level: deny
#   message: >-
#     A size is wrong: {what}.
#   remedy: >-
#     Save the model again with the library that made it, and check the new file. If it came from somewhere else,
#     ask there for a clean copy.
#   since: "0.1.0"
#   formats: [containers]
package weighbridge.container.size_mismatch

import data.weighbridge.lib.deviation

deny contains deviation.finding(seen) if {
	some seen in deviation.containers("size-mismatch")
}
