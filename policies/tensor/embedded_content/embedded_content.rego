# METADATA
# title: A tensor holds content of another format
# description: |-
#   From its first byte on, the data of a tensor, or what a metadata text encodes, is a file of its own: an archive, a program, a pickle.
#
#   Loading the weights does not open it. Whoever put it there needs one more line of code to unpack it, and that line need not look
#   like anything bad: the payload came in with the weights, which nobody reads.
# custom:
#   id: tensor/embedded-content
#   level: warn
#   message: >-
#     `{name}` in `{holder}` is content of the format `{format}`, and no numbers or words.
#   remedy: >-
#     Ask the author what it is for, and have the weights saved without it.
#   since: "0.1.0"
#   formats: [weights]
package weighbridge.tensor.embedded_content

warn contains {"at": held.id, "offset": null, "with": {
	"name": held.name,
	"holder": holder.path,
	"format": format,
}} if {
	some held in input.members
	held.origin == "value"
	holder := input.members[held.parent]
	some family in holder.formats
	family in data.families.weights
	some format in held.formats
	not format in {"text", "json", "keras-config", "zarr"}
}
