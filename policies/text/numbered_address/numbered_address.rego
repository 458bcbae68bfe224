# METADATA
# title: A metadata text names a machine by its number
# description: |-
#   A text beside the weights, in their metadata or in a configuration, holds an address whose host is a number (`http://203.0.113.7/x`), not a name.
#
#   Ordinary models name their pages by names. A number is what a quickly rented machine has, or a machine inside the network where the model was
#   trained: it leads to a stranger, or tells strangers of your network.
# custom:
#   id: text/numbered-address
#   level: warn
#   message: >-
#     The text at `{key}` names the machine `{value}` by its number.
#   remedy: >-
#     Ask the author what it is for, and have the model saved again without it.
#   since: "0.1.0"
#   formats: [texts]
package weighbridge.text.numbered_address

warn contains {"at": mention.member, "offset": null, "with": {"key": mention.key, "value": mention.value}} if {
	some mention in input.mentions
	mention.kind == "ip-address"
}
