package weighbridge.container.case_collision_test

import data.weighbridge.container.case_collision
import data.weighbridge.lib.fixture

test_a_torch_file_is_denied if {
	facts := object.union(fixture.deviation("zip", "case-collision"), {"members": [object.union(fixture.member, {"formats": ["zip", "torch"]})]})
	count(case_collision.deny) == 1 with input as facts
	count(case_collision.warn) == 0 with input as facts
}

test_a_plain_zip_is_warned_of if {
	facts := fixture.deviation("zip", "case-collision")
	count(case_collision.deny) == 0 with input as facts
	count(case_collision.warn) == 1 with input as facts
}

test_another_deviation_is_silent if {
	facts := fixture.deviation("zip", "gap")
	count(case_collision.deny | case_collision.warn) == 0 with input as facts
}
