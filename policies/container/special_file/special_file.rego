# METADATA
# title: An entry is a device or another special file
# description: |-
#   An entry of the archive is no file, folder or link but a device, a pipe or a socket.
#
#   A model needs none of these. Unpacking or opening one can block a program for ever, or reach a device of the
#   machine.
# custom:
#   id: container/special-file
#   level: deny
#   message: >-
#     An entry is a special file: {what}.
#   remedy: >-
#     Save the model again with the library that made it, and check the new file. If it came from somewhere else,
#     ask there for a clean copy.
#   since: "0.1.0"
#   formats: [containers]
package weighbridge.container.special_file

import data.weighbridge.lib.deviation

deny contains deviation.finding(seen) if {
	some seen in deviation.containers("special-file")
}
