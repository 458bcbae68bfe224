# METADATA
# title: A pickle asks the loader for an unknown object
# description: >-
#   A persistent id asks the loader for an object that is not in the pickle. PyTorch asks for storages this way,
#   in a fixed shape. Another shape means another loader, whose code decides what the id does.
# custom:
#   id: pickle/unlisted-persistent-id
#   level: deny
#   message: >-
#     A persistent id is not of a shape that a known loader uses ({shape}).
#   remedy: >-
#     Save the model again with `torch.save` or in safetensors. Files of other loaders cannot be judged.
#   since: "0.1.0"
package weighbridge.pickle.unlisted_persistent_id

deny contains {"at": stream.member, "offset": record.offset, "with": {
	"shape": shape(record),
	"evidence": sprintf("%d: %s", [record.offset, record.opcode]),
}} if {
	some stream in input.pickles
	some record in stream.persistent
	not listed(record)
}

# `data.persistent` lists shapes: the kind of each part, and the texts or globals that it may have.
listed(record) if {
	some known in data.persistent.shapes
	record.kind == known.kind
	count(record.parts) == count(known.parts)
	every position, part in record.parts { fits(known.parts[position], part) }
}

fits(known, part) if {
	part.kind in known.kinds
	not known.values
}

fits(known, part) if {
	part.kind in known.kinds
	part.complete
	every value in part.values { value in known.values }
}

shape(record) := record.kind if count(record.parts) < 2

shape(record) := sprintf("%s of %s", [record.kind, concat(", ", [part.kind | some part in record.parts])]) if count(record.parts) > 1
