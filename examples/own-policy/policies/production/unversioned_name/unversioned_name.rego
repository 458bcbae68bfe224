# METADATA
# title: A file name without a version
# description: |-
#   The name of a file below a folder `production` has no version, such as `tagger-1.2.safetensors`.
#
#   Without one, the file behind a name changes unseen: nobody can tell which model answered, or go back to the one before.
# custom:
#   id: production/unversioned-name
#   level: warn
#   message: >-
#     `{name}` has no version in its name.
#   remedy: >-
#     Name it like `tagger-1.2.safetensors`, and give every change a new version.
#   since: "1"
package weighbridge.production.unversioned_name

warn contains {"at": file.id, "offset": null, "with": {"name": file.name}} if {
	some file in input.members
	file.origin in {"file", "named"}
	"production" in split(file.path, "/")
	not regex.match(`-[0-9]+\.[0-9]+\.[a-z0-9]+$`, file.name)
}
