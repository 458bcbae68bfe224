# METADATA
# title: The container counts its entries wrongly
# description: |-
#   The archive says how many entries it has, and that is not the number it holds.
#
#   Programs that trust the number see other entries than programs that go through the list. An entry that a
#   scanner does not count can still be the one that is loaded.
# custom:
#   id: container/count-mismatch
#   level: deny
#   message: >-
#     A count is wrong: {what}.
#   remedy: >-
#     Save the model again with the library that made it, and check the new file. If it came from somewhere else,
#     ask there for a clean copy.
#   since: "0.1.0"
#   formats: [containers]
package weighbridge.container.count_mismatch

import data.weighbridge.lib.deviation

deny contains deviation.finding(seen) if {
	some seen in deviation.containers("count-mismatch")
}
