"""Holds the lists against each other and against the sources; takes `historic` off entries that a pinned version still has."""

import _compat_pickle
import importlib
import json
from pathlib import Path

from sources import Class, Function, Sources
from wheels import fetch

STANDARD = {"_codecs", "_functools", "_operator", "argparse", "array", "builtins", "collections", "copyreg", "datetime", "decimal", "fractions",
            "functools", "ipaddress", "math", "operator", "pathlib", "random", "re", "types", "uuid"}
PYTHON_2 = {"__builtin__", "copy_reg", "exceptions", "UserDict", "UserList", "sre_compile"}


def check(allow: dict, dangerous: dict, libraries: dict, store: Path) -> list[str]:
    problems = []
    tables = {f"{m}.{n}": name for name, data in allow.items() for kind in ("classes", "enums") for m, names in data[kind].items() for n in names}
    entries = [(name, entry) for name, data in allow.items() for entry in data["entries"]]
    listed = {*tables, *(e["global"].replace(":", ".") for _, e in entries)}
    problems += [f"{name} is listed and dangerous" for name in sorted(listed) if name in dangerous["globals"]]
    problems += [f"{name} is listed inside the dangerous module {module}" for name in sorted(listed)
                 if (module := enclosing(name, dangerous["modules"])) and name not in {e.replace(":", ".") for e in dangerous["modules"][module]["except"]}]
    for name in sorted(listed):  # what Python 3 reads in place of a Python 2 name is listed as well
        module, _, short = name.rpartition(".")
        new = _compat_pickle.NAME_MAPPING.get((module, short)) or (_compat_pickle.IMPORT_MAPPING.get(module, module), short)
        if new != (module, short) and ".".join(new) not in listed:
            problems.append(f"{name} is read as {'.'.join(new)}, which is not listed")
    noted = Path(__file__).with_name("reviewed") / "resolved.json"
    resolved = set(json.loads(noted.read_text())) if noted.exists() else set()
    wheels = [Sources([fetch(t.get("distribution", n), pin, store)]) for n, t in libraries.items() for pin in t["versions"]]
    for _, entry in entries:
        name = entry["global"]
        if name in resolved or standard(name) or any(defines(w, name) for w in wheels):
            entry.pop("historic", None)  # a group may hold old and new names
            continue
        if entry.get("historic"):
            continue
        problems.append(f"{name} was found in no pinned version; mark it historic with its source, or remove it")
    return problems


def enclosing(name: str, modules: dict) -> str:
    parts = name.split(".")
    return next((".".join(parts[:n]) for n in range(len(parts) - 1, 0, -1) if ".".join(parts[:n]) in modules), "")


def standard(name: str) -> bool:
    module, _, attribute = name.rpartition(".")
    if module in PYTHON_2:
        return True
    if module.split(".")[0] not in STANDARD or module == "pathlib._local":  # pathlib._local: Python 3.13
        return module == "pathlib._local"
    return hasattr(importlib.import_module(module), attribute)


def defines(sources: Sources, name: str) -> bool:
    if ":" in name:
        module, _, attribute = name.partition(":")
    else:
        module, _, attribute = name.rpartition(".")
    return sources.module(module) is not None and isinstance(sources.resolve(module, attribute), (Class, Function))
