# METADATA
# title: A program is handed to a backend that nobody can look into
# description: |-
#   An ExecuTorch program delegates a part of itself to a backend: it brings bytes that only the backend understands. It
#   denies when the backend loads native code from them, or when no list knows the backend. It warns when they are a
#   prepared program of an accelerator.
#
#   The operators of that part do not stand in the program. Whoever loads the file hands the bytes to the backend,
#   which runs them with the rights of the process or with those of its driver.
# custom:
#   id: graph/delegate
#   level: deny
#   message: >-
#     ExecuTorch hands a part of the program to the backend `{backend}` when it loads the file: {why}{times}.
#   remedy: >-
#     Take the program from whom you trust, or export it again from the model's source for a backend that brings
#     no code of its own, such as XNNPACK.
#   since: "0.1.0"
#   formats: [executorch]
# related_resources:
#   - https://docs.pytorch.org/executorch/stable/compiler-delegate-and-partitioner.html
package weighbridge.graph.delegate

import data.weighbridge.lib.graph

deny contains finding(member, operator, entry.why) if {
	some [member, operator, entry] in known
	entry.level == "deny"
}

warn contains finding(member, operator, entry.why) if {
	some [member, operator, entry] in known
	entry.level == "warn"
}

deny contains finding(member, operator, "no list knows it") if {
	some [member, operator] in delegated
	not data.delegates.executorch[operator.name]
}

known contains [member, operator, entry] if {
	some [member, operator] in delegated
	entry := data.delegates.executorch[operator.name]
}

delegated contains [one.member, operator] if {
	some one in input.graphs
	one.format == "executorch"
	some operator in one.operators
	operator.place == "delegate"
}

finding(member, operator, why) := {"at": member, "offset": operator.offset, "with": {
	"backend": operator.name,
	"why": why,
	"times": graph.times(operator.count),
}}
