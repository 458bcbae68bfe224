package weighbridge.container.gap_test

import data.weighbridge.container.gap
import data.weighbridge.lib.fixture

test_fires if {
	count(gap.warn) == 1 with input as fixture.deviant("zip", "gap", {"name": null, "found": "64 bytes"})
}

test_another_deviation_is_silent if {
	count(gap.warn) == 0 with input as fixture.deviation("zip", "overlap")
}

test_another_family_is_silent if {
	count(gap.warn) == 0 with input as fixture.deviation("safetensors", "gap")
}
