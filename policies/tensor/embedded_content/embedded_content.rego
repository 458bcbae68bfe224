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
	holder := input.members[held.parent]
	stands_in(held, holder)
	some format in held.formats
	not format in {"text", "json", "keras-config", "zarr", "empty", "image", "media"}
}

# A tensor, or what a metadata text encodes: other values of a model, as the program of a backend, have rules of their own.
stands_in(held, holder) if {
	held.origin == "value"
	regex.match(`!(tensor|value of) [^!]*$`, held.path)
	some family in holder.formats
	family in data.families.weights
}

# A tensor in a file that another one describes.
stands_in(held, holder) if {
	held.origin == "value"
	some reference in input.references
	reference.kind == "external-data"
	reference.to == holder.id
}

# A storage of a torch archive is an entry of it.
stands_in(held, holder) if {
	held.origin == "entry"
	some family in holder.formats
	family in {"torch", "pt2"}
	regex.match(`/(data|constants|tensors)/[0-9]+(\.storage)?$|/data/(weights/weight|constants/tensor)_[0-9]+$`, held.path)
}
