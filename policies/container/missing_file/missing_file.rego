# METADATA
# title: A named file is not there
# description: >-
#   The container names a file that it does not hold, so what would be loaded in its place is unknown.
# custom:
#   id: container/missing-file
#   level: deny
#   message: >-
#     A file is named and not there: {what}.
#   remedy: >-
#     Save the model again with the library that made it, and check the new file. If it came from somewhere else,
#     ask there for a clean copy.
#   since: "0.1.0"
package weighbridge.container.missing_file

import data.weighbridge.lib.deviation

deny contains deviation.finding(seen) if {
	some seen in deviation.containers("missing-file")
}
