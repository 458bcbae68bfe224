# METADATA
# title: A configuration names code that no list knows
# description: |-
#   The configuration names a class, a module or a library that its loader imports and calls, and the name is on no list.
#   It denies where the loader imports whatever stands there, without any switch. It warns where a program has to
#   ask for it first (`hydra.utils.instantiate`), unless the name is put together only when it is read.
#
#   Not being listed does not mean that it is harmful. It means that loading runs code that nobody has looked at: of an
#   installed package, or of a file that lies beside the configuration.
# custom:
#   id: loader/unlisted-name
#   level: deny
#   message: >-
#     `{place}` names `{target}`{leading}, which no list knows: {loader} {does}.
#   remedy: >-
#     {remedy}
#   since: "0.1.0"
#   formats: [json, yaml, triton-config, text, onnx, coreml, pickle]
package weighbridge.loader.unlisted_name

import data.weighbridge.lib.loader
import data.weighbridge.lib.offer

deny contains finding(one) if {
	some one in unlisted
	grave(one)
}

warn contains finding(one) if {
	some one in unlisted
	not grave(one)
	one.reference.by != "$"
}

# A workflow of MONAI is full of expressions: one word for all of a file that do what such workflows do.
warn contains finding(one) if {
	some one in unlisted
	not grave(one)
	one.reference.by == "$"
	loader.place(one.reference) == min({loader.place(other.reference) |
		some other in unlisted
		other.reference.by == "$"
		other.reference.member == one.reference.member
		not grave(other)
	})
}

unlisted contains one if {
	some one in data.weighbridge.lib.loader.looked_up
	not loader.dangerous(one.reference)
	not loader.listed(one.reference, one.how.list)
}

grave(one) if one.how.level == "deny"

grave(one) if loader.unknown(one.reference)

grave(one) if {
	one.reference.by == "$"
	not loader.plain(one.reference.target)
}

# Its loader makes it without being asked.
grave(one) if one.reference.by in data.loaders.loading[input.members[one.reference.member].name].keys

finding(one) := {"at": one.reference.member, "offset": one.reference.offset, "with": {
	"place": loader.place(one.reference),
	"target": one.reference.target,
	"leading": loader.leading(one.reference),
	"loader": one.how.loader,
	"does": one.how.does,
	"allow": entry(one.reference),
	"remedy": remedy(one.reference),
}}

# A name that leads into the artifact stands for other code in another one: what was read is accepted by its digest.
entry(reference) := offer.entry(reference.target, null) if reference.to == null

entry(reference) := null if reference.to != null

remedy(reference) := offer.remedy(reference.target, null, "Look at what the name stands for, and use a class of the library itself where there is one.") if {
	reference.to == null
} else := "Read the file that the name leads to, then accept the finding by a waiver (`weighbridge waive`), or use a class of the library itself where there is one."
