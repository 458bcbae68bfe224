package weighbridge.template.endless_work_test

import data.weighbridge.lib.fixture
import data.weighbridge.template.endless_work

warned(differs) := found if found := count(endless_work.warn) with input as fixture.template(differs)

test_more_rounds_than_any_conversation_needs_warn if warned({"largest_work": 9999800001}) == 1

test_what_makes_itself_anew_warns if {
	every kind in ["macro", "loop", "variable"] {
		warned({"doublings": [{"kind": kind, "name": "f", "line": 2}]}) == 1
	}
}

test_ordinary_templates_are_silent if {
	warned({}) == 0
	warned({"largest_work": 4000}) == 0
}
