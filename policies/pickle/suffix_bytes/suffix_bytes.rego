# METADATA
# title: Bytes stand behind the pickle
# description: |-
#   The file goes on after its last pickle. In PyTorch's oldest format raw numbers stand there, and it only
#   warns.
#
#   One loader ignores those bytes, another reads on. Ordinary tools write no such files, and anything can be
#   put there.
# custom:
#   id: pickle/suffix-bytes
#   level: deny
#   message: >-
#     More stands behind the last pickle: {found}.
#   remedy: >-
#     Save the model again without them if you do not know why they are there.
#   since: "0.1.0"
#   formats: [pickles]
package weighbridge.pickle.suffix_bytes

import data.weighbridge.lib.deviation

deny contains deviation.finding(seen) if {
	some seen in deviation.pickles("suffix-bytes")
	not raw_numbers[seen.member]
}

warn contains deviation.finding(seen) if {
	some seen in deviation.pickles("suffix-bytes")
	raw_numbers[seen.member]
}

# The members of torch's oldest file that hold numbers between pickles (`torch/serialization.py`, `legacy_load`).
raw_numbers[file.id] if {
	some file in input.members
	file.name in {"storages", "tensors"}
	"torch-tar" in input.members[file.parent].formats
}
