# METADATA
# title: A pickle calls what it computed
# description: |-
#   The pickle calls something that is there only once it is being loaded: what another call returned, or an
#   object. Or it replaces a part of such an object, or of an imported class.
#
#   Ordinary pickles call functions by their plain names. Calling what was computed is how a chain of harmless
#   steps becomes a harmful one, which no list of names can hold.
# custom:
#   id: pickle/result-call
#   level: deny
#   message: >-
#     {what} is {deed} when the file is loaded.
#   remedy: >-
#     Do not load this file if you do not know who made it. Save the weights alone (a state_dict, or safetensors).
#   since: "0.1.0"
#   formats: [pickles]
package weighbridge.pickle.result_call

import data.weighbridge.lib.pickle

deny contains {"at": refusal.member, "offset": refusal.call.offset, "with": {
	"what": what(refusal.call.callee),
	"deed": pickle.deed(refusal.call),
	"evidence": refusal.call.evidence,
}} if {
	some refusal in data.weighbridge.lib.pickle.refused
	indirect(refusal.call)
}

indirect(call) if call.callee.kind in {"persistent", "literal"}

indirect(call) if {
	call.as in {"call", "new"}
	call.callee.kind in {"instance", "result"}
	call.callee.global != null
}

# State or items set on the imported function or class itself change it for the whole program.
indirect(call) if {
	call.as in {"build", "items"}
	call.callee.kind == "global"
	call.callee.global != null
}

what(callee) := sprintf("What `%s` returned", [callee.global]) if callee.kind == "result"

what(callee) := sprintf("An object of `%s`", [callee.global]) if callee.kind == "instance"

what(callee) := sprintf("`%s` itself", [callee.global]) if callee.kind == "global"

what(callee) := "An object that the loader supplies" if callee.kind == "persistent"

what(callee) := "A plain value" if callee.kind == "literal"
