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

paper(differs) := object.union(
	fixture.incomplete("unsupported", {"format": "pdf"}),
	{"members": [object.union(object.union(fixture.member, {"name": "paper.pdf", "promised": ["pdf"], "origin": "file"}), differs)]},
)

test_a_document_beside_others_warns if {
	count(incomplete.warn) == 1 with input as paper({})
	count(incomplete.deny) == 0 with input as paper({})
}

test_a_document_that_is_named_or_promises_a_model_is_denied if {
	every differs in [{"origin": "named"}, {"promised": ["torch"]}, {"promised": []}] {
		count(incomplete.deny) == 1 with input as paper(differs)
		count(incomplete.warn) == 0 with input as paper(differs)
	}
}

test_the_ceiling_of_facts_says_how_to_stay_below_it if {
	some found in incomplete.deny with input as fixture.incomplete("limit", {"what": "facts"})
	contains(found["with"].remedy, "by themselves")
}

test_what_is_recognised_alone_is_told_once if {
	some found in incomplete.deny with input as fixture.incomplete("unsupported", {"format": "rknn", "what": "recognised and not read: RKNN model"})
	found["with"].said == "The rknn content is recognised and not read: RKNN model"
}

test_the_remedy_is_of_the_format if {
	every one in [
		["python", "notebooks of nbformat 9", "current Python"],
		["pmml", "recognised and not read: XML in UTF-16 or UTF-32", "UTF-8"],
		["onnx", "recognised and not read: ONNX Runtime's own format (.ort)", ".onnx"],
		["tensorrt", "recognised and not read: TensorRT engine", "built from"],
		["sqlite", "recognised and not read: SQLite database", "Take it out"],
		["7z", "compression method ZSTD", "Pack it again"],
		["jinja", "a tag", "simpler"],
		["gguf", "GGUF version 9", "Convert"],
	] {
		some found in incomplete.deny with input as fixture.incomplete("unsupported", {"format": one[0], "what": one[1]})
		contains(found["with"].remedy, one[2])
	}
}
