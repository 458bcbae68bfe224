# METADATA
# title: An HDF5 file needs a plug-in
# description: |-
#   The data of an HDF5 dataset went through a filter that is no part of the HDF5 library, or a link is of a kind
#   that a program defines itself. The library looks for a native plug-in by its number, in the folders of `HDF5_PLUGIN_PATH`.
#
#   What such a plug-in does is not in the file, and the data cannot be read without it.
# custom:
#   id: keras/unlisted-filter
#   level: warn
#   message: >-
#     `{name}` needs the {what} `{target}`, a native plug-in that HDF5 loads from a folder of the machine when the data is read.
#   remedy: >-
#     Write the file again with gzip or without compression, or be sure where the plug-in comes from.
#   since: "0.1.0"
#   formats: [hdf5]
# related_resources:
#   - https://github.com/HDFGroup/hdf5_plugins
package weighbridge.keras.unlisted_filter

warn contains {"at": seen.member, "offset": seen.offset, "with": {"name": seen.name, "target": seen.target, "what": what}} if {
	some seen in input.references
	seen.format == "hdf5"
	what := words[seen.by]
	not built_in(seen)
}

words := {"filter": "filter", "user-defined-link": "kind of link"}

# h5py has the filter of this number, `lzf`, in itself.
built_in(seen) if {
	seen.by == "filter"
	split(seen.target, " ")[0] == "32000"
}
