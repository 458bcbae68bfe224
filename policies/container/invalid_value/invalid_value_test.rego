package weighbridge.container.invalid_value_test

import data.weighbridge.container.invalid_value
import data.weighbridge.lib.fixture

test_fires if {
	count(invalid_value.deny) == 1 with input as fixture.deviation("zip", "invalid-value")
}

test_another_deviation_is_silent if {
	count(invalid_value.deny) == 0 with input as fixture.deviation("zip", "gap")
}

test_another_family_is_silent if {
	count(invalid_value.deny) == 0 with input as fixture.deviation("safetensors", "invalid-value")
}
