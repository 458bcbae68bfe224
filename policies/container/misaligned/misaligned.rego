# METADATA
# title: Entries are out of order or alignment
# description: >-
#   Entries do not stand in the order or at the boundaries that the format wants. Readers cope with it; it is told
#   because writers rarely do it.
# custom:
#   id: container/misaligned
#   level: warn
#   message: >-
#     Entries are out of place: {what}.
#   remedy: >-
#     Nothing to do if you know the tool that wrote it; otherwise save the model again.
#   since: "0.1.0"
package weighbridge.container.misaligned

import data.weighbridge.lib.deviation

warn contains deviation.finding(seen) if {
	some seen in deviation.containers("misaligned")
}
