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
	some name in ["pickles", "archives"]
	some record in input[name]
	record.member == 0
	some table, records in input
	table != "members"
	records[_].id == 0
	input["members"][0]["id"] == 0
}
