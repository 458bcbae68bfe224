package weighbridge.tensor.shard_traversal_test

import data.weighbridge.tensor.shard_traversal
import data.weighbridge.lib.fixture

test_fires if {
	count(shard_traversal.deny) == 1 with input as fixture.deviation("safetensors-index", "traversal")
}

test_another_deviation_is_silent if {
	count(shard_traversal.deny) == 0 with input as fixture.deviation("safetensors-index", "gap")
}

test_another_family_is_silent if {
	count(shard_traversal.deny) == 0 with input as fixture.deviation("zip", "traversal")
}
