# METADATA
# title: The content itself is not here
# description: |-
#   In place of the content stands something that only points to it: a Git LFS pointer whose object is not here
#   or is not the one it names, or a link. It warns of a link that stays inside, whose file is read by itself.
#
#   What it points to was not checked, and it can be anything by the time the model is loaded.
# custom:
#   id: core/not-scanned
#   level: deny
#   message: >-
#     {what}
#   remedy: >-
#     {remedy}
#   since: "0.1.0"
# related_resources:
#   - https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md
package weighbridge.core.not_scanned

deny contains {"at": record.member, "offset": record.offset, "with": {
	"what": sprintf("A Git LFS pointer stands in place of the content: %s.", [record.what]),
	"remedy": "Fetch the objects (`git lfs pull`) and check again.",
}} if {
	some record in input.incomplete
	record.kind == "pointer"
}

deny contains {"at": file.id, "offset": null, "with": {
	"what": "A Git LFS pointer stands in place of the content.",
	"remedy": "Fetch the objects (`git lfs pull`) and check again.",
}} if {
	some file in input.members
	unresolved(file)
	not told(file)
}

# A link that leads out of the artifact leads to content that was not read.
deny contains link(file) if {
	some file in input.members
	file.origin in {"named", "file"}
	file.link.escapes
}

# A link that stays inside leads to a member that was read by itself.
warn contains link(file) if {
	some file in input.members
	file.origin in {"named", "file"}
	file.link.escapes == false
}

unresolved(file) if file.pointer.resolved == false

unresolved(file) if {
	file.pointer == null
	"lfs-pointer" in file.formats
}

told(file) if file.id in pointing

pointing contains record.member if {
	some record in input.incomplete
	record.kind == "pointer"
}

link(file) := {"at": file.id, "offset": null, "with": {
	"what": sprintf("A link to `%s` stands in place of the content.", [file.link.target]),
	"remedy": "Put the file itself in the link's place, or check the folder that the link leads to.",
}}
