# METADATA
# title: Unexplained bytes between entries
# description: |-
#   Bytes lie between two entries of the archive and belong to neither. They were searched like any other
#   content, and what was found in them is reported by itself.
#
#   Most often it is padding. But a program that does not go by the archive's list can find content there that
#   others never see.
# custom:
#   id: container/gap
#   level: warn
#   message: >-
#     What stands between two entries belongs to neither: {found}.
#   remedy: >-
#     Nothing to do if the tool that wrote the file pads its entries; otherwise save the model again.
#   since: "0.1.0"
#   formats: [containers]
package weighbridge.container.gap

import data.weighbridge.lib.deviation

warn contains deviation.finding(seen) if {
	some seen in deviation.containers("gap")
}
