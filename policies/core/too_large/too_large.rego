# METADATA
# title: The artifact is too large
# description: |-
#   The configuration says how large an artifact may be, and this one is larger. Without a size in the
#   configuration this rule is silent.
#
#   Large files fill the disks and the time of whatever loads them, and one that is far larger than the model it
#   claims to be often carries something else.
# custom:
#   id: core/too-large
#   level: deny
#   message: >-
#     The artifact has {size} bytes, and at most {largest} are allowed.
#   remedy: >-
#     Check what makes it so large: optimizer states and copies of weights need not be shipped. If the size is right,
#     raise `largest` under `parameters:` in the `weighbridge.yaml` that sets it, and have that merged first.
#   since: "0.1.0"
package weighbridge.core.too_large

deny contains {"at": 0, "offset": null, "with": {"size": input.artifact.size, "largest": data.parameters.largest}} if {
	data.parameters.largest != null
	count(input.members) > 0
	input.artifact.size > data.parameters.largest
}
