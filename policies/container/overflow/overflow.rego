# METADATA
# title: A number in a header overflows
# description: |-
#   Numbers in a header of the file add up to more than a program's number can hold.
#
#   In some readers such a sum wraps around to a small number, and the reader then uses the wrong bytes or too
#   little memory. Real files do not hold such values; they are made for attacks.
# custom:
#   id: container/overflow
#   level: deny
#   message: >-
#     A number overflows: {what}.
#   remedy: >-
#     Save the model again with the library that made it, and check the new file. If it came from somewhere else,
#     ask there for a clean copy.
#   since: "0.1.0"
#   formats: [containers]
package weighbridge.container.overflow

import data.weighbridge.lib.deviation

deny contains deviation.finding(seen) if {
	some seen in deviation.containers("overflow")
}
