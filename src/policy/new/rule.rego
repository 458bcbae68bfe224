# METADATA
# title: A file is too large
# description: |-
#   Say here what is found: a file of the model is larger than our machines load.
#
#   Say here why that is bad, in words for the person who reads the finding: loading it would end the service.
# custom:
#   id: GROUP/RULE_ID
#   level: deny
#   message: >-
#     `{name}` has {size} bytes, and {limit} are allowed.
#   remedy: >-
#     Say here what to do: split the model into shards.
#   since: "0.1.0"
package weighbridge.GROUP.RULE

# `weighbridge facts PATH` shows the facts of a file, `weighbridge schema facts` all that can stand there.
deny contains {"at": member.id, "offset": null, "with": {"name": member.name, "size": member.size, "limit": limit}} if {
	some member in input.members
	member.size > limit
}

limit := 50000000000
