# METADATA
# title: A configuration names code of another repository
# description: |-
#   The configuration names a class of another repository (`organisation/name--module.Class`). When the model is
#   loaded with `trust_remote_code=True`, the library fetches that repository's code, as it is at that moment, and runs it.
#
#   What runs is not in this model, cannot be checked with it, and can be changed by others at any time: pinning the
#   revision of this model does not pin it.
# custom:
#   id: loader/other-repository
#   level: deny
#   message: >-
#     `{place}` names `{target}`: a loader with `trust_remote_code=True` fetches and runs code of another repository, which was not checked.
#   remedy: >-
#     Copy the files that it names into this repository, read them, and name them without the repository in front.
#   since: "0.1.0"
#   formats: [json, yaml]
# related_resources:
#   - https://huggingface.co/docs/transformers/custom_models
package weighbridge.loader.other_repository

import data.weighbridge.lib.loader

deny contains {"at": reference.member, "offset": reference.offset, "with": {"place": loader.place(reference), "target": reference.target}} if {
	some reference in data.weighbridge.lib.loader.references
	loader.foreign(reference)
	fetched(reference)
	not loader.allowed(reference.target)
}

fetched(reference) if data.loaders.remote[reference.by]

fetched(reference) if data.loaders.names[reference.by]
