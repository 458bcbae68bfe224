"""ONNX: models that wheels ship, models of the exporters, and graphs of the onnx library's own helpers."""

import shutil

from case import case
from ordinary import wheel

for package, name in [("basic_pitch", "saved_models/icassp_2022/nmp.onnx"), ("magika", "models/standard_v3_3/model.onnx"),
                      ("rapidocr_onnxruntime", "models/ch_ppocr_mobile_v2.0_cls_infer.onnx"), ("rapidocr_onnxruntime", "models/ch_PP-OCRv4_det_infer.onnx"), ("rapidocr_onnxruntime", "models/ch_PP-OCRv4_rec_infer.onnx"),
                      *(("silero_vad", f"data/silero_vad{end}.onnx") for end in ("", "_half", "_16k_op15", "_op18_ifless", "_16k_sequence", "_openvino_16k"))]:

    @case(f"{package.replace('_', '-')}/{name.rsplit('/', 1)[1]}", "onnx", file=name.rsplit("/", 1)[1])
    def _(path, package=package, name=name):
        shutil.copyfile(wheel(package) / name, path)


def graph(nodes, initializers=(), inputs=("x",), outputs=("y",)):
    from onnx import TensorProto, helper

    def value(name):
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 4])

    return helper.make_graph(nodes, "main", [value(name) for name in inputs], [value(name) for name in outputs], initializer=list(initializers))


def weights(*shape, name="w"):
    import numpy
    from onnx import numpy_helper

    return numpy_helper.from_array(numpy.random.rand(*shape).astype("f4"), name)


def model(main, functions=(), domains=()):
    from onnx import helper

    sets = [helper.make_opsetid(domain, version) for domain, version in (("", 17), *domains)]
    return helper.make_model(main, ir_version=8, opset_imports=sets, functions=list(functions))


def plain():
    from onnx import helper

    return model(graph([helper.make_node("MatMul", ["x", "w"], ["y"])], [weights(4, 4)]))


def control_flow():
    """If in Loop in Scan's place: subgraphs below subgraphs."""
    from onnx import TensorProto, helper

    scalar = helper.make_tensor_value_info
    branch = helper.make_graph([helper.make_node("Add", ["carried", "w"], ["next"])], "then", [], [scalar("next", TensorProto.FLOAT, [1, 4])])
    other = helper.make_graph([helper.make_node("Identity", ["carried"], ["next"])], "else", [], [scalar("next", TensorProto.FLOAT, [1, 4])])
    body = helper.make_graph([helper.make_node("If", ["go"], ["out"], then_branch=branch, else_branch=other), helper.make_node("Identity", ["go"], ["still"])], "body",
                             [scalar("step", TensorProto.INT64, []), scalar("go", TensorProto.BOOL, []), scalar("carried", TensorProto.FLOAT, [1, 4])], [scalar("still", TensorProto.BOOL, []), scalar("out", TensorProto.FLOAT, [1, 4])])
    count = helper.make_tensor("count", TensorProto.INT64, [], [3])
    go = helper.make_tensor("true", TensorProto.BOOL, [], [True])
    return model(graph([helper.make_node("Loop", ["count", "true", "x"], ["y"], body=body)], [weights(1, 4), count, go]))


def function():
    from onnx import helper

    made = helper.make_function("mine", "Twice", ["a"], ["b"], [helper.make_node("Add", ["a", "a"], ["b"])], [helper.make_opsetid("", 17)])
    return model(graph([helper.make_node("Twice", ["x"], ["y"], domain="mine")]), [made], [("mine", 1)])


def metadata():
    made = plain()
    made.doc_string = "A model with words of its own"
    for key, text in {"author": "nobody", "labels": '["a", "b"]', "date": "2024-01-02"}.items():
        made.metadata_props.add(key=key, value=text)
    return made


for name, build in {"plain": plain, "control-flow": control_flow, "function": function, "metadata": metadata}.items():
    case(f"onnx/{name}", "onnx", file="model.onnx")(lambda build=build: build().SerializeToString())


@case("onnx/external-data", "onnx-folder", file="model")
def _(path):
    import onnx

    path.mkdir()
    onnx.save_model(plain(), path / "model.onnx", save_as_external_data=True, location="model.onnx.data", size_threshold=0)


@case("onnx/external-data-each", "onnx-folder", file="model")
def _(path):
    import onnx

    path.mkdir()
    onnx.save_model(plain(), path / "model.onnx", save_as_external_data=True, all_tensors_to_one_file=False, size_threshold=0)


@case("onnx/text", "none", file="model.json")
def _():
    from google.protobuf import json_format

    return json_format.MessageToJson(plain()).encode()


ESTIMATORS = {"pipeline": "pipeline.make_pipeline(preprocessing.StandardScaler(), linear_model.LogisticRegression())", "forest": "ensemble.RandomForestClassifier(3)", "boosting": "ensemble.GradientBoostingRegressor(n_estimators=3)",
              "svc": "svm.SVC(probability=True)", "mlp": "neural_network.MLPClassifier((3,), max_iter=3)", "kmeans": "cluster.KMeans(2, n_init=1)", "knn": "neighbors.KNeighborsClassifier(2)", "gaussian": "gaussian_process.GaussianProcessRegressor()"}
for name, source in ESTIMATORS.items():

    @case(f"skl2onnx/{name}", "onnx", file="model.onnx")
    def _(source=source):
        import importlib

        import numpy
        import skl2onnx

        names = {part: importlib.import_module(f"sklearn.{part}") for part in ("pipeline", "preprocessing", "linear_model", "ensemble", "svm", "neural_network", "cluster", "neighbors", "gaussian_process")}
        samples = numpy.random.rand(24, 3).astype("f4")
        return skl2onnx.to_onnx(eval(source, names).fit(samples, [0, 1] * 12), samples[:1]).SerializeToString()


NETWORKS = {"linear": ("torch.nn.Linear(4, 3)", (1, 4)), "convnet": ("torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2), torch.nn.ReLU(), torch.nn.MaxPool2d(2), torch.nn.Flatten())", (1, 1, 8, 8)),
            "lstm": ("torch.nn.LSTM(4, 3)", (2, 1, 4)), "gru": ("torch.nn.GRU(4, 3, 2)", (2, 1, 4)), "attention": ("torch.nn.Sequential(torch.nn.LayerNorm(4), torch.nn.GELU(), torch.nn.Softmax(-1))", (1, 4))}
for name, (source, shape) in NETWORKS.items():

    @case(f"torch/onnx-{name}", "onnx", file="model.onnx")
    def _(path, source=source, shape=shape):
        import torch

        torch.onnx.export(eval(source, {"torch": torch}).eval(), (torch.rand(shape),), str(path), dynamo=False)
