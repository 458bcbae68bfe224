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
	json.marshal(input.members[0]) != ""
	x := json.unmarshal("{}")
	x.any[_].thing == 1
	glob.match("*.pt", ["/"], input.artifact.path)
	to_number("3") > 2
	regex.find_n("[a-z]+", input.artifact.path, -1)[0] == "x"
	concat(", ", {m.path | some m in input.members}) != ""
	max([m.size | some m in input.members]) > 3
	sort(input.members[0].formats)[0] == "zip"
}
