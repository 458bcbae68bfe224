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

test_an_operator_of_torch_fires_however_it_is_written if {
	refuses("torchscript-code", {"domain": "aten", "name": "save", "place": "code"})
	refuses("torchscript-code", {"domain": null, "name": "save", "place": "method"})
	refuses("torchscript-bytecode", {"domain": "aten", "name": "from_file.out", "place": "bytecode"})
	refuses("exported-program", {"domain": "image", "name": "write_file"})
	refuses("executorch", {"domain": "prim", "name": "PythonOp"})
}

test_a_flex_operator_is_one_of_tensorflow if {
	refuses("tflite", {"domain": "custom", "name": "FlexReadFile", "place": "subgraph"})
	refuses("tfjs", {"domain": null, "name": "WriteFile"})
}

test_a_definition_in_the_file_hides_nothing if refuses("tensorflow", {"domain": null, "name": "ReadFile", "defined": true})

test_what_an_input_pipeline_needs_is_warned_of if {
	facts := fixture.graph("tensorflow", {"domain": null, "name": "TextLineReaderV2"})
	count(acting_operator.deny) == 0 with input as facts
	count(acting_operator.warn) == 1 with input as facts
}

test_a_prepared_operator_is_warned_of if {
	facts := fixture.graph("tflite", {"domain": "custom", "name": "edgetpu-custom-op"})
	count(acting_operator.warn) == 1 with input as facts
}

test_computing_is_silent if {
	count(acting_operator.deny | acting_operator.warn) == 0 with input as fixture.graph("tflite", {"domain": null, "name": "CONV_2D"})
	count(acting_operator.deny | acting_operator.warn) == 0 with input as fixture.graph("torchscript-code", {"domain": "aten", "name": "relu"})
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

test_the_remedy_is_of_what_acts if {
	contains(remedy("onnx", {"domain": "com.microsoft", "name": "EPContext"}), "prepare it anew")
	contains(remedy("tensorflow", {"domain": null, "name": "WriteFile"}), "around the model")
	contains(remedy("torch7", {"domain": "lua", "name": "function"}), "without the function")
}

remedy(format, differs) := found["with"].remedy if {
	some found in acting_operator.deny with input as fixture.graph(format, differs)
}

test_an_operator_is_shown_as_its_library_writes_it if {
	shown("torchscript-code", {"domain": "aten", "name": "save", "place": "code"}) == "aten::save"
	shown("tflite", {"domain": "custom", "name": "FlexReadFile"}) == "FlexReadFile"
	shown("onnx", {"domain": "com.microsoft", "name": "EPContext"}) == "com.microsoft:EPContext"
}

shown(format, differs) := found["with"].operator if {
	some found in acting_operator.deny with input as fixture.graph(format, differs)
}

test_it_is_told_when_it_acts if {
	when("torch7", {"domain": "lua", "name": "function"}) == "Torch7 loads the file"
	when("tensorflow", {"domain": null, "name": "ReadFile", "place": "call"}) == "TensorFlow runs the function that a node names"
}

when(format, differs) := found["with"].when if {
	some found in acting_operator.deny with input as fixture.graph(format, differs)
}
