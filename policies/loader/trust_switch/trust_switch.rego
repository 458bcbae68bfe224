# METADATA
# title: A configuration that trusts remote code
# description: |-
#   The configuration itself has `trust_remote_code` switched on.
#
#   The switch is for the program that loads, which says by it that somebody has read the code. Programs and older
#   libraries that hand a model's configuration on as arguments take the model's own word for it.
# custom:
#   id: loader/trust-switch
#   level: warn
#   message: >-
#     `{place}` is true: a loader that hands this configuration on as arguments runs the code of whatever repository it names.
#   remedy: >-
#     Take the key out of the configuration, and set the switch in the program that loads, if the code was read.
#   since: "0.1.0"
#   formats: [json, yaml, model-card]
package weighbridge.loader.trust_switch

warn contains {"at": declaration.member, "offset": declaration.offset, "with": {"place": declaration.place}} if {
	some declaration in input.declarations
	declaration.key == "trust_remote_code"
	declaration.value == "true"
}
