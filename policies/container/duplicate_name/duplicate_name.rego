# METADATA
# title: Two entries have the same name
# description: |-
#   Two entries of the archive have the same name.
#
#   PyTorch takes the first of them, Python's zipfile the last. So one file can show a harmless pickle to a
#   scanner and give another one to the loader.
# custom:
#   id: container/duplicate-name
#   level: deny
#   message: >-
#     Two entries have one name, and loaders differ in which of them they read: {what}.
#   remedy: >-
#     Save the model again with the library that made it, and check the new file. If it came from somewhere else,
#     ask there for a clean copy.
#   since: "0.1.0"
#   formats: [containers]
package weighbridge.container.duplicate_name

import data.weighbridge.lib.deviation

deny contains deviation.finding(seen) if {
	some seen in deviation.containers("duplicate-name")
}
