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
	some archive in input.archives
	limit := data.limits[archive.format]
	archive.entries > limit
	data.limits.zip > 1
	some name, value in data.limits
	value > 3
	name == "later"
	data.allow.repository.entries["x"][_].reason != ""
}
