package weighbridge.graph.unlisted_operator_test

import data.weighbridge.graph.unlisted_operator
import data.weighbridge.lib.fixture

silent(format, differs) if {
	count(unlisted_operator.deny | unlisted_operator.warn) == 0 with input as fixture.graph(format, differs)
}

test_an_unknown_domain_fires if {
	facts := fixture.graph("onnx", {"domain": "my.operators", "name": "Conv"})
	count(unlisted_operator.deny) == 1 with input as facts
}

test_an_unknown_name_fires if {
	facts := fixture.graph("onnx", {"name": "Convolute", "count": 2})
	count(unlisted_operator.deny) == 1 with input as facts
}

test_an_unknown_operator_of_tensorflow_is_warned_of if {
	facts := fixture.graph("tensorflow", {"domain": null, "name": "CaseFoldUTF8"})
	count(unlisted_operator.deny) == 0 with input as facts
	count(unlisted_operator.warn) == 1 with input as facts
}

test_listed_operators_are_silent if {
	silent("onnx", {})
	silent("onnx", {"domain": "ai.onnx"})
	silent("onnx", {"domain": "ai.onnx.ml", "name": "Scaler"})
	silent("onnx", {"domain": "com.microsoft", "name": "FusedMatMul"})
	silent("tensorflow", {"domain": null, "name": "MatMul"})
}

test_a_function_of_the_file_is_silent if silent("onnx", {"domain": "local", "name": "Block", "defined": true})

test_what_another_rule_says_is_silent if silent("onnx", {"domain": "org.pytorch.aten", "name": "ATen"})

test_operators_of_other_formats_fire if {
	every one in [
		["tflite", {"domain": "custom", "name": "MineOp"}],
		["tflite", {"domain": "custom", "name": "CONV_2D"}],
		["tflite", {"domain": null, "name": "builtin 999"}],
		["tflite", {"domain": "custom", "name": "FlexMineOp"}],
		["torchscript-code", {"domain": "mine", "name": "run"}],
		["torchscript-code", {"domain": "__torch__.torch.classes.mine", "name": "Runner", "place": "class"}],
		["exported-program", {"domain": "torch.hub", "name": "load"}],
		["executorch", {"domain": "mine", "name": "add"}],
	] {
		count(unlisted_operator.deny) == 1 with input as fixture.graph(one[0], one[1])
	}
}

test_listed_operators_of_other_formats_are_silent if {
	silent("tflite", {"domain": null, "name": "CONV_2D"})
	silent("tflite", {"domain": "custom", "name": "TFLite_Detection_PostProcess"})
	silent("tflite", {"domain": "custom", "name": "FlexErf"})
	silent("tfjs", {"domain": null, "name": "_FusedConv2D"})
	silent("torchscript-code", {"domain": "aten", "name": "conv2d"})
	silent("torchscript-code", {"domain": null, "name": "forward", "place": "method"})
	silent("torchscript-code", {"domain": "__torch__.torch.classes.quantized", "name": "LinearPackedParamsBase", "place": "class"})
	silent("torchscript-bytecode", {"domain": "aten", "name": "add.Tensor"})
	silent("exported-program", {"domain": "_operator", "name": "add"})
	silent("executorch", {"domain": "aten", "name": "add"})
	silent("executorch", {"domain": "delegate", "name": "XnnpackBackend", "place": "delegate"})
}

test_other_engines_have_lists_of_their_own if {
	silent("openvino", {"domain": "opset1", "name": "ReLU"})
	silent("pmml", {"domain": "function", "name": "+"})
	silent("pmml", {"domain": "extension", "name": "vendor"})
	silent("caffe", {"domain": null, "name": "ReLU"})
	silent("xgboost", {"domain": "objective", "name": "my:objective"})
	count(unlisted_operator.deny) == 1 with input as fixture.graph("openvino", {"domain": "extension", "name": "MyKernel"})
	count(unlisted_operator.deny) == 1 with input as fixture.graph("pmml", {"domain": "function", "name": "com.example.Run"})
	count(unlisted_operator.warn) == 1 with input as fixture.graph("caffe", {"domain": null, "name": "MyLayer"})
}

test_what_is_of_a_module_is_shown_so if {
	some found in unlisted_operator.deny with input as fixture.graph("exported-program", {"domain": "torch.hub", "name": "load"})
	found["with"].operator == "torch.hub.load"
}

test_it_is_told_who_would_run_it if {
	every one in [
		["pmml", {"domain": "function", "name": "com.example.Run"}, "evaluator"],
		["tflite", {"domain": null, "name": "builtin 250"}, "version"],
		["tflite", {"domain": "custom", "name": "MineOp"}, "with a library"],
	] {
		some found in unlisted_operator.deny with input as fixture.graph(one[0], one[1])
		contains(found["with"].runs, one[2])
	}
	every one in [["darknet", {"domain": null, "name": "mine"}, "fork"], ["coreml", {"domain": null, "name": "mine"}, "version"]] {
		some found in unlisted_operator.warn with input as fixture.graph(one[0], one[1])
		contains(found["with"].runs, one[2])
	}
}
