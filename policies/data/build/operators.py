"""Writes policies/data/operators.json: the operators that ONNX, ONNX Runtime, TensorFlow, TFLite, PyTorch and ExecuTorch bring with them.

    python3.11 -m venv V && V/bin/pip install onnx==1.23.2 onnxruntime==1.32.0 ai-edge-litert==2.3.0 torch==2.5.1 torchvision==0.20.1
    V/bin/pip download --no-deps --python-version 3.11 --only-binary :all: tensorflow-cpu==2.21.0
    V/bin/pip download --no-deps --python-version 3.11 --only-binary :all: executorch==1.5.1
    V/bin/pip download --no-deps --python-version 3.11 --only-binary :all: --platform macosx_11_0_arm64 torch==2.9.1
    V/bin/python policies/data/build/operators.py --tensorflow tensorflow_cpu-*.whl --executorch executorch-*.whl --torch torch-2.9.1-*.whl [--check]

ONNX's own operators come from its schemas, ONNX Runtime's from its registry. TensorFlow's wheel is 270 MB and is not installed: its Python
wrappers name every operator, and they are read as text. TFLite's names come from the schema, PyTorch's from its registry and from the newer wheel's native_functions.yaml,
ExecuTorch's from the kernel lists in its wheel. Operators that do anything but compute are not taken out here; they stand in
policies/data/acting.json, which goes first.
"""

import argparse
import json
import re
import sys
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
OUT = HERE.parent / "operators.json"
WRAPPED = re.compile(r'_apply_op_helper\(\s*"([A-Za-z0-9_>]+)"')
PREFIX = re.compile(r"tensorflow/.*/gen_\w+\.py$")


def onnx_operators():
    import onnx
    import onnx.defs

    found = {}
    for schema in onnx.defs.get_all_schemas_with_history():
        found.setdefault(schema.domain, set()).add(schema.name)
    source = f"onnx {onnx.__version__}, onnx.defs.get_all_schemas_with_history"
    return {domain: entry("An operator of the ONNX specification.", source, names) for domain, names in found.items()}


def runtime_operators():
    import onnxruntime
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    found = {}
    for schema in state.get_all_operator_schema():
        found.setdefault(schema.domain, set()).add(schema.name)
    source = f"onnxruntime {onnxruntime.__version__}, get_all_operator_schema"
    return {domain: entry("An operator that ONNX Runtime brings with it.", source, names) for domain, names in found.items()}


def tensorflow_operators(wheel):
    names = set()
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if PREFIX.match(name):
                names.update(WRAPPED.findall(archive.read(name).decode()))
    version = Path(wheel).name.split("-")[1]
    return entry("An operator that TensorFlow brings with it.", f"tensorflow-cpu {version}, the gen_*.py of its wheel", names)


# Custom operators that the resolvers of TFLite and MediaPipe register (tensorflow/lite/core/kernels/register.cc,
# kernels/custom_ops_register.h, kernels/perception; mediapipe/util/tflite/cpu_op_resolver.cc), each a kernel that computes.
TFLITE_CUSTOM = """AudioSpectrogram Convolution2DTransposeBias DenseImageWarp Landmarks2TransformMatrix MaxPoolingWithArgmax2D
MaxUnpooling2D Mfcc NumericVerify RandomStandardNormal RandomUniform Resampler TFLite_Detection_PostProcess TransformLandmarks
TransformTensorBilinear""".split()
TFLITE_SOURCE = "tensorflow/lite/core/kernels/register.cc, kernels/perception/perception_ops.cc; mediapipe/util/tflite/cpu_op_resolver.cc"

# Operators that TorchScript's frontend defines itself and no registry has (torch/csrc/jit/frontend/builtin_functions.cpp).
TORCH_BUILTIN = {"aten": ["_assert_int_or_pair", "_list_with_default", "_tensor_size", "list_with_default"], "prim": []}
# Operators of higher order that call a subgraph of the same file and nothing else (torch/_higher_order_ops).
TORCH_HIGHER = """associative_scan auto_functionalized auto_functionalized_v2 cond flex_attention flex_attention_backward invoke_subgraph
map_impl out_dtype scan strict_mode tag_activation_checkpoint while_loop wrap wrap_activation_checkpoint wrap_with_autocast
wrap_with_set_grad_enabled""".split()
# Functions of Python that an exported graph calls on sizes (torch/_export/serde/serialize.py, `_SYM_OPS`).
TORCH_SYMBOLS = {
    "_operator": "add and_ eq floordiv ge getitem gt le lt mod mul ne neg not_ or_ pos pow sub truediv".split(),
    "math": "ceil floor sqrt trunc".split(),
    "torch": "sym_float sym_int sym_ite sym_max sym_min sym_not sym_sqrt sym_sum _sym_sqrt".split(),
}
# Functions and methods of the expressions in which an exported program tells sizes (torch/utils/_sympy/functions.py; SYMPY_INTERP of
# torch/fx/experimental/symbolic_shapes.py), and what sympy prints of its own.
TORCH_EXPRESSIONS = """Abs Add And CeilDiv CeilToInt CleanDiv Eq FloatPow FloatTrueDiv FloorDiv FloorToInt Ge Gt Identity IntTrueDiv
IsNonOverlappingAndDenseIndicator LShift Le Lt Max Min Mod ModularIndexing Mul Ne Not Or Piecewise Pow PowByNatural PythonMod RShift Rational
RoundDecimal RoundToInt ToFloat TrueDiv TruncToFloat TruncToInt Where cast_symbool_to_symint_guardless ceiling dim exp floor log max min ndim
numel shape size sqrt storage_offset stride""".split()
# What the description of an exported program's arguments may import (torch/utils/_pytree.py): factories that make nothing but themselves.
TORCH_IMPORTS = "builtins:bool builtins:dict builtins:float builtins:int builtins:list builtins:set builtins:str builtins:tuple".split()
# Native classes that PyTorch registers and whose `__setstate__` unpacks numbers (aten/src/ATen/native/quantized, xnnpack, mkldnn).
TORCH_CLASSES = {
    "quantized": "Conv2dPackedParamsBase Conv3dPackedParamsBase EmbeddingPackedParamsBase LinearPackedParamsBase".split(),
    "rnn": ["CellParamsBase"],
    "sparse": ["LinearPackedParamsBase"],
    "xnnpack": "Conv2dOpContext LinearOpContext TransposeConv2dOpContext".split(),
    "mkldnn": "ConvOpContext LinearOpContext".split(),
}
# Kernels that ExecuTorch's runtime registers in C++ (kernels/prim_ops/register_prim_ops.cpp).
EXECUTORCH_PRIMITIVE = """add bitwise_and ceil eq et_copy_index et_view floordiv ge gt le lt max min mod mul neg not_equal round sub
sym_float sym_max sym_min sym_size sym_numel truediv trunc""".split()


def tflite_operators():
    import ai_edge_litert
    from ai_edge_litert import schema_py_generated as schema

    names = [name for name in vars(schema.BuiltinOperator) if name.isupper() and name not in ("CUSTOM", "DELEGATE")]
    names = [name for name in names if not name.startswith("PLACEHOLDER")]
    source = f"ai-edge-litert {ai_edge_litert.__version__}, schema_py_generated.BuiltinOperator"
    return {
        "builtin": entry("An operator of the TFLite schema.", source, names),
        "custom": entry("A custom operator that TFLite or MediaPipe brings with it.", TFLITE_SOURCE, TFLITE_CUSTOM),
    }


def torch_operators(newer, executorch):
    import torch
    import torchvision

    found = {}

    def add(domain, names, reason, source):
        known = found.setdefault(domain, {"reason": reason, "source": source, "names": {}})
        known["names"] = dict(sorted((known["names"] | {name: True for name in names}).items()))

    reason = "An operator that PyTorch brings with it."
    source = f"torch {torch.__version__.split('+')[0]} and torchvision {torchvision.__version__.split('+')[0]}, torch._C._jit_get_all_schemas; "
    source += f"{Path(newer).name.split('-')[0]} {Path(newer).name.split('-')[1]}, native_functions.yaml"
    for schema in torch._C._jit_get_all_schemas():
        domain, name = schema.name.split("::")
        if not domain.startswith("_test"):
            add(domain, [name], reason, source)
    with zipfile.ZipFile(newer) as archive:
        text = archive.read("torchgen/packaged/ATen/native/native_functions.yaml").decode()
    add("aten", re.findall(r"^- func: (\w+)", text, re.M), reason, source)
    for domain, names in TORCH_BUILTIN.items():
        add(domain, names, reason, source)
    add("higher_order", TORCH_HIGHER, "It calls a subgraph of the same file.", "torch/_higher_order_ops")
    for domain, names in TORCH_SYMBOLS.items():
        add(domain, names, "It computes a size.", "torch/_export/serde/serialize.py, _SYM_OPS")
    source = "torch/utils/_sympy/functions.py; torch/fx/experimental/symbolic_shapes.py, SYMPY_INTERP"
    add("expression", TORCH_EXPRESSIONS, "It computes a size.", source)
    add("import", TORCH_IMPORTS, "It makes an empty value.", "torch/utils/_pytree.py, _defaultdict_deserialize")
    for domain, names in TORCH_CLASSES.items():
        add(f"__torch__.torch.classes.{domain}", names, "It unpacks weights.", "aten/src/ATen/native")
    source = f"executorch {Path(executorch).name.split('-')[1]}, the kernel lists (*.yaml) of its wheel"
    with zipfile.ZipFile(executorch) as archive:
        texts = [archive.read(name).decode() for name in archive.namelist() if name.endswith(".yaml")]
    for domain, name in re.findall(r"^- (?:func|op): (?:(\w+)::)?(\w+)", "\n".join(texts), re.M):
        add(domain or "aten", [name], "An operator that ExecuTorch brings with it.", source)
    source = "kernels/prim_ops/register_prim_ops.cpp"
    add("executorch_prim", EXECUTORCH_PRIMITIVE, "An operator that ExecuTorch brings with it.", source)
    return dict(sorted(found.items()))


def entry(reason, source, names):
    return {"reason": reason, "source": source, "names": {name: True for name in sorted(names)}}


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--tensorflow", required=True, metavar="WHEEL")
    arguments.add_argument("--executorch", required=True, metavar="WHEEL")
    arguments.add_argument("--torch", required=True, metavar="WHEEL", help="a newer one than the one that is installed")
    arguments.add_argument("--check", action="store_true", help="write nothing; 1 when the file would change")
    given = arguments.parse_args()
    domains = runtime_operators()
    for domain, one in onnx_operators().items():
        if domain in domains:
            one["names"] = dict(sorted((domains[domain]["names"] | one["names"]).items()))
        domains[domain] = one
    # Both names of ONNX's own domain are one (onnx.proto, OperatorSetIdProto); the lists know it as "ai.onnx".
    domains["ai.onnx"] = domains.pop("")
    lists = {
        "onnx": dict(sorted(domains.items())),
        "tensorflow": tensorflow_operators(given.tensorflow),
        "tflite": tflite_operators(),
        "torch": torch_operators(given.torch, given.executorch),
    }
    text = json.dumps(lists, indent=1) + "\n"
    if given.check:
        sys.exit(0 if OUT.read_text() == text else f"{OUT} is not what this script writes")
    OUT.write_text(text)


if __name__ == "__main__":
    main()
