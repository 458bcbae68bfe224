# METADATA
# title: A pickle calls something that is not allowed
# description: |-
#   A pickle is no plain data: loading it calls the functions and classes that it names. Only those on the allow
#   list may be called, each in the way its entry says. This one is not on the list, or is used in another way.
#
#   What is called runs with all the rights of the process that loads the model. Not being listed does not mean
#   that it is harmful: it means that nobody has said yet why it is safe.
# custom:
#   id: pickle/unlisted-call
#   level: deny
#   message: >-
#     `{callee}` is {deed} when the file is loaded, and the allow list does not permit that.
#   remedy: >-
#     {remedy}
#   since: "0.1.0"
#   formats: [pickles]
# related_resources:
#   - https://docs.python.org/3/library/pickle.html#restricting-globals
package weighbridge.pickle.unlisted_call

import data.weighbridge.lib.pickle

deny contains {"at": refusal.member, "offset": refusal.call.offset, "with": {
	"callee": callee,
	"deed": pickle.deed(refusal.call),
	"evidence": refusal.call.evidence,
	"allow": entry,
	"remedy": remedy(callee),
}} if {
	some refusal in data.weighbridge.lib.pickle.named
	not pickle.dangerous(refusal.call.callee)
	callee := refusal.call.callee.global
	entry := offer(callee)
}

offer(callee) := data.weighbridge.lib.pickle.offers[callee] if {
	data.weighbridge.lib.pickle.offers[callee]
} else := null

remedy(callee) := "Save the weights without this object (a state_dict, or safetensors). If you know that it is safe, add the entry below to `allow:` in `weighbridge.yaml`, and have that merged first." if {
	offer(callee) != null
}

remedy(callee) := "Save the weights without this object (a state_dict, or safetensors). No allow entry is offered: the pickle replaces a method of the object, or opens a file by a time zone's name." if {
	offer(callee) == null
}
