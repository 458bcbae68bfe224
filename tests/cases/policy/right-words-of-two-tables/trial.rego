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
	some r in array.concat(input.incomplete, input.deviations)
	r.kind in {"limit", "overlap"}
	r.what != r.field
	word(r.kind) == "x"
}

word("limit") := "x"

word("overlap") := "y"

word(other) := sprintf("z%s", [other]) if not other in {"limit", "overlap"}
