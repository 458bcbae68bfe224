# METADATA
# title: A pickle hides what it imports or calls
# description: |-
#   The pickle computes the name of what it imports or calls while it is loaded, so the name cannot be known
#   beforehand.
#
#   Ordinary pickles write every name out. A name is hidden to get past a check, and what is called may be
#   anything.
# custom:
#   id: pickle/unknown-operand
#   level: deny
#   message: >-
#     What is {deed} at this place is not known before the file is loaded.
#   remedy: >-
#     Do not load this file. Save the model again with the library that made it.
#   since: "0.1.0"
#   formats: [pickles]
package weighbridge.pickle.unknown_operand

import data.weighbridge.lib.pickle

deny contains {"at": refusal.member, "offset": refusal.call.offset, "with": {
	"deed": pickle.deed(refusal.call),
	"evidence": refusal.call.evidence,
}} if {
	some refusal in data.weighbridge.lib.pickle.refused
	unknown(refusal.call.callee)
}

deny contains {"at": stream.member, "offset": record.offset, "with": {"deed": "imported", "evidence": record.evidence}} if {
	some stream in input.pickles
	some record in stream.imports
	record.global == null
}

unknown(callee) if callee.kind == "unknown"

unknown(callee) if {
	callee.kind in {"global", "instance", "result"}
	callee.global == null
}
