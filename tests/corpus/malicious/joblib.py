"""joblib: raw array bytes between opcodes, every compressor, and its older layouts."""

import io
import zlib

from assembler import *
from case import COMMAND, add, case

J = {"loader": "joblib"}


class Reducing:
    def __reduce__(self):
        import os

        return os.system, (COMMAND,)


def dumped(value, **options) -> bytes:
    import joblib

    buffer = io.BytesIO()
    joblib.dump(value, buffer, **options)
    return buffer.getvalue()


add("joblib/plain", payload(), **J)


def arrays():
    """Arrays whose raw bytes stand in front of the call, and what those bytes imitate."""
    import numpy

    stop = numpy.frombuffer(b"N." * 32, dtype=numpy.uint8)
    return {
        "zeros": numpy.zeros(8), "stop": stop, "stop-only": numpy.frombuffer(b"." * 64, dtype=numpy.uint8), "pickle": numpy.frombuffer((proto(2) + EMPTY_DICT + STOP) * 8, dtype=numpy.uint8),
        "marks": numpy.frombuffer(b"(" * 256, dtype=numpy.uint8), "bad-opcodes": numpy.full(64, 255, dtype=numpy.uint8), "huge-text": numpy.frombuffer(b"X\xff\xff\xff\xff" * 8, dtype=numpy.uint8),
        "benign-end": numpy.frombuffer(b"sbu." + b"\0" * 60, dtype=numpy.uint8), "fortran": numpy.asfortranarray(numpy.arange(12.0).reshape(3, 4)), "float16": numpy.zeros(5, dtype=numpy.float16), "int64-big": numpy.arange(7, dtype=">i8"),
        "complex": numpy.zeros(3, dtype=complex), "bool": numpy.zeros(11, dtype=bool), "text": numpy.array(["abc", "de"]), "bytes": numpy.array([b"abc", b"d."]), "datetime": numpy.array(["2020-01-01"], dtype="M8[D]"),
        "structured": numpy.zeros(3, dtype=[("a", "i4"), ("b", "f8", (2,))]), "zero-dimension": numpy.array(3.5), "empty": numpy.zeros((0, 4)), "void": numpy.zeros(3, dtype="V7"), "large": numpy.zeros(200_000, dtype=numpy.uint8),
        "matrix": numpy.matrix([[1, 2]]), "masked": numpy.ma.array([1, 2], mask=[0, 1]), "recarray": numpy.rec.array([(1, 2.0)], names="a,b"),
    }


NAMES = ["zeros", "stop", "stop-only", "pickle", "marks", "bad-opcodes", "huge-text", "benign-end", "fortran", "float16", "int64-big", "complex", "bool", "text", "bytes", "datetime", "structured", "zero-dimension",
         "empty", "void", "large", "matrix", "masked", "recarray"]
for name in NAMES:
    case(f"joblib/behind-array-{name}", "joblib")(lambda name=name: dumped([arrays()[name], Reducing()]))
for name in ("zeros", "stop"):
    case(f"joblib/behind-two-arrays-{name}", "joblib")(lambda name=name: dumped({"a": arrays()[name], "b": arrays()["float16"], "c": [Reducing()]}))
    case(f"joblib/before-array-{name}", "joblib")(lambda name=name: dumped([Reducing(), arrays()[name]]))
    case(f"joblib/mmap-{name}", "joblib-mmap")(lambda name=name: dumped([arrays()[name], Reducing()]))
for version in range(2, 6):
    case(f"joblib/protocol-{version}", "joblib")(lambda version=version: dumped([arrays()["stop"], Reducing()], protocol=version))
for compressor in ("zlib", "gzip", "bz2", "lzma", "xz", "lz4"):
    case(f"joblib/{compressor}", "joblib")(lambda compressor=compressor: dumped([arrays()["stop"], Reducing()], compress=(compressor, 3)))
    case(f"joblib/{compressor}-plain-pickle", "joblib")(lambda compressor=compressor: dumped(Reducing(), compress=(compressor, 1)))
for level in (1, 9):
    case(f"joblib/compress-{level}", "joblib")(lambda level=level: dumped([Reducing()], compress=level))


@case("joblib/object-array", "joblib")
def _():
    """An object array is a pickle of its own inside the pickle."""
    import numpy

    return dumped(numpy.array([Reducing(), 1, "x"], dtype=object))


@case("joblib/object-array-nested", "joblib")
def _():
    import numpy

    inner = numpy.empty(1, dtype=object)
    inner[0] = [Reducing()]
    outer = numpy.empty(1, dtype=object)
    outer[0] = inner
    return dumped({"a": numpy.zeros(3), "b": outer})


@case("joblib/object-array-structured", "joblib")
def _():
    import numpy

    array = numpy.zeros(1, dtype=[("a", "O"), ("b", "i4")])
    array["a"][0] = Reducing()
    return dumped(array)


@case("joblib/behind-object-array", "joblib")
def _():
    import numpy

    return dumped([numpy.array([{"a": 1}, None], dtype=object), numpy.zeros(3), Reducing()])


@case("joblib/estimator-attribute", "joblib")
def _():
    import numpy
    from sklearn.linear_model import LinearRegression

    model = LinearRegression().fit(numpy.arange(6.0).reshape(3, 2), numpy.arange(3.0))
    model.note_ = Reducing()
    return dumped(model)


@case("joblib/estimator-compressed", "joblib")
def _():
    import numpy
    from sklearn.tree import DecisionTreeClassifier

    model = DecisionTreeClassifier().fit(numpy.arange(6.0).reshape(3, 2), [0, 1, 1])
    model.classes_ = [model.classes_, Reducing()]
    return dumped(model, compress=3)


# joblib/numpy_pickle_compat.py: a zlib stream behind "ZF" and the length in hexadecimal, padded to 19 characters.
def zfile(data: bytes) -> bytes:
    return b"ZF" + hex(len(data)).encode().ljust(19) + zlib.compress(data)


add("joblib/zfile", zfile(payload()), **J)
add("joblib/zfile-object", zfile(cover()), **J)
add("joblib/zfile-protocol-4", zfile(payload(4)), **J)


def wrapper(shape, dtype, order="C", allow_mmap=False, alignment=16, extra=()) -> bytes:
    """A NumpyArrayWrapper as opcodes; `alignment` None leaves the field out, as joblib before 1.1 did."""
    fields = [(text("subclass"), glob("numpy", "ndarray")), (text("shape"), shape), (text("order"), text(order)), (text("dtype"), dtype), (text("allow_mmap"), TRUE if allow_mmap else FALSE), *extra]
    if alignment is not None:
        fields.append((text("numpy_array_alignment_bytes"), integer(alignment)))
    return glob("joblib.numpy_pickle", "NumpyArrayWrapper") + EMPTY_TUPLE + NEWOBJ + dict_of(*fields) + BUILD


def dtype(spelled: str) -> bytes:
    return reduce(glob("numpy", "dtype"), text(spelled), FALSE, TRUE)


U8 = dtype("u1")
for alignment in (1, 4, 8, 16, 64, 255):
    def build(alignment=alignment):
        head = proto(2) + EMPTY_LIST + wrapper(tuple_of(integer(8)), U8, alignment=alignment)
        fill = alignment - (len(head) + 1) % alignment
        return head + bytes([fill]) + b"\xff" * fill + b"N." * 4 + APPEND + SYSTEM + APPEND + STOP
    add(f"joblib/alignment-{alignment}", build, **J)
add("joblib/alignment-absent", proto(2) + EMPTY_LIST + wrapper(tuple_of(integer(8)), U8, alignment=None) + b"N." * 4 + APPEND + SYSTEM + APPEND + STOP, **J)
add("joblib/alignment-none", proto(2) + EMPTY_LIST + wrapper(tuple_of(integer(8)), U8, alignment=None, extra=[(text("numpy_array_alignment_bytes"), NONE)]) + b"N." * 4 + APPEND + SYSTEM + APPEND + STOP, **J)
add("joblib/shape-computed", proto(2) + EMPTY_LIST + wrapper(reduce(glob("builtins", "tuple"), list_of(integer(8))), U8, alignment=None) + b"N." * 4 + APPEND + SYSTEM + APPEND + STOP, **J)
add("joblib/dtype-computed", proto(2) + EMPTY_LIST + wrapper(tuple_of(integer(2)), reduce(glob("numpy", "dtype"), reduce(glob("_operator", "add"), text("<f"), text("8"))), alignment=None) + b"N..." * 4 + APPEND + SYSTEM + APPEND + STOP, **J)
add("joblib/call-in-shape", proto(2) + wrapper(SYSTEM, U8) + STOP, **J)
add("joblib/call-in-dtype", proto(2) + wrapper(tuple_of(integer(1)), SYSTEM) + STOP, **J)
add("joblib/object-dtype-pickle", proto(2) + wrapper(tuple_of(integer(1)), dtype("O")) + payload() + STOP, **J)
add("joblib/object-dtype-wrapper-then-break", proto(2) + wrapper(tuple_of(integer(1)), dtype("O")) + payload()[:-1], **J)
add("joblib/wrapper-by-memo", proto(2) + EMPTY_LIST + glob("joblib.numpy_pickle", "NumpyArrayWrapper") + binput(3) + b"0" + binget(3) + EMPTY_TUPLE + NEWOBJ
    + dict_of((text("subclass"), glob("numpy", "ndarray")), (text("shape"), tuple_of(integer(8))), (text("order"), text("C")), (text("dtype"), U8), (text("allow_mmap"), FALSE)) + BUILD + b"N." * 4 + APPEND + SYSTEM + APPEND + STOP, **J)
add("joblib/wrapper-stack-global", proto(4) + EMPTY_LIST + stack_global(text("joblib.numpy_pickle"), text("NumpyArrayWrapper")) + EMPTY_TUPLE + NEWOBJ
    + dict_of((text("subclass"), glob("numpy", "ndarray")), (text("shape"), tuple_of(integer(8))), (text("order"), text("C")), (text("dtype"), U8), (text("allow_mmap"), FALSE)) + BUILD + b"N." * 4 + APPEND + SYSTEM + APPEND + STOP, **J)
add("joblib/wrapper-by-reduce", proto(2) + EMPTY_LIST + reduce(glob("joblib.numpy_pickle", "NumpyArrayWrapper"), glob("numpy", "ndarray"), tuple_of(integer(8)), text("C"), U8, FALSE, NONE)
    + dict_of((text("numpy_array_alignment_bytes"), NONE)) + BUILD + b"N." * 4 + APPEND + SYSTEM + APPEND + STOP, **J)
add("joblib/shape-short", proto(2) + EMPTY_LIST + wrapper(tuple_of(), U8, alignment=None) + b"." + APPEND + SYSTEM + APPEND + STOP, **J)
add("joblib/dtype-state", proto(2) + EMPTY_LIST + wrapper(tuple_of(integer(2)), dtype("f8") + tuple_of(integer(3), text(">"), NONE, NONE, NONE, integer(-1), integer(-1), integer(0)) + BUILD, alignment=None)
    + b"N." * 8 + APPEND + SYSTEM + APPEND + STOP, **J)
add("joblib/subclass-call", proto(2) + glob("joblib.numpy_pickle", "NumpyArrayWrapper") + EMPTY_TUPLE + NEWOBJ + dict_of((text("subclass"), SYSTEM)) + BUILD + STOP, **J)


# Files beside the file: joblib before 0.10 kept every array in a .npy of its own.
@case("joblib/array-in-sibling", "joblib", file="model.pkl")
def _(path):
    import numpy

    path.parent.mkdir(parents=True, exist_ok=True)
    numpy.save(path.parent / "model.pkl_01.npy", numpy.array([Reducing()], dtype=object), allow_pickle=True)
    path.write_bytes(proto(2) + glob("joblib.numpy_pickle", "NDArrayWrapper") + EMPTY_TUPLE + NEWOBJ
                     + dict_of((text("filename"), text("model.pkl_01.npy")), (text("subclass"), glob("numpy", "ndarray")), (text("allow_mmap"), FALSE)) + BUILD + STOP)


for end in (".pkl", ".sav", ".z", ".gz", ".bin", ".model", ".pkl.gz", ".dump"):
    case(f"joblib/named{end}", "joblib", file=f"model{end}")(lambda: dumped([arrays()["stop"], Reducing()], compress=end == ".gz"))
