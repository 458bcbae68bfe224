# METADATA
# title: A graph names something outside of its folder
# description: |-
#   The model names a file by a path that leaves its own folder: with `..`, from the root of the disk, on another
#   drive or share, through a link, at an address, or in a way that systems read differently. Or the path is put
#   together while the graph runs, so that nobody can tell where it leads. It is the place of a tensor's data, an asset,
#   a checkpoint, a prepared program, or of what debugging writes.
#
#   Loading the model opens that path with the rights of the process: a private file of the machine becomes a tensor
#   of the model, a file is written over, or a program that nobody checked runs. The format wants a plain name below
#   the model's folder. Paths among the parameters of a LightGBM model only warn: they are opened when somebody
#   trains on with these parameters.
# custom:
#   id: graph/outside-reference
#   level: deny
#   message: >-
#     {what} names `{target}`, which leads {leads}; {loader} {does} it{times}.
#   remedy: >-
#     {remedy}
#   since: "0.1.0"
#   formats: [graphs]
# related_resources:
#   - https://github.com/onnx/onnx/blob/main/docs/ExternalData.md
#   - https://nvd.nist.gov/vuln/detail/CVE-2024-27318
#   - https://nvd.nist.gov/vuln/detail/CVE-2025-51480
package weighbridge.graph.outside_reference

import data.weighbridge.lib.graph

deny contains finding(reference) if {
	some reference in data.weighbridge.lib.graph.references
	reference.leads in object.keys(ways)
	not later(reference)
}

warn contains finding(reference) if {
	some reference in data.weighbridge.lib.graph.references
	reference.leads in object.keys(ways)
	later(reference)
}

# What LightGBM was trained with is read again only by who trains on with the parameters of the model.
later(reference) if {
	reference.format == "lightgbm"
	reference.by == "parameter"
}

finding(reference) := {"at": reference.member, "offset": reference.offset, "with": {
	"what": graph.naming(reference),
	"target": reference.target,
	"leads": ways[reference.leads],
	"loader": graph.loader(reference.format),
	"does": data.weighbridge.lib.graph.deeds[reference.kind],
	"times": graph.times(reference.count),
	"remedy": remedy(reference),
}}

remedy(reference) := "Do not load this model. If it is your own, save it again with its data beside it, under a plain file name (`onnx.save_model(..., save_as_external_data=True, location=\"model.data\")`)." if {
	reference.format == "onnx"
	reference.kind == "external-data"
} else := "Do not load this model. If it is your own, remove the `<!DOCTYPE>`, include or kernel that names it, and keep the model in one file." if {
	reference.format in {"pmml", "openvino"}
} else := "Clear this parameter before you train on with the model's parameters. Loading the model alone does not open it." if {
	later(reference)
} else := "Do not load this model. If it is your own, save it again with plain names of files below its own folder."

ways := {
	"above": "above the model's folder",
	"outside": "out of the model's folder",
	"absolute": "to a place on the machine",
	"link": "through a link",
	"url": "to an address",
	"ambiguous": "to different places on different systems",
	"invalid": "to no file at all",
	"memory": "into the memory of the process",
	"unknown": "where it cannot be told",
}
