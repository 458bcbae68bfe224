package weighbridge.container.several_streams_test

import data.weighbridge.container.several_streams
import data.weighbridge.lib.fixture

test_fires if {
	count(several_streams.warn) == 1 with input as fixture.deviation("gzip", "several-streams")
}

test_another_deviation_is_silent if {
	count(several_streams.warn) == 0 with input as fixture.deviation("gzip", "gap")
}

test_another_family_is_silent if {
	count(several_streams.warn) == 0 with input as fixture.deviation("safetensors", "several-streams")
}

test_json_lines_are_silent if {
	facts := fixture.deviation("json", "several-streams")
	count(several_streams.warn) == 1 with input as facts
	lines := [object.union(member, {"extension": "jsonl"}) | some member in facts.members]
	count(several_streams.warn) == 0 with input as object.union(facts, {"members": lines})
}
