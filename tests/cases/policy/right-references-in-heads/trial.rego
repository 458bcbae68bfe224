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
	limits.small.size > 1
	some name, limit in limits
	limit.size > 2
	name != "x"
	counts["x"] > 1
}

limits.small.size := 1

limits.large := {"size": 3}

counts[m.name] := count(m.formats) if some m in input.members
