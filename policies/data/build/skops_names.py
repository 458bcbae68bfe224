"""Writes ../skops.json: what skops looks up without being told to trust it, by the loader of the node.

    python3.11 -m venv FOLDER && FOLDER/bin/pip install skops==0.16.0 scikit-learn==1.9.1 numpy==2.4.6 scipy==1.17.1
    FOLDER/bin/python policies/data/build/skops_names.py

skops makes its lists when it is imported, from the libraries that it finds; so this asks it, and reads no source.
"""

import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
from skops.io import _sklearn
from skops.io import _trusted_types as types

OUT = Path(__file__).resolve().parent.parent / "skops.json"
SPARSE = ["bsr", "coo", "csc", "csr", "dia", "dok", "lil"]

# What nearest neighbours are found with: skops asks for trust, and their `__setstate__` takes arrays and numbers (sklearn/neighbors/_binary_tree.pxi.tp,
# sklearn/metrics/_dist_metrics.pyx.tp).
NEIGHBOURS = ["sklearn.neighbors._kd_tree.KDTree", "sklearn.neighbors._ball_tree.BallTree", "sklearn.metrics._dist_metrics.EuclideanDistance64"]


def full(kind):
    return f"{kind.__module__}.{kind.__qualname__}"


def main():
    # As each node's `_get_trusted` names them (skops/io/_general.py, _numpy.py, _scipy.py, _sklearn.py).
    loaders = {
        "BytearrayNode": ["builtins.bytearray"],
        "BytesNode": ["builtins.bytes"],
        # An array of no items whose type is taken.
        "DTypeNode": ["numpy.dtype"],
        "DefaultDictNode": ["collections.defaultdict"],
        # scikit-learn's `VotingClassifier` keeps its parts in a Bunch, for which skops asks: a dict with attributes, made empty and filled.
        "DictNode": ["builtins.dict", "collections.OrderedDict", "sklearn.utils._bunch.Bunch"],
        "FunctionNode": types.SCIPY_UFUNC_TYPE_NAMES + types.NUMPY_UFUNC_TYPE_NAMES,
        "ListNode": ["builtins.list"],
        "LossNode": [full(loss) for loss in _sklearn.ALLOWED_LOSSES],
        "MaskedArrayNode": ["numpy.ma.MaskedArray", "numpy.ma.core.MaskedArray"],
        "NdArrayNode": ["numpy.ndarray", *types.NUMPY_DTYPE_TYPE_NAMES],
        "ObjectNode": types.SKLEARN_ESTIMATOR_TYPE_NAMES + types.SKLEARN_INTERNAL_TYPE_NAMES + NEIGHBOURS,
        "RandomGeneratorNode": ["numpy.random.Generator", "numpy.random._generator.Generator"],
        "RandomStateNode": ["numpy.random.RandomState", "numpy.random.mtrand.RandomState"],
        "SetNode": ["builtins.set"],
        "SliceNode": ["builtins.slice"],
        # `load_npz` makes the matrix of the file, not of this name.
        "SparseMatrixNode": [f"scipy.sparse.{module}{name}_{kind}" for name in SPARSE for module in ("", f"_{name}.") for kind in ("matrix", "array")],
        # skops asks for trust because a tree's content can crash a process; it runs nothing.
        "TreeNode": ["sklearn.tree._tree.Tree"],
        "TupleNode": ["builtins.tuple"],
        "TypeNode": types.PRIMITIVE_TYPE_NAMES + types.CONTAINER_TYPE_NAMES + types.NUMPY_DTYPE_TYPE_NAMES,
    }
    libraries = ", ".join(f"{name} {version(name)}" for name in ("skops", "scikit-learn", "numpy", "scipy"))
    table = {
        "reason": "looked up by skops without being named in `trusted`: makes numbers, texts, containers and scikit-learn's own objects",
        "source": f"skops.io._trusted_types and the nodes of skops.io with {libraries}",
        "loaders": {loader: {name: True for name in sorted(set(names))} for loader, names in loaders.items()},
        # Their class is not looked up: JSON's values, and an earlier node.
        "plain": {"JsonNode": True, "CachedNode": True},
    }
    OUT.write_text(json.dumps(table, indent=1) + "\n")


if __name__ == "__main__":
    main()
