# METADATA
# title: Entry names differ only in case
# description: |-
#   Two entries of the archive have names that differ only in upper and lower case, such as `data.pkl` and
#   `DATA.PKL`. In a PyTorch file this denies; elsewhere it warns.
#
#   PyTorch looks names up without regard to case, so it may load the entry that a person or a scanner did not
#   look at. Some file systems keep only one of the two when the archive is unpacked, and which one it is
#   depends on the machine.
# custom:
#   id: container/case-collision
#   level: deny
#   message: >-
#     Two names differ only in case: {what}.
#   remedy: >-
#     Rename one of the entries.
#   since: "0.1.0"
#   formats: [containers]
package weighbridge.container.case_collision

import data.weighbridge.lib.deviation

deny contains deviation.finding(seen) if {
	some seen in deviation.containers("case-collision")
	torch(seen)
}

warn contains deviation.finding(seen) if {
	some seen in deviation.containers("case-collision")
	not torch(seen)
}

torch(seen) if {
	some format in input.members[seen.member].formats
	format in {"torch", "torchscript", "torch-tar"}
}
