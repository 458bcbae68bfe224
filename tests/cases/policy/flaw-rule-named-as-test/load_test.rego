# METADATA
# title: A trial
# description: Only for a test.
# custom:
#   id: own/load-test
#   level: deny
#   message: "Found {what}."
#   remedy: Nothing.
#   since: "0.1.0"
package weighbridge.own.load_test

deny contains {"at": 0, "offset": null, "with": {"what": "x"}} if {
	some pickle in input.pickles
	pickle.member == 0
}
