# METADATA
# title: Two headers describe one entry differently
# description: |-
#   An archive describes each of its entries twice, and the two descriptions of this one differ.
#
#   Loaders believe one or the other, so two programs see two different files. Ordinary tools never write this;
#   it is a way to show a scanner something else than what is loaded.
# custom:
#   id: container/header-disagreement
#   level: deny
#   message: >-
#     Two places of the container disagree: {what}.
#   remedy: >-
#     Save the model again with the library that made it, and check the new file. If it came from somewhere else,
#     ask there for a clean copy.
#   since: "0.1.0"
#   formats: [containers]
# related_resources:
#   - https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
package weighbridge.container.header_disagreement

import data.weighbridge.lib.deviation

deny contains deviation.finding(seen) if {
	some seen in deviation.containers("header-disagreement")
}
