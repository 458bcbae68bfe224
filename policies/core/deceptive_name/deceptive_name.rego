# METADATA
# title: A name that people and programs read differently
# description: |-
#   A name holds characters that change how it is shown, such as control characters or a right-to-left override:
#   this denies. A name that is not valid UTF-8 warns.
#
#   People go by what they see. With such characters a name that ends in `.exe` can look as if it ended in
#   `.jpg`. A name that is not UTF-8 is read differently by different programs.
# custom:
#   id: core/deceptive-name
#   level: deny
#   message: >-
#     The name holds characters that are not shown as they are: `{name}`.
#   remedy: >-
#     Rename the file with plain letters.
#   since: "0.1.0"
# related_resources:
#   - https://trojansource.codes
package weighbridge.core.deceptive_name

deny contains {"at": file.id, "offset": null, "with": {"name": file.name}} if {
	some file in input.members
	contains(file.name, `\u{`)
}

warn contains {"at": file.id, "offset": null, "with": {"name": file.name}} if {
	some file in input.members
	contains(file.name, `\x`)
	not contains(file.name, `\u{`)
}

# A name that a container has and no member of it bears.
deny contains {"at": seen.member, "offset": seen.offset, "with": {"name": seen.name}} if {
	some seen in input.deviations
	seen.kind == "deceptive-name"
	not told(seen)
}

told(seen) if seen.member in bearing

bearing contains file.parent if {
	some file in input.members
	some mark in {`\u{`, `\x`}
	contains(file.name, mark)
}
