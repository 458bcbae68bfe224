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
	not input.signatures
}
