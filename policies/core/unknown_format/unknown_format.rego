# METADATA
# title: Content that nothing recognises
# description: |-
#   The content is of no format that weighbridge knows, so it was not read. A file that is checked by itself,
#   that has a model's name, or that hides outside of its archive's list denies. A file without such a promise,
#   beside others in a folder or an archive, warns. A file of tensors that a graph beside it names is silent.
#
#   Nothing can be said about content that was not read. If a program loads it, it loads something that nobody
#   has looked at.
# custom:
#   id: core/unknown-format
#   level: deny
#   message: >-
#     Nothing recognises the content: {what}.
#   remedy: >-
#     Remove the file from the model if nothing loads it, or convert it to a format that is read (`weighbridge
#     formats` lists them).
#   since: "0.1.0"
package weighbridge.core.unknown_format

import data.weighbridge.lib.member

deny contains finding(record) if {
	some record in input.incomplete
	record.kind == "unknown-format"
	not minor(record)
	not record.member in described
}

warn contains finding(record) if {
	some record in input.incomplete
	record.kind == "unknown-format"
	minor(record)
	not record.member in described
}

# The bytes of tensors, which a graph in the same folder describes and reads as numbers.
described contains reference.to if {
	some reference in input.references
	reference.kind == "external-data"
	reference.leads == "inside"
	reference.to != null
}

minor(record) if {
	file := input.members[record.member]
	member.harmless(file)
	member.beside(file)
	not names_model(file)
	not data_of_array(file)
}

# A part of the name promises a model, though the last does not: `model.pkl.zz`. `.model` is left out: tokenizers bear it.
names_model(file) if {
	parts := split(lower(file.name), ".")
	some part in array.slice(parts, 1, count(parts))
	part in data.families.endings
}

# What an array or tensor file holds is read by its loader.
data_of_array(file) if {
	some format in input.members[file.parent].formats
	format in data.families.tensors
}

finding(record) := {"at": record.member, "offset": record.offset, "with": {"what": record.what}}
