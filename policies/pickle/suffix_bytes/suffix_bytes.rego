# METADATA
# title: Bytes stand behind the pickle
# description: >-
#   The file goes on after its last pickle. A loader ignores those bytes. They were searched, and what was found
#   in them is reported by itself.
# custom:
#   id: pickle/suffix-bytes
#   level: deny
#   message: >-
#     Bytes stand behind the last pickle: {what}.
#   remedy: >-
#     Save the model again without them if you do not know why they are there.
#   since: "0.1.0"
package weighbridge.pickle.suffix_bytes

import data.weighbridge.lib.deviation

deny contains deviation.finding(seen) if {
	some seen in deviation.pickles("suffix-bytes")
}
