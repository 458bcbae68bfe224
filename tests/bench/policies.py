"""Measures how many artifacts the shipped policies judge per CPU second, side by side with OPA in the same run.

    cargo build --release
    python tests/bench/policies.py target/release/weighbridge --opa WHEELS [--runs 5] [--count 2000]

Takes the facts of the fixtures that are nearest to 5 kB, and has both engines judge them again and again in turn: the gate by
`weighbridge eval` (reading the facts, judging, and writing the report included; starting with its policies not, which is measured by
one document and taken off), OPA by its prepared query over the same rules and data, without reading METADATA or writing anything.
Prints the medians and their ratio; asserts nothing. Needs Python 3.9 and the wheel that `tests/differential/opa.py` names.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "differential"))
import opa

POLICIES = ROOT / "policies"


def documents(binary):
    """The ten fixtures whose facts are nearest to 5 kB."""
    found = []
    for path in sorted((ROOT / "tests" / "fixtures" / "ordinary").rglob("*")):
        if path.is_file():
            text = opa.facts(binary, path)
            if text:
                found.append(json.dumps(json.loads(text)))
    return sorted(found, key=lambda text: abs(len(text) - 5_000))[:10]


def gate(binary, texts):
    """CPU seconds of one `eval` over the texts."""
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
        file.write("".join(f"{text}\n" for text in texts))
        file.flush()
        command = [binary, "eval", "--no-config", "--format", "json", "--output", os.devnull, "--", file.name]
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) > 1:
        sys.exit("the gate could not judge the facts")
    return usage.ru_utime + usage.ru_stime


def theirs(engine, inputs):
    begin = time.process_time()
    for value in inputs:
        engine.eval_document("weighbridge_entry.results", value)
    return time.process_time() - begin


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weighbridge", type=Path)
    parser.add_argument("--opa", type=Path, required=True, help="folder with the wheel")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--count", type=int, default=2000, help="documents of one run")
    arguments = parser.parse_args()
    binary = str(arguments.weighbridge.resolve())
    engine = opa.engine(arguments.opa)
    rules = opa.load(engine, POLICIES)
    lines = []
    for package, rule in rules.items():
        text = (POLICIES / "/".join(package.split(".")[1:]) / f"{package.split('.')[-1]}.rego").read_text()
        lines += [f'results contains ["{rule}", "{level}", data.{package}.{level}]' for level in ("deny", "warn") if f"\n{level} contains" in text]
    engine.add_policy("entry.rego", "package weighbridge_entry\n\n" + "\n\n".join(lines) + "\n")
    some = documents(binary)
    texts = [some[index % len(some)] for index in range(arguments.count)]
    inputs = [json.loads(text) for text in texts]
    theirs(engine, inputs[:10])
    rates = {"gate": [], "OPA": []}
    for _ in range(arguments.runs):
        rates["gate"].append((len(texts) - 1) / (gate(binary, texts) - gate(binary, texts[:1])))
        rates["OPA"].append(len(inputs) / theirs(engine, inputs))
    sizes = sorted(len(text) for text in some)
    print(f"{len(rules)} rules, {arguments.count} documents of {sizes[0]:,} to {sizes[-1]:,} bytes, median of {arguments.runs} runs")
    medians = {name: statistics.median(values) for name, values in rates.items()}
    for name, value in medians.items():
        print(f"{name:5} {value:8.0f} artifacts per CPU second")
    print(f"ratio {medians['gate'] / medians['OPA']:8.2f}")


if __name__ == "__main__":
    main()
