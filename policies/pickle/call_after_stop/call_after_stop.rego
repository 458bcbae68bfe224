# METADATA
# title: A pickle goes on after its end
# description: >-
#   Something is called after the first pickle of the file has ended. A loader that reads the file once does not
#   come to it, one that reads on does; scanners often stop at the end too. Where a format stores several pickles
#   in a row (older PyTorch files), this is ordinary and silent.
# custom:
#   id: pickle/call-after-stop
#   level: warn
#   message: >-
#     `{callee}` is used by a pickle that begins after the first one has ended.
#   remedy: >-
#     Nothing to do if the program that wrote the file stores several pickles in it; otherwise save the model again.
#   since: "0.1.0"
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
