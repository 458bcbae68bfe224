package weighbridge.template.large_range_test

import data.weighbridge.template.large_range
import data.weighbridge.lib.fixture

test_a_large_range_fires if {
	count(large_range.deny) == 1 with input as fixture.template({"largest_range": 1000000000})
}

test_a_small_range_is_silent if {
	count(large_range.deny) == 0 with input as fixture.template({"largest_range": 100000})
}

test_no_range_is_silent if count(large_range.deny) == 0 with input as fixture.template({})
