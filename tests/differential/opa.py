"""OPA, embedded: the engine of the PyPI wheel `opa-golib-python-bindings` (OPA 1.20), and a policy folder loaded into it.

The wheel asks for a newer Python than it needs, and pip refuses it on older ones; it works when it is unpacked by hand:

    python -m pip download --no-deps --ignore-requires-python --only-binary=:all: --dest WHEELS opa-golib-python-bindings==0.4.4
"""

import functools
import json
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

WHEEL = "opa_golib_python_bindings-*.whl"


@functools.cache
def bindings(wheels):
    """The module of the wheel in a folder, unpacked once."""
    found = sorted(Path(wheels).glob(WHEEL))
    if not found:
        sys.exit(f"{wheels}: holds no {WHEEL}; download it as the first lines of {__file__} say")
    folder = tempfile.mkdtemp(prefix="opa-")
    with zipfile.ZipFile(found[-1]) as wheel:
        wheel.extractall(folder)
    sys.path.insert(0, folder)
    import opa_bindings

    return opa_bindings


def engine(wheels):
    """A new engine, from the wheel in a folder."""
    return bindings(wheels).OpaEngine()


def by_global(entries):
    """The entries of a list as the gate gives them to its engine (src/policy/engine.rs): grouped, so that a lookup is one step."""
    grouped = {}
    for entry in entries:
        grouped.setdefault(entry["global"], []).append(entry)
    return grouped


def facts(binary, path, folder=None):
    """The text of a file's facts as the gate writes them; empty when it cannot open the file."""
    command = [binary, "facts", "--no-config", "--", str(path)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True).stdout


def load(opa, policies, tests=False, settings=None):
    """Puts the modules and data of a policy folder into the engine, each data file at its path below `data/`. Gives the ids of the
    rules by their packages. `settings` are keys of `weighbridge.yaml`."""
    policies = Path(policies)
    rules = {}
    for path in sorted(policies.rglob("*.rego")):
        if path.name.endswith("_test.rego") and not tests:
            continue
        text = path.read_text()
        opa.add_policy(str(path), text)
        package = next(line.split()[1] for line in text.splitlines() if line.startswith("package "))
        if package.startswith("weighbridge.") and not package.startswith("weighbridge.lib.") and not path.name.endswith("_test.rego"):
            rules[package] = package.removeprefix("weighbridge.").replace("_", "-").replace(".", "/")
    for path in sorted((policies / "data").rglob("*.json")):
        inside = path.relative_to(policies / "data").with_suffix("")
        if inside.parts[0] != "build":
            value = json.loads(path.read_text())
            if inside.parts[0] == "allow":
                value["entries"] = by_global(value["entries"])
            opa.add_data(value, ".".join(inside.parts))
    # What the configuration says, or that it says nothing (src/policy/settings.rs).
    opa.add_data({"formats": None, "largest": None, "custom": {}, **(settings or {}).get("parameters", {})}, "parameters")
    opa.add_data((settings or {}).get("refuse", []), "refused")
    opa.add_data([signers(entry) for entry in (settings or {}).get("signers", [])], "signers")
    return rules


SIGNER = ("key", "fingerprint", "identity", "pattern", "issuer", "root", "authority", "subject", "from", "until")


def signers(entry):
    """An entry of the configuration's `signers` with each key that the gate's has."""
    by = [{**dict.fromkeys(SIGNER), **signer} for signer in entry["by"]]
    return {"paths": [], "uncovered": [], "timed": False, **entry, "by": by}
