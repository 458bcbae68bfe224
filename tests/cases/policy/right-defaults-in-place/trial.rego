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
	object.get(input.members[0], "link", {}).target == "x"
	x := object.get(data.families, input.artifact.path, [])
	"a" in x
	y := object.get({"a": 1}, input.artifact.path, 3)
	y > 1
	object.get(input.members[0], "digest", {"sha256": "none"}).sha256 == "x"
}
