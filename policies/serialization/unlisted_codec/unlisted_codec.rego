# METADATA
# title: A codec is not known
# description: |-
#   The array is stored by a codec that no list knows. Zarr looks codecs up by their names among all that is installed
#   or registered.
#
#   What an unknown codec does with the stored bytes is not known. It runs only where somebody installed it, so this
#   is a warning.
# custom:
#   id: serialization/unlisted-codec
#   level: warn
#   message: >-
#     The codec `{name}` is not on the list: Zarr looks it up among what is installed when the array is read{times}.
#   remedy: >-
#     Store the array with a codec of the Zarr specification or of numcodecs that holds numbers and texts.
#   since: "0.1.0"
#   formats: [zarr, msgpack]
package weighbridge.serialization.unlisted_codec

import data.weighbridge.lib.serialization

warn contains {"at": record.member, "offset": record.offset, "with": {
	"name": record.name,
	"times": serialization.times(record.count),
}} if {
	some record in data.weighbridge.lib.serialization.codecs
	not data.serialization.acting.codecs[record.name]
}
