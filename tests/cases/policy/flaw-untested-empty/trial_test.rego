package weighbridge.own.trial_test
