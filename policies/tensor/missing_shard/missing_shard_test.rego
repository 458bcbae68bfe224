package weighbridge.tensor.missing_shard_test

import data.weighbridge.tensor.missing_shard
import data.weighbridge.lib.fixture

test_a_directory_is_denied if {
	facts := object.union(fixture.deviation("safetensors-index", "missing-file"), {"artifact": {"kind": "directory"}})
	count(missing_shard.deny) == 1 with input as facts
	count(missing_shard.warn) == 0 with input as facts
}

test_an_index_alone_is_warned_of if {
	facts := fixture.deviation("safetensors-index", "missing-file")
	count(missing_shard.deny) == 0 with input as facts
	count(missing_shard.warn) == 1 with input as facts
}

test_another_deviation_is_silent if {
	facts := fixture.deviation("safetensors-index", "gap")
	count(missing_shard.deny | missing_shard.warn) == 0 with input as facts
}
