"""Compares what loaders take out of damaged zips and tars with the members that weighbridge finds.

    python tests/differential/containers.py [--binary target/debug/weighbridge] [--files 300] [--seed 1]

Needs torch (any 2.x) beside CPython. Every entry that zipfile, torch's PyTorchFileReader or tarfile (with and without
ignore_zeros) hands out from a damaged file must be a member, told by its SHA-256. Prints each that is missed, and counts.
"""

import sys

# This folder is in front of the path, and `pickle.py` in it would stand for the library's.
sys.path.pop(0)

import argparse
import hashlib
import io
import json
import os
import random
import subprocess
import tarfile
import tempfile
import warnings
import zipfile
from pathlib import Path

import torch

EMPTY = hashlib.sha256(b"").hexdigest()


def digest(content):
    return hashlib.sha256(content).hexdigest()


def text():
    return os.urandom(4).hex().encode() * random.randint(1, 60)


def make_zip():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", random.choice([0, 8])) as file:
        for _ in range(random.randint(1, 4)):
            file.writestr(random.choice(["a.txt", "b.txt", "A.TXT", "c/d"]), text())
        file.comment = random.choice([b"", b"c" * random.randint(1, 50)])
    return out.getvalue()


def make_torch():
    out = io.BytesIO()
    writer = torch._C.PyTorchFileWriter(out)
    for name in random.sample(["data.pkl", "x.txt", "Data.pkl", "code/a.txt"], random.randint(1, 4)):
        content = text()
        writer.write_record(name, content, len(content))
    writer.write_end_of_file()
    return out.getvalue()


def make_tar():
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=random.choice([0, 1, 2]), bufsize=512) as file:
        for _ in range(random.randint(1, 4)):
            info, content = tarfile.TarInfo(random.choice(["a", "b", "d/c", "n/" * 70 + "x"])), text()
            info.size = len(content)
            file.addfile(info, io.BytesIO(content))
    return out.getvalue()


def damage(content, signatures, first, last):
    """Changes bytes near signatures, where the fields are."""
    for _ in range(random.randint(0, 4)):
        signature = random.choice(signatures)
        places = [at for at in range(len(content) - 4) if content[at : at + len(signature)] == signature]
        if places:
            at = random.choice(places) + random.randint(first, last)
            if 0 <= at < len(content):
                content[at] = random.choice([0, 1, 8, 48, 49, 255, random.randrange(256), (content[at] + 1) % 256])
    return content


def surround(content, make):
    if random.random() < 0.3:
        content = bytearray(os.urandom(random.randint(1, 80))) + content
    if random.random() < 0.3:
        content = content + bytearray(make())
    if random.random() < 0.2:
        content = content + os.urandom(random.randint(1, 40))
    if random.random() < 0.15:
        at = random.randrange(len(content))
        content = content[:at] + bytearray(make()) + content[at:]
    return content


def sum_again(content):
    """Right checksums, so that a changed tar header counts."""
    for at in range(0, len(content) - 511, 512):
        if content[at + 257 : at + 262] == b"ustar":
            content[at + 148 : at + 156] = b"        "
            content[at + 148 : at + 156] = b"%06o\0 " % sum(content[at : at + 512])
    return content


def from_zipfile(content):
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        for info in file.infolist():
            try:
                with file.open(info) as entry:
                    entry._expected_crc = None
                    yield info.filename, digest(entry.read())
            except Exception:  # what a loader cannot read, it does not run
                pass


def from_torch(content):
    reader = torch._C.PyTorchFileReader(io.BytesIO(content))
    for name in [*reader.get_all_records(), "data.pkl", "x.txt"]:
        try:
            one, other = reader.get_record(name), reader.get_record(name)
            if one == other:  # a deflate stream that breaks gives memory that was never written (torch 2.5.1)
                yield name, digest(one)
        except Exception:
            pass


def from_tarfile(content, ignore_zeros):
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:", ignore_zeros=ignore_zeros) as file:
        while (info := file.next()) is not None:
            if info.isreg():
                yield info.name, digest(file.extractfile(info).read())


def taken(loader, content):
    found = []
    try:
        for one in loader(bytes(content)):
            found.append(one)
    except Exception:  # everything before the error was handed out
        pass
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", default="target/debug/weighbridge")
    parser.add_argument("--files", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    random.seed(options.seed)
    warnings.simplefilter("ignore")
    zips = [b"PK\1\2", b"PK\3\4", b"PK\5\6", b"PK\6\6", b"PK\6\7", b"PK\7\x08"]
    tars = [lambda content: from_tarfile(content, False), lambda content: from_tarfile(content, True)]
    kinds = {
        "zip": (lambda: damage(surround(bytearray(make_zip()), make_zip), zips, 4, 45), [from_zipfile]),
        "torch": (lambda: damage(bytearray(make_torch()), zips, 4, 45), [from_torch, from_zipfile]),
        "tar": (lambda: sum_again(damage(bytearray(make_tar() + make_tar()), [b"ustar"], -257, 200)), tars),
    }
    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        for kind, (make, loaders) in kinds.items():
            entries = 0
            for _ in range(options.files):
                content = make()
                path = Path(folder) / "content.bin"
                path.write_bytes(content)
                run = subprocess.run([options.binary, "facts", path], capture_output=True, text=True, check=False)
                members = json.loads(run.stdout)["members"]
                have = {member["digest"]["sha256"] for member in members if member["digest"]} | {EMPTY}
                for name, found in {one for loader in loaders for one in taken(loader, content)}:
                    entries += 1
                    if found not in have:
                        missed += 1
                        print(f"missed: {kind} entry {name!r} of", content.hex())
            print(f"{kind}: {options.files} files, {entries} entries")
    print(f"missed: {missed}")
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
