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

test_an_open_range_of_an_exported_program_is_silent if {
	seen := fixture.deviant("json", "invalid-value", {"found": "NaN or Infinity"})
	facts := object.union(seen, {"members": fixture.one({"formats": ["json", "exported-program"]}).members})
	count(invalid_value.deny) == 0 with input as facts
	count(invalid_value.deny) == 1 with input as seen
}
