# METADATA
# title: Signed by another identity
# description: |-
#   The issuer that is named vouched for the signer, and the signer is somebody else.
#
#   An issuer vouches for everybody who has an account there: for a fork, for another workflow, for a
#   stranger.
# custom:
#   id: provenance/wrong-identity
#   level: deny
#   message: >-
#     The signature {signature} is by {signer}; this is to be signed by {expected}.
#   remedy: >-
#     Do not use the model until its owner has signed it. If the identity is right, add it under `by:` of the
#     entry in `signers:` in the `weighbridge.yaml` that lists it, and have that merged first.
#   since: "0.1.0"
package weighbridge.provenance.wrong_identity

import data.weighbridge.lib.signature

deny contains {"at": 0, "offset": null, "with": {"signature": one.seen.path, "signer": signature.who(one.seen), "expected": signature.expected(one.demand)}} if {
	some one in data.weighbridge.lib.signature.strangers
	one.wrong == "identity"
}
