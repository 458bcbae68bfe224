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
	not low
	every member in input.members { not member.executable }
	not input.members[0].digest.sha256
	not input.members[99]
	not data.parameters.custom.quiet
	not count(large) > 3
}

large contains member.id if {
	some member in input.members
	member.size > 3
}

low if input.artifact.size < 3
