# METADATA
# title: A serialization names a class that is not allowed
# description: |-
#   Reading an object stream makes objects of the classes that it names, and runs the methods by which each class
#   reads itself (`readObject`, `readExternal`, `marshal_load`, `_load`, an ALTREP class's method).
#
#   Attackers need no class of their own: they chain methods of ordinary libraries until one runs a command. So only
#   numbers, texts, times and containers of the language itself are allowed. Not being listed does not mean that a
#   class is harmful: it means that nobody has looked at what reading it calls.
# custom:
#   id: serialization/unlisted-class
#   level: deny
#   message: >-
#     The class `{name}` is not on the allow list: {loader} makes it{how}, as soon as the file is read{times}.
#   remedy: >-
#     {remedy}
#   since: "0.1.0"
#   formats: [java, ruby-marshal, r]
# related_resources:
#   - https://cheatsheetseries.owasp.org/cheatsheets/Deserialization_Cheat_Sheet.html
package weighbridge.serialization.unlisted_class

import data.weighbridge.lib.offer
import data.weighbridge.lib.serialization

deny contains {"at": record.member, "offset": record.offset, "with": {
	"name": serialization.shown(record),
	"loader": data.weighbridge.lib.serialization.loaders[record.format],
	"how": how(record),
	"times": serialization.times(record.count),
	"remedy": remedy(record),
}} if {
	some record in data.weighbridge.lib.serialization.classes
}

advice := "Keep the model in a format that holds numbers alone."

# No entry is printed to be copied: no list knows which classes are links of a chain, so that a chain would bring its own entries.
remedy(record) := concat(" ", [advice, "No entry can allow it: whatever answers for the interface would be allowed too."]) if {
	record.kind == "proxy"
} else := concat(" ", [advice, "If you know what reading it calls, allow it in `weighbridge.yaml` by its full name, to be called, and have that merged first."]) if {
	offer.nameable(name(record))
} else := offer.remedy(name(record), null, advice)

# What an entry has to name: of an array, what it holds.
name(record) := serialization.element(record) if record.name != null

name(record) := "" if record.name == null

how(record) := sprintf(" by `%s`", [record.loader]) if {
	record.loader != null
	record.kind != "proxy"
}

how(record) := "" if {
	record.loader == null
	record.kind != "proxy"
}

how(record) := " as an interface that a handler answers for" if record.kind == "proxy"
