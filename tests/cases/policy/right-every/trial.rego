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

deny contains {"at": 0, "offset": null, "with": {"what": "x"}} if {
	every m in input.members { m.size > 0 }
	every i, p in input.pickles {
		p.stream >= i
		every call in p.calls { call.as in {"call", "new"} }
	}
}
