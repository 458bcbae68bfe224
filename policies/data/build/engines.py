"""Writes policies/data/engines.json: the operators that CoreML, OpenVINO, PaddlePaddle, MXNet, Caffe, Darknet and PMML bring with them.

    python3.11 -m venv V && V/bin/pip install coremltools==8.1 numpy==1.26.4 openvino==2024.6.0
    V/bin/pip download --no-deps mxnet==1.9.1
    V/bin/pip download --no-deps --python-version 3.11 --only-binary :all: paddlepaddle==3.0.0
    V/bin/python policies/data/build/engines.py --mxnet mxnet-*.whl --paddle paddlepaddle-*.whl --paddle-names NAMES.json [--check]

CoreML's kinds and layers come from its protobuf, its operations from the converter's registry; OpenVINO's from the tables of its headers. MXNet and Paddle
are not installed: MXNet's registry is asked through its library, and Paddle's library names every operator of its newer dialects as a text; those of the
older programs are told by the package alone, where it is installed: `json.dump(sorted(paddle.base.core.get_all_op_names()), ...)`. Caffe, Darknet and PMML
have no package: their names are written down here from caffe.proto, parser.c and the specification. Operators that do anything but compute are not taken
out; they stand in policies/data/acting.json, which goes first.
"""

import argparse
import ctypes
import json
import re
import sys
import tempfile
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
OUT = HERE.parent / "engines.json"

# caffe/src/caffe/layers, REGISTER_LAYER_CLASS and layer_factory.cpp.
CAFFE = """AbsVal Accuracy ArgMax BNLL BatchNorm BatchReindex Bias Clip Concat ContrastiveLoss Convolution Crop Data Deconvolution Dropout DummyData ELU
Eltwise Embed EuclideanLoss Exp Filter Flatten HDF5Data HDF5Output HingeLoss Im2col ImageData InfogainLoss InnerProduct Input LRN LSTM LSTMUnit Log MVN
MemoryData MultinomialLogisticLoss PReLU Parameter Pooling Power Python RNN ReLU Recurrent Reduction Reshape SPP Scale Sigmoid SigmoidCrossEntropyLoss
Silence Slice Softmax SoftmaxWithLoss Split Swish TanH Threshold Tile WindowData""".split()
# V1LayerParameter.LayerType of caffe.proto, 0 to 39.
CAFFE_OLD = """NONE ACCURACY BNLL CONCAT CONVOLUTION DATA DROPOUT EUCLIDEAN_LOSS FLATTEN HDF5_DATA HDF5_OUTPUT IM2COL IMAGE_DATA INFOGAIN_LOSS INNER_PRODUCT
LRN MULTINOMIAL_LOGISTIC_LOSS POOLING RELU SIGMOID SOFTMAX SOFTMAX_LOSS SPLIT TANH WINDOW_DATA ELTWISE POWER SIGMOID_CROSS_ENTROPY_LOSS HINGE_LOSS
MEMORY_DATA ARGMAX THRESHOLD DUMMY_DATA SLICE MVN ABSVAL SILENCE CONTRASTIVE_LOSS EXP DECONVOLUTION""".split()
# darknet/src/parser.c, `string_to_layer_type`: pjreddie/darknet, and what AlexeyAB/darknet added.
DARKNET = """Gaussian_yolo activation avg avgpool batchnorm conn connected contrastive conv conv_lstm convolutional cost crnn crop deconv deconvolutional
detection dropout empty gru history implicit iseg l2norm local local_avg local_avgpool logistic lrn lstm max maxpool
normalization region reorg reorg3d rnn route sam scale_channels shortcut silence soft softmax upsample yolo""".split()
# PMML 4.4, "General Structure" (MODEL-ELEMENT) and "Built-in functions".
PMML_MODELS = """AnomalyDetectionModel AssociationModel BaselineModel BayesianNetworkModel ClusteringModel GaussianProcessModel GeneralRegressionModel
MiningModel NaiveBayesModel NearestNeighborModel NeuralNetwork RegressionModel RuleSetModel Scorecard SequenceModel SupportVectorMachineModel TextModel
TimeSeriesModel TreeModel""".split()
PMML_FUNCTIONS = """+ - * / min max sum avg median product log10 ln sqrt abs exp pow threshold floor ceil round modulo isMissing isNotMissing isValid
isNotValid equal notEqual lessThan lessOrEqual greaterThan greaterOrEqual and or not isIn isNotIn if uppercase lowercase stringLength substring trimBlanks
concat replace matches formatNumber formatDatetime dateDaysSinceYear dateSecondsSinceYear dateSecondsSinceMidnight normalCDF normalPDF stdNormalCDF
stdNormalPDF normalIDF stdNormalIDF erf expm1 hypot ln1p rint sin asin sinh cos acos cosh tan atan tanh x-asinh x-acosh x-atanh""".split()


def entry(reason, source, names):
    return {"reason": reason, "source": source, "names": {name: True for name in sorted(names)}}


def coreml():
    import coremltools
    from coremltools.converters.mil.mil.ops.registry import SSAOpRegistry
    from coremltools.proto import Model_pb2, NeuralNetwork_pb2

    version = f"coremltools {coremltools.__version__}"
    kinds = {field.name for field in Model_pb2.Model.DESCRIPTOR.fields if field.number >= 200}
    layers = {field.name for field in NeuralNetwork_pb2.NeuralNetworkLayer.DESCRIPTOR.fields if field.number >= 100}
    return {
        "model": entry("A kind of model of CoreML.", f"{version}, Model.proto", kinds),
        "layer": entry("A layer of CoreML's neural networks.", f"{version}, NeuralNetwork.proto", layers),
        "mil": entry("An operation of CoreML's programs.", f"{version}, SSAOpRegistry.core_ops", set(SSAOpRegistry.core_ops)),
    }


def openvino():
    import openvino

    found = {}
    # Names that the IR writes otherwise (src/core/src/xml_util, `translate_type_name`).
    written = {"Constant": "Const", "PRelu": "PReLU", "Relu": "ReLU", "Softmax": "SoftMax"}
    version = openvino.__version__.split("-")[0]
    for table in sorted((Path(openvino.__file__).parent / "include/openvino/opsets").glob("opset*_tbl.hpp")):
        names = re.findall(r"^_OPENVINO_OP_REG\((\w+)", table.read_text(), re.M)
        names = {written.get(name, name) for name in names}
        found[table.name.split("_")[0]] = entry("An operator of OpenVINO.", f"openvino {version}, {table.name}", names)
    # A condition's and a loop's own names stand in the first set that has them; this is the plug-in's custom layer.
    found["gpu"] = entry("A custom layer of the GPU plug-in.", "openvino documentation, Custom OpenVINO Operations for GPU", {"CustomLayer"})
    return found


def mxnet(wheel):
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if re.match(r"(mxnet/|mxnet\.libs/).*\.so", name)]
        for name in names:
            archive.extract(name, folder)
        for path in sorted(Path(folder).rglob("*.so.*")):
            ctypes.CDLL(str(path), mode=ctypes.RTLD_GLOBAL)
        library = ctypes.CDLL(str(Path(folder) / "mxnet/libmxnet.so"))
        count, array = ctypes.c_uint(), ctypes.POINTER(ctypes.c_char_p)()
        if library.MXListAllOpNames(ctypes.byref(count), ctypes.byref(array)) != 0:
            sys.exit("MXListAllOpNames failed")
        found = {array[number].decode() for number in range(count.value)}
    version = Path(wheel).name.split("-")[1]
    return {"": entry("An operator that MXNet brings with it.", f"mxnet {version}, MXListAllOpNames", found)}


def paddle(wheel, names):
    version = Path(wheel).name.split("-")[1]
    source = f"paddlepaddle {version}, libpaddle.so"
    found = {"builtin": {"p"}, "pd_op": set(), "cf": set()}
    with zipfile.ZipFile(wheel) as archive:
        library = archive.read(next(name for name in archive.namelist() if name.endswith("/libpaddle.so")))
    for domain, name in re.findall(rb"(?<![\w.])(builtin|pd_op|cf)\.([A-Za-z0-9_]+)\0", library):
        found[domain.decode()].add(name.decode())
    sets = {domain: entry("An operator that PaddlePaddle brings with it.", source, names) for domain, names in found.items()}
    older = set(json.loads(Path(names).read_text()))
    sets[""] = entry("An operator that PaddlePaddle brings with it.", f"paddlepaddle {version}, core.get_all_op_names", older)
    return dict(sorted(sets.items()))


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--mxnet", required=True, metavar="WHEEL")
    arguments.add_argument("--paddle", required=True, metavar="WHEEL")
    arguments.add_argument("--paddle-names", required=True, metavar="JSON")
    arguments.add_argument("--check", action="store_true", help="write nothing; 1 when the file would change")
    given = arguments.parse_args()
    source = "https://github.com/BVLC/caffe/blob/master/src/caffe/proto/caffe.proto"
    old = set(CAFFE_OLD) | {str(number) for number in range(len(CAFFE_OLD))}
    lists = {
        "caffe": {"": entry("A layer of Caffe.", source, set(CAFFE) | old)},
        "coreml": coreml(),
        "darknet": {"": entry("A layer of Darknet.", "https://github.com/AlexeyAB/darknet/blob/master/src/parser.c", DARKNET)},
        "mxnet": mxnet(given.mxnet),
        "openvino": openvino(),
        "paddle": paddle(given.paddle, given.paddle_names),
        "pmml": {
            "model": entry("A model of PMML.", "https://dmg.org/pmml/v4-4-1/GeneralStructure.html", PMML_MODELS),
            "function": entry("A function of PMML.", "https://dmg.org/pmml/v4-4-1/BuiltinFunctions.html", PMML_FUNCTIONS),
        },
    }
    text = json.dumps(lists, indent=1) + "\n"
    if given.check:
        sys.exit(0 if OUT.read_text() == text else f"{OUT} is not what this script writes")
    OUT.write_text(text)


if __name__ == "__main__":
    main()
