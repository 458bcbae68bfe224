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
	some record in array.concat(input.pickles, input.archives)
	at(record) == 0
	some m in input.members
	at(m) == 1
	whose(m) == 1
	whose(input.archives[0]) == 1
}

at(record) := record.member

at(record) := record.id

whose(x) := x.member if x.member != null

whose(x) := x.id if not x.member
