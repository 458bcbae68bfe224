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
	some seen in input.deviations
	seen.kind in words
	some archive in input.archives
	archive.format in words
}

words := {"overlap", "gap", "zip", "tar"}
