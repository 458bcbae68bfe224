# METADATA
# title: Loading runs code that acts
# description: |-
#   A configuration, or a name that a loader looks for, leads the loader to a Python file of the artifact, and what then runs starts a program,
#   speaks to another machine, runs a text as Python, or loads a native library or a pickle. That is what stands at the top of the file
#   and of the files that it imports, the constructors and methods that the loader calls, and the functions that all these call.
#
#   Code of a model describes a network. It has no reason to do more than that while it is loaded. It warns of a native library or a pickle that
#   a constructor loads, as some models do: what lies in the artifact is judged by itself.
# custom:
#   id: loader/acting-code
#   level: deny
#   message: >-
#     {leading}: {how}. That runs {call}, which {reason}.
#   remedy: >-
#     Do not load this model with its code. If it is your own, move what acts into the program that loads the model.
#   since: "0.1.0"
#   formats: [python, script, pyc]
# related_resources:
#   - https://huggingface.co/docs/transformers/custom_models
package weighbridge.loader.acting_code

import data.weighbridge.lib.code
import data.weighbridge.lib.loaded

deny contains finding(one) if {
	some one in acting
	not mild(one)
}

warn contains finding(one) if {
	some one in acting
	mild(one)
}

acting contains object.union(one, {"root": root}) if {
	some root in data.weighbridge.lib.loaded.roots
	reach := loaded.reached(root)
	some one in candidates
	loaded.runs(one.member, one.call, reach)
}

# What acts in the files that are loaded, whenever it runs.
candidates contains {"member": source.member, "call": loaded.timed(source, call), "told": code.told(source, call, family), "family": family} if {
	some source in input.code
	source.member in data.weighbridge.lib.loaded.loaded
	some call in source.calls
	some family in code.possible(source, call)
}

# What constructors of ordinary models do too; what they load is judged by itself.
mild(one) if {
	one.call.runs == "called"
	data.python.families[one.family].called == "warn"
}

finding(one) := {"at": one.member, "offset": null, "with": {
	"leading": loaded.leading(one.root, one.member),
	"how": one.root.how,
	"call": one.told,
	"reason": data.python.families[one.family].reason,
}}
