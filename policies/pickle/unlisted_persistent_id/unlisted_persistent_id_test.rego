package weighbridge.pickle.unlisted_persistent_id_test

import data.weighbridge.pickle.unlisted_persistent_id
import data.weighbridge.lib.fixture

shapes := {
	"shapes": [
		{"name": "storage", "allowed": true, "shape": ["text:storage", "listed-storage", "number|none"], "reason": "a storage"},
		{"name": "key", "allowed": true, "shape": ["number"], "reason": "a key"},
		{"name": "package", "allowed": false, "shape": ["text:package", "any..."], "reason": "the loader calls the function named"},
	],
	"storages": ["torch.FloatStorage"],
}

id(kind, parts) := fixture.pickle({"persistent": [{"opcode": "BINPERSID", "offset": 4, "count": 1, "kind": kind, "parts": parts}]})

storage(name, of) := id("tuple", [fixture.argument("text", [name]), fixture.argument("global", [of]), fixture.argument("int", [])])

test_a_listed_shape_is_silent if {
	count(unlisted_persistent_id.deny) == 0 with input as storage("storage", "torch.FloatStorage") with data.persistent as shapes
}

in_tar := object.union(
	fixture.inside({"formats": ["tar", "torch-tar"]}, {}),
	{"pickles": [object.union(id("int", [fixture.argument("int", [])]).pickles[0], {"member": 1})]},
)

test_a_plain_key_belongs_to_the_tar_layout if {
	count(unlisted_persistent_id.deny) == 0 with input as in_tar with data.persistent as shapes
	count(unlisted_persistent_id.deny) == 1 with input as id("int", [fixture.argument("int", [])]) with data.persistent as shapes
}

test_another_text_fires if {
	count(unlisted_persistent_id.deny) == 1 with input as storage("module", "torch.FloatStorage") with data.persistent as shapes
}

test_another_global_fires if {
	count(unlisted_persistent_id.deny) == 1 with input as storage("storage", "os.system") with data.persistent as shapes
}

test_another_kind_fires if {
	count(unlisted_persistent_id.deny) == 1 with input as id("text", [fixture.argument("text", ["x"])]) with data.persistent as shapes
}

test_fewer_parts_fire if {
	facts := id("tuple", [fixture.argument("text", ["storage"])])
	count(unlisted_persistent_id.deny) == 1 with input as facts with data.persistent as shapes
}

test_a_shape_that_is_not_allowed_says_why if {
	facts := id("tuple", [fixture.argument("text", ["package"]), fixture.argument("global", ["a.b"])])
	found := unlisted_persistent_id.deny with input as facts with data.persistent as shapes
	some finding in found
	finding["with"].shape == "the loader calls the function named"
}

test_no_list_at_all_fires if {
	count(unlisted_persistent_id.deny) == 1 with input as storage("storage", "torch.FloatStorage") with data.persistent as {}
}
