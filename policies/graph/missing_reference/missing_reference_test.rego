package weighbridge.graph.missing_reference_test

import data.weighbridge.graph.missing_reference
import data.weighbridge.lib.fixture

test_an_absent_file_fires if {
	facts := fixture.reference({"leads": "absent"})
	count(missing_reference.deny) == 1 with input as facts
	count(missing_reference.warn) == 0 with input as facts
}

test_a_file_beside_a_file_that_was_named_alone_is_warned_of if {
	facts := fixture.reference({"leads": "beside"})
	count(missing_reference.deny) == 0 with input as facts
	count(missing_reference.warn) == 1 with input as facts
}

test_a_file_that_is_there_is_silent if {
	count(missing_reference.deny | missing_reference.warn) == 0 with input as fixture.reference({"leads": "inside"})
}

test_a_checkpoint_of_a_node_is_silent if {
	facts := fixture.reference({"leads": "absent", "by": "node", "kind": "output", "format": "tensorflow"})
	count(missing_reference.deny | missing_reference.warn) == 0 with input as facts
}
