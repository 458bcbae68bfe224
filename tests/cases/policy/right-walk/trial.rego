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
	some path, value in [1, 2]
	walk(input, [at, found])
	found == "x"
	at[0] == "pickles"
	some [where, what] in walk(input.pickles)
	what.opcode == where[0]
}
