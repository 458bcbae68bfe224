"""Builds policies/data/allow/*.json and policies/data/dangerous.json from the pinned wheels and the reviewed tables.

    python policies/data/build/enumerate.py            writes the files
    python policies/data/build/enumerate.py --check    says whether they are fresh (exit 1 when not)
    python policies/data/build/enumerate.py --accept   also notes the digests of the reviewed methods, after they were read

Reads sources only; nothing of a wheel is imported. Needs pip's own index for the first run, and Python 3.11, whose standard
library is one of the things read."""

import argparse
import json
import multiprocessing
import os
import sys
import sysconfig
import tomllib
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from checks import check  # noqa: E402
from classes import enumerate_library, written  # noqa: E402
from entries import expand  # noqa: E402
from gadgets import Search  # noqa: E402
from wheels import fetch  # noqa: E402

DATA = HERE.parent
# Where gadgets are looked for, besides the standard library; a version each, the newest that the enumeration pins too.
SEARCHED = (("numpy", "1.26.4", ["numpy"]), ("numpy", "2.4.0", ["numpy"]), ("torch", "2.5.1", ["torch"]), ("pandas", "2.2.3", ["pandas"]),
            ("scipy", "1.13.1", ["scipy"]), ("scikit-learn", "1.5.2", ["sklearn"]), ("joblib", "1.6.0", ["joblib"]),
            ("pip", "24.3.1", ["pip"]), ("setuptools", "75.6.0", ["setuptools", "pkg_resources"]), ("networkx", "3.4.2", ["networkx"]),
            ("transformers", "4.57.3", ["transformers"]), ("pytorch-lightning", "2.5.6", ["pytorch_lightning", "lightning_fabric"]),
            ("ultralytics", "8.3.240", ["ultralytics"]), ("statsmodels", "0.14.6", ["statsmodels"]),
            ("gensim", "4.4.0", ["gensim"]), ("xgboost", "3.1.2", ["xgboost"]), ("torchvision", "0.20.1", ["torchvision"]))


def reviewed(name: str) -> dict:
    return tomllib.loads((HERE / "reviewed" / name).read_text())


def by_hand(name: str) -> list[dict]:
    """The entries of one library that a person wrote."""
    path = HERE / "reviewed" / f"{name}.toml"
    return expand(reviewed(path.name)["entry"]) if path.exists() else []


def one_table(found: dict[str, dict[str, str]], more: dict, without: dict | set) -> dict[str, str]:
    """What was found in all libraries, by name, and what was added or taken away by hand; the library that comes first tells why."""
    table: dict[str, str] = {}
    for name in sorted(found):
        for key, why in found[name].items():
            if key not in without:
                table.setdefault(key, why)
    return {**table, **{key: value["reason"] for key, value in more.items()}}


def one_library(task: tuple) -> tuple:
    name, table, store, seen, entries, accepting = task
    used: set = set()
    found = enumerate_library(name, table, store, seen, used, entries, accepting)
    return name, found, used


def searches(store: Path) -> list[tuple]:
    standard = Path(sysconfig.get_paths()["stdlib"])
    tasks = [(standard, sorted({*sys.stdlib_module_names, "distutils"}), "standard library of Python 3.11")]
    return tasks + [(fetch(name, version, store), packages, f"{name} {version}") for name, version, packages in SEARCHED]


def one_search(task: tuple) -> tuple:
    folder, packages, source = task
    present = [p for p in packages if (folder / p).is_dir() or (folder / f"{p}.py").is_file()]
    return source, Search([folder]).run(present, quiet)


def quiet(module: str) -> bool:
    """Test suites, which are installed but never part of a program."""
    return any(p in ("test", "tests", "testing", "_internal", "_pytest") or p.startswith("test_") for p in module.split("."))


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--check", action="store_true")
    arguments.add_argument("--accept", action="store_true")
    arguments.add_argument("--store", type=Path, default=Path.home() / ".cache" / "weighbridge-wheels", help="where unpacked wheels are kept")
    options = arguments.parse_args()
    if sys.version_info[:2] != (3, 11):
        raise SystemExit("the standard library of Python 3.11 is one of the sources: run this with Python 3.11")
    options.store.mkdir(parents=True, exist_ok=True)
    libraries = tomllib.loads((HERE / "libraries.toml").read_text())
    methods = reviewed("methods.toml")
    seen_path = HERE / "reviewed" / "seen.json"
    noted = json.loads(seen_path.read_text()) if seen_path.exists() else {}
    seen = {name: noted.get(name, []) for name in methods}
    for name, table in libraries.items():  # fetched before the workers start, so that no two fetch one wheel
        for pin in table["versions"]:
            fetch(table.get("distribution", name), pin, options.store)

    for name, version, _ in SEARCHED:
        fetch(name, version, options.store)
    tasks = [(name, table, options.store, seen, [e["global"] for e in by_hand(name)], options.accept) for name, table in libraries.items()]
    with multiprocessing.Pool(os.cpu_count()) as pool:
        searching = pool.map_async(one_search, searches(options.store), chunksize=1)
        results = {name: (found, used) for name, found, used in pool.imap(one_library, tasks, chunksize=1)}
        gadgets = searching.get()
    if options.accept:
        noted = {}
        for _, used in results.values():
            for name, digest in used:
                noted[name] = sorted({*noted.get(name, []), digest})
        seen_path.write_text(dump(noted))

    allow = {}
    names = sorted({*libraries, *(p.stem for p in (HERE / "reviewed").glob("*.toml"))} - {"methods", "dangerous", "called", "constructors"})
    for name in names:
        found = results[name][0] if name in results else None
        allow[name] = one_file(name, libraries.get(name), found, by_hand(name))
    dangerous = one_danger(gadgets, reviewed("dangerous.toml"), allow)
    problems = check(allow, dangerous, libraries, options.store)

    files = {DATA / "allow" / f"{name}.json": dump(data) for name, data in allow.items()}
    files[DATA / "dangerous.json"] = dump(dangerous)
    files[DATA / "called.json"] = dump(one_table({n: found.called for n, (found, _) in results.items()}, {}, reviewed("called.toml")))
    constructors = {name: {g: f"its constructor reaches {why}" for g, why in found.constructors.items()} for name, (found, _) in results.items()}
    by_person = reviewed("constructors.toml")
    harmless_ones = {name for name, value in by_person.items() if value.get("harmless")}
    more = {name: value for name, value in by_person.items() if name not in harmless_ones}
    files[DATA / "constructors.json"] = dump(one_table(constructors, more, harmless_ones))
    stale = [path for path, text in files.items() if not path.exists() or path.read_text() != text]
    stale += [path for path in (DATA / "allow").glob("*.json") if path not in files]
    for name, data in allow.items():
        print(f"{name}: {sum(map(len, data['classes'].values()))} classes, {sum(map(len, data['enums'].values()))} enums, "
              f"{len(data['entries'])} entries" + (f"; refused {len(results[name][0].refused)}, undecided {len(results[name][0].undecided)}" if name in results else ""))
    print(f"dangerous: {len(dangerous['modules'])} modules, {len(dangerous['globals'])} globals")
    print(f"{sum(len(text.encode()) for text in files.values())} bytes")
    for problem in problems:
        print(f"problem: {problem}")
    if options.check:
        for path in stale:
            print(f"stale: {path.relative_to(DATA)}")
        return 1 if stale or problems else 0
    (DATA / "allow").mkdir(exist_ok=True)
    for path, text in files.items():
        path.write_text(text)
    for path in stale:
        if path not in files:
            path.unlink()
    refused = {name: {"refused": dict(sorted(r.refused.items())), "undecided": dict(sorted(r.undecided.items()))} for name, (r, _) in results.items()}
    (options.store / "refused.json").write_text(json.dumps(refused, indent=1))
    return 1 if problems else 0


def one_file(name: str, table: dict | None, found, entries: list) -> dict:
    """One library's list. A class that a reviewed entry makes or fills stays out of the table, so that its conditions hold."""
    held = {e["global"] for e in entries if set(e["as"]) & {"new", "build"}}
    tables = {}
    for kind in ("classes", "enums"):
        tables[kind] = {}
        for module, names in sorted((getattr(found, kind) if found else {}).items()):
            kept = sorted(n for n in names if written(module, n) not in held)
            if kept:
                tables[kind][module] = kept
    return {
        "library": table.get("distribution", name) if table else name,
        "versions": [pin.partition("@")[0] for pin in table["versions"]] if table else [],
        "generated": found is not None,
        "classes": tables["classes"],
        "classes_reason": table["classes_reason"] if table else None,
        "classes_source": table["classes_source"] if table else None,
        "enums": tables["enums"],
        "callables": callables(found, tables),
        "entries": entries,
    }


def callables(found, tables: dict) -> list[str] | None:
    """The listed classes whose instances may be called; null when most of them may, as in a library of layers."""
    listed = {written(module, name) for kind in tables for module, names in tables[kind].items() for name in names}
    may = sorted(listed & found.callables) if found else []
    return None if 2 * len(may) > len(listed) else may


def one_danger(gadgets: list, hand: dict, allow: dict) -> dict:
    listed = {e["global"] for data in allow.values() for e in data["entries"]}
    listed |= {written(m, n) for data in allow.values() for kind in ("classes", "enums") for m, names in data[kind].items() for n in names}
    found: dict[str, str] = {}
    sources: dict[str, str] = {}
    for source, hits in gadgets:
        for key, why in hits.items():
            module, _, qualname = key.partition(":")
            name = written(module, qualname)
            if "." not in qualname and not qualname.startswith("__") and name not in listed:  # methods need an instance or a dotted name; unlisted is denied anyway
                found[name] = why
                sources[name] = source
    modules = {name: {"why": why, "source": "its documentation", "except": sorted({*harmless(name, listed), *hand["except"].get(name, [])})} for name, why in hand["modules"].items()}
    kept = {n: {"why": w, "source": sources[n]} for n, w in found.items() if not inside(n, modules)}
    kept |= {n: {"why": w, "source": "its documentation"} for n, w in hand["globals"].items() if n not in listed}
    return {"modules": dict(sorted(modules.items())), "globals": dict(sorted(kept.items()))}


def harmless(module: str, listed: set[str]) -> list[str]:
    """The names of a dangerous module that are listed, and so not dangerous."""
    return sorted(n for n in listed if n.rpartition(".")[0] == module or n.startswith(module + "."))


def inside(name: str, modules: dict) -> bool:
    parts = name.replace(":", ".").split(".")
    return any(".".join(parts[:n]) in modules for n in range(1, len(parts)))


def dump(value, indent: str = "") -> str:
    """JSON with sorted keys and two spaces; a list of texts, or an object without objects inside, stays on one line."""
    text = _dump(value, "")
    return text + "\n"


def _dump(value, indent: str) -> str:
    flat = json.dumps(value, ensure_ascii=True, sort_keys=True)
    if isinstance(value, list) and all(isinstance(v, str) for v in value) or not isinstance(value, (dict, list)) or not value:
        return flat
    inner = indent + "  "
    if isinstance(value, dict):
        if indent and all(isinstance(v, str) or v == [] for v in value.values()) and len(flat) < 160:
            return flat
        return "{\n" + ",\n".join(f"{inner}{json.dumps(k)}: {_dump(v, inner)}" for k, v in sorted(value.items())) + f"\n{indent}}}"
    return "[\n" + ",\n".join(f"{inner}{_dump(v, inner)}" for v in value) + f"\n{indent}]"


if __name__ == "__main__":
    raise SystemExit(main())
