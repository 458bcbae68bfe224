# METADATA
# title: The file changed while it was read
# description: |-
#   The file's size, times or identity were not the same after reading it as before.
#
#   What was judged may not be what is there now, and a loader would get something that nobody has looked at.
# custom:
#   id: core/changed-while-read
#   level: deny
#   message: >-
#     What was judged may not be what is there now: {what}.
#   remedy: >-
#     Let no other program write to the file, and check it again.
#   since: "0.1.0"
package weighbridge.core.changed_while_read

deny contains {"at": record.member, "offset": record.offset, "with": {"what": record.what}} if {
	some record in input.incomplete
	record.kind == "changed"
}
