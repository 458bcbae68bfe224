# METADATA
# title: A configuration names code of the repository
# description: |-
#   The configuration names a class in a Python file of the same repository (`auto_map`, `custom_pipelines`). The library
#   imports that file when it is told to trust the repository's code, and then everything in it runs.
#
#   A switch in the program that loads is what stands between the file and the machine, and for many models people are
#   told to set it.
# custom:
#   id: loader/remote-code
#   level: warn
#   message: >-
#     `{place}` names `{target}`{leading}: {loader} runs that code {condition}.
#   remedy: >-
#     Read the file that it names before anyone sets the switch, and pin the revision (`revision=` and `code_revision=`).
#     If the library has this architecture by now, save the model again without the entry.
#   since: "0.1.0"
#   formats: [json, yaml]
# related_resources:
#   - https://huggingface.co/docs/transformers/custom_models
package weighbridge.loader.remote_code

import data.weighbridge.lib.loader

warn contains {"at": reference.member, "offset": reference.offset, "with": {
	"place": loader.place(reference),
	"target": reference.target,
	"leading": loader.leading(reference),
	"loader": how.loader,
	"condition": how.condition,
}} if {
	some reference in data.weighbridge.lib.loader.references
	how := data.loaders.remote[reference.by]
	switched(reference)
	not loader.foreign(reference)
	not loader.allowed(reference.target)
}

switched(reference) if reference.by != "parent_library"

switched(reference) if loader.remote_class(reference)
