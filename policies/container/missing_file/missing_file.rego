# METADATA
# title: A named file is not there
# description: |-
#   The file names another file as a part of itself, and that one is not there.
#
#   What is loaded in its place depends on the machine: an old file, somebody else's, or one that is put there
#   later. None of these was checked.
# custom:
#   id: container/missing-file
#   level: deny
#   message: >-
#     A file is named and not there: {what}.
#   remedy: >-
#     Save the model again with the library that made it, and check the new file. If it came from somewhere else,
#     ask there for a clean copy.
#   since: "0.1.0"
#   formats: [containers]
package weighbridge.container.missing_file

import data.weighbridge.lib.deviation

deny contains deviation.finding(seen) if {
	some seen in deviation.containers("missing-file")
}
