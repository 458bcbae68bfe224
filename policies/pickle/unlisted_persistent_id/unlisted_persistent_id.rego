# METADATA
# title: A pickle asks the loader for an unknown object
# description: >-
#   A persistent id asks the loader for an object that is not in the pickle. PyTorch asks for storages this way,
#   in a fixed shape and in its own files. Another shape or file means another loader, whose code decides what the id does.
# custom:
#   id: pickle/unlisted-persistent-id
#   level: deny
#   message: >-
#     A persistent id is none that a known loader supplies: {shape}.
#   remedy: >-
#     Save the model again with `torch.save` or in safetensors. Files of other loaders cannot be judged.
#   since: "0.1.0"
package weighbridge.pickle.unlisted_persistent_id

import data.weighbridge.lib.condition

deny contains {"at": stream.member, "offset": record.offset, "with": {
	"shape": words(record),
	"evidence": sprintf("%d: %s", [record.offset, record.opcode]),
}} if {
	some stream in input.pickles
	some record in stream.persistent
	not expected(stream, record)
}

# Only torch's loaders supply objects, in the shapes that are listed; `pickle.load` refuses any persistent id.
expected(stream, record) if {
	listed(record)
	some format in around(input.members[stream.member])
	format in torch
}

torch := {"torch", "torchscript", "torch-legacy", "torch-tar"}

around(file) := {format | some format in file.formats} | {format | some format in input.members[file.parent].formats}

# `data.persistent` lists shapes: a condition for each part.
listed(record) if {
	some known in data.persistent.shapes
	known.allowed
	fits(known.shape, record)
}

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
