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
	names := [m.name | some m in input.members; m.size > 0]
	by_name := {m.name: m | some m in input.members}
	some name in names
	by_name[name].digest.sha256 == "x"
	count({f | some f in by_name[name].formats}) > 1
}
