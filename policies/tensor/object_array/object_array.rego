# METADATA
# title: An array stores objects by pickle
# description: |-
#   The array's data type is `object`: it holds Python objects, which NumPy stores by pickle. The pickle was
#   read and judged by itself.
#
#   Loading a pickle can call functions. An array of numbers cannot do that, and loads with
#   `allow_pickle=False`.
# custom:
#   id: tensor/object-array
#   level: warn
#   message: >-
#     The array stores Python objects by pickle: {what}.
#   remedy: >-
#     Store numbers instead of objects, so that the array loads with `allow_pickle=False`.
#   since: "0.1.0"
#   formats: [tensors]
# related_resources:
#   - https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
package weighbridge.tensor.object_array

import data.weighbridge.lib.deviation

warn contains deviation.finding(seen) if {
	some seen in deviation.tensors("object-data")
}
