"""numpy's own files: every dtype, every container, object arrays of plain data, random state."""

import io
import pickle

from case import case

DTYPES = ["?", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8", "c8", "c16", ">i4", ">f8", "S5", "U5", "M8[D]", "m8[s]", "V3", "longdouble"]


def saved(array, **options) -> bytes:
    import numpy

    buffer = io.BytesIO()
    numpy.save(buffer, array, **options)
    return buffer.getvalue()


for dtype in DTYPES:
    case(f"numpy/dtype-{dtype.replace('>', 'big-').replace('?', 'bool').replace('[', '-').replace(']', '')}", "numpy")(lambda dtype=dtype: saved(__import__("numpy").zeros((2, 3), dtype=dtype)))
SHAPES = {"scalar": "numpy.array(3.5)", "empty": "numpy.zeros((0, 3))", "fortran": "numpy.asfortranarray(numpy.arange(6).reshape(2, 3))", "five-dimensions": "numpy.zeros((1, 2, 1, 2, 1))", "structured": "numpy.zeros(2, dtype=[('a', 'i4'), ('b', 'f8', (2, 2)), ('c', 'S3')])",
          "nested-structure": "numpy.zeros(2, dtype=[('a', [('b', 'i4'), ('c', 'f4')])])", "long-header": "numpy.zeros(1, dtype=[(f'field{n}', 'f4') for n in range(400)])", "unicode-names": "numpy.zeros(1, dtype=[('größe', 'f4')])", "aligned": "numpy.zeros(2, dtype=numpy.dtype([('a', 'i1'), ('b', 'f8')], align=True))"}
for name, source in SHAPES.items():
    case(f"numpy/{name}", "numpy")(lambda source=source: saved(eval(source, {"numpy": __import__("numpy")})))
OBJECTS = {"text": "numpy.array(['a', 'bc', None], dtype=object)", "numbers": "numpy.array([1, 2.5, 10**30], dtype=object)", "ragged": "numpy.array([[1], [1, 2]], dtype=object)", "dict": "{'a': numpy.zeros(2), 'b': [1, 2]}", "arrays": "numpy.array([numpy.zeros(2), numpy.zeros(3)], dtype=object)"}
for name, source in OBJECTS.items():
    case(f"numpy/object-{name}", "numpy")(lambda source=source: saved(eval(source, {"numpy": __import__("numpy")}), allow_pickle=True))


@case("numpy/npz", "numpy", file="arrays.npz")
def _(path):
    import numpy

    path.parent.mkdir(parents=True, exist_ok=True)
    numpy.savez(path, a=numpy.zeros(3), b=numpy.arange(4))


@case("numpy/npz-compressed", "numpy", file="arrays.npz")
def _(path):
    import numpy

    path.parent.mkdir(parents=True, exist_ok=True)
    numpy.savez_compressed(path, weights=numpy.ones((10, 10)), names=numpy.array(["a", "b"]))


@case("numpy/npz-positional", "numpy", file="arrays.npz")
def _(path):
    import numpy

    path.parent.mkdir(parents=True, exist_ok=True)
    numpy.savez(path, numpy.zeros(3), numpy.ones(2))


VALUES = {
    "array": "numpy.arange(6.0).reshape(2, 3)", "scalars": "[numpy.float32(1), numpy.int64(2), numpy.bool_(True), numpy.str_('x'), numpy.complex128(1j), numpy.datetime64('2020-01-01')]", "dtype": "numpy.dtype([('a', 'i4')])", "matrix": "numpy.matrix([[1, 2]])", "masked": "numpy.ma.array([1, 2], mask=[0, 1])",
    "record": "numpy.rec.array([(1, 2.0)], names='a,b')", "random-state": "numpy.random.RandomState(3)", "generator": "numpy.random.default_rng(3)", "generator-philox": "numpy.random.Generator(numpy.random.Philox(1))", "bit-generator": "numpy.random.MT19937(1)", "seed-sequence": "numpy.random.SeedSequence(3)", "state": "numpy.random.get_state()",
    "polynomial": "numpy.polynomial.Polynomial([1, 2])", "poly1d": "numpy.poly1d([1, 2])", "fortran": "numpy.asfortranarray(numpy.ones((2, 3)))", "object": "numpy.array([1, 'a', None], dtype=object)", "function": "numpy.sin", "scalar-type": "[numpy.float32, numpy.int64]",
}
for name, source in VALUES.items():
    for version in range(6) if name in ("array", "scalars") else (2, 5):
        case(f"numpy/pickled-{name}-{version}", "pickle")(lambda source=source, version=version: pickle.dumps(eval(source, {"numpy": __import__("numpy")}), version))
