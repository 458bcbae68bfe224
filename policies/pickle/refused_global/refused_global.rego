# METADATA
# title: A pickle uses a global that is refused here
# description: |-
#   Loading the file imports a function or class that the configuration refuses, and may call it. Without a list of
#   refused globals this rule is silent.
#
#   This repository or organisation has decided that its models do without it, although the shipped lists have it.
#   A model that needs it was not made as the others here are.
# custom:
#   id: pickle/refused-global
#   level: deny
#   message: >-
#     `{global}` is used when the file is loaded, and the configuration refuses it.
#   remedy: >-
#     Save the model without this object (a state_dict, or safetensors), or ask who wrote `refuse:` in the
#     configuration why it is there.
#   since: "0.1.0"
#   formats: [pickles]
package weighbridge.pickle.refused_global

import data.weighbridge.lib.allow

deny contains {"at": pickle.member, "offset": record.offset, "with": {"global": record.global, "evidence": record.evidence}} if {
	some pickle in input.pickles
	some record in pickle.imports
	record.global in data.refused
}

# Called without an import of its own, as the class that a persistent id names.
deny contains {"at": pickle.member, "offset": call.offset, "with": {"global": call.callee.global, "evidence": call.evidence}} if {
	some pickle in input.pickles
	some call in pickle.calls
	call.callee.global in data.refused
	not imported(pickle, call.callee.global)
}

# Taken by `getattr` from a class: `module:class.name`.
deny contains {"at": pickle.member, "offset": call.offset, "with": {"global": target, "evidence": call.evidence}} if {
	some pickle in input.pickles
	some call in pickle.calls
	allow.gets(call)
	some target in allow.targets(call)
	target in data.refused
}

imported(pickle, global) if {
	some record in pickle.imports
	record.global == global
}
