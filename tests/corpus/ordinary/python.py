"""Plain Python data, pickled with every protocol."""

import pickle

from case import case

KINDS = {}


def kind(function):
    KINDS[function.__name__.replace("_", "-")] = function
    return function


@kind
def plain_data():
    return {"a": 1, "b": [1.5, None, True], "c": ("x", b"y", 3 + 4j), "d": {1, 2}, "e": frozenset({"q"}), "f": bytearray(b"z"), "g": 10**40, "h": range(3), "i": slice(1, 2), "j": ...}


@kind
def vocabulary():
    return {f"word{number}": number for number in range(300)}


@kind
def collections_kinds():
    import collections

    counts = collections.Counter("hello world")
    groups = collections.defaultdict(list)
    groups["a"].append(1)
    return {"counter": counts, "groups": groups, "order": collections.OrderedDict(x=1), "queue": collections.deque([1, 2], 5), "chain": collections.ChainMap({"a": 1})}


@kind
def dates():
    import datetime
    import zoneinfo

    now = datetime.datetime(2024, 5, 6, 7, 8, 9, tzinfo=datetime.timezone.utc)
    return [now, now.date(), now.time(), datetime.timedelta(days=1), datetime.timezone(datetime.timedelta(hours=2)), zoneinfo.ZoneInfo("Europe/Rome")]


@kind
def numbers():
    import decimal
    import fractions
    import random
    import uuid

    return [decimal.Decimal("1.5"), fractions.Fraction(1, 3), uuid.UUID(int=5), random.Random(1)]


@kind
def paths_and_arguments():
    import argparse
    import pathlib
    import types

    return {"path": pathlib.PurePosixPath("/data/model"), "args": argparse.Namespace(lr=0.1, out=pathlib.PurePosixPath("out")), "space": types.SimpleNamespace(a=1)}


@kind
def expressions():
    import re

    return {"token": re.compile(r"\w+", re.IGNORECASE), "state": __import__("random").Random(3).getstate()}


@kind
def library_enum():
    import http
    import signal
    import socket

    return [http.HTTPStatus.OK, signal.Signals.SIGINT, socket.AddressFamily.AF_INET]


for name, make in KINDS.items():
    for version in range(6) if name in ("plain-data", "collections-kinds", "dates") else (2, 4):
        case(f"python/{name}-{version}", "pickle")(lambda make=make, version=version: pickle.dumps(make(), version))
for end, module in ((".gz", "gzip"), (".bz2", "bz2"), (".xz", "lzma")):

    @case(f"python/compressed{end}", {"gzip": "gzip", "bz2": "bz2", "lzma": "lzma"}[module], file=f"vocabulary.pkl{end}")
    def _(module=module):
        import importlib

        return importlib.import_module(module).compress(pickle.dumps(vocabulary()))
