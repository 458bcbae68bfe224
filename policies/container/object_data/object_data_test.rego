package weighbridge.container.object_data_test

import data.weighbridge.container.object_data
import data.weighbridge.lib.fixture

test_fires if {
	count(object_data.warn) == 1 with input as fixture.deviation("npz", "object-data")
}

test_another_deviation_is_silent if {
	count(object_data.warn) == 0 with input as fixture.deviation("npz", "gap")
}

test_another_family_is_silent if {
	count(object_data.warn) == 0 with input as fixture.deviation("safetensors", "object-data")
}
