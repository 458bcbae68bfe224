package weighbridge.container.ratio_test

import data.weighbridge.container.ratio
import data.weighbridge.lib.fixture

test_both_limits_fire if {
	count(ratio.deny) == 1 with input as fixture.incomplete("limit", {"what": "ratio"})
	count(ratio.deny) == 1 with input as fixture.incomplete("limit", {"what": "decoded"})
}

test_another_limit_is_silent if {
	count(ratio.deny) == 0 with input as fixture.incomplete("limit", {"what": "depth"})
}
