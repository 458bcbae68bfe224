"""Fuzzes the readers: the whole walk, and each format by itself, starting from the fixtures.

    python tests/fuzz/run.py [--seconds 60] [--only pickle,zip] [--out FOLDER]

Needs Rust, a C++ compiler and Python 3.9; stable Rust is enough, because the coverage that libFuzzer is guided by comes from
flags of the stable compiler. With a nightly compiler `cargo fuzz run --fuzz-dir tests/fuzz walk` adds the address sanitizer.
Every target runs for the given time. A finding (a panic, a broken rule of the facts, more than 10 seconds or 512 MiB for one
content) ends its target; the content lies in FOLDER/findings and the exit code is 1.
"""

import argparse
import json
import os
import pickle
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
FLAGS = [
    "--cfg fuzzing",
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Ccodegen-units=1",
]
LARGEST = 16 << 10


def build():
    host = next(
        line.split()[1] for line in subprocess.run(["rustc", "-vV"], capture_output=True, text=True, check=True).stdout.splitlines()
        if line.startswith("host:")
    )
    # With --target the flags do not reach build scripts and procedural macros, which have no fuzzer to report to.
    command = ["cargo", "build", "--release", "--target", host]
    subprocess.run(command, cwd=HERE, env={**os.environ, "RUSTFLAGS": " ".join(FLAGS)}, check=True)
    return HERE / "target" / host / "release"


def formats():
    text = subprocess.run(
        ["cargo", "run", "--quiet", "--", "formats", "--format", "json"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    return [one["id"] for one in json.loads(text)]


def seeds(folder):
    """Fixtures, small ones, and a pickle of each protocol; once as they are and once behind the byte that chooses a name."""
    plain, named = folder / "plain", folder / "named"
    plain.mkdir(parents=True, exist_ok=True)
    named.mkdir(parents=True, exist_ok=True)
    folders = [ROOT / "tests" / "fixtures", ROOT / "tests" / "cases" / "template"]
    contents = [path.read_bytes() for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
    value = [{"text": "a", "number": 2**70, "float": 0.5, "none": None}, (b"bytes", bytearray(b"x")), {1}, complex, range(3)]
    contents += [pickle.dumps(value, protocol) for protocol in range(6)]
    for number, content in enumerate(content for content in contents if len(content) <= LARGEST):
        (plain / f"{number:04}").write_bytes(content)
        (named / f"{number:04}").write_bytes(bytes([number % 9]) + content)
    return plain, named


def run(binary, name, start, seconds, out, environment):
    corpus, findings = out / "corpus" / name, out / "findings" / name
    corpus.mkdir(parents=True, exist_ok=True)
    findings.mkdir(parents=True, exist_ok=True)
    command = [
        str(binary), str(corpus), str(start), f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=512",
        f"-max_len={LARGEST}", f"-artifact_prefix={findings}/", "-print_final_stats=1", "-verbosity=0",
    ]
    ended = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, errors="replace")
    stats = dict(line[6:].split(":", 1) for line in ended.stderr.splitlines() if line.startswith("stat::"))
    executed = next((value.strip() for key, value in stats.items() if "number_of_executed_units" in key), "0")
    kept = len(list(corpus.iterdir()))
    print(f"{name:20} {executed:>12} contents, {kept:6} kept, {'no finding' if ended.returncode == 0 else 'FINDING'}", flush=True)
    if ended.returncode != 0:
        print("\n".join(f"    {line}" for line in ended.stderr.splitlines()[-25:]), flush=True)
    return ended.returncode == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=60, help="time for each target")
    parser.add_argument("--only", default="", help="names of formats, or `walk`, with commas between them")
    parser.add_argument("--out", type=Path, default=HERE / "out", help="folder for contents and findings")
    arguments = parser.parse_args()
    folder = build()
    plain, named = seeds(arguments.out / "seeds")
    wanted = [name for name in arguments.only.split(",") if name] or ["walk", *formats()]
    fine = True
    for name in wanted:
        if name == "walk":
            fine &= run(folder / "walk", name, named, arguments.seconds, arguments.out, {})
        else:
            fine &= run(folder / "format", name, plain, arguments.seconds, arguments.out, {"WEIGHBRIDGE_FORMAT": name})
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
