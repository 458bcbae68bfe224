# METADATA
# title: Signed by somebody else
# description: |-
#   The model has a signature, and not by any of those who are to sign it.
#
#   Anybody can sign anything. What counts is who it was, and this is not who was agreed upon.
# custom:
#   id: provenance/untrusted-signer
#   level: deny
#   message: >-
#     The signature {signature} is by {signer}; this is to be signed by {expected}.
#   remedy: >-
#     Do not use the model until its owner has signed it. If the signer is right, add it under `by:` of the
#     entry in `signers:` in the `weighbridge.yaml` that lists it, and have that merged first.
#   since: "0.1.0"
package weighbridge.provenance.untrusted_signer

import data.weighbridge.lib.signature

deny contains {"at": 0, "offset": null, "with": {"signature": one.seen.path, "signer": signature.who(one.seen), "expected": signature.expected(one.demand)}} if {
	some one in data.weighbridge.lib.signature.strangers
	one.wrong == "signer"
}
