# Deviations by the kind of format that they were seen in, and their words.
package weighbridge.lib.deviation

tensors(kind) := {seen |
	some seen in input.deviations
	seen.kind == kind
	seen.format in data.families.tensors
}

pickles(kind) := {seen |
	some seen in input.deviations
	seen.kind == kind
	seen.format in data.families.opcodes
}

containers(kind) := {seen |
	some seen in input.deviations
	seen.kind == kind
	not seen.format in data.families.tensors
	not seen.format in data.families.opcodes
}

# Kinds that a rule of its own speaks of, by family; `core/irregular` speaks of all others. Kinds about names are for all families.
spoken(seen) if seen.kind == "deceptive-name"

spoken(seen) if {
	seen.format in data.families.tensors
	seen.kind in {
		"overlap", "gap", "out-of-range", "overflow", "duplicate-key", "duplicate-name", "invalid-value", "size-mismatch",
		"count-mismatch", "header-disagreement", "prefix-bytes", "suffix-bytes", "misaligned", "object-data", "traversal",
		"missing-file",
	}
}

spoken(seen) if {
	seen.format in data.families.opcodes
	seen.kind == "suffix-bytes"
}

spoken(seen) if {
	not seen.format in data.families.tensors
	not seen.format in data.families.opcodes
}

# A finding about a deviation. `what` speaks of the entry, the field and both values as far as they are known.
finding(seen) := {"at": seen.member, "offset": seen.offset, "with": {
	"format": seen.format,
	"what": concat(", ", array.concat(array.concat(subject(seen), values(seen)), many(seen))),
	"name": object.get({"null": "the content"}, json.marshal(seen.name), seen.name),
	"found": object.get({"null": "unknown"}, json.marshal(seen.found), seen.found),
}}

subject(seen) := [sprintf("`%s`", [seen.name])] if {
	seen.name != null
	seen.field == null
}

subject(seen) := [sprintf("`%s`: %s", [seen.name, seen.field])] if {
	seen.name != null
	seen.field != null
}

subject(seen) := [seen.field] if {
	seen.name == null
	seen.field != null
}

subject(seen) := [sprintf("the %s content as a whole", [seen.format])] if {
	seen.name == null
	seen.field == null
}

values(seen) := [sprintf("expected %s", [seen.expected]), sprintf("found %s", [seen.found])] if {
	seen.expected != null
	seen.found != null
}

values(seen) := [sprintf("found %s", [seen.found])] if {
	seen.expected == null
	seen.found != null
}

values(seen) := [sprintf("expected %s", [seen.expected])] if {
	seen.expected != null
	seen.found == null
}

values(seen) := [] if {
	seen.expected == null
	seen.found == null
}

many(seen) := [sprintf("%d like it", [seen.count])] if seen.count > 1

many(seen) := [] if seen.count <= 1
