# METADATA
# title: Objects are stored by pickle
# description: |-
#   The file holds Python objects rather than plain numbers, and such objects are stored by pickle. The pickle
#   was read and judged by itself.
#
#   Loading a pickle can call functions. A file of plain numbers cannot do that, and needs no trust in whoever
#   made it.
# custom:
#   id: container/object-data
#   level: warn
#   message: >-
#     Objects are stored by pickle: {what}.
#   remedy: >-
#     Store plain numbers instead, so that the file loads without pickle.
#   since: "0.1.0"
#   formats: [containers]
package weighbridge.container.object_data

import data.weighbridge.lib.deviation

warn contains deviation.finding(seen) if {
	some seen in deviation.containers("object-data")
}
