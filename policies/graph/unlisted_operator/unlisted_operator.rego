# METADATA
# title: An operator that no list knows
# description: |-
#   A node of the graph has an operator that is neither of the format nor of its usual runtime, and that the file does
#   not define as a function of its own. In ONNX, OpenVINO, PMML, TFLite, ExecuTorch and PyTorch it denies. In TensorFlow,
#   TensorFlow.js, Caffe, Core ML, Darknet, MXNet and PaddlePaddle it warns: models of TensorFlow Text or Decision Forests bring such operators,
#   forks of Caffe, Darknet and MXNet do, and the loader refuses the graph until a person loads what knows them. XGBoost, LightGBM, CatBoost, H2O
#   and Torch7 need no list.
#
#   The code of such an operator is not in the model. Mostly it is a native library that somebody has to load first
#   (`register_custom_ops_library`, `tf.load_op_library`, `torch.ops.load_library`), and nobody can say from here what it does.
# custom:
#   id: graph/unlisted-operator
#   level: deny
#   message: >-
#     No list knows the operator `{operator}` in the {place}{times}; {runs}.
#   remedy: >-
#     Export the model with standard operators only. If the operator is yours, review the library that brings it, and
#     waive this finding for this model.
#   since: "0.1.0"
#   formats: [graphs]
# related_resources:
#   - https://onnxruntime.ai/docs/reference/operators/add-custom-op.html
#   - https://www.tensorflow.org/guide/create_op
package weighbridge.graph.unlisted_operator

import data.weighbridge.lib.graph

deny contains finding(unlisted) if {
	some unlisted in data.weighbridge.lib.graph.unlisted
	not unlisted.format in lenient
}

warn contains finding(unlisted) if {
	some unlisted in data.weighbridge.lib.graph.unlisted
	unlisted.format in lenient
}

# Formats whose users bring libraries of operators, and whose loaders refuse a graph until a person loads them.
lenient := {"tensorflow", "tfjs", "caffe", "coreml", "darknet", "mxnet", "paddle"}

# What the format's loader makes of it.
runs(unlisted) := "a PMML evaluator has to bring a function of that name" if {
	unlisted.format == "pmml"
} else := "Darknet has no libraries of layers, and only a fork of it may know this one" if {
	unlisted.format == "darknet"
} else := "Core ML refuses it where its version does not know it" if {
	unlisted.format == "coreml"
} else := "TFLite refuses it where its version does not know it" if {
	unlisted.format == "tflite"
	unlisted.operator.domain == null
} else := sprintf("%s runs it with a library that is not part of the model", [graph.loader(unlisted.format)])

finding(unlisted) := {"at": unlisted.member, "offset": unlisted.operator.offset, "with": {
	"operator": graph.shown(unlisted.format, unlisted.operator),
	"runs": runs(unlisted),
	"place": data.weighbridge.lib.graph.places[unlisted.operator.place],
	"times": graph.times(unlisted.operator.count),
}}
