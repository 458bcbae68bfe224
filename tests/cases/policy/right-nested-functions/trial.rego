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
	some p in input.pickles
	worst(p) == "os.system"
}

worst(p) := global if {
	some call in calls(p)
	global := name_of(call)
}

calls(p) := [c | some c in p.calls; known(c.callee)]

known(x) if x.global != null

name_of(c) := c.callee.global
