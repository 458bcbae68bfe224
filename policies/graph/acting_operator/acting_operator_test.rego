package weighbridge.graph.acting_operator_test

import data.weighbridge.graph.acting_operator
import data.weighbridge.lib.fixture

refuses(format, differs) if {
	facts := fixture.graph(format, differs)
	count(acting_operator.deny) == 1 with input as facts
	count(acting_operator.warn) == 0 with input as facts
}

test_an_acting_operator_fires if {
	refuses("tensorflow", {"domain": null, "name": "WriteFile", "place": "function"})
	refuses("tensorflow", {"domain": null, "name": "EagerPyFunc", "count": 3})
	refuses("onnx", {"domain": "com.microsoft", "name": "EPContext", "place": "subgraph"})
	refuses("onnx", {"domain": "ai.onnx.contrib", "name": "PyOp"})
}

test_a_definition_in_the_file_hides_nothing if refuses("tensorflow", {"domain": null, "name": "ReadFile", "defined": true})

test_what_an_input_pipeline_needs_is_warned_of if {
	facts := fixture.graph("tensorflow", {"domain": null, "name": "TextLineReaderV2"})
	count(acting_operator.deny) == 0 with input as facts
	count(acting_operator.warn) == 1 with input as facts
}

test_computing_is_silent if {
	count(acting_operator.deny | acting_operator.warn) == 0 with input as fixture.graph("onnx", {})
	count(acting_operator.deny | acting_operator.warn) == 0 with input as fixture.graph("tensorflow", {"domain": null, "name": "MatMul"})
}

test_other_engines_act_too if {
	refuses("caffe", {"domain": null, "name": "Python"})
	refuses("mxnet", {"domain": null, "name": "_Native"})
	refuses("paddle", {"domain": "pd_op", "name": "py_func"})
	refuses("pmml", {"domain": "extension", "name": "script"})
	refuses("torch7", {"domain": "lua", "name": "function"})
}
