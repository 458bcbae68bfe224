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
	m := input.members[i]
	m.size / 1024 > -1
	m.size % 2 == 1
	m.formats == ["zip"]
	{f | some f in m.formats} == {"zip", "torch"}
	{true: 1, false: 2}[m.executable] == 1
	{"a": 1}[k] == 1
	k == "a"
}
