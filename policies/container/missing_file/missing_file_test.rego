package weighbridge.container.missing_file_test

import data.weighbridge.container.missing_file
import data.weighbridge.lib.fixture

test_fires if {
	count(missing_file.deny) == 1 with input as fixture.deviation("zip", "missing-file")
}

test_another_deviation_is_silent if {
	count(missing_file.deny) == 0 with input as fixture.deviation("zip", "gap")
}

test_another_family_is_silent if {
	count(missing_file.deny) == 0 with input as fixture.deviation("safetensors", "missing-file")
}
