# METADATA
# title: A shard is missing
# description: |-
#   A large model is stored in several files, its shards, and an index names them. One that the index names is
#   not there. In a checked directory this denies; for an index that is checked alone it warns.
#
#   A file that is put there later was never checked, and it would be loaded as a part of this model.
# custom:
#   id: tensor/missing-shard
#   level: deny
#   message: >-
#     The index names a file that is not there: {what}.
#   remedy: >-
#     Add the missing file and check the whole directory, or correct the index.
#   since: "0.1.0"
#   formats: [tensors]
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
