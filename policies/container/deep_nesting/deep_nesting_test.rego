package weighbridge.container.deep_nesting_test

import data.weighbridge.container.deep_nesting
import data.weighbridge.lib.fixture

test_fires if {
	count(deep_nesting.deny) == 1 with input as fixture.incomplete("limit", {"what": "depth"})
}

test_another_limit_is_silent if {
	count(deep_nesting.deny) == 0 with input as fixture.incomplete("limit", {"what": "ratio"})
}
