# METADATA
# title: Content that nothing recognises
# description: >-
#   No format that weighbridge knows begins like this content, so it was not read. A file that is checked by
#   itself, that has a model's name, or that hides outside of its container's list is denied; a file without a
#   promise that lies beside others in a folder or an archive warns.
# custom:
#   id: core/unknown-format
#   level: deny
#   message: >-
#     The content is of no known format: {what}.
#   remedy: >-
#     Remove the file from the model if nothing loads it, or convert it to a format that is read (`weighbridge
#     formats` lists them).
#   since: "0.1.0"
package weighbridge.core.unknown_format

import data.weighbridge.lib.member

deny contains finding(record) if {
	some record in input.incomplete
	record.kind == "unknown-format"
	not minor(record)
}

warn contains finding(record) if {
	some record in input.incomplete
	record.kind == "unknown-format"
	minor(record)
}

minor(record) if {
	some file in input.members
	file.id == record.member
	member.harmless(file)
	member.beside(file)
}

finding(record) := {"at": record.member, "offset": record.offset, "with": {"what": record.what}}
