# METADATA
# title: The content departs from its format
# description: |-
#   The content departs from its format in a way that no other rule speaks of.
#
#   Ordinary tools do not write such files. Two programs that load it may read it differently, and then what was
#   judged is not what one of them loads.
# custom:
#   id: core/irregular
#   level: deny
#   message: >-
#     The {format} content is irregular ({kind}): {what}.
#   remedy: >-
#     Save the model again with the library that made it, and check the new file. If it came from somewhere else,
#     ask there for a clean copy.
#   since: "0.1.0"
package weighbridge.core.irregular

import data.weighbridge.lib.deviation

deny contains {"at": seen.member, "offset": seen.offset, "with": {
	"format": seen.format,
	"kind": seen.kind,
	"what": deviation.finding(seen)["with"].what,
}} if {
	some seen in input.deviations
	not deviation.spoken(seen)
}
