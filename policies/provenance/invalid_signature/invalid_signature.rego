# METADATA
# title: A signature that does not hold
# description: |-
#   A signature lies by the model, and it is not one over what is here: a file differs or is gone, or the
#   signature, its manifest or a proof in it is broken.
#
#   That is what a model looks like that was changed after it was signed. The signature was there to tell.
# custom:
#   id: provenance/invalid-signature
#   level: deny
#   message: >-
#     The signature {signature} does not hold: {why}.
#   remedy: >-
#     Do not use the model. Fetch model and signature again from where they come from; if it is the same
#     there, ask who made it.
#   since: "0.1.0"
package weighbridge.provenance.invalid_signature

deny contains {"at": 0, "offset": null, "with": {"signature": seen.path, "why": refused.what}} if {
	some seen in input.signatures
	some refused in seen.refusals
	data.signatures.altered[refused.reason]
}
