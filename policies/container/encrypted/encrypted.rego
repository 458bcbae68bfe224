# METADATA
# title: Content is encrypted
# description: |-
#   A part of the file is encrypted, so it could not be read and nothing can be said about it.
#
#   Whoever has the key can load what nobody has looked at. An encrypted archive is a common way to carry
#   something past a scanner.
# custom:
#   id: container/encrypted
#   level: deny
#   message: >-
#     {what}; encrypted content was not read.
#   remedy: >-
#     Ask for the file without encryption. Protect it on its way by other means.
#   since: "0.1.0"
#   formats: [containers]
package weighbridge.container.encrypted

import data.weighbridge.lib.deviation

deny contains {"at": record.member, "offset": record.offset, "with": {"what": record.what}} if {
	some record in input.incomplete
	record.kind == "encrypted"
}

deny contains {"at": seen.member, "offset": seen.offset, "with": {"what": deviation.finding(seen)["with"].what}} if {
	some seen in deviation.containers("encrypted")
}
