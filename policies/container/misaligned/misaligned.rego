# METADATA
# title: Entries are out of order or alignment
# description: |-
#   The entries do not stand in the order or at the byte boundaries that the format asks for.
#
#   Readers cope with it, and nothing is hidden by it. It is told because the usual libraries do not write such
#   files: another program made or changed this one.
# custom:
#   id: container/misaligned
#   level: warn
#   message: >-
#     Entries are out of place: {what}.
#   remedy: >-
#     Nothing to do if you know the tool that wrote it; otherwise save the model again.
#   since: "0.1.0"
#   formats: [containers]
package weighbridge.container.misaligned

import data.weighbridge.lib.deviation

warn contains deviation.finding(seen) if {
	some seen in deviation.containers("misaligned")
}
