"""A case: one file, or one folder, of the corpus, and the reader that proves what it is. Never loads anything."""

import importlib
import pkgutil
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

# What the payloads do. Both write the file `marker` in the folder where the loader runs, and nothing else.
MARKER = "marker"
COMMAND = f"echo > {MARKER}"
PYTHON = f"open('{MARKER}','w').close()"
# A file that stands in the folder where the loader runs: gadgets that only read prove themselves on it.
CANARY = "canary"

# The name a file has when a case does not choose one.
NAMES = {
    "pickle": "model.pkl",
    "pickle-py": "model.pkl",
    "pickle-each": "model.pkl",
    "torch": "model.pt",
    "torch-weights-only": "model.pt",
    "torch-jit": "model.pt",
    "torch-package": "model.pt",
    "joblib": "model.joblib",
    "numpy": "model.npy",
    "pandas": "model.pkl",
    "unpack": "model.zip",
    "folder": "model",
    "run": "model.bin",
    "none": "model.pkl",
}


@dataclass(frozen=True)
class Case:
    """One case. `build` returns the bytes of the file, or writes to the path it is given and returns None."""

    set: str
    name: str  # CLASS/NAME
    loader: str
    build: Callable
    file: str
    proof: str  # "marker", or "EVENT TEXT": an audit event whose arguments hold TEXT

    @property
    def cls(self) -> str:
        return self.name.split("/", 1)[0]

    def write(self, folder: Path) -> Path:
        """Writes the case below `folder` and returns its path."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / self.file
        data = self.build(path) if self.build.__code__.co_varnames[:1] == ("path",) else self.build()
        if data is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        return path


CASES: list[Case] = []
_current_set = "malicious"


def case(name: str, loader: str = "pickle", file: str | None = None, proof: str = "marker", set: str | None = None):
    """Registers the decorated builder, which takes `path` and writes there, or takes nothing and returns bytes."""

    def register(build):
        CASES.append(Case(set or _current_set, name, loader, build, file or NAMES.get(loader, "model.bin"), proof))
        return build

    return register


def add(name: str, data, loader: str = "pickle", file: str | None = None, proof: str = "marker"):
    """Registers one row of a table: `data` is the bytes, or a function without arguments that makes them."""
    if isinstance(data, bytes):
        case(name, loader, file, proof)(lambda: data)
    else:
        case(name, loader, file, proof)(data)


def gather(which: str) -> list[Case]:
    """Imports every module of the package `which` and returns the cases it registered."""
    global _current_set
    _current_set = which
    CASES.clear()
    package = importlib.import_module(which)
    for module in sorted(found.name for found in pkgutil.iter_modules(package.__path__)):
        importlib.import_module(f"{which}.{module}")
    names = [one.name for one in CASES]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise SystemExit(f"two cases of one name: {', '.join(twice)}: rename one")
    return list(CASES)
