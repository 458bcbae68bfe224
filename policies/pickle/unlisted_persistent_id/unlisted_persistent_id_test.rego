package weighbridge.pickle.unlisted_persistent_id_test

import data.weighbridge.pickle.unlisted_persistent_id
import data.weighbridge.lib.fixture

shapes := {"shapes": [{"kind": "tuple", "parts": [{"kinds": ["text"], "values": ["storage"]}, {"kinds": ["global"]}, {"kinds": ["int"]}]}]}

facts(first, second) := fixture.pickle({"persistent": [{"opcode": "BINPERSID", "offset": 4, "count": 1, "kind": "tuple", "parts": [
	fixture.argument("text", [first]),
	fixture.argument(second, []),
	fixture.argument("int", []),
]}]})

test_a_listed_shape_is_silent if {
	count(unlisted_persistent_id.deny) == 0 with input as facts("storage", "global") with data.persistent as shapes
}

test_another_text_fires if {
	count(unlisted_persistent_id.deny) == 1 with input as facts("module", "global") with data.persistent as shapes
}

test_another_kind_fires if {
	count(unlisted_persistent_id.deny) == 1 with input as facts("storage", "unknown") with data.persistent as shapes
}

test_a_plain_text_fires if {
	text := fixture.pickle({"persistent": [{"opcode": "PERSID", "offset": 4, "count": 1, "kind": "text", "parts": [fixture.argument("text", ["x"])]}]})
	count(unlisted_persistent_id.deny) == 1 with input as text with data.persistent as shapes
}
