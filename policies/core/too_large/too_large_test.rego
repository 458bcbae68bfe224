package weighbridge.core.too_large_test

import data.weighbridge.core.too_large
import data.weighbridge.lib.fixture

facts := object.union(fixture.one({}), {"artifact": {"path": "model", "kind": "file", "digest": null, "size": 10}})

at_most(largest) := {"formats": null, "largest": largest, "custom": {}}

test_a_larger_artifact_fires if {
	found := too_large.deny with input as facts with data.parameters as at_most(9)
	found == {{"at": 0, "offset": null, "with": {"size": 10, "largest": 9}}}
}

test_the_size_itself_is_silent if {
	count(too_large.deny) == 0 with input as facts with data.parameters as at_most(10)
}

test_without_a_size_it_is_silent if {
	count(too_large.deny) == 0 with input as facts with data.parameters as at_most(null)
}
