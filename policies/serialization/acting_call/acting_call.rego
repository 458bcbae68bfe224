# METADATA
# title: Code in an R file acts on the machine
# description: |-
#   A function, a promise or a stored call in this file calls something that starts programs, loads native code, runs
#   text as code, or reaches files or the network.
#
#   Models keep functions for computing: links, residuals, splines. One that acts on the machine runs when somebody
#   uses the model (`predict`, `update`, `print`), and nothing asks before. Code that hides its calls is not found by
#   their names; that the file holds code is a finding of its own.
# custom:
#   id: serialization/acting-call
#   level: deny
#   message: >-
#     Code in this file calls `{name}`, which acts on the machine when the model is used after `readRDS` or `load`{times}.
#   remedy: >-
#     Do not use this model. If it is your own, save it without the function or call, and do the rest in the program around it.
#   since: "0.1.0"
#   formats: [r]
package weighbridge.serialization.acting_call

import data.weighbridge.lib.serialization

deny contains {"at": record.member, "offset": record.offset, "with": {
	"name": record.name,
	"times": serialization.times(record.count),
}} if {
	some record in input.objects
	record.kind == "call"
	data.serialization.calls.names[record.name]
}
