# METADATA
# title: A file that a graph names is not there
# description: |-
#   The model names a file with the data of its tensors, an asset or a prepared program, and no such file lies in the
#   folder or archive that was checked. A file that was checked by itself only warns: what lies beside it was not read.
#
#   What is loaded in its place depends on the machine: an old file, somebody else's, or one that is put there later.
#   None of these was checked.
# custom:
#   id: graph/missing-reference
#   level: deny
#   message: >-
#     {what} names the file `{target}`, which was not checked with the model: {why}{times}.
#   remedy: >-
#     Check the whole folder of the model, with the files that belong to it. If a file is missing there, fetch or save
#     the model again.
#   since: "0.1.0"
#   formats: [graphs]
# related_resources:
#   - https://github.com/onnx/onnx/blob/main/docs/ExternalData.md
package weighbridge.graph.missing_reference

import data.weighbridge.lib.graph

deny contains finding(reference, "it is not there") if {
	some reference in data.weighbridge.lib.graph.references
	reference.leads == "absent"
	reference.by in needed
}

warn contains finding(reference, "the model's file was named alone") if {
	some reference in data.weighbridge.lib.graph.references
	reference.leads == "beside"
	reference.by in needed
}

# A checkpoint that a node would read or write by itself is not a part of the model.
needed := {
	"initializer", "sparse-initializer", "attribute", "asset", "external-buffer", "shard", "weights", "item", "kernel",
	"linked-model", "tree-node", "stored-value", "domain", "submodel",
}

finding(reference, why) := {"at": reference.member, "offset": reference.offset, "with": {
	"what": graph.naming(reference),
	"target": reference.target,
	"why": why,
	"times": graph.times(reference.count),
}}
