# METADATA
# title: A graph does more than compute
# description: |-
#   A node of the graph has an operator that acts on the machine: it reads or writes files, calls Python, sends
#   values to an address, or runs a prepared program that nobody can read. Nodes in subgraphs, functions and training
#   steps count too, because the runtime gets to them in the same way.
#
#   The graph is the program of the model. Whoever loads and runs it, with ONNX Runtime or TensorFlow, runs this
#   operator with the rights of the process, and no flag of the loader asks first.
# custom:
#   id: graph/acting-operator
#   level: deny
#   message: >-
#     The operator `{operator}` acts on the machine when {loader} runs the {place}: {why}{times}.
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
	"loader": graph.loader(acting.format),
	"place": data.weighbridge.lib.graph.places[acting.operator.place],
	"why": acting.why,
	"times": graph.times(acting.operator.count),
	"remedy": remedy(acting),
}}

remedy(acting) := "Do not run this model. If it is your own, prepare it anew from the plain model on the machine that needs it, and check the plain model." if {
	contains(acting.why, "a prepared program")
} else := "Do not load this model. If it is your own, save it again without the function." if {
	acting.format == "torch7"
} else := "Do not run this model. If it is your own, save it again without the operator, and do its work in the program around the model."
