# METADATA
# title: An entry's name leads out of the folder
# description: |-
#   The name of an entry is an absolute path, or holds `..`, a drive letter or a backslash.
#
#   Unpacking such an archive writes outside of the folder that was chosen for it: over a program, a start-up
#   file, or another model.
# custom:
#   id: container/traversal
#   level: deny
#   message: >-
#     An entry would be unpacked outside of its folder: {what}.
#   remedy: >-
#     Do not unpack it. Ask for an archive made with relative names.
#   since: "0.1.0"
#   formats: [containers]
package weighbridge.container.traversal

import data.weighbridge.lib.deviation

deny contains deviation.finding(seen) if {
	some seen in deviation.containers("traversal")
}
