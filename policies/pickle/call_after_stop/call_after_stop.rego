# METADATA
# title: A pickle goes on after its end
# description: |-
#   The first pickle of the file has ended, another follows, and that one calls something. Where a format stores
#   several pickles in a row, as older PyTorch files do, this is ordinary and silent.
#
#   A loader that reads one pickle never comes to it; one that reads on does. Scanners often stop at the first
#   end, so calls are put behind it.
# custom:
#   id: pickle/call-after-stop
#   level: warn
#   message: >-
#     `{callee}` is used by a pickle that begins after the first one has ended.
#   remedy: >-
#     Nothing to do if the program that wrote the file stores several pickles in it; otherwise save the model again.
#   since: "0.1.0"
#   formats: [pickles]
package weighbridge.pickle.call_after_stop

warn contains {"at": stream.member, "offset": call.offset, "with": {"callee": name(call.callee), "evidence": call.evidence}} if {
	some stream in input.pickles
	some call in stream.calls
	call.after_stop
	not several(stream.member)
}

several(id) if "torch-legacy" in input.members[id].formats

name(callee) := callee.global if callee.global != null

name(callee) := "something" if callee.global == null
