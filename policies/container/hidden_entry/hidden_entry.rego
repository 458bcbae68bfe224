# METADATA
# title: An entry is missing from the container's list
# description: |-
#   The bytes of an entry lie in the archive, but its list of entries does not name it.
#
#   A program that goes by the list does not see the entry; one that reads the bytes in order does. What is
#   hidden from one of them was not meant to be found.
# custom:
#   id: container/hidden-entry
#   level: deny
#   message: >-
#     The container holds an entry that its list does not name: {what}.
#   remedy: >-
#     Save the model again with the library that made it, and check the new file. If it came from somewhere else,
#     ask there for a clean copy.
#   since: "0.1.0"
#   formats: [containers]
# related_resources:
#   - https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
package weighbridge.container.hidden_entry

import data.weighbridge.lib.deviation

deny contains deviation.finding(seen) if {
	some seen in deviation.containers("hidden-entry")
}
