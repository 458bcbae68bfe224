"""Writes policies/data/operators.json: the operators that ONNX, ONNX Runtime and TensorFlow bring with them.

    python3.11 -m venv V && V/bin/pip install onnx==1.23.2 onnxruntime==1.32.0
    V/bin/pip download --no-deps --python-version 3.11 --only-binary :all: tensorflow-cpu==2.21.0
    V/bin/python policies/data/build/operators.py --tensorflow tensorflow_cpu-*.whl [--check]

ONNX's own operators come from its schemas, ONNX Runtime's from its registry. TensorFlow's wheel is 270 MB and is not installed: its Python
wrappers name every operator, and they are read as text. Operators that do anything but compute are not taken out here; they stand in
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


def entry(reason, source, names):
    return {"reason": reason, "source": source, "names": {name: True for name in sorted(names)}}


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--tensorflow", required=True, metavar="WHEEL")
    arguments.add_argument("--check", action="store_true", help="write nothing; 1 when the file would change")
    given = arguments.parse_args()
    domains = runtime_operators()
    for domain, one in onnx_operators().items():
        if domain in domains:
            one["names"] = dict(sorted((domains[domain]["names"] | one["names"]).items()))
        domains[domain] = one
    # Both names of ONNX's own domain are one (onnx.proto, OperatorSetIdProto); the lists know it as "ai.onnx".
    domains["ai.onnx"] = domains.pop("")
    lists = {"onnx": dict(sorted(domains.items())), "tensorflow": tensorflow_operators(given.tensorflow)}
    text = json.dumps(lists, indent=1) + "\n"
    if given.check:
        sys.exit(0 if OUT.read_text() == text else f"{OUT} is not what this script writes")
    OUT.write_text(text)


if __name__ == "__main__":
    main()
