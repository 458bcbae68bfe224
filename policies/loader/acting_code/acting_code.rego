# METADATA
# title: Loading runs code that acts
# description: |-
#   A configuration, or a name that a loader looks for, leads the loader to a Python file of the artifact, and what then runs starts a program,
#   speaks to another machine, runs a text as Python, or loads a native library or a pickle. That is what stands at the top of the file
#   and of the files that it imports, the constructors and methods that the loader calls, and the functions that all these call.
#
#   Code of a model describes a network. It has no reason to do more than that while it is loaded.
# custom:
#   id: loader/acting-code
#   level: deny
#   message: >-
#     {what} leads here: {how}. That runs {call}, which {reason}.
#   remedy: >-
#     Do not load this model with its code. If it is your own, move what acts into the program that loads the model.
#   since: "0.1.0"
#   formats: [python, script, pyc]
# related_resources:
#   - https://huggingface.co/docs/transformers/custom_models
package weighbridge.loader.acting_code

import data.weighbridge.lib.code
import data.weighbridge.lib.loaded

deny contains {"at": source.member, "offset": null, "with": {
	"what": root.what,
	"how": root.how,
	"call": code.shown(call),
	"reason": data.python.families[family].reason,
}} if {
	some root in data.weighbridge.lib.loaded.roots
	reach := loaded.reached(root)
	some source in input.code
	some call in source.calls
	some family in code.families(call)
	loaded.runs(source, call, reach)
}
