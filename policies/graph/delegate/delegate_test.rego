package weighbridge.graph.delegate_test

import data.weighbridge.graph.delegate
import data.weighbridge.lib.fixture

to(backend) := fixture.graph("executorch", {"domain": "delegate", "name": backend, "place": "delegate"})

test_native_code_fires if count(delegate.deny) == 1 with input as to("AotiBackend")

test_an_unknown_backend_fires if count(delegate.deny) == 1 with input as to("MineBackend")

test_a_prepared_program_is_warned_of if {
	count(delegate.deny) == 0 with input as to("QnnBackend")
	count(delegate.warn) == 1 with input as to("QnnBackend")
}

test_a_graph_of_kernels_is_silent if {
	count(delegate.deny | delegate.warn) == 0 with input as to("XnnpackBackend")
}

test_an_operator_is_not_meant if {
	count(delegate.deny | delegate.warn) == 0 with input as fixture.graph("executorch", {"domain": "aten", "name": "add"})
}
