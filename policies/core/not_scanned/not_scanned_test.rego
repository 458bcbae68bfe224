package weighbridge.core.not_scanned_test

import data.weighbridge.core.not_scanned
import data.weighbridge.lib.fixture

test_a_pointer_without_its_object_is_denied if {
	count(not_scanned.deny) == 1 with input as fixture.incomplete("pointer", {})
	count(not_scanned.deny) == 1 with input as fixture.one({"pointer": {"oid": "00", "size": 1, "resolved": false}})
	count(not_scanned.deny) == 1 with input as fixture.one({"formats": ["text", "lfs-pointer"]})
}

test_a_pointer_is_told_once if {
	facts := object.union(
		fixture.incomplete("pointer", {}),
		{"members": [object.union(fixture.member, {"formats": ["text", "lfs-pointer"]})]},
	)
	count(not_scanned.deny) == 1 with input as facts
}

test_a_link_that_leads_out_is_denied if {
	count(not_scanned.deny) == 1 with input as fixture.one({"link": {"target": "../x", "escapes": true}})
}

test_a_link_that_stays_is_warned_of if {
	facts := fixture.one({"origin": "file", "link": {"target": "x", "escapes": false}})
	count(not_scanned.deny) == 0 with input as facts
	count(not_scanned.warn) == 1 with input as facts
}

test_a_resolved_pointer_is_silent if {
	facts := fixture.one({"pointer": {"oid": "00", "size": 1, "resolved": true}})
	count(not_scanned.deny | not_scanned.warn) == 0 with input as facts
}
