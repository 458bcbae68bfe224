# METADATA
# title: A type or codec of this file loads a pickle
# description: |-
#   A column, an array or a value in this file is of a type whose reader loads a pickle: from the type's metadata or
#   from the stored bytes.
#
#   A pickle runs whatever it names when it is loaded. Formats like Arrow, Zarr and MessagePack are chosen because they
#   hold values alone; this part of the file undoes that.
# custom:
#   id: serialization/acting-extension
#   level: deny
#   message: >-
#     `{name}` loads a pickle when {library} reads this file: {why}{times}.
#   remedy: >-
#     Write the values as plain columns or arrays of numbers and texts, without objects of Python.
#   since: "0.1.0"
#   formats: [arrow, parquet, zarr, msgpack]
# related_resources:
#   - https://nvd.nist.gov/vuln/detail/CVE-2023-47248
package weighbridge.serialization.acting_extension

import data.weighbridge.lib.serialization

deny contains finding(record, entry) if {
	some record in input.objects
	record.kind == "extension"
	entry := data.serialization.acting[record.format][record.name]
}

deny contains finding(record, entry) if {
	some record in input.objects
	record.kind == "codec"
	entry := data.serialization.acting.codecs[record.name]
}

finding(record, entry) := {"at": record.member, "offset": record.offset, "with": {
	"name": record.name,
	"library": data.weighbridge.lib.serialization.libraries[record.format],
	"why": entry.why,
	"times": serialization.times(record.count),
}}
