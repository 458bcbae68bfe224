package weighbridge.container.traversal_test

import data.weighbridge.container.traversal
import data.weighbridge.lib.fixture

test_fires if {
	count(traversal.deny) == 1 with input as fixture.deviation("zip", "traversal")
}

test_another_deviation_is_silent if {
	count(traversal.deny) == 0 with input as fixture.deviation("zip", "gap")
}

test_another_family_is_silent if {
	count(traversal.deny) == 0 with input as fixture.deviation("safetensors", "traversal")
}
