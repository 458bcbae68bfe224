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
	some format in input.members[0].formats
	set_of := {f | some f in input.members[0].formats}
	set_of["zip"]
	set_of[format]
	count(set_of & {"zip", "tar"}) > 0
	count(set_of - {"zip"}) > 0
	count(set_of | {"mine"}) > 1
}
