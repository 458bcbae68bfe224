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

chunk(path) := object.union(fixture.base, {
	"members": [
		fixture.lying(0, null, "m", "m"),
		object.union(fixture.lying(1, 0, "m/w/zarr.json", "zarr.json"), {"formats": ["json", "zarr"]}),
		fixture.lying(2, 0, path, "0"),
	],
	"incomplete": [object.union(fixture.incomplete("unknown-format", {}).incomplete[0], {"member": 2})],
})

test_chunks_of_an_array_are_silent if {
	every path in ["m/w/c/0/0", "m/w/c/0/0!data", "m/w/0.0"] {
		count(unknown_format.deny | unknown_format.warn) == 0 with input as chunk(path)
	}
	every path in ["m/v/c/0/0", "m/w/x0", "m/w/c/x/0", "m/w/c/0/0!data!more"] {
		count(unknown_format.deny | unknown_format.warn) == 1 with input as chunk(path)
	}
}
