"""XGBoost, LightGBM and CatBoost in each of their own files, and what CatBoost and others export; CoreML and OpenVINO."""

from case import case


def samples():
    import numpy

    random = numpy.random.RandomState(5)
    data = random.rand(60, 4)
    return data, (data[:, 0] > 0.5).astype(int), data[:, 0] * 2 + data[:, 1]


XGBOOST = {"classifier": "XGBClassifier(n_estimators=3, max_depth=2)", "dart": "XGBRegressor(n_estimators=3, booster='dart')", "linear": "XGBRegressor(n_estimators=3, booster='gblinear')",
           "custom-metric": "XGBClassifier(n_estimators=3, eval_metric='auc', early_stopping_rounds=None)", "quantile": "XGBRegressor(n_estimators=2, objective='reg:quantileerror', quantile_alpha=[0.1, 0.9])"}
for name, source in XGBOOST.items():
    for end in ("json", "ubj"):

        @case(f"xgboost/{name}.{end}", "xgboost", file=f"model.{end}")
        def _(path, name=name, source=source):
            import xgboost

            data, classes, values = samples()
            eval(source, vars(xgboost)).fit(data, classes if "Classifier" in source else values).save_model(path)


@case("xgboost/categories.json", "xgboost", file="model.json")
def _(path):
    import pandas
    import xgboost

    data, classes, _ = samples()
    frame = pandas.DataFrame(data, columns=list("abcd"))
    frame["e"] = pandas.Categorical(["x", "y", "z"] * 20)
    xgboost.XGBClassifier(n_estimators=2, enable_categorical=True).fit(frame, classes).save_model(path)


LIGHTGBM = {"classifier": "LGBMClassifier", "regressor": "LGBMRegressor", "dart": "LGBMRegressor", "forest": "LGBMClassifier"}
MORE = {"dart": {"boosting_type": "dart"}, "forest": {"boosting_type": "rf", "bagging_freq": 1, "bagging_fraction": 0.5}}
for name, kind in LIGHTGBM.items():

    @case(f"lightgbm/{name}.txt", "lightgbm", file="model.txt")
    def _(path, name=name, kind=kind):
        import lightgbm

        data, classes, values = samples()
        made = getattr(lightgbm, kind)(n_estimators=3, num_leaves=4, min_child_samples=2, verbose=-1, **MORE.get(name, {}))
        made.fit(data, classes if kind == "LGBMClassifier" else values).booster_.save_model(path)


@case("lightgbm/dump.json", "none", file="model.json")
def _():
    import json

    import lightgbm

    data, classes, _ = samples()
    return json.dumps(lightgbm.LGBMClassifier(n_estimators=2, verbose=-1).fit(data, classes).booster_.dump_model()).encode()


CATBOOST = {"cbm": "catboost", "json": "catboost", "onnx": "onnx", "coreml": "coreml", "pmml": "xml", "cpp": "none", "python": "none"}
ENDS = {"coreml": "mlmodel", "python": "py"}
for form, loader in CATBOOST.items():

    @case(f"catboost/{form}", loader, file=f"model.{ENDS.get(form, form)}")
    def _(path, form=form):
        import catboost

        data, _, values = samples()
        catboost.CatBoostRegressor(iterations=3, depth=2, verbose=0, allow_writing_files=False).fit(data, values).save_model(path, format=form)


@case("catboost/categories.cbm", "catboost", file="model.cbm")
def _(path):
    import catboost
    import numpy

    data, classes, _ = samples()
    rows = numpy.column_stack([data.astype(object), ["x", "y", "z"] * 20])
    catboost.CatBoostClassifier(iterations=3, depth=2, verbose=0, allow_writing_files=False).fit(rows, classes, cat_features=[4]).save_model(path)


@case("catboost/multi-class.json", "catboost", file="model.json")
def _(path):
    import catboost

    data, classes, _ = samples()
    catboost.CatBoostClassifier(iterations=2, depth=2, verbose=0, allow_writing_files=False).fit(data, (classes + (data[:, 1] > 0.5)).tolist()).save_model(path, format="json")


@case("coremltools/network.mlmodel", "coreml", file="model.mlmodel")
def _(path):
    import coremltools
    import numpy
    from coremltools.models import datatypes
    from coremltools.models.neural_network import NeuralNetworkBuilder

    built = NeuralNetworkBuilder([("x", datatypes.Array(4))], [("y", datatypes.Array(2))])
    built.add_inner_product("dense", numpy.ones((2, 4)), numpy.zeros(2), 4, 2, True, "x", "z")
    built.add_activation("relu", "RELU", "z", "y")
    coremltools.models.utils.save_spec(built.spec, str(path))


def openvino_model():
    import numpy
    import openvino
    from openvino.runtime import opset13 as ops

    x = ops.parameter([1, 4], numpy.float32, name="x")
    return openvino.Model([ops.relu(ops.matmul(x, numpy.random.rand(4, 3).astype("f4"), False, False))], [x], "small")


@case("openvino/folder", "openvino", file="model")
def _(path):
    import openvino

    path.mkdir()
    openvino.save_model(openvino_model(), str(path / "model.xml"))


@case("openvino/from-onnx", "openvino", file="model")
def _(path):
    import openvino
    from ordinary import wheel

    path.mkdir()
    openvino.save_model(openvino.convert_model(str(wheel("silero_vad") / "data/silero_vad_openvino_16k.onnx")), str(path / "model.xml"))
