# METADATA
# title: A configuration that trusts remote code
# description: |-
#   The configuration itself has `trust_remote_code` or `allow_remote` switched on.
#
#   The switch is for the program that loads, which says by it that somebody has read the code. Programs and older
#   libraries that hand a model's configuration on as arguments take the model's own word for it: it warns.
#
#   It denies where a loader took that word by itself: ModelScope before 1.40 runs the repository's code where
#   `configuration.json` says `allow_remote`.
# custom:
#   id: loader/trust-switch
#   level: deny
#   message: >-
#     `{place}` is true: {what}.
#   remedy: >-
#     Take the key out of the configuration, and set the switch in the program that loads, if the code was read.
#   since: "0.1.0"
#   formats: [json, yaml, model-card]
package weighbridge.loader.trust_switch

warn contains finding(declaration, "a loader that hands this configuration on as arguments runs the code of whatever repository it names") if {
	some declaration in input.declarations
	declaration.key == "trust_remote_code"
	declaration.value == "true"
}

deny contains finding(declaration, "ModelScope before 1.40 runs the code of this repository without being asked, and installs what its lists of requirements name") if {
	some declaration in input.declarations
	declaration.key == "allow_remote"
	declaration.value == "true"
}

finding(declaration, what) := {"at": declaration.member, "offset": declaration.offset, "with": {"place": declaration.place, "what": what}}
