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
	entry := data.acting[one.format][operator.name]
}

# Operators that no list knows and that the file does not define.
unlisted contains {"member": one.member, "format": one.format, "operator": operator} if {
	some one in input.graphs
	some operator in one.operators
	not operator.defined
	not listed(one.format, operator)
	not data.acting[one.format][operator.name]
}

listed("onnx", operator) if data.operators.onnx[domain(operator)].names[operator.name]

listed("tensorflow", operator) if data.operators.tensorflow.names[operator.name]

# Formats whose operators need no list: a booster is numbers, whatever its objective is called, and Torch7's classes are the process' own.
listed(format, _) if {
	not format in {"onnx", "tensorflow"}
	not data.engines[format]
}

listed(format, operator) if data.engines[format][opset(operator)].names[operator.name]

# Vendors' elements in PMML are read by nobody but the vendor; those that act have a rule of their own.
listed("pmml", operator) if operator.domain == "extension"

opset(operator) := operator.domain if operator.domain != null

opset(operator) := "" if operator.domain == null

# ONNX's own operator set has two names (onnx.proto, `OperatorSetIdProto`).
domain(operator) := "ai.onnx" if operator.domain in {"", "ai.onnx"}

domain(operator) := operator.domain if not operator.domain in {"", "ai.onnx"}

shown(operator) := operator.name if operator.domain in {null, ""}

shown(operator) := sprintf("%s:%s", [operator.domain, operator.name]) if not operator.domain in {null, ""}

# References of formats with graphs; other formats have rules of their own.
references contains reference if {
	some reference in input.references
	reference.format in data.families.graphs
}

naming(reference) := sprintf("The %s `%s`", [reference.by, reference.name]) if reference.name != null

naming(reference) := sprintf("The %s", [reference.by]) if reference.name == null

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
	"call": "attribute of a node",
}

loader("onnx") := "ONNX Runtime"

loader("tensorflow") := "TensorFlow"

loader("tflite") := "TFLite"

loader("caffe") := "Caffe"

loader("catboost") := "CatBoost"

loader("coreml") := "Core ML"

loader("lightgbm") := "LightGBM"

loader("mxnet") := "MXNet"

loader("openvino") := "OpenVINO"

loader("paddle") := "PaddlePaddle"

loader("pmml") := "a PMML evaluator"

loader("torch7") := "Torch7"

loader("xgboost") := "XGBoost"

times(count) := sprintf(" (%d times)", [count]) if count > 1

times(count) := "" if count <= 1
