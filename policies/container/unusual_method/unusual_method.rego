# METADATA
# title: An unusual compression method
# description: |-
#   The content is compressed by a method that model loaders and scanners seldom support. If it could not be
#   read, that is reported by itself.
#
#   What a scanner cannot decompress it cannot look at, while a loader on another machine perhaps can.
# custom:
#   id: container/unusual-method
#   level: warn
#   message: >-
#     A compression method is unusual: {what}.
#   remedy: >-
#     Save the model with the library's own default compression.
#   since: "0.1.0"
#   formats: [containers]
package weighbridge.container.unusual_method

import data.weighbridge.lib.deviation

warn contains deviation.finding(seen) if {
	some seen in deviation.containers("unusual-method")
}
