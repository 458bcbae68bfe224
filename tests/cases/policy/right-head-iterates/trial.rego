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

deny contains {"at": input.members[i].id, "offset": null, "with": {"what": w}} if {
	some i, w in [m.name | some m in input.members]
}
