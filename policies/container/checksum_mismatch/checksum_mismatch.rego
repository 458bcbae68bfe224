# METADATA
# title: A checksum does not match its content
# description: |-
#   The archive stores a checksum with each entry, and the content of this entry does not match it. The content
#   was changed after it was written, or the file is damaged.
#
#   PyTorch reads such an entry all the same, while Python's zipfile stops. Files are altered in this way so
#   that scanners give up on them and loaders do not.
# custom:
#   id: container/checksum-mismatch
#   level: deny
#   message: >-
#     A checksum does not match: {what}.
#   remedy: >-
#     Save the model again with the library that made it, and check the new file. If it came from somewhere else,
#     ask there for a clean copy.
#   since: "0.1.0"
#   formats: [containers]
package weighbridge.container.checksum_mismatch

import data.weighbridge.lib.deviation

deny contains deviation.finding(seen) if {
	some seen in deviation.containers("checksum-mismatch")
}
