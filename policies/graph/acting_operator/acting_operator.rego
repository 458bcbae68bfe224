# METADATA
# title: A graph does more than compute
# description: |-
#   A node of the graph has an operator that acts on the machine: it reads or writes files, calls Python, sends
#   values to an address, or runs a prepared program that nobody can read. Nodes in subgraphs, functions and training
#   steps count too, because the runtime gets to them in the same way. It warns where something else has to happen first, or
#   where it is ordinary: Core ML's custom classes and linked models, OpenVINO's kernels, layers and readers of training data,
#   messages between processes, and programs that were prepared for an accelerator by TFLite's or TensorRT's own tools.
#
#   The graph is the program of the model. Whoever loads and runs it runs this operator with the rights of the process.
# custom:
#   id: graph/acting-operator
#   level: deny
#   message: >-
#     The operator `{operator}` acts on the machine when {when}: {why}{times}.
#   remedy: >-
#     {remedy}
#   since: "0.1.0"
#   formats: [graphs]
# related_resources:
#   - https://github.com/tensorflow/tensorflow/blob/master/SECURITY.md
package weighbridge.graph.acting_operator

import data.weighbridge.lib.graph

deny contains finding(acting) if {
	some acting in data.weighbridge.lib.graph.acting
	acting.level == "deny"
}

warn contains finding(acting) if {
	some acting in data.weighbridge.lib.graph.acting
	acting.level == "warn"
}

finding(acting) := {"at": acting.member, "offset": acting.operator.offset, "with": {
	"operator": graph.shown(acting.format, acting.operator),
	"when": when(acting),
	"why": acting.why,
	"times": graph.times(acting.operator.count),
	"remedy": remedy(acting),
}}

# Torch7 makes a function while it reads the file.
when(acting) := "Torch7 loads the file" if {
	acting.format == "torch7"
} else := sprintf("%s runs the %s", [graph.loader(acting.format), data.weighbridge.lib.graph.places[acting.operator.place]])

remedy(acting) := "Do not run this model. If it is your own, prepare it anew from the plain model on the machine that needs it, and check the plain model." if {
	contains(acting.why, "a prepared program")
} else := "Do not load this model. If it is your own, save it again without the function." if {
	acting.format == "torch7"
} else := "Do not run this model. If it is your own, save it again without the operator, and do its work in the program around the model."
