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

import rego.v1
import data.weighbridge.lib.member as kinds
import data.weighbridge.lib.condition as cond

deny contains {"at": 0, "offset": null, "with": {"what": "x"}} if {
	some format in kinds.leaves(input.members[0])
	format in data.families.tensors
	cond.known(input.pickles[0].calls[0].arguments[0])
}
