# METADATA
# title: A pickle calls something dangerous
# description: |-
#   A pickle is no plain data: loading it calls the functions that it names. This one calls a function that is
#   known to run commands or code, to read or write files, or to reach the network.
#
#   It happens while the file is loaded, before anything of the model is used. No model needs it: the file was
#   made to act, or an object was saved that must not be loaded from a file.
# custom:
#   id: pickle/dangerous-call
#   level: deny
#   message: >-
#     `{callee}` is {deed} when the file is loaded: {why}.
#   remedy: >-
#     Do not load this file. If it came from somewhere else, report it there. If it is your own, save the weights
#     alone (a state_dict, or safetensors).
#   since: "0.1.0"
#   formats: [pickles]
# related_resources:
#   - https://docs.python.org/3/library/pickle.html#restricting-globals
package weighbridge.pickle.dangerous_call

import data.weighbridge.lib.pickle

deny contains {"at": refusal.member, "offset": refusal.call.offset, "with": {
	"callee": refusal.call.callee.global,
	"deed": pickle.deed(refusal.call),
	"why": pickle.danger(refusal.call.callee),
	"evidence": refusal.call.evidence,
}} if {
	some refusal in data.weighbridge.lib.pickle.named
	pickle.dangerous(refusal.call.callee)
}
