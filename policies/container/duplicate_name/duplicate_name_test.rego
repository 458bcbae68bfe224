package weighbridge.container.duplicate_name_test

import data.weighbridge.container.duplicate_name
import data.weighbridge.lib.fixture

test_fires if {
	count(duplicate_name.deny) == 1 with input as fixture.deviation("zip", "duplicate-name")
}

test_another_deviation_is_silent if {
	count(duplicate_name.deny) == 0 with input as fixture.deviation("zip", "gap")
}

test_another_family_is_silent if {
	count(duplicate_name.deny) == 0 with input as fixture.deviation("safetensors", "duplicate-name")
}
