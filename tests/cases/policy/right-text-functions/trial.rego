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
	parts := split(input.artifact.path, "/")
	last := parts[count(parts) - 1]
	lower(trim_suffix(last, ".pt")) in {"a", "b"}
	sprintf("%s-%d", [last, count(parts)]) != ""
	x := concat(".", array.slice(parts, 0, 1))
	regex.match(`^a`, x)
	startswith(input.evaluated_at, "2026")
}
