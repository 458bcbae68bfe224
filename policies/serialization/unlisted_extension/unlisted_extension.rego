# METADATA
# title: An extension type is not known
# description: |-
#   A value in this file is of a type that its format leaves to programs to define, and no list knows it.
#
#   A MessagePack reader hands the bytes to the program's own function, which may do anything with them: this is
#   denied. Arrow reads an extension type that nobody registered as the plain type below it, so it acts only where a
#   library registered one: this is a warning.
# custom:
#   id: serialization/unlisted-extension
#   level: deny
#   message: >-
#     The extension type `{name}` is not on the allow list: {library} hands it to whatever is registered for it{times}.
#   remedy: >-
#     {remedy}
#   since: "0.1.0"
#   formats: [arrow, msgpack]
package weighbridge.serialization.unlisted_extension

import data.weighbridge.lib.offer
import data.weighbridge.lib.serialization

deny contains finding(record) if {
	some record in data.weighbridge.lib.serialization.extensions
	record.format != "arrow"
}

warn contains finding(record) if {
	some record in data.weighbridge.lib.serialization.extensions
	record.format == "arrow"
}

finding(record) := {"at": record.member, "offset": record.offset, "with": {
	"name": record.name,
	"library": data.weighbridge.lib.serialization.libraries[record.format],
	"times": serialization.times(record.count),
	"allow": offer.entry(record.name, null),
	"remedy": offer.remedy(record.name, null, "Write the values in the format's own types."),
}}
