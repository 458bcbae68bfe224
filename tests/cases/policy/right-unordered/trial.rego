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
	count(y) > 1
	y = [m | some m in input.members]
	z == input.members[j].id
	some j, _ in y
	some z in [1, 2]
	input.members[k].size > 1
	k = j
}
