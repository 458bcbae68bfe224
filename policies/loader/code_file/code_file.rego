# METADATA
# title: A file that a loader runs
# description: |-
#   The model brings a file or folder of code, and a loader runs it: because a configuration names it, or because it has
#   the name that the loader looks for. It denies where loading alone is enough, and warns where something else has to be
#   asked for or switched on.
#
#   Code of a model does whatever it was written to do, with the rights of the process that loads the model.
# custom:
#   id: loader/code-file
#   level: deny
#   message: >-
#     {what}: {loader} {does}.
#   remedy: >-
#     Read what it runs, then accept the finding by a waiver (`weighbridge waive`). Save the model in a format that needs none if there is one.
#   since: "0.1.0"
#   formats: [json, yaml, triton-config]
package weighbridge.loader.code_file

import data.weighbridge.lib.loader

deny contains finding(one.reference, one.how) if {
	some one in named
	one.how.level == "deny"
}

warn contains finding(one.reference, one.how) if {
	some one in named
	one.how.level == "warn"
}

warn contains {"at": file.member.id, "offset": null, "with": {
	"what": sprintf("`%s` is a file of code", [file.file]),
	"loader": file.how.loader,
	"does": concat(" ", ["runs it", file.how.condition]),
}} if {
	some file in data.weighbridge.lib.loader.looked_for
	file.how.level == "warn"
}

# A model of Triton in the folder of a version (Triton, docs, "Model Versions").
warn contains {"at": member.id, "offset": null, "with": {
	"what": sprintf("`%s` is a file of code", [member.name]),
	"loader": "Triton",
	"does": "runs it when the model is loaded, also where no configuration names a backend",
}} if {
	some member in data.weighbridge.lib.loaded.models
	member.origin in {"file", "entry"}
}

named contains {"reference": reference, "how": how} if {
	some reference in data.weighbridge.lib.loader.references
	how := data.loaders.code_files[reference.by]
	not loader.allowed(reference.target)
}

finding(reference, how) := {"at": reference.member, "offset": reference.offset, "with": {
	"what": sprintf("`%s` names `%s`", [loader.place(reference), reference.target]),
	"loader": how.loader,
	"does": how.does,
}}
