# METADATA
# title: A header field or key stands twice
# description: |-
#   One header of the file sets the same field twice, or one object of a document, such as a JSON configuration, has the same key twice.
#
#   The format means one value for each field. Some readers take the first and some the last, so two programs
#   read two different things from one file, and only one of them may be harmless.
# custom:
#   id: container/duplicate-key
#   level: deny
#   message: >-
#     {field} stands twice: {what}.
#   remedy: >-
#     {remedy}
#   since: "0.1.0"
#   formats: [containers]
package weighbridge.container.duplicate_key

import data.weighbridge.lib.deviation

deny contains object.union(deviation.finding(seen), {"with": words(seen)}) if {
	some seen in deviation.containers("duplicate-key")
	not described(seen)
}

words(seen) := {
	"field": "A header field",
	"remedy": "Save the model again with the library that made it, and check the new file. If it came from somewhere else, ask there for a clean copy.",
} if {
	seen.format in data.families.containers
} else := {
	"field": sprintf("A key of the %s content", [seen.format]),
	"remedy": "Keep the one that is meant, or save the file again with the library that made it, and check it again. If it came from somewhere else, ask there for a clean copy.",
}

# H2O itself writes the description of a MOJO with keys that stand twice, and reads nothing but tables for people from it.
described(seen) if {
	seen.format == "json"
	file := input.members[seen.member]
	file.name == "modelDetails.json"
	file.parent != null
	"h2o-mojo" in input.members[file.parent].formats
}
