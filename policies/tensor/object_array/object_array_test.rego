package weighbridge.tensor.object_array_test

import data.weighbridge.tensor.object_array
import data.weighbridge.lib.fixture

test_fires if {
	count(object_array.warn) == 1 with input as fixture.deviation("npy", "object-data")
}

test_another_deviation_is_silent if {
	count(object_array.warn) == 0 with input as fixture.deviation("npy", "gap")
}

test_another_family_is_silent if {
	count(object_array.warn) == 0 with input as fixture.deviation("zip", "object-data")
}
