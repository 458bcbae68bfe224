# METADATA
# title: Objects are stored by pickle
# description: >-
#   The content holds Python objects, which are loaded by pickle. The pickle was read and judged by itself.
# custom:
#   id: container/object-data
#   level: warn
#   message: >-
#     Objects are stored by pickle: {what}.
#   remedy: >-
#     Store plain numbers instead, so that the file loads without pickle.
#   since: "0.1.0"
package weighbridge.container.object_data

import data.weighbridge.lib.deviation

warn contains deviation.finding(seen) if {
	some seen in deviation.containers("object-data")
}
