# METADATA
# title: Not a format for production
# description: |-
#   A file below a folder `production` is not of the formats that we serve.
#
#   The service loads safetensors alone: tensors with names, and nothing that could run. Any other format would fail there, or
#   bring a loader that nobody has looked at.
# custom:
#   id: production/other-format
#   level: deny
#   message: >-
#     `{name}` is {format}, and production takes {formats}.
#   remedy: >-
#     Save the weights as {formats}, or keep the file outside of `production`.
#   since: "1"
package weighbridge.production.other_format

deny contains {"at": file.id, "offset": null, "with": {"name": file.name, "format": format, "formats": concat(", ", formats)}} if {
	some file in input.members
	file.origin in {"file", "named"}
	"production" in split(file.path, "/")
	format := what(file)
	not format in formats
}

# The most specific format stands last. What nothing recognises has none, and must not slip through for that.
what(file) := file.formats[count(file.formats) - 1] if count(file.formats) > 0

what(file) := "of no known format" if {
	count(file.formats) == 0
	file.size > 0
}

# A key that is missing from weighbridge.yaml would leave the rule silent; so there is a value for that case.
formats := object.get(data.parameters.custom, "production-formats", ["safetensors"])
