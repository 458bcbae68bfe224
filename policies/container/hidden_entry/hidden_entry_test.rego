package weighbridge.container.hidden_entry_test

import data.weighbridge.container.hidden_entry
import data.weighbridge.lib.fixture

test_fires if {
	count(hidden_entry.deny) == 1 with input as fixture.deviation("zip", "hidden-entry")
}

test_another_deviation_is_silent if {
	count(hidden_entry.deny) == 0 with input as fixture.deviation("zip", "gap")
}

test_another_family_is_silent if {
	count(hidden_entry.deny) == 0 with input as fixture.deviation("safetensors", "hidden-entry")
}
