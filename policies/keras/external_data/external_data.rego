# METADATA
# title: An HDF5 file takes its content from another file
# description: |-
#   An HDF5 file can name other files: by an external link, by external storage for the bytes of a dataset, or by a
#   virtual dataset that is put together from datasets elsewhere.
#
#   Reading the weights then reads files of the machine that are no part of the model and were not checked, and any
#   file can be read as external storage.
# custom:
#   id: keras/external-data
#   level: deny
#   message: >-
#     `{name}` is {what} into `{target}`: loading the weights (`keras.models.load_model`, `load_weights`, `h5py.File`) reads that file, whatever `safe_mode` says.
#   remedy: >-
#     Write the file again with its data inside, for example `h5repack`, from a copy that you trust.
#   since: "0.1.0"
#   formats: [hdf5]
# related_resources:
#   - https://docs.h5py.org/en/stable/high/group.html#external-links
#   - https://docs.hdfgroup.org/documentation/hdf5/latest/_h5_g__u_g.html
package weighbridge.keras.external_data

deny contains {"at": seen.member, "offset": seen.offset, "with": {"name": seen.name, "target": seen.target, "what": what}} if {
	some seen in input.references
	seen.format == "hdf5"
	what := words[seen.by]
	not inside(seen)
}

words := {"external-link": "a link", "external-storage": "a dataset with storage", "virtual-dataset": "a virtual dataset that looks"}

# A virtual dataset of the same file.
inside(seen) if {
	seen.by == "virtual-dataset"
	seen.target == "."
}
