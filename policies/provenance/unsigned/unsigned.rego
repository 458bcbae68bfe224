# METADATA
# title: A model that is to be signed and is not
# description: |-
#   The configuration names who has to sign this artifact, and no signature that can be read lies beside it or
#   in it. An attestation of something else than where the model comes from is none: a signed test result may
#   say that the model is bad.
#
#   Without a signature nobody says where the model comes from: whoever can write to its store, or to a mirror
#   of it, can put another one there.
# custom:
#   id: provenance/unsigned
#   level: deny
#   message: >-
#     No signature was found, and this is to be signed by {expected}.
#   remedy: >-
#     Have the model signed by its owner, and put the signature beside it (`NAME.sig`) or into its folder
#     (`model.sig`). If nobody needs to sign it, take its path out of `signers:` in the `weighbridge.yaml`
#     that lists it, and have that merged first.
#   since: "0.1.0"
package weighbridge.provenance.unsigned

import data.weighbridge.lib.signature

deny contains {"at": 0, "offset": null, "with": {"expected": signature.expected(demand)}} if {
	some demand in data.weighbridge.lib.signature.unmet
	count(signature.over(demand)) == 0
}
