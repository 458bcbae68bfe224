# METADATA
# title: Entry names differ only in case
# description: >-
#   Two entries have names that differ only in upper and lower case. PyTorch finds `DATA.PKL` when it looks for
#   `data.pkl`, and some file systems keep only one of them. In a PyTorch file this denies; elsewhere it warns.
# custom:
#   id: container/case-collision
#   level: deny
#   message: >-
#     Two names differ only in case: {what}.
#   remedy: >-
#     Rename one of the entries.
#   since: "0.1.0"
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
