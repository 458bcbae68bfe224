package weighbridge.core.incomplete_test

import data.weighbridge.core.incomplete
import data.weighbridge.lib.fixture

told := ["truncated", "limit", "malformed", "unsupported", "unreadable", "not-a-file", "internal"]

test_every_kind_fires_that_no_other_rule_tells if {
	every kind in told {
		count(incomplete.deny) == 1 with input as fixture.incomplete(kind, {})
	}
}

test_what_other_rules_tell_is_silent if {
	every kind in {"unknown-format", "pointer", "changed", "encrypted"} {
		count(incomplete.deny) == 0 with input as fixture.incomplete(kind, {})
	}
	every what in {"ratio", "decoded", "depth"} {
		count(incomplete.deny) == 0 with input as fixture.incomplete("limit", {"what": what})
	}
}

broken := {"ended": {"kind": "truncated", "offset": 9, "opcode": null, "what": null}}

facts(format, ended) := object.union(
	fixture.incomplete("truncated", {"format": format}),
	{"pickles": fixture.pickle(ended).pickles},
)

test_a_broken_stream_is_told_once if {
	count(incomplete.deny) == 0 with input as facts("pickle", broken)
}

test_a_stop_excuses_nothing if {
	count(incomplete.deny) == 1 with input as facts("pickle", {})
}

test_another_reader_is_told_too if {
	count(incomplete.deny) == 1 with input as facts("zip", broken)
}

test_whole_content_is_silent if {
	count(incomplete.deny) == 0 with input as fixture.one({})
}

test_the_ceiling_of_facts_says_how_to_stay_below_it if {
	some found in incomplete.deny with input as fixture.incomplete("limit", {"what": "facts"})
	contains(found["with"].remedy, "by themselves")
}
