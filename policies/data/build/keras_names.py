"""Writes ../keras.json: what a Keras configuration may name, from the sources of the pinned wheels.

    python3.11 policies/data/build/keras_names.py [--store FOLDER]

Fetches the wheels and reads them as text; nothing of them is imported. A class is listed under every name that it is exported by and under the
module that defines it, when it derives from one of the bases below and is not refused.
"""

import argparse
import ast
import builtins
import json
import tempfile
from pathlib import Path

from wheels import fetch

PINS = ["2.15.0", "3.8.0", "3.15.0"]
OUT = Path(__file__).resolve().parent.parent / "keras.json"
# What a configuration is made of, by the last part of a base's name, and why making one is harmless.
BASES = {
    "layers": (["Layer", "Model"], "a layer or model of Keras: made from numbers and from objects that are judged by themselves"),
    "operations": (["Operation"], "an operation on tensors, made from numbers"),
    "optimizers": (["Optimizer", "OptimizerV2", "BaseOptimizer", "LearningRateSchedule"], "an optimizer or learning rate schedule, made from numbers"),
    "losses": (["Loss"], "a loss, made from numbers and functions that are judged by themselves"),
    "metrics": (["Metric"], "a metric, made from numbers and functions that are judged by themselves"),
    "initializers": (["Initializer"], "an initializer, made from numbers"),
    "others": (
        ["Regularizer", "Constraint", "DTypePolicy", "Policy", "QuantizationConfig", "Quantizer", "SeedGenerator", "InputSpec"],
        "a regularizer, constraint, policy, quantizer or seed, made from numbers",
    ),
}
# These run what their configuration holds, or open what it names.
REFUSED = {
    "Lambda", "TorchModuleWrapper", "FlaxLayer", "JaxLayer", "TFSMLayer", "HubLayer", "ReloadedLayer", "RevivedLayer", "RevivedNetwork",
    "RevivedInputLayer", "TFOpLambda", "SlicingOpLambda", "ClassMethod", "InstanceMethod", "InstanceProperty", "TensorFlowOpLayer",
}
FUNCTIONS = ("keras.activations.", "keras.losses.", "keras.metrics.", "keras.initializers.", "keras.regularizers.", "keras.constraints.")
LOOKUPS = {"get", "serialize", "deserialize"}
# What stands for a plain value (keras/src/saving/serialization_lib.py, `deserialize_keras_object`; keras/src/saving/legacy/saved_model/json_utils.py).
VALUES = ["__keras_tensor__", "__tensor__", "__numpy__", "__bytes__", "__ellipsis__", "__slice__", "__complex__", "__tuple__", "TensorShape"]


def exports(node):
    return [
        constant.value
        for decorator in node.decorator_list
        if isinstance(decorator, ast.Call) and "export" in ast.unparse(decorator.func)
        for constant in ast.walk(decorator)
        if isinstance(constant, ast.Constant) and isinstance(constant.value, str) and constant.value.startswith("keras.")
    ]


def modules(root):
    for path in sorted(root.rglob("*.py")):
        name = ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
        if path.stem.endswith("_test") or ".testing" in name or not name.startswith("keras.src"):
            continue
        yield name, ast.parse(path.read_text(encoding="utf-8"))


def kinds(classes):
    """The group of each class by its name, by following bases until nothing new is found."""
    group = {base: name for name, (bases, _) in BASES.items() for base in bases}
    while True:
        more = {
            node.name: group[base]
            for _, node in classes
            if node.name not in group
            for base in [ast.unparse(base).rsplit(".", 1)[-1] for base in node.bases]
            if base in group
        }
        if not more:
            return group
        group.update(more)


def names(version, module, node):
    yield f"{module}.{node.name}"
    if version.startswith("2."):
        # The same modules before 2.13, and in the package that went on with Keras 2.
        yield f"{module.replace('keras.src.', 'keras.', 1)}.{node.name}"
        yield f"tf_{module}.{node.name}"
    yield from exports(node)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", type=Path, default=Path(tempfile.gettempdir()) / "keras-wheels")
    store = parser.parse_args().store
    store.mkdir(parents=True, exist_ok=True)
    groups = {name: {"reason": reason, "globals": set()} for name, (_, reason) in BASES.items()}
    functions, refused = set(), set()
    for version in PINS:
        found = list(modules(fetch("keras", version, store)))
        classes = [(module, node) for module, tree in found for node in tree.body if isinstance(node, ast.ClassDef)]
        group = kinds(classes)
        for module, node in classes:
            if node.name in group:
                known = refused if node.name in REFUSED else groups[group[node.name]]["globals"]
                known.update(names(version, module, node))
        for _, tree in found:
            for node in tree.body:
                if isinstance(node, ast.FunctionDef) and node.name not in LOOKUPS:
                    functions.update(name for name in exports(node) if name.startswith(FUNCTIONS))
    source = f"class and function definitions of the keras wheels {', '.join(PINS)}"
    groups["functions"] = {"reason": "an activation, loss or metric of Keras: a function of tensors", "globals": functions}
    groups["values"] = {"reason": "stands for a plain value, and nothing is looked up", "globals": set(VALUES)}
    listed = {name: {**entry, "globals": sorted(entry["globals"] - refused), "source": source} for name, entry in groups.items()}
    bare = {name.rsplit(".", 1)[-1] for entry in listed.values() for name in entry["globals"]}
    table = {
        "groups": {name: {"reason": entry["reason"], "source": entry["source"]} for name, entry in listed.items()},
        "globals": {name: group for group, entry in listed.items() for name in entry["globals"]},
        # Without a module a name is looked up in Keras's own table.
        "names": {name: True for name in sorted(bare - REFUSED)},
        "refused": {name: True for name in sorted(REFUSED)},
        # What Keras up to 3.8 takes for a function of the module `builtins`.
        "builtins": {name: True for name in sorted(dir(builtins)) if not name.startswith("_")},
    }
    table["globals"] = dict(sorted(table["globals"].items()))
    OUT.write_text(json.dumps(table, indent=1) + "\n")
    print({name: len(entry["globals"]) for name, entry in listed.items()}, len(refused))


if __name__ == "__main__":
    main()
