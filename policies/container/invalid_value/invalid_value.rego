# METADATA
# title: A header holds a value that its format does not allow
# description: |-
#   A field in a header of the file has a value that the format's specification does not allow.
#
#   Ordinary tools never write such a value. Readers differ in what they make of it: one stops, one guesses, one
#   reads other bytes.
# custom:
#   id: container/invalid-value
#   level: deny
#   message: >-
#     A header is not valid: {what}.
#   remedy: >-
#     Save the model again with the library that made it, and check the new file. If it came from somewhere else,
#     ask there for a clean copy.
#   since: "0.1.0"
#   formats: [containers]
package weighbridge.container.invalid_value

import data.weighbridge.lib.deviation

deny contains deviation.finding(seen) if {
	some seen in deviation.containers("invalid-value")
	not open_range(seen)
}

# torch.export writes a dimension without an upper bound as `Infinity`.
open_range(seen) if {
	seen.found == "NaN or Infinity"
	"exported-program" in input.members[seen.member].formats
}
