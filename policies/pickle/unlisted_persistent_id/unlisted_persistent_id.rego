# METADATA
# title: A pickle asks the loader for an unknown object
# description: |-
#   The pickle asks its loader for an object that is not in the pickle, by a persistent id. PyTorch asks for the
#   numbers of its tensors in this way, by ids of a fixed shape; this id has another shape.
#
#   The loader's own code decides what such an id does. It is another loader than PyTorch's, and its code was
#   not looked at.
# custom:
#   id: pickle/unlisted-persistent-id
#   level: deny
#   message: >-
#     A persistent id is not of a shape that a known loader uses: {shape}.
#   remedy: >-
#     Save the model again with `torch.save` or in safetensors. Files of other loaders cannot be judged.
#   since: "0.1.0"
#   formats: [pickles]
package weighbridge.pickle.unlisted_persistent_id

import data.weighbridge.lib.condition

deny contains {"at": stream.member, "offset": record.offset, "with": {
	"shape": words(record),
	"evidence": sprintf("%d: %s", [record.offset, record.opcode]),
}} if {
	some stream in input.pickles
	some record in stream.persistent
	not listed(stream, record)
}

# `data.persistent` lists shapes: a condition for each part.
listed(stream, record) if {
	some known in data.persistent.shapes
	known.allowed
	fits(known.shape, record)
	placed(known, stream)
}

# A plain key stands for a tensor only in the tar layout; elsewhere another loader decides what it stands for.
placed(known, _) if count(known.shape) > 1

placed(_, stream) if "torch-tar" in input.members[input.members[stream.member].parent].formats

fits(shape, record) if {
	count(shape) > 1
	record.kind == "tuple"
	parts(shape, record)
}

fits(shape, record) if {
	count(shape) == 1
	record.kind != "tuple"
	parts(shape, record)
}

parts(shape, record) if {
	count(record.parts) == count(shape)
	condition.match(shape, record.parts)
}

parts(shape, record) if {
	endswith(shape[count(shape) - 1], "...")
	count(record.parts) >= count(shape) - 1
	condition.match(shape, record.parts)
}

# A shape that is known and not allowed says why.
words(record) := whys[0] if {
	whys := reasons(record)
	count(whys) > 0
} else := sprintf("%s of %s", [record.kind, concat(", ", [part.kind | some part in record.parts])])

reasons(record) := [known.reason |
	some known in data.persistent.shapes
	not known.allowed
	fits(known.shape, record)
]
