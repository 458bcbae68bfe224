package weighbridge.container.unusual_method_test

import data.weighbridge.container.unusual_method
import data.weighbridge.lib.fixture

test_fires if {
	count(unusual_method.warn) == 1 with input as fixture.deviation("zip", "unusual-method")
}

test_another_deviation_is_silent if {
	count(unusual_method.warn) == 0 with input as fixture.deviation("zip", "gap")
}

test_another_family_is_silent if {
	count(unusual_method.warn) == 0 with input as fixture.deviation("safetensors", "unusual-method")
}
