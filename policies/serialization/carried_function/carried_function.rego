# METADATA
# title: An R file brings functions
# description: |-
#   The file holds functions with their code, or byte code, which nobody can read and which R does not verify.
#
#   A function that `load` sets as a variable takes the place of R's own function of that name, so that the next
#   ordinary call runs it: this is denied. A function inside of an object runs when the model is used. Many models
#   have some (`glm` keeps its link functions), so this is a warning.
# custom:
#   id: serialization/carried-function
#   level: deny
#   message: >-
#     {what}: {when}{times}.
#   remedy: >-
#     Keep functions in a package or a script that is reviewed, and save values alone. For a model that needs its own functions, print
#     them after reading the file in a sandbox, and accept the finding by a waiver.
#   since: "0.1.0"
#   formats: [r]
package weighbridge.serialization.carried_function

import data.weighbridge.lib.serialization

deny contains finding(record, sprintf("`%s` is a function", [serialization.shown(record)]), "`load` sets it as a variable, in place of any function of that name") if {
	some record in input.objects
	record.kind == "closure"
	record.loader == "load"
}

warn contains finding(record, "The file holds functions with their code", "they run when the model is used after `readRDS` or `load`") if {
	some record in first("closure")
}

warn contains finding(record, "The file holds byte code", "it runs when the model is used after `readRDS` or `load`, and R does not verify it") if {
	some record in first("bytecode")
}

# One finding a member and kind: models have dozens.
first(kind) := {found |
	some found in input.objects
	found.kind == kind
	found.loader == null
	found.offset == min([other.offset |
		some other in input.objects
		other.kind == kind
		other.loader == null
		other.member == found.member
	])
}

finding(record, what, when) := {"at": record.member, "offset": record.offset, "with": {
	"what": what,
	"when": when,
	"times": serialization.times(record.count),
}}
