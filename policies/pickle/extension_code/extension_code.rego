# METADATA
# title: A pickle imports by number
# description: |-
#   The pickle imports something by a number (an extension code) and not by its name. What the number stands for
#   is written in a table of the program that loads the file (`copyreg`).
#
#   What is imported is not in the file, so it cannot be judged. The same pickle can even fill the table itself
#   before it uses the number.
# custom:
#   id: pickle/extension-code
#   level: deny
#   message: >-
#     The extension code {code} stands for a global that the file does not name.
#   remedy: >-
#     Save the model again without registered extensions.
#   since: "0.1.0"
#   formats: [pickles]
# related_resources:
#   - https://docs.python.org/3/library/copyreg.html
package weighbridge.pickle.extension_code

import data.weighbridge.lib.pickle

deny contains {"at": stream.member, "offset": extension.offset, "with": {
	"code": extension.code,
	"evidence": sprintf("%d: %s %d", [extension.offset, extension.opcode, extension.code]),
}} if {
	some stream in input.pickles
	some extension in stream.extensions
}

# A call of one, should its record be missing.
deny contains {"at": refusal.member, "offset": refusal.call.offset, "with": {"code": "that is called", "evidence": refusal.call.evidence}} if {
	some refusal in data.weighbridge.lib.pickle.refused
	refusal.call.callee.kind == "extension"
	every stream in input.pickles { count(stream.extensions) == 0 }
}
