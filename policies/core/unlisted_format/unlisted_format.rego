# METADATA
# title: A format that is not allowed here
# description: |-
#   The configuration lists the formats that models may have, and this content is of another one. Plain text,
#   images, JSON and empty files need no place on the list, and neither do the parts that a listed format is made
#   of, such as the pickle inside a torch archive. Without a list this rule is silent.
#
#   A list of formats keeps out whole families of attacks: a model of tensors alone, such as safetensors, has no
#   code to run. What is not on the list was not meant to be shipped.
# custom:
#   id: core/unlisted-format
#   level: deny
#   message: >-
#     The content is {format}, and the formats that may be here are: {formats}.
#   remedy: >-
#     Convert the model to a format that may be here. If this one is to be allowed, add it to `formats` under
#     `parameters:` in the `weighbridge.yaml` that lists them, and have that merged first.
#   since: "0.1.0"
package weighbridge.core.unlisted_format

import data.weighbridge.lib.member

deny contains {"at": file.id, "offset": null, "with": {"format": format, "formats": words(data.parameters.formats)}} if {
	data.parameters.formats != null
	some file in input.members
	some format in member.leaves(file)
	not format in data.parameters.formats
	not format in needs_no_place
	not part(file, format)
}

words(formats) := concat(", ", formats) if count(formats) > 0

words(formats) := "none" if count(formats) == 0

# Content that loads no model and runs no code.
needs_no_place := {"text", "image", "media", "json", "yaml", "model-card", "triton-config", "git-config", "empty"}

# What a listed format is made of by its nature.
part(file, format) if {
	some outer in member.leaves(input.members[file.parent])
	outer in data.parameters.formats
	format in parts[outer]
}

parts := {
	"torch": {"pickle"}, "torchscript": {"pickle"}, "torch-tar": {"pickle"},
	"npz": {"npy"},
}
