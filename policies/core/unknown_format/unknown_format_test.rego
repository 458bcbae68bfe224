package weighbridge.core.unknown_format_test

import data.weighbridge.core.unknown_format
import data.weighbridge.lib.fixture

facts(differs) := object.union(fixture.incomplete("unknown-format", {}), {"members": [object.union(object.union(fixture.member, {"name": "notes"}), differs)]})

test_a_named_file_is_denied if {
	count(unknown_format.deny) == 1 with input as facts({"promised": [], "origin": "named"})
}

test_a_promise_of_a_model_is_denied if {
	count(unknown_format.deny) == 1 with input as facts({"promised": ["torch"], "origin": "file"})
}

test_hidden_bytes_are_denied if {
	every origin in {"hidden", "remainder", "decoded", "value"} {
		count(unknown_format.deny) == 1 with input as facts({"promised": [], "origin": origin})
	}
}

test_a_file_beside_others_is_warned_of if {
	every origin in {"file", "entry"} {
		count(unknown_format.deny) == 0 with input as facts({"promised": [], "origin": origin})
		count(unknown_format.warn) == 1 with input as facts({"promised": ["text"], "origin": origin})
	}
}

test_known_content_is_silent if {
	count(unknown_format.deny | unknown_format.warn) == 0 with input as fixture.one({})
}

test_a_model_behind_another_ending_is_denied if {
	input_facts := facts({"promised": [], "origin": "file", "name": "weights.pkl.zz"})
	count(unknown_format.deny) == 1 with input as input_facts
	tokenizer := facts({"promised": [], "origin": "file", "name": "tokenizer.model"})
	count(unknown_format.warn) == 1 with input as tokenizer
}

test_what_an_array_holds_is_denied if {
	held := object.union(
		fixture.inside({"formats": ["npy"]}, {"formats": [], "promised": [], "name": "values"}),
		{"incomplete": [object.union(fixture.incomplete("unknown-format", {}).incomplete[0], {"member": 1})]},
	)
	count(unknown_format.deny) == 1 with input as held
}

test_tensors_that_a_graph_describes_are_silent if {
	facts := object.union(fixture.incomplete("unknown-format", {}), {"references": fixture.reference({"to": 0}).references})
	count(unknown_format.deny | unknown_format.warn) == 0 with input as facts
}
