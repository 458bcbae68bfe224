"""Fuzzes the readers: the whole walk, and each format by itself, starting from the fixtures.

    python tests/fuzz/run.py [--seconds 60] [--only pickle,zip] [--out FOLDER]

Needs Rust, a C++ compiler and Python 3.9; stable Rust is enough, because the coverage that libFuzzer is guided by comes from
flags of the stable compiler. With a nightly compiler `cargo fuzz run --fuzz-dir tests/fuzz walk` adds the address sanitizer.
Every target gets the given time of a processor. A finding (a panic, a broken rule of the facts, two readings that differ, more than 10 seconds or
32 MiB for one content) ends its target; a content of more than 2 seconds is a finding too. It lies in FOLDER/findings and the exit code is 1.
"""

import argparse
import hashlib
import json
import os
import pickle
import re
import resource
import struct
import subprocess
import sys
import zipfile
import zlib
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
# Seconds.
SLOW = 2
FOLDERS = ["tests/fixtures", "tests/cases/template"]
# Formats of which no fixture is small enough to be one: the beginnings that their readers look for.
EXTRA = [
    ("m", b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0" + struct.pack("<HHIIIHH", 0x8664, 1, 0, 0, 0, 240, 0x2022) + bytes(280), {"pe"}),
    ("m", struct.pack("<8I", 0xFEEDFACF, 0x01000007, 3, 6, 1, 24, 0, 0) + struct.pack("<2I", 0x1B, 24) + bytes(16), {"mach-o"}),
    ("m", struct.pack(">7I", 0xCAFEBABE, 1, 0x01000007, 3, 28, 32, 0) + struct.pack("<8I", 0xFEEDFACF, 0x01000007, 3, 6, 0, 0, 0, 0), {"mach-o"}),
    ("m", b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 3, 62, 1, 0, 64, 0, 0, 64, 56, 0, 64, 0, 0), {"elf"}),
    ("m", b"\0asm\1\0\0\0\1\4\1\x60\0\0", {"wasm"}),
    ("m", b"MZqFpD='\n" + bytes(55), {"llamafile"}),
    ("m", b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 1\n", {"lfs-pointer"}),
    ("m.json", b'{"format": "graph-model", "modelTopology": {"node": [{"name": "a", "op": "ReadFile", "attr": {}}]}, "weightsManifest": '
     b'[{"paths": ["a.bin"], "weights": [{"name": "w", "shape": [1], "dtype": "float32"}]}]}', {"tfjs"}),
]


def build():
    host = next(
        line.split()[1] for line in subprocess.run(["rustc", "-vV"], capture_output=True, text=True, check=True).stdout.splitlines()
        if line.startswith("host:")
    )
    # The versions that the program is built with.
    lock, own = ROOT / "Cargo.lock", HERE / "Cargo.lock"
    if not own.exists() or own.stat().st_mtime < lock.stat().st_mtime:
        own.write_text(lock.read_text())
    # With --target the flags do not reach build scripts and procedural macros, which have no fuzzer to report to.
    command = ["cargo", "build", "--release", "--target", host]
    subprocess.run(command, cwd=HERE, env={**os.environ, "RUSTFLAGS": " ".join(FLAGS)}, check=True)
    return HERE / "target" / host / "release"


def ask(program, *arguments):
    command = [program] if program else ["cargo", "run", "--quiet", "--"]
    return subprocess.run([*command, *arguments], cwd=ROOT, capture_output=True, text=True).stdout


def recognised(program):
    """Small contents of the fixtures, of the members of their zips too, each with its name and the formats that it has."""
    for folder in FOLDERS:
        facts = json.loads(ask(program, "facts", folder, "--format", "json"))
        for member in facts["members"]:
            path, _, inner = member["path"].partition("!")
            file = ROOT / path
            try:
                content = zipfile.ZipFile(file).read(inner) if inner else file.read_bytes()
            except (OSError, KeyError, ValueError, RuntimeError, NotImplementedError, EOFError, zipfile.BadZipFile, zlib.error):
                continue  # a name that is escaped in the facts, or what Python's zip does not read
            if len(content) <= LARGEST:
                yield member["name"], content, set(member["formats"])


def seeds(program, out):
    """Folders of contents to begin with: for each format what has that format, and all of them behind the byte that chooses a name."""
    value = [{"text": "a", "number": 2**70, "float": 0.5, "none": None}, (b"bytes", bytearray(b"x")), {1}, complex, range(3)]
    found = [*recognised(program), *(("m.pkl", pickle.dumps(value, protocol), {"pickle"}) for protocol in range(6)), *EXTRA]
    names = re.findall(r'b"(m[^"]*)"', (HERE / "walk.rs").read_text())
    counts = {}
    for name, content, formats in found:
        suffix = max(range(len(names)), key=lambda at: len(names[at]) * name.endswith(names[at][1:]))
        for target, content in [*((one, content) for one in formats), ("walk", bytes([suffix]) + content)]:
            path = out / target / hashlib.sha256(content).hexdigest()[:16]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            counts.setdefault(target, set()).add(path)
    return {target: len(paths) for target, paths in counts.items()}


def time_of(command, environment):
    """What a command prints, and its seconds of a processor."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    ended = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, errors="replace")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return ended, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def run(binary, name, start, count, seconds, out, environment):
    corpus, findings = out / "corpus" / name, out / "findings" / name
    for folder in (corpus, findings, start):
        folder.mkdir(parents=True, exist_ok=True)
    # libFuzzer counts by the clock; on a busy machine it is started again until the target had its time of a processor.
    executed, left, ended = 0, float(seconds), None
    while left > 0 and (ended is None or ended.returncode == 0):
        command = [
            str(binary), str(corpus), str(start), f"-max_total_time={max(10, round(left))}", "-timeout=10", f"-report_slow_units={SLOW}",
            "-rss_limit_mb=512", f"-max_len={LARGEST}", f"-artifact_prefix={findings}/", "-print_final_stats=1", "-verbosity=0",
        ]
        ended, took = time_of(command, environment)
        left -= took
        stats = dict(line[6:].split(":", 1) for line in ended.stderr.splitlines() if line.startswith("stat::"))
        executed += next((int(value) for key, value in stats.items() if "number_of_executed_units" in key), 0)
    # Slow by the clock too: what is fast by itself was only waiting.
    for unit in findings.glob("slow-unit-*"):
        if time_of([str(binary), str(unit)], environment)[1] < SLOW:
            unit.unlink()
    kept, slow = len(list(corpus.iterdir())), len(list(findings.glob("slow-unit-*")))
    fine = ended.returncode == 0 and slow == 0
    said = "no finding" if fine else f"{slow} SLOW" if ended.returncode == 0 else "FINDING"
    print(f"{name:20} {count:4} seeds, {executed:>9} contents, {kept:6} kept, {seconds - left:6.0f} s, {said}", flush=True)
    if not fine:
        print("\n".join(f"    {line}" for line in ended.stderr.splitlines()[-25:]), flush=True)
    return fine


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=60, help="time of a processor for each target")
    parser.add_argument("--only", default="", help="names of formats, or `walk`, with commas between them")
    parser.add_argument("--program", help="a weighbridge to ask for formats and facts; without it one is built")
    parser.add_argument("--targets", type=Path, help="folder of the built targets; without it they are built")
    parser.add_argument("--out", type=Path, default=HERE / "out", help="folder for contents and findings")
    arguments = parser.parse_args()
    folder = arguments.targets or build()
    counts = seeds(arguments.program, arguments.out / "seeds")
    formats = [one["id"] for one in json.loads(ask(arguments.program, "formats", "--format", "json"))]
    fine = True
    for name in [name for name in arguments.only.split(",") if name] or ["walk", *formats]:
        binary, environment = ("walk", {}) if name == "walk" else ("format", {"WEIGHBRIDGE_FORMAT": name})
        start = arguments.out / "seeds" / name
        fine &= run(folder / binary, name, start, counts.get(name, 0), arguments.seconds, arguments.out, environment)
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
