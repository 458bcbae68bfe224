package weighbridge.loader.trust_switch_test

import data.weighbridge.lib.fixture
import data.weighbridge.loader.trust_switch

declared(key, value) := object.union(fixture.one({}), {"declarations": [{
	"member": 0, "format": "json", "key": key, "place": key, "value": value, "offset": null,
}]})

test_the_switch_warns if {
	count(trust_switch.warn) == 1 with input as declared("trust_remote_code", "true")
}

test_the_switch_that_a_loader_heeds_denies if {
	count(trust_switch.deny) == 1 with input as declared("allow_remote", "true")
	count(trust_switch.warn) == 0 with input as declared("allow_remote", "true")
}

test_other_declarations_are_silent if {
	count(trust_switch.warn) == 0 with input as declared("license", "mit")
}
