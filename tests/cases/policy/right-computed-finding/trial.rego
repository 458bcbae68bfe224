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

deny contains found(member) if some member in input.members

found(member) := {"at": member.id, "offset": null, "with": object.union({"what": member.name}, {"evidence": member.path})}
