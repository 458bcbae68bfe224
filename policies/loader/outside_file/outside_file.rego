# METADATA
# title: A file of the model names one outside of it
# description: |-
#   The configuration names code, a library or an environment, or an object of a pickle its array, by a path that leaves the model's
#   folder: with `..`, from the root of the disk, through a link, or at an address. It warns where what lies there is only read as
#   text (`vocab_file`).
#
#   The loader runs what lies there, or unpickles it. It is no part of what was checked, and somebody else may be able to write it.
# custom:
#   id: loader/outside-file
#   level: deny
#   message: >-
#     `{place}` names `{target}`, which leads {leads}: {does}.
#   remedy: >-
#     Put the file into the model's folder and name it by a plain path below it.
#   since: "0.1.0"
#   formats: [json, yaml, triton-config, pickle]
package weighbridge.loader.outside_file

import data.weighbridge.lib.loader

deny contains finding(reference) if {
	some reference in outside
	level(reference.by) == "deny"
}

warn contains finding(reference) if {
	some reference in outside
	level(reference.by) == "warn"
}

outside contains reference if {
	some reference in naming
	reference.kind in {"file", "library"}
	reference.leads in object.keys(ways)
}

naming contains reference if some reference in data.weighbridge.lib.loader.references

# The array of an object, which joblib and gensim hand to an unpickler.
naming contains reference if {
	some reference in input.references
	reference.format == "pickle"
}

finding(reference) := {"at": reference.member, "offset": reference.offset, "with": {
	"place": loader.place(reference), "target": reference.target, "leads": ways[reference.leads], "does": does(reference),
}}

level(by) := data.loaders.reads[by].level

level(by) := "deny" if not data.loaders.reads[by]

does(reference) := "the loader unpickles what it finds there" if reference.format == "pickle"

does(reference) := data.loaders.reads[reference.by].does if reference.format != "pickle"

does(reference) := "the loader runs what it finds there" if {
	reference.format != "pickle"
	not data.loaders.reads[reference.by]
}

ways := {
	"above": "above the model's folder",
	"outside": "out of the model's folder",
	"absolute": "to a place on the machine",
	"link": "through a link",
	"url": "to an address",
	"ambiguous": "to different places on different systems",
	"invalid": "to no file at all",
	"unknown": "where it cannot be told",
}
