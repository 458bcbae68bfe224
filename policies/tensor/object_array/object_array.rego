# METADATA
# title: An array stores objects by pickle
# description: >-
#   The array's type is `object`, so NumPy loads it by pickle, which can run code. The pickle was read and judged
#   by itself.
# custom:
#   id: tensor/object-array
#   level: warn
#   message: >-
#     The array stores Python objects by pickle: {what}.
#   remedy: >-
#     Store numbers instead of objects, so that the array loads with `allow_pickle=False`.
#   since: "0.1.0"
# related_resources:
#   - https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
package weighbridge.tensor.object_array

import data.weighbridge.lib.deviation

warn contains deviation.finding(seen) if {
	some seen in deviation.tensors("object-data")
}
