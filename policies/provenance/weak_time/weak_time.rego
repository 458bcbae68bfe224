# METADATA
# title: A time of signing that nothing proves
# description: |-
#   The configuration asks for a proven time of signing, and no timestamp authority and no transparency log
#   says when this was signed.
#
#   Without a time nobody can tell a signature from before a key was stolen from one that was made after it.
# custom:
#   id: provenance/weak-time
#   level: deny
#   message: >-
#     Nothing proves when the signature {signature} by {signer} was made.
#   remedy: >-
#     Have the model signed by an identity, with a transparency log or a timestamp authority. A bare key
#     proves no time.
#   since: "0.1.0"
package weighbridge.provenance.weak_time

import data.weighbridge.lib.signature

deny contains {"at": 0, "offset": null, "with": {"signature": seen.path, "signer": signature.who(seen)}} if {
	some demand in data.weighbridge.lib.signature.unmet
	some seen in signature.over(demand)
	not signature.altered(seen)
	some signer in demand.entry.by
	signature.named(signer, seen)
	signature.in_force(signer, seen)
	not signature.timed(demand, seen)
}
