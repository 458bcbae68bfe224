package weighbridge.release.training_state_test

import data.weighbridge.lib.fixture
import data.weighbridge.release.training_state

# The facts of a file with one tensor.
with_tensor(name) := object.union(fixture.one({"formats": ["safetensors"]}), {"tensors": [{
	"member": 0, "format": "safetensors", "count": 1,
	"entries": [{"name": name, "dtype": "F32", "shape": [4], "offset": 80, "size": 16, "file": null}],
}]})

test_a_moment_of_the_optimizer_fires if {
	found := training_state.deny with input as with_tensor("optimizer.exp_avg")
	found == {{"at": 0, "offset": 80, "with": {"name": "optimizer.exp_avg"}}}
}

test_the_configuration_may_list_more if {
	told := {"formats": null, "largest": null, "custom": {"training-prefixes": ["ema."]}}
	count(training_state.deny) == 1 with input as with_tensor("ema.layer") with data.parameters as told
}

test_a_weight_is_silent if {
	count(training_state.deny) == 0 with input as with_tensor("layer.weight")
}
