# METADATA
# title: Another model's signature
# description: |-
#   A signature lies by the model that is over none of its files.
#
#   It looks like a signed model and is none. The signature was taken from another model, or the model was
#   replaced as a whole.
# custom:
#   id: provenance/other-model
#   level: deny
#   message: >-
#     The signature {signature} is over none of the files of {of}.
#   remedy: >-
#     Find the signature that belongs to this model. Do not use the model otherwise; if the file is an
#     attestation of something else, keep it elsewhere.
#   since: "0.1.0"
package weighbridge.provenance.other_model

deny contains {"at": 0, "offset": null, "with": {"signature": seen.path, "of": seen.of}} if {
	some seen in input.signatures
	some refused in seen.refusals
	refused.reason == "other-model"
}
