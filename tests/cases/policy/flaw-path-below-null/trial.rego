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

deny contains {"at": member.id, "offset": null, "with": {"what": member.name}} if {
	some member in input.members
	member.digest.sha265 == "x"
}
