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
	some name, sizes in sizes_of
	sizes[_] > 3
	offers["x"].size > 3
	calls_of["os.system"][_].opcode == "REDUCE"
}

sizes_of[member.name] contains member.size if some member in input.members

offers[name] := member if {
	some member in input.members
	name := member.name
}

calls_of[call.callee.global] contains call if {
	some pickle in input.pickles
	some call in pickle.calls
}
