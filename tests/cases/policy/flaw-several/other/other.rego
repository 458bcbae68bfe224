# METADATA
# title: A trial
# description: Only for a test.
# custom:
#   id: own/other
#   level: warn
#   message: "Found {what}."
#   remedy: Nothing.
#   since: "0.1.0"
package weighbridge.own.other

warn contains {"at": 0, "offset": null, "with": {"what": input.artifact.nam}} if input.artifact.size > y
