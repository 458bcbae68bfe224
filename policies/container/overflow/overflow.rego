# METADATA
# title: A number in a header overflows
# description: >-
#   Numbers in the container's headers add up to more than a number can hold. Such values are made to confuse the
#   arithmetic of readers.
# custom:
#   id: container/overflow
#   level: deny
#   message: >-
#     A number overflows: {what}.
#   remedy: >-
#     Save the model again with the library that made it, and check the new file. If it came from somewhere else,
#     ask there for a clean copy.
#   since: "0.1.0"
package weighbridge.container.overflow

import data.weighbridge.lib.deviation

deny contains deviation.finding(seen) if {
	some seen in deviation.containers("overflow")
}
