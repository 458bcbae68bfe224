# METADATA
# title: A pickle imports something dangerous
# description: |-
#   Loading the pickle imports a function that is known to run commands or code, to read or write files, or to
#   reach the network. As far as can be seen it is not called while the file is loaded.
#
#   The function becomes a part of what is loaded, and can be called when the model is used. No model needs it.
# custom:
#   id: pickle/dangerous-import
#   level: deny
#   message: >-
#     `{global}` is imported when the file is loaded: {why}.
#   remedy: >-
#     Do not load this file. If it came from somewhere else, report it there. If it is your own, save the weights
#     alone (a state_dict, or safetensors).
#   since: "0.1.0"
#   formats: [pickles]
# related_resources:
#   - https://docs.python.org/3/library/pickle.html#restricting-globals
package weighbridge.pickle.dangerous_import

import data.weighbridge.lib.pickle

deny contains {"at": record.member, "offset": record["import"].offset, "with": {
	"global": record["import"].global,
	"why": pickle.danger(record["import"]),
	"evidence": record["import"].evidence,
}} if {
	some record in data.weighbridge.lib.pickle.imported
	pickle.dangerous(record["import"])
}
