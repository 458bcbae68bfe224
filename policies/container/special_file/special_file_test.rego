package weighbridge.container.special_file_test

import data.weighbridge.container.special_file
import data.weighbridge.lib.fixture

test_fires if {
	count(special_file.deny) == 1 with input as fixture.deviation("tar", "special-file")
}

test_another_deviation_is_silent if {
	count(special_file.deny) == 0 with input as fixture.deviation("tar", "gap")
}

test_another_family_is_silent if {
	count(special_file.deny) == 0 with input as fixture.deviation("safetensors", "special-file")
}
