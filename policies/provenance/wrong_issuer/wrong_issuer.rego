# METADATA
# title: An identity that another issuer vouched for
# description: |-
#   The identity is the one that is named, and who vouched for it is not.
#
#   The same name can belong to different people at different issuers. Only the issuer that is named says who
#   this one is.
# custom:
#   id: provenance/wrong-issuer
#   level: deny
#   message: >-
#     The signature {signature} is by {signer}, for whom {issuer} vouched; that is not the issuer that is to
#     vouch.
#   remedy: >-
#     Do not use the model until its owner has signed it with the right account. If the issuer is right,
#     change `issuer:` of the signer in the `weighbridge.yaml` that lists it, and have that merged first.
#   since: "0.1.0"
package weighbridge.provenance.wrong_issuer

import data.weighbridge.lib.signature

deny contains {"at": 0, "offset": null, "with": {"signature": one.seen.path, "signer": signature.who(one.seen), "issuer": one.seen.issuer}} if {
	some one in data.weighbridge.lib.signature.strangers
	one.wrong == "issuer"
}
