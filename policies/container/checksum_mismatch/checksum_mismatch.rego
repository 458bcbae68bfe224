# METADATA
# title: A checksum does not match its content
# description: >-
#   The content was changed after its checksum was computed, or the file is damaged. PyTorch reads it all the
#   same; Python's zipfile stops. Files are altered this way so that scanners give up and loaders do not.
# custom:
#   id: container/checksum-mismatch
#   level: deny
#   message: >-
#     A checksum does not match: {what}.
#   remedy: >-
#     Save the model again with the library that made it, and check the new file. If it came from somewhere else,
#     ask there for a clean copy.
#   since: "0.1.0"
package weighbridge.container.checksum_mismatch

import data.weighbridge.lib.deviation

deny contains deviation.finding(seen) if {
	some seen in deviation.containers("checksum-mismatch")
}
