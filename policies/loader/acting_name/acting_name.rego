# METADATA
# title: A configuration names a function that acts
# description: |-
#   The configuration tells its loader to import a function and to call it, and the function starts programs, runs
#   code, imports modules, or opens files or the network: `_target_: os.system`.
#
#   Making the object is running the function, with the arguments that stand beside it. The configuration is then a
#   program, and whoever wrote it runs on the machine that loads it.
#
#   It denies where a loader is known that looks there. It warns where such a name stands under a key that is usual for
#   classes and functions (`class`, `callable`, `factory`, `name`), whoever reads it.
# custom:
#   id: loader/acting-name
#   level: deny
#   message: >-
#     `{place}` names `{target}` ({why}): {loader} {does}.
#   remedy: >-
#     Do not load this configuration. If it is your own, name the class that the loader is to make, and do what else
#     has to be done in the program that loads.
#   since: "0.1.0"
#   formats: [json, yaml, triton-config, text, pickle]
# related_resources:
#   - https://hydra.cc/docs/advanced/instantiate_objects/overview/
package weighbridge.loader.acting_name

import data.weighbridge.lib.loader

deny contains {"at": one.reference.member, "offset": one.reference.offset, "with": {
	"place": loader.place(one.reference),
	"target": one.reference.target,
	"why": why,
	"loader": one.how.loader,
	"does": one.how.does,
}} if {
	some one in data.weighbridge.lib.loader.looked_up
	why := loader.danger(one.reference)
	not data.loaders.listed[one.how.list][one.reference.target]
	not loader.allowed(one.reference.target)
}

deny contains usual(reference) if {
	some reference in acting
	data.loaders.usual[reference.by].level == "deny"
}

warn contains usual(reference) if {
	some reference in acting
	data.loaders.usual[reference.by].level == "warn"
}

# What is known to act under a key that is usual for classes.
acting contains reference if {
	some reference in data.weighbridge.lib.loader.references
	how := data.loaders.usual[reference.by]
	loader.dangerous(reference)
	not loader.allowed(reference.target)
	not data.loaders.listed.instantiate[reference.target]
	not own(reference.target, how)
}

usual(reference) := {"at": reference.member, "offset": reference.offset, "with": {
	"place": loader.place(reference),
	"target": reference.target,
	"why": loader.danger(reference),
	"loader": data.loaders.usual[reference.by].loader,
	"does": data.loaders.usual[reference.by].does,
}}

own(target, how) if {
	parts := split(target, ".")
	parts[0] in how.own
	every part in parts { not data.loaders.ways.modules[trim_left(part, "_")] }
}
