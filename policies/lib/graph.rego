# Operators of graphs by the lists that know them, and what a graph names outside of itself.
package weighbridge.lib.graph

# Operators that do more than compute. They are asked by their name alone, whatever domain they claim to be of, and whether or
# not the file defines a function of that name: a runtime may take its own.
acting contains {
	"member": one.member, "format": one.format, "operator": operator,
	"level": entry.level, "why": entry.why,
} if {
	some one in input.graphs
	some operator in one.operators
	entry := act(one.format, operator)
}

act(format, operator) := data.acting[format][operator.name] if not format in {"tflite", "tfjs"} | torch

act("tfjs", operator) := data.acting.tensorflow[operator.name]

act("tflite", operator) := data.acting.tflite[operator.name]

act("tflite", operator) := data.acting.tensorflow[flex(operator)]

# TorchScript may call an operator as a method of its first argument: then it names no domain.
act(format, operator) := data.acting.torch[sprintf("%s::%s", [torch_domain(operator), torch_name(operator)])] if format in torch

torch := {"executorch", "exported-program", "torchscript-code", "torchscript-bytecode"}

torch_domain(operator) := "aten" if operator.domain == null

torch_domain(operator) := operator.domain if operator.domain != null

# Byte code and ExecuTorch may write the overload behind the name.
torch_name(operator) := split(operator.name, ".")[0]

# The operator of TensorFlow that a Flex operator of TFLite runs.
flex(operator) := substring(operator.name, 4, -1) if {
	operator.domain == "custom"
	startswith(operator.name, "Flex")
}

# Operators that no list knows and that the file does not define.
unlisted contains {"member": one.member, "format": one.format, "operator": operator} if {
	some one in input.graphs
	some operator in one.operators
	not operator.defined
	not operator.place in {"method", "delegate"}
	not listed(one.format, operator)
	not act(one.format, operator)
}

listed("onnx", operator) if data.operators.onnx[domain(operator)].names[operator.name]

listed("tensorflow", operator) if data.operators.tensorflow.names[operator.name]

listed("tfjs", operator) if data.operators.tensorflow.names[operator.name]

# TensorFlow.js splits and fuses what TensorFlow has whole (tfjs-converter/src/operations/op_list).
listed("tfjs", operator) if operator.name in {"_FusedConv2D", "_FusedMatMul", "FusedDepthwiseConv2dNative", "_FusedDepthwiseConv2dNative"}

listed("tflite", operator) if {
	operator.domain == null
	data.operators.tflite.builtin.names[operator.name]
}

listed("tflite", operator) if {
	operator.domain == "custom"
	data.operators.tflite.custom.names[operator.name]
}

listed("tflite", operator) if data.operators.tensorflow.names[flex(operator)]

listed(format, operator) if {
	format in torch
	data.operators.torch[operator.domain].names[torch_name(operator)]
}
# Formats whose operators need no list: a booster is numbers, whatever its objective is called, H2O refuses an algorithm that it does not
# have, and Torch7's classes are the process' own.
listed(format, _) if format in {"xgboost", "lightgbm", "catboost", "torch7", "h2o-mojo"}

listed(format, operator) if data.engines[format][opset(operator)].names[operator.name]

# Vendors' elements in PMML are read by nobody but the vendor; those that act have a rule of their own.
listed("pmml", operator) if operator.domain == "extension"

opset(operator) := operator.domain if operator.domain != null

opset(operator) := "" if operator.domain == null

# ONNX's own operator set has two names (onnx.proto, `OperatorSetIdProto`).
domain(operator) := "ai.onnx" if operator.domain in {"", "ai.onnx"}

domain(operator) := operator.domain if not operator.domain in {"", "ai.onnx"}

# An operator as its own libraries write it.
shown(format, operator) := operator.name if {
	operator.domain in {null, ""}
} else := operator.name if {
	format == "tflite"
	flex(operator)
} else := sprintf("%s.%s", [operator.domain, operator.name]) if {
	format in torch
	pythonic(operator.domain)
} else := sprintf("%s::%s", [operator.domain, operator.name]) if {
	format in torch
} else := sprintf("%s:%s", [operator.domain, operator.name])

# A module of Python, or a class of one.
pythonic(domain) if contains(domain, ".")

pythonic(domain) if startswith(domain, "_")

# References of formats with graphs; other formats have rules of their own.
references contains reference if {
	some reference in input.references
	reference.format in data.families.graphs
}

# What names it, in words. A name of TensorFlow's attribute is the node's.
naming(reference) := sprintf("The attribute `%s` of `%s`", [trim_prefix(reference.by, "attribute "), reference.name]) if {
	reference.name != null
	startswith(reference.by, "attribute ")
} else := sprintf("The %s `%s`", [replace(reference.by, "-", " "), reference.name]) if {
	reference.name != null
} else := nameless[reference.by] if {
	nameless[reference.by]
} else := sprintf("The %s", [replace(reference.by, "-", " ")])

nameless := {
	"asset": "The list of assets",
	"domain": "The domain of a column",
	"external-buffer": "An external buffer",
	"kernel": "A kernel",
	"linked-model": "The reference to a linked model",
	"shard": "The list of shards",
	"stored-value": "A stored value",
	"tree-node": "A node of the tree",
	"weights": "The reference to weights",
}

deeds := {
	"external-data": "reads",
	"link": "reads",
	"library": "loads",
	"plugin": "loads",
	"module": "imports",
	"file": "reads",
	"output": "writes",
	"url": "opens",
}

places := {
	"graph": "graph",
	"subgraph": "subgraph of a node",
	"function": "function",
	"training": "training step",
	"call": "function that a node names",
	"code": "code",
	"loading": "code for loading (`__setstate__`)",
	"method": "code",
	"class": "list of native classes",
	"bytecode": "byte code",
	"delegate": "list of delegates",
	"expression": "expression of a size or shape",
}

loader("onnx") := "ONNX Runtime"

loader("tensorflow") := "TensorFlow"

loader("tflite") := "TFLite"

loader("tfjs") := "TensorFlow.js"

loader("mlc") := "TVM (MLC-LLM, WebLLM)"

loader("tensorflow-checkpoint") := "TensorFlow"

loader("executorch") := "ExecuTorch"

loader("exported-program") := "PyTorch"

loader("torchscript-code") := "PyTorch (`torch.jit.load`, and `torch.load` up to 2.5.1)"

loader("torchscript-bytecode") := "PyTorch's runtime for mobile devices"
loader("caffe") := "Caffe"

loader("catboost") := "CatBoost"

loader("coreml") := "Core ML"

loader("darknet") := "Darknet"

loader("faiss") := "FAISS"

loader("h2o-mojo") := "H2O"

loader("lightgbm") := "LightGBM"

loader("mxnet") := "MXNet"

loader("ocdbt") := "TensorStore"

loader("openvino") := "OpenVINO"

loader("paddle") := "PaddlePaddle"

loader("pmml") := "a PMML evaluator"

loader("torch7") := "Torch7"

loader("xgboost") := "XGBoost"

times(count) := sprintf(" (%d times)", [count]) if count > 1

times(count) := "" if count <= 1
