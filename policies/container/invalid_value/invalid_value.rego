# METADATA
# title: A value that its format does not allow
# description: |-
#   A field in a header of the file, or a value of a document, is one that the format's specification does not allow. In XML it is a document type and the
#   entities that it declares, which some readers fetch or expand and no model needs.
#
#   Ordinary tools never write such a value. Readers differ in what they make of it: one stops, one guesses, one
#   reads other bytes.
# custom:
#   id: container/invalid-value
#   level: deny
#   message: >-
#     {said}.
#   remedy: >-
#     {remedy}
#   since: "0.1.0"
#   formats: [containers]
package weighbridge.container.invalid_value

import data.weighbridge.lib.deviation

deny contains object.union(found, {"with": words(seen, found["with"].what)}) if {
	some seen in deviation.containers("invalid-value")
	not open_range(seen)
	found := deviation.finding(seen)
}

words(seen, what) := {
	"said": sprintf("The document declares %s, which a reader may fetch or expand", [declared(seen)]),
	"remedy": "Remove the `<!DOCTYPE>` from the file, with all that it declares.",
} if {
	declared(seen)
} else := {
	"said": sprintf("A header is not valid: %s", [what]),
	"remedy": "Save the model again with the library that made it, and check the new file. If it came from somewhere else, ask there for a clean copy.",
} if {
	seen.format in data.families.containers
} else := {
	"said": sprintf("A value of the %s content is not valid: %s", [seen.format, what]),
	"remedy": "Save the file again with the library that made it, and check the new file. If it came from somewhere else, ask there for a clean copy.",
}

# Of XML.
declared(seen) := "a document type" if seen.field == "document type"

declared(seen) := sprintf("the %s `%s`", [seen.field, seen.found]) if seen.field in {"entity", "external entity"}

# torch.export writes a dimension without an upper bound as `Infinity`.
open_range(seen) if {
	seen.found == "NaN or Infinity"
	"exported-program" in input.members[seen.member].formats
}
