# METADATA
# title: A pickle breaks off
# description: |-
#   The pickle does not end where a pickle has to end: it is cut off or damaged. What stands before the break
#   was read and judged.
#
#   A pickle is a list of steps, and a loader takes each of them before it comes to the break. So a broken
#   pickle can still harm, while scanners that give up on it see nothing.
# custom:
#   id: pickle/broken-stream
#   level: deny
#   message: >-
#     The pickle breaks off: {why}{what}.
#   remedy: >-
#     The file is damaged, or made to look so. Save the model again with the library that made it.
#   since: "0.1.0"
#   formats: [pickles]
package weighbridge.pickle.broken_stream

deny contains {"at": stream.member, "offset": stream.ended.offset, "with": {
	"why": words[stream.ended.kind],
	"what": what(stream.ended),
	"evidence": evidence(stream.ended),
}} if {
	some stream in input.pickles
	not stream.ended.kind in {"stop", "limit"}
}

words := {
	"truncated": "the content ends before STOP",
	"unknown-opcode": "a byte is no opcode",
	"bad-operand": "an operand breaks its form",
	"stack-underflow": "the stack holds too little",
	"empty-memo": "a memo slot was never filled",
	"wrong-kind": "a value is of a kind that the opcode refuses",
	"unknown-protocol": "the protocol is not known",
}

what(ended) := sprintf(" (%s)", [ended.what]) if ended.what != null

what(ended) := "" if ended.what == null

evidence(ended) := sprintf("%d: %s", [ended.offset, ended.opcode]) if ended.opcode != null

evidence(ended) := null if ended.opcode == null
