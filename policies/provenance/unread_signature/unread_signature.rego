# METADATA
# title: A signature that cannot be read
# description: |-
#   A file is called as signatures are, and is none that can be verified here.
#
#   It proves nothing, whatever its name says. Where a signature is asked for it does not count.
# custom:
#   id: provenance/unread-signature
#   level: warn
#   message: >-
#     {signature} is no signature that can be verified: {why}.
#   remedy: >-
#     Have the model signed again with a current tool. If the file is something else, give it another name.
#   since: "0.1.0"
package weighbridge.provenance.unread_signature

warn contains {"at": 0, "offset": null, "with": {"signature": seen.path, "why": refused.what}} if {
	some seen in input.signatures
	some refused in seen.refusals
	data.signatures.unread[refused.reason]
}
