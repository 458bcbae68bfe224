package weighbridge.own.trial_test

test_one if {
	count(data.weighbridge.own.trial.dney) == 0 with input as {"artifact": {"sizes": 1}}
	startwith("a", "b")
	x > 1
}
