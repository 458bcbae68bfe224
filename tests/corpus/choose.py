"""Copies a small, fixed choice of ordinary files out of the corpus, for the Rust tests.

    python choose.py CORPUS OUT      (OUT is tests/fixtures/ordinary)

It cannot be called `select.py`: Python puts a script's folder first on its path, and the standard library imports `select`.
"""

import json
import shutil
import sys
from pathlib import Path

EACH, TOTAL, PER_CLASS = 8_000, 400_000, 3


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: python choose.py CORPUS OUT")
    corpus, out = Path(sys.argv[1]), Path(sys.argv[2])
    rows = [row for row in json.loads((corpus / "index.json").read_text()) if row["set"] == "ordinary"]
    shutil.rmtree(out, ignore_errors=True)
    # Some libraries write where they ran into the file; a fixture says nothing about the machine that made it.
    local = [str(place).encode() for place in (corpus.absolute(), Path(sys.prefix), Path(sys.base_prefix))]
    spent, kept = 0, {}
    for row in sorted(rows, key=lambda row: row["name"]):
        path = corpus / row["path"]
        if not path.is_file() or path.stat().st_size >= EACH:
            continue
        if any(place in path.read_bytes() for place in local):
            continue
        kept.setdefault(row["class"], []).append((row, path))
    for name, found in sorted(kept.items()):
        # Spread over the class rather than its first names.
        step = max(1, len(found) // PER_CLASS)
        for row, path in found[::step][:PER_CLASS]:
            size = path.stat().st_size
            if spent + size > TOTAL:
                continue
            ending = path.name[path.name.index("."):] if "." in path.name else ""
            target = out / name / (row["name"].split("/", 1)[1].removesuffix(ending) + ending)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
            spent += size
    print(f"{sum(1 for one in out.rglob('*') if one.is_file())} files, {spent} bytes")


if __name__ == "__main__":
    main()
