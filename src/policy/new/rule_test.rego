package weighbridge.GROUP.RULE_test

import data.weighbridge.GROUP.RULE
import data.weighbridge.lib.fixture

# `fixture.one` gives the facts of one file; what is named here differs from the plain one.
test_a_large_file_fires if {
	count(RULE.deny) == 1 with input as fixture.one({"size": 50000000001})
}

test_a_small_file_is_silent if {
	count(RULE.deny) == 0 with input as fixture.one({"size": 50000000000})
}
