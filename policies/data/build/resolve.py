"""Notes which reviewed globals really resolve in the running interpreter; run it in environments with the libraries installed.

    python policies/data/build/resolve.py

Adds to reviewed/resolved.json. Imports the libraries that the entries name, so run it only where they are the genuine ones."""

import importlib
import json
import tomllib
from pathlib import Path

from entries import expand

# Modules that stand under their name only once another one was imported.
FIRST = {"_loss": "sklearn._loss._loss"}
HERE = Path(__file__).resolve().parent


def resolves(name: str) -> bool:
    module, colon, attribute = name.partition(":")
    if not colon:
        module, _, attribute = name.rpartition(".")
    try:
        if module in FIRST:
            importlib.import_module(FIRST[module])
        found = importlib.import_module(module)
        for part in attribute.split("."):
            found = getattr(found, part)
    except Exception:  # noqa: BLE001 - any failure means that it does not resolve here
        return False
    return True


def main() -> None:
    path = HERE / "reviewed" / "resolved.json"
    noted = set(json.loads(path.read_text())) if path.exists() else set()
    for table in sorted((HERE / "reviewed").glob("*.toml")):
        for entry in expand(tomllib.loads(table.read_text()).get("entry", [])):
            if entry["global"] not in noted and resolves(entry["global"]):
                noted.add(entry["global"])
    path.write_text(json.dumps(sorted(noted), indent=0) + "\n")


if __name__ == "__main__":
    main()
