# METADATA
# title: The container has more than one end record
# description: |-
#   The list of an archive's entries is found through a record at its end, and this file has more than one such
#   record or list.
#
#   Programs differ in which of them they take, so they see different entries: a scanner one list, the loader
#   another.
# custom:
#   id: container/several-ends
#   level: deny
#   message: >-
#     There is more than one end record or list: {what}.
#   remedy: >-
#     Save the model again with the library that made it, and check the new file. If it came from somewhere else,
#     ask there for a clean copy.
#   since: "0.1.0"
#   formats: [containers]
package weighbridge.container.several_ends

import data.weighbridge.lib.deviation

deny contains deviation.finding(seen) if {
	some seen in deviation.containers("several-ends")
}
