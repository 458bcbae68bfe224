package weighbridge.tensor.header_disagreement_test

import data.weighbridge.tensor.header_disagreement
import data.weighbridge.lib.fixture

test_fires if {
	count(header_disagreement.deny) == 1 with input as fixture.deviation("safetensors", "header-disagreement")
}

test_another_deviation_is_silent if {
	count(header_disagreement.deny) == 0 with input as fixture.deviation("safetensors", "gap")
}

test_another_family_is_silent if {
	count(header_disagreement.deny) == 0 with input as fixture.deviation("zip", "header-disagreement")
}
