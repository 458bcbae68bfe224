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
	word == "large"
	verdict != "x"
}

default verdict := "unknown"

verdict := "fine" if count(input.members) == 1

word := "large" if {
	input.artifact.size > 100
} else := "small" if {
	input.artifact.size > 10
} else := "tiny"
