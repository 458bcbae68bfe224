"""What people save with torch: state dicts, checkpoints, whole modules, both layouts, TorchScript."""

import io

from case import case


def saved(value, **options) -> bytes:
    import torch

    buffer = io.BytesIO()
    torch.save(value, buffer, **options)
    return buffer.getvalue()


LAYERS = {
    "linear": "Linear(4, 3)", "conv1d": "Conv1d(2, 3, 3)", "conv2d": "Conv2d(1, 2, 3)", "conv3d": "Conv3d(1, 1, 2)", "conv-transpose": "ConvTranspose2d(1, 2, 2)", "batch-norm": "BatchNorm2d(3)", "layer-norm": "LayerNorm(4)", "group-norm": "GroupNorm(2, 4)",
    "lstm": "LSTM(2, 3, 2)", "gru": "GRU(2, 3)", "rnn": "RNN(2, 3, bidirectional=True)", "embedding": "Embedding(5, 3)", "embedding-bag": "EmbeddingBag(5, 3)", "attention": "MultiheadAttention(4, 2)", "encoder": "TransformerEncoder(torch.nn.TransformerEncoderLayer(4, 2, 8), 1)",
    "transformer": "Transformer(4, 2, 1, 1, 8)", "bilinear": "Bilinear(2, 2, 1)", "prelu": "PReLU()", "sequential": "Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU(), torch.nn.Dropout(0.1), torch.nn.Linear(3, 1), torch.nn.Sigmoid())",
    "convnet": "Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2), torch.nn.MaxPool2d(2), torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(), torch.nn.GELU(), torch.nn.Softmax(-1))",
    "module-list": "ModuleList([torch.nn.Linear(1, 1), torch.nn.Identity()])", "module-dict": "ModuleDict({'a': torch.nn.Linear(1, 1), 'b': torch.nn.SiLU()})", "parameters": "ParameterList([torch.nn.Parameter(torch.ones(2))])",
}


def layer(name):
    import torch

    return eval("torch.nn." + LAYERS[name], {"torch": torch})


for name in LAYERS:
    case(f"torch/state-dict-{name}", "torch")(lambda name=name: saved(layer(name).state_dict()))
for name in ("linear", "convnet", "lstm", "encoder", "sequential", "module-dict", "embedding-bag", "attention", "transformer"):
    case(f"torch/module-{name}", "torch")(lambda name=name: saved(layer(name)))
for name in ("linear", "convnet", "lstm", "attention"):
    case(f"torch/legacy-state-dict-{name}", "torch", file="model.pth")(lambda name=name: saved(layer(name).state_dict(), _use_new_zipfile_serialization=False))
    case(f"torch/legacy-module-{name}", "torch", file="model.pth")(lambda name=name: saved(layer(name), _use_new_zipfile_serialization=False))
for version in (2, 3, 4, 5):
    case(f"torch/protocol-{version}", "torch")(lambda version=version: saved(layer("sequential").state_dict(), pickle_protocol=version))
    case(f"torch/legacy-protocol-{version}", "torch")(lambda version=version: saved(layer("linear").state_dict(), pickle_protocol=version, _use_new_zipfile_serialization=False))
for end in (".bin", ".ckpt", ".pth"):
    case(f"torch/named{end}", "torch", file=f"model{end}")(lambda: saved(layer("linear").state_dict()))

TENSORS = {
    "float-types": "{str(kind): torch.zeros(3, dtype=kind) for kind in (torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.complex64, torch.complex128)}",
    "integer-types": "{str(kind): torch.ones(3, dtype=kind) for kind in (torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64, torch.bool)}",
    "float8": "{'a': torch.zeros(4, dtype=torch.float8_e4m3fn), 'b': torch.zeros(4, dtype=torch.float8_e5m2)}", "quantized": "torch.quantize_per_tensor(torch.rand(4), 0.1, 0, torch.quint8)", "quantized-channel": "torch.quantize_per_channel(torch.rand(2, 2), torch.ones(2), torch.zeros(2), 0, torch.qint8)",
    "sparse-coo": "torch.rand(3, 3).to_sparse()", "sparse-csr": "torch.eye(3).to_sparse_csr()", "views": "(lambda base: [base, base[1:], base.t()])(torch.arange(6.0).view(2, 3))", "scalar": "torch.tensor(3.5)", "empty": "torch.empty(0, 4)", "parameter": "torch.nn.Parameter(torch.ones(2))",
    "buffer": "torch.nn.Buffer(torch.ones(2))", "requires-grad": "torch.ones(2, requires_grad=True)", "list": "[torch.ones(1), torch.zeros(1)]", "storage": "torch.ones(3).storage()", "untyped-storage": "torch.ones(3).untyped_storage()", "size": "{'shape': torch.Size([1, 2]), 'device': torch.device('cpu'), 'dtype': torch.float16, 'layout': torch.strided}",
    "generator-state": "torch.get_rng_state()", "conjugate": "torch.zeros(2, dtype=torch.complex64).conj()", "meta": "torch.empty(3, device='meta')", "nested": "torch.nested.nested_tensor([torch.ones(2), torch.ones(3)])", "channels-last": "torch.ones(1, 2, 3, 3).to(memory_format=torch.channels_last)",
}
for name, source in TENSORS.items():

    @case(f"torch/tensor-{name}", "torch")
    def _(source=source):
        import torch

        return saved(eval(source, {"torch": torch}))


OPTIMIZERS = ["Adam", "AdamW", "SGD", "RMSprop", "Adagrad", "Adadelta", "NAdam", "RAdam", "Adamax", "ASGD", "Rprop"]


def trained(optimizer="Adam"):
    import torch

    model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1))
    made = getattr(torch.optim, optimizer)(model.parameters(), lr=0.01, **({"momentum": 0.9} if optimizer == "SGD" else {}))
    for _ in range(2):
        made.zero_grad()
        model(torch.rand(4, 2)).sum().backward()
        made.step()
    return model, made


for name in OPTIMIZERS:

    @case(f"torch/optimizer-{name.lower()}", "torch")
    def _(name=name):
        model, optimizer = trained(name)
        return saved({"epoch": 3, "model_state_dict": model.state_dict(), "optimizer_state_dict": optimizer.state_dict(), "loss": 0.5})


case("torch/optimizer-whole", "torch")(lambda: saved(trained()[1]))
SCHEDULERS = {"step": "StepLR(o, 2)", "cosine": "CosineAnnealingLR(o, 5)", "plateau": "ReduceLROnPlateau(o)", "one-cycle": "OneCycleLR(o, 0.1, total_steps=9)", "exponential": "ExponentialLR(o, 0.9)", "multi-step": "MultiStepLR(o, [1, 2])",
              "warm-restarts": "CosineAnnealingWarmRestarts(o, 3)", "linear": "LinearLR(o)", "sequential": "SequentialLR(o, [torch.optim.lr_scheduler.LinearLR(o), torch.optim.lr_scheduler.ExponentialLR(o, 0.9)], [2])"}
for name, source in SCHEDULERS.items():

    @case(f"torch/scheduler-{name}", "torch")
    def _(source=source):
        import torch

        optimizer = trained()[1]
        return saved(eval("torch.optim.lr_scheduler." + source, {"torch": torch, "o": optimizer}).state_dict())


@case("torch/checkpoint", "torch", file="checkpoint.ckpt")
def _():
    """A training script's own checkpoint, with everything in it."""
    import argparse
    import collections
    import datetime
    import pathlib
    import random

    import numpy
    import torch

    model, optimizer = trained("AdamW")
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 2)
    history = collections.defaultdict(list)
    history["loss"].append(numpy.float64(0.5))
    return saved({
        "epoch": 7, "model": model.state_dict(), "optimizer": optimizer.state_dict(), "scheduler": scheduler.state_dict(), "args": argparse.Namespace(lr=0.1, data=pathlib.PurePosixPath("data"), layers=[1, 2]),
        "rng": {"torch": torch.get_rng_state(), "numpy": numpy.random.get_state(), "python": random.getstate()}, "best": numpy.float32(0.9), "step": numpy.int64(5), "date": datetime.datetime(2024, 1, 2), "counts": collections.Counter("abc"),
        "history": history, "order": collections.OrderedDict(a=1), "recent": collections.deque([1.0, 2.0], maxlen=10), "scaler": torch.amp.GradScaler("cpu").state_dict(), "confusion": numpy.zeros((2, 2)),
    })


@case("torch/checkpoint-legacy", "torch", file="checkpoint.pth.tar")
def _():
    import argparse

    model, optimizer = trained("SGD")
    return saved({"epoch": 1, "arch": "resnet18", "state_dict": model.state_dict(), "best_acc1": 71.5, "optimizer": optimizer.state_dict(), "args": argparse.Namespace(lr=0.1)}, _use_new_zipfile_serialization=False)


@case("torch/averaged-model", "torch")
def _():
    import torch

    model = torch.nn.Linear(2, 2)
    return saved(torch.optim.swa_utils.AveragedModel(model).state_dict())


@case("torch/weight-norm", "torch")
def _():
    import torch

    return saved(torch.nn.utils.parametrizations.weight_norm(torch.nn.Linear(2, 2)).state_dict())


@case("torch/dynamic-quantized", "torch")
def _():
    import torch

    return saved(torch.ao.quantization.quantize_dynamic(torch.nn.Sequential(torch.nn.Linear(2, 2)), {torch.nn.Linear}).state_dict())


@case("torch/dataset", "torch")
def _():
    import torch

    return saved(torch.utils.data.TensorDataset(torch.ones(3, 2), torch.zeros(3)))


@case("torch/losses", "torch")
def _():
    import torch

    return saved({"loss": torch.nn.CrossEntropyLoss(), "other": torch.nn.BCEWithLogitsLoss(), "mse": torch.nn.MSELoss()})


for name in ("resnet18", "mobilenet_v3_small", "squeezenet1_1"):

    @case(f"torchvision/{name}-buffers", "torch")
    def _(name=name):
        """The batch norm state of a real network: small, with the names that real ones have."""
        import torchvision

        state = getattr(torchvision.models, name)(num_classes=2).state_dict()
        return saved({key: value[:1].clone() if value.dim() else value for key, value in state.items()})


def slim():
    import torchvision

    return torchvision.models.MobileNetV2(num_classes=2, width_mult=0.1, inverted_residual_setting=[[1, 8, 1, 1], [6, 8, 1, 2]])


case("torchvision/mobilenet-module", "torch")(lambda: saved(slim()))
case("torchvision/mobilenet-state", "torch")(lambda: saved(slim().state_dict()))


@case("torchvision/resnet-module", "torch")
def _():
    import torchvision

    from torchvision.models.resnet import BasicBlock

    model = torchvision.models.ResNet(BasicBlock, [1, 0, 0, 0], num_classes=2)
    model.layer2 = model.layer3 = model.layer4 = __import__("torch").nn.Identity()
    return saved(model)


@case("torchvision/transforms", "torch")
def _():
    from torchvision import transforms

    return saved(transforms.Compose([transforms.Resize(8), transforms.CenterCrop(8), transforms.ToTensor(), transforms.Normalize([0.5], [0.5])]))


for name in ("linear", "sequential", "convnet", "lstm"):

    @case(f"torchscript/script-{name}", "torch-jit")
    def _(path, name=name):
        import torch

        torch.jit.save(torch.jit.script(layer(name)), str(path))


@case("torchscript/trace", "torch-jit")
def _(path):
    import torch

    torch.jit.save(torch.jit.trace(layer("convnet").eval(), torch.rand(1, 1, 8, 8)), str(path))
