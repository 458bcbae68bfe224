# METADATA
# title: Loading runs code that acts
# description: |-
#   A configuration, or a name that a loader looks for, leads the loader to a Python file of the artifact, and what then runs starts a program,
#   speaks to another machine, runs a text as Python, or loads a native library or a pickle. That is what stands at the top of the file
#   and of the files that it imports, the constructors and methods that the loader calls, and the functions that all these call.
#
#   Code of a model describes a network. It has no reason to do more than that while it is loaded. It warns of a native library or a pickle that
#   a constructor loads, or a file that serves the model, as some do: what lies in the artifact is judged by itself.
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

# What constructors of ordinary models do too, and files that serve a model while they are imported; what they load is judged by itself.
mild(one) if {
	one.call.runs == "called"
	judged_by_itself(one)
}

mild(one) if {
	one.root.serves
	judged_by_itself(one)
}

judged_by_itself(one) if {
	data.python.families[one.family].called == "warn"
	not written(one)
}

# A serialization that is written in the code is no file of the artifact. One that acts has a byte that is escaped in the facts: the end of a line, or
# one above the letters. Names of encodings have none.
written(one) if {
	one.family == "unpickles"
	endswith(one.call.name, ".loads")
	escaped(one.call)
}

written(one) if {
	one.family == "unpickles"
	some source in input.code
	source.member == one.member
	some other in source.calls
	other.name == "io.BytesIO"
	other.name in one.call.from
	escaped(other)
}

escaped(call) if {
	some text in call.texts
	contains(text, `\`)
}

finding(one) := {"at": one.member, "offset": null, "with": {
	"leading": loaded.leading(one.root, one.member),
	"how": one.root.how,
	"call": one.told,
	"reason": data.python.families[one.family].reason,
}}
