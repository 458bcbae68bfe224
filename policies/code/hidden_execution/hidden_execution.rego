# METADATA
# title: Code that hides what it runs
# description: |-
#   A source decodes a text or unpacks bytes and runs the result as Python when it is imported.
#
#   What is run cannot be read in the source. Ordinary code has no reason for that; it is how droppers are written.
# custom:
#   id: code/hidden-execution
#   level: deny
#   message: >-
#     On import, {call} runs what {decoder} makes.
#   remedy: >-
#     Do not load this code. Replace it by source that can be read.
#   since: "0.1.0"
#   formats: [python, script, pyc]
package weighbridge.code.hidden_execution

deny contains {"at": source.member, "offset": null, "with": {"call": data.weighbridge.lib.code.shown(call), "decoder": concat(", ", sort({sprintf("`%s`", [name]) | some name in decoders}))}} if {
	some source in input.code
	some call in source.calls
	call.runs in data.weighbridge.lib.code.unasked
	call.name in data.python.runs.names
	decoders := {name | some name in call.from; name in data.python.decodes.names}
	count(decoders) > 0
}

# Byte code does not say what is made of what.
deny contains {"at": source.member, "offset": null, "with": {"call": data.weighbridge.lib.code.shown(call), "decoder": concat(", ", sort({sprintf("`%s`", [name]) | some name in decoders}))}} if {
	some source in input.code
	source.form == "bytecode"
	some call in source.calls
	call.runs in data.weighbridge.lib.code.unasked
	call.name in data.python.runs.names
	decoders := {other.name | some other in source.calls; other.runs in data.weighbridge.lib.code.unasked; other.name in data.python.decodes.names}
	count(decoders) > 0
}
