package weighbridge.own.trial_test

import data.weighbridge.lib.fixture

test_nothing_is_found if {
	count(data.weighbridge.own.trial.deny) == 0 with input as fixture.base
}
