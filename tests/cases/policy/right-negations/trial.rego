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
	not input.members[0].executable
	not has_link(input.members[0])
	every m in input.members { not m.link.escapes }
	not input.archives[_].format == "zip"
	not {f | some f in input.members[0].formats} == {"zip"}
}

has_link(m) if m.link.escapes
