# METADATA
# title: A shard is missing
# description: >-
#   The index of a sharded model names a file that is not beside it. In a checked directory this denies: what is
#   put there later was never checked. For an index that is checked alone it warns.
# custom:
#   id: tensor/missing-shard
#   level: deny
#   message: >-
#     The index names a file that is not there: {what}.
#   remedy: >-
#     Add the missing file and check the whole directory, or correct the index.
#   since: "0.1.0"
package weighbridge.tensor.missing_shard

import data.weighbridge.lib.deviation

deny contains deviation.finding(seen) if {
	some seen in deviation.tensors("missing-file")
	input.artifact.kind == "directory"
}

warn contains deviation.finding(seen) if {
	some seen in deviation.tensors("missing-file")
	input.artifact.kind != "directory"
}
