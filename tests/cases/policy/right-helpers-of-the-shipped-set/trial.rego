# METADATA
# title: A trial
# description: Only for a test.
# custom:
#   id: own/trial
#   level: deny
#   message: "Found {what}."
#   remedy: Nothing.
#   since: "0.1.0"
package weighbridge.own.trial

import data.weighbridge.lib.pickle as d
import data.weighbridge.lib.deviation as dev

deny contains {"at": 0, "offset": null, "with": {"what": "x"}} if {
	some refusal in data.weighbridge.lib.pickle.refused
	refusal.call.callee.kind == "global"
	d.dangerous(refusal.call.callee)
	some seen in dev.tensors("overlap")
	dev.finding(seen).at == 0
}
