package weighbridge.core.irregular_test

import data.weighbridge.core.irregular
import data.weighbridge.lib.fixture

test_what_no_rule_speaks_of_fires if {
	count(irregular.deny) == 1 with input as fixture.deviation("pickle", "invalid-value")
	count(irregular.deny) == 1 with input as fixture.deviation("safetensors", "encrypted")
}

test_what_other_rules_tell_is_silent if {
	count(irregular.deny) == 0 with input as fixture.deviation("zip", "overlap")
	count(irregular.deny) == 0 with input as fixture.deviation("npy", "object-data")
	count(irregular.deny) == 0 with input as fixture.deviation("pickle", "suffix-bytes")
	count(irregular.deny) == 0 with input as fixture.deviation("pickle", "deceptive-name")
}
