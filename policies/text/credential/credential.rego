# METADATA
# title: A metadata text holds a credential
# description: |-
#   A text beside the weights, in their metadata or in a configuration, holds a token, a key or a password, by the shape that its issuer gives it.
#
#   Everyone who gets the model gets the credential. It was most likely written there by mistake, by a training script that saved its settings.
# custom:
#   id: text/credential
#   level: warn
#   message: >-
#     The text at `{key}` holds what looks like a credential: `{value}`.
#   remedy: >-
#     Have its owner revoke it, and have the model saved again without it.
#   since: "0.1.0"
#   formats: [texts]
package weighbridge.text.credential

warn contains {"at": mention.member, "offset": null, "with": {"key": mention.key, "value": mention.value}} if {
	some mention in input.mentions
	mention.kind == "credential"
}
