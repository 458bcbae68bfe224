# METADATA
# title: The content is several formats at once
# description: |-
#   The same bytes are valid as two formats that exclude each other, such as a picture and an archive.
#
#   The program that opens the file decides which of them it is. So what a person or a scanner sees is not what
#   a loader runs.
# custom:
#   id: core/polyglot
#   level: deny
#   message: >-
#     The content is {formats} at once.
#   remedy: >-
#     Save the model again with the library that made it, and check the new file. If it came from somewhere else,
#     ask there for a clean copy.
#   since: "0.1.0"
package weighbridge.core.polyglot

import data.weighbridge.lib.member

deny contains {"at": file.id, "offset": null, "with": {"formats": concat(" and ", sort(member.leaves(file)))}} if {
	some file in input.members
	count(file.formats) > 1
	count(member.leaves(file)) > 1
}
