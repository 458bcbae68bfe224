# METADATA
# title: A header points outside of the file
# description: |-
#   An offset or a length in a header of the file points outside of its content.
#
#   Readers differ in what they do then: some stop, some read what is there, some read other bytes than were
#   meant. Such a file is damaged, or made to confuse them.
# custom:
#   id: container/out-of-range
#   level: deny
#   message: >-
#     A header points outside of the content: {what}.
#   remedy: >-
#     Save the model again with the library that made it, and check the new file. If it came from somewhere else,
#     ask there for a clean copy.
#   since: "0.1.0"
#   formats: [containers]
package weighbridge.container.out_of_range

import data.weighbridge.lib.deviation

deny contains deviation.finding(seen) if {
	some seen in deviation.containers("out-of-range")
}
