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
	some call in input.pickles[_].calls
	is("text", call.arguments[0])
	not is("listed", call.arguments[0])
}

is(kind, argument) if {
	kind in {"none", "text"}
	argument.kind == kind
}

is("listed", argument) if argument.values[_] in data.persistent.storages
