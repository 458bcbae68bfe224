"""Makes the corpus: builds every case, loads it with its real loader, keeps what proves itself.

    python build.py OUT [--only TEXT]... [--set malicious|ordinary|malformed] [--jobs N]

Kept are: malicious files whose payload ran, ordinary files that load, malformed files that their reader refuses (class
`bomb` is kept without a run). Everything else is listed at the end, with the reason, and in OUT/dropped.json.
"""

import argparse
import contextlib
import importlib.metadata
import itertools
import json
import multiprocessing
import os
import random
import shutil
import sys
import time
import traceback
from collections import Counter
from pathlib import Path

os.environ.update(OMP_NUM_THREADS="1", MKL_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", PYTHONDONTWRITEBYTECODE="1",
                  HF_HUB_OFFLINE="1", TRANSFORMERS_OFFLINE="1", TOKENIZERS_PARALLELISM="false", CUDA_VISIBLE_DEVICES="", KERAS_BACKEND="torch", JAX_PLATFORMS="cpu", TF_CPP_MIN_LOG_LEVEL="3", USE_TF="0")
sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

import cage  # noqa: E402
import case as cases  # noqa: E402
import load  # noqa: E402

SETS = ("malicious", "ordinary", "malformed")
# Both must execute; `later` is made by the package `malicious` too, in formats that the gate does not read yet.
HOSTILE = ("malicious", "later")
# Where a class is not called as the package is.
DISTRIBUTIONS = {"sklearn": "scikit-learn", "imblearn": "imbalanced-learn", "category-encoders": "category_encoders", "skopt": "scikit-optimize", "umap": "umap-learn", "orbax": "orbax-checkpoint", "torchscript": "torch",
                 "tensorflow": "tensorflow-cpu"}
RUNS = itertools.count()
CASES: list = []


def place(out: Path, one) -> Path:
    return out / one.set / one.cls / one.name.split("/", 1)[1].replace("/", "-")


def make(job):
    """Builds case number `index`; returns what went wrong, or None."""
    out, index = job
    one = CASES[index]
    random.seed(index)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(index)
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(index)
    folder = place(out, one)
    try:
        one.write(folder)
        return index, None
    except BaseException as caught:
        shutil.rmtree(folder, ignore_errors=True)
        line = traceback.extract_tb(caught.__traceback__)[-1].lineno
        return index, f"not built: {type(caught).__name__}: {str(caught)[:200]} (line {line})"


def prove(job):
    """Loads case number `index` with its loader; returns the loaders that executed or accepted it, and the errors."""
    out, index = job
    one = CASES[index]
    path = place(out, one) / one.file
    if one.set == "malformed" and one.cls == "bomb":
        return index, [], {}
    loaders = ["pickle", "pickle-py"] if one.loader == "pickle" and one.set in HOSTILE else [one.loader]
    good, errors = [], {}
    for loader in loaders:
        folder = out / "work" / f"{os.getpid()}-{next(RUNS)}"
        proof = one.proof if one.set in HOSTILE else "none none"
        # Some libraries compile code when they are first imported.
        outcome = load.run(loader, path.absolute(), proof, folder.absolute(), 120 if one.set == "ordinary" else load.SECONDS)
        if outcome.executed if one.set in HOSTILE else outcome.error is None:
            good.append(loader)
        if outcome.error:
            errors[loader] = outcome.error
    return index, good, errors


def made(one) -> str:
    """What wrote the case: the library that its class is named for, with its version, or the class alone."""
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):
        return f"{one.cls} {importlib.metadata.version(DISTRIBUTIONS.get(one.cls, one.cls))}"
    return one.cls


def keep(one, good) -> bool:
    if one.set == "malformed":
        return one.cls == "bomb" or not good
    return bool(good)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--only", action="append", default=[], help="only cases whose name holds this text; may be repeated")
    parser.add_argument("--set", action="append", choices=SETS, help="only this set; may be repeated")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    options = parser.parse_args()
    out = options.out.absolute()
    out.mkdir(parents=True, exist_ok=True)
    for which in options.set or SETS:
        CASES.extend(one for one in cases.gather(which) if not options.only or any(text in one.name for text in options.only))
    whole = not options.only and not options.set
    for which in options.set or SETS:
        if not options.only:
            shutil.rmtree(out / which, ignore_errors=True)
            if which == "malicious":
                shutil.rmtree(out / "later", ignore_errors=True)
    for one in CASES:
        shutil.rmtree(place(out, one), ignore_errors=True)
    shutil.rmtree(out / "work", ignore_errors=True)
    (out / "work" / "home").mkdir(parents=True)
    os.environ.update(HOME=str(out / "work" / "home"), TMPDIR=str(out / "work"), MPLCONFIGDIR=str(out / "work" / "home"))
    os.chdir(out / "work")
    if not cage.shut(out):
        raise SystemExit("the kernel refuses the namespaces that keep payloads from network and files: run as root")

    jobs = [(out, index) for index in range(len(CASES))]
    begin = time.monotonic()
    with multiprocessing.get_context("fork").Pool(options.jobs) as pool:
        failed = {index: why for index, why in pool.imap_unordered(make, jobs) if why}
    print(f"built {len(jobs) - len(failed)} of {len(jobs)} in {time.monotonic() - begin:.0f} s", flush=True)

    begin = time.monotonic()
    load.warm()
    index_file, dropped_file = out / "index.json", out / "dropped.json"
    names = {(one.set, one.name) for one in CASES}
    chosen = {*(options.set or SETS), "later"} if "malicious" in (options.set or SETS) else set(options.set)
    index = [] if whole or not index_file.exists() else [
        row for row in json.loads(index_file.read_text())
        if (row["set"], row["name"]) not in names and (options.only or row["set"] not in chosen)]
    dropped = []
    todo = [job for job in jobs if job[1] not in failed]
    with multiprocessing.get_context("fork").Pool(options.jobs) as pool:
        for number, good, errors in pool.imap_unordered(prove, todo, chunksize=4):
            one = CASES[number]
            path = place(out, one) / one.file
            if not keep(one, good):
                said = "; ".join(f"{loader}: {error}" for loader, error in errors.items()) or "no error"
                what = {"malicious": "did not execute", "later": "did not execute", "ordinary": "does not load", "malformed": "is accepted"}[one.set]
                dropped.append({"set": one.set, "name": one.name, "loader": one.loader, "reason": f"{what}: {said}"})
                shutil.rmtree(place(out, one))
                continue
            index.append({"path": str(path.relative_to(out)), "set": one.set, "class": one.cls, "name": one.name,
                          "made": made(one), "loader": one.loader, "loaders": good, "executed": one.set in HOSTILE,
                          "said": next(iter(errors.values()), None)})
    for number, why in failed.items():
        one = CASES[number]
        dropped.append({"set": one.set, "name": one.name, "loader": one.loader, "reason": why})
    index.sort(key=lambda row: row["path"])
    index_file.write_text(json.dumps(index, indent=1) + "\n")
    dropped.sort(key=lambda row: row["name"])
    dropped_file.write_text(json.dumps(dropped, indent=1) + "\n")
    shutil.rmtree(out / "work", ignore_errors=True)

    print(f"loaded in {time.monotonic() - begin:.0f} s")
    for which in (*SETS, "later"):
        counts = Counter(row["class"] for row in index if row["set"] == which)
        print(f"{which}: {sum(counts.values())}  " + "  ".join(f"{name} {count}" for name, count in sorted(counts.items())))
    print(f"not kept: {len(dropped)}")
    for row in dropped:
        print(f"  {row['set']}/{row['name']} ({row['loader']}): {row['reason']}")


if __name__ == "__main__":
    main()
