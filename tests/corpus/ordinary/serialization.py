"""What stands beside pickle: skops, Flax, Arrow and Parquet, Zarr, configurations of torch.export and torch.package; and files whose loading runs code by design."""

import pickle

from case import case
from ordinary.sklearn import ESTIMATORS, TEXT, fitted

SKOPS = [name for number, name in enumerate({**ESTIMATORS, **TEXT}) if number % 3 == 0]
for name in SKOPS:

    @case(f"skops/{name}", "skops", file="model.skops")
    def _(name=name):
        import skops.io

        return skops.io.dumps(fitted(name))


@case("skops/xgboost", "skops", file="model.skops")
def _():
    import numpy
    import skops.io
    import xgboost

    return skops.io.dumps(xgboost.XGBClassifier(n_estimators=2).fit(numpy.random.rand(8, 2), [0, 1] * 4))


def flax_state():
    import flax.linen as nn
    import jax
    import optax
    from flax.training.train_state import TrainState

    class Small(nn.Module):
        @nn.compact
        def __call__(self, x):
            return nn.Dense(2)(nn.relu(nn.BatchNorm(use_running_average=True)(nn.Dense(3)(x))))

    model = Small()
    variables = model.init(jax.random.PRNGKey(0), jax.numpy.ones((1, 4)))
    return variables, TrainState.create(apply_fn=model.apply, params=variables["params"], tx=optax.adam(1e-3))


@case("flax/variables", "flax", file="flax_model.msgpack")
def _():
    import flax.serialization

    return flax.serialization.to_bytes(flax_state()[0])


@case("flax/train-state", "flax", file="checkpoint.msgpack")
def _():
    import flax.serialization

    return flax.serialization.to_bytes(flax_state()[1])


@case("flax/safetensors", "safetensors", file="model.safetensors")
def _():
    import flax.traverse_util
    from safetensors.flax import save

    return save(flax.traverse_util.flatten_dict(flax_state()[0], sep="."))


@case("flax/pickled", "pickle", file="params.pkl")
def _():
    import jax
    import numpy

    return pickle.dumps(jax.tree_util.tree_map(numpy.asarray, flax_state()[0]))


@case("orbax/checkpoint", "none", file="checkpoint")
def _(path):
    import jax
    import numpy
    import orbax.checkpoint

    with orbax.checkpoint.PyTreeCheckpointer() as writer:
        writer.save(path.absolute(), jax.tree_util.tree_map(numpy.asarray, flax_state()[0]))


def frame():
    import pandas

    return pandas.DataFrame({"a": [1.5, None, 3], "b": ["x", "y", None], "when": pandas.date_range("2024", periods=3, tz="UTC"), "kind": pandas.Categorical(["u", "v", "u"]), "span": pandas.period_range("2024-01", periods=3, freq="M"), "lists": [[1], [1, 2], []]})


for codec in ("snappy", "zstd", "gzip", "brotli", None):
    case(f"pyarrow/{codec or 'plain'}.parquet", "arrow", file="table.parquet")(lambda path, codec=codec: frame().to_parquet(path, compression=codec))
case("pyarrow/frame.feather", "arrow", file="table.feather")(lambda path: frame().to_feather(path))


@case("pyarrow/stream", "arrow", file="table.arrow")
def _(path):
    import pyarrow

    table = pyarrow.Table.from_pandas(frame())
    with pyarrow.ipc.new_stream(path, table.schema) as writer:
        writer.write_table(table)


@case("polars/frame.parquet", "arrow", file="table.parquet")
def _(path):
    import polars

    polars.DataFrame({"a": [1, 2], "b": ["x", "y"], "c": [[1.0], []]}).write_parquet(path)


@case("polars/frame.arrow", "arrow", file="table.arrow")
def _(path):
    import polars

    polars.DataFrame({"a": [1, 2], "b": ["x", "y"]}).write_ipc(path)


@case("zarr/group", "none", file="weights.zarr")
def _(path):
    import numpy
    import zarr

    group = zarr.open_group(str(path), mode="w")
    group.create_array("w", data=numpy.random.rand(4, 3), compressors="auto")


@case("msgpack/records", "msgpack", file="records.msgpack")
def _():
    import msgpack

    return msgpack.packb({"weights": [1.5, 2.5], "names": ["a", "b"], "when": msgpack.Timestamp(1, 0)}, use_bin_type=True)


@case("torch/exported-program", "torch-export", file="model.pt2")
def _(path):
    import torch

    torch.export.save(torch.export.export(torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.ReLU(), torch.nn.LayerNorm(3)), (torch.rand(2, 4),)), str(path))


@case("torch/exported-convnet", "torch-export", file="model.pt2")
def _(path):
    import torch

    network = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2), torch.nn.ReLU(), torch.nn.Flatten()).eval()
    torch.export.save(torch.export.export(network, (torch.rand(2, 1, 8, 8),)), str(path))


@case("torch/mobile", "torch-mobile", file="model.ptl")
def _(path):
    import torch

    torch.jit.script(torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.ReLU()).eval())._save_for_lite_interpreter(str(path))


@case("torch/onnx-in-pickle", "pickle", file="model.pkl")
def _():
    from ordinary.onnx import plain

    return pickle.dumps({"model": plain().SerializeToString(), "labels": ["a", "b"]})


# Files that are written every day, and run what somebody wrote when they are loaded: a gate has to say so.


@case("code/lambda", "pickle")
def _():
    import cloudpickle

    return cloudpickle.dumps(lambda x: x + 1)


@case("code/dill-function", "dill", file="model.dill")
def _():
    import dill

    def scaled(x):
        return 2 * x

    return dill.dumps(scaled, recurse=True)


@case("code/package", "torch-package", file="model.pt")
def _(path):
    import torch
    from torch.package import PackageExporter

    with PackageExporter(str(path)) as exporter:
        exporter.extern(["torch.**"])
        exporter.save_source_string("mine", "def scale(x):\n    return 2 * x\n")
        exporter.save_pickle("model", "model.pkl", torch.nn.Linear(2, 2))


@case("code/keras-lambda.keras", "keras", file="model.keras")
def _(path):
    import keras

    keras.Sequential([keras.Input((4,)), keras.layers.Lambda(lambda x: x * 2)]).save(path)


@case("code/skops-function", "skops", file="model.skops")
def _():
    import skops.io
    from sklearn.preprocessing import FunctionTransformer

    return skops.io.dumps(FunctionTransformer(print))
