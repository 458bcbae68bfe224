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
	some r in array.concat(input.members, input.pickles)
	text(r) != ""
	text(input.members[0]) != ""
	text(input.archives[0]) != ""
}

text(r) := r.path if r.path

text(r) := r.reading if r.reading

text(r) := sprintf("%s", [r.methods]) if is_array(r.methods)
