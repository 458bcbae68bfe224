package weighbridge.container.link_test

import data.weighbridge.container.link
import data.weighbridge.lib.fixture

facts(escapes) := object.union(
	fixture.deviant("tar", "link", {"found": "../../start.sh"}),
	{"members": fixture.inside({"formats": ["tar"]}, {"link": {"target": "../../start.sh", "escapes": escapes}}).members},
)

test_a_link_that_leads_out_is_denied if {
	count(link.deny) == 1 with input as facts(true)
	count(link.warn) == 0 with input as facts(true)
}

test_a_link_that_stays_is_warned_of if {
	count(link.deny) == 0 with input as facts(false)
	count(link.warn) == 1 with input as facts(false)
}

test_a_link_of_unknown_target_is_denied if {
	count(link.deny) == 1 with input as fixture.deviation("zip", "link")
}

test_no_link_is_silent if {
	count(link.deny | link.warn) == 0 with input as fixture.deviation("zip", "gap")
}
