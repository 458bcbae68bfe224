"""Measures speed and memory of the gate, side by side with `openssl dgst -sha256` in the same run.

    cargo build --release
    python tests/bench/measure.py target/release/weighbridge [--small] [--runs 3] [--only NAME]

Needs Python 3.9; h5py and pyarrow make the HDF5 and Parquet cases, which are left out and named without them. It makes its files in a temporary
folder, one at a time (10 GB at most; `--small` makes them 20 times smaller), runs each command several times in turn, and prints the least of each: CPU
seconds (user and system) of the whole process, peak memory, and ratios. What else runs on a machine only adds, so the least is nearest to what the
command costs. It prints and asserts nothing; a timing depends on the machine, a ratio less so.
"""

import argparse
import bz2
import gzip
import io
import json
import lzma
import multiprocessing
import os
import pickle
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import zipfile
import zlib
from pathlib import Path

import many
import models

MEBIBYTE = 1 << 20


def noise(size):
    """Bytes that do not compress, the same each time: 1 MiB of them, repeated with a counter in front."""
    import random

    block = random.Random(7).randbytes(MEBIBYTE - 8)
    for index in range(size // MEBIBYTE):
        yield struct.pack("<Q", index) + block


def torch_pickle(keys, count):
    """`data.pkl` of a state dict of one-dimensional float tensors, protocol 2, assembled by hand."""
    out = io.BytesIO()
    out.write(b"\x80\x02ccollections\nOrderedDict\n)R(")
    for key in keys:
        name = f"layer.{key}.weight".encode()
        out.write(b"X" + struct.pack("<I", len(name)) + name)
        out.write(b"ctorch._utils\n_rebuild_tensor_v2\n((X\x07\x00\x00\x00storagectorch\nFloatStorage\n")
        out.write(b"X" + struct.pack("<I", len(str(key))) + str(key).encode())
        out.write(b"X\x03\x00\x00\x00cpuJ" + struct.pack("<i", count) + b"tQ")
        out.write(b"K\x00J" + struct.pack("<i", count) + b"\x85K\x01\x85\x89ccollections\nOrderedDict\n)RtR")
    out.write(b"u.")
    return out.getvalue()


def make_torch(path, size):
    """A torch archive of `size` bytes: stored members, storages of 64 MiB."""
    part = min(64 * MEBIBYTE, size)
    keys = range(size // part)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("archive/data.pkl", torch_pickle(keys, part // 4))
        archive.writestr("archive/byteorder", "little")
        archive.writestr("archive/version", "3\n")
        for key in keys:
            with archive.open(f"archive/data/{key}", "w", force_zip64=True) as member:
                for block in noise(part):
                    member.write(block)


def make_safetensors(path, size):
    """A safetensors file of `size` bytes with tensors of 64 MiB."""
    part = min(64 * MEBIBYTE, size)
    header = {
        f"layer.{key}.weight": {"dtype": "F32", "shape": [part // 4], "data_offsets": [key * part, (key + 1) * part]}
        for key in range(size // part)
    }
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for _ in header:
            for block in noise(part):
                file.write(block)


def make_pickle(path, size):
    """A pickle of `size` bytes that is all opcodes: lists of numbers, short texts, small dicts, memoized."""
    with open(path, "wb") as file:
        rows, index = [], 0
        while file.tell() < size:
            for _ in range(20_000):
                index += 1
                rows.append([index, index * 0.5, f"token{index}", {"id": index, "score": 0.25, "kept": True, "none": None}])
            body = pickle.dumps(rows, protocol=4)
            file.write(body)
            rows = []


def make_pickle_single(path, size):
    """As `make_pickle`, in one stream with one memo."""
    count, rows = size // 66, []
    for index in range(count):
        rows.append([index, index * 0.5, f"token{index}", {"id": index, "score": 0.25, "kept": True, "none": None}])
    with open(path, "wb") as file:
        pickle.dump(rows, file, protocol=4)


def zeros(open_writer, size):
    with open_writer() as file:
        block = bytes(MEBIBYTE)
        for _ in range(size // MEBIBYTE):
            file.write(block)


def overlapping_zip(path, entries, size):
    """Entries that all share one deflated kernel (after Fifield's construction, without its quoting)."""
    kernel = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = kernel.compress(bytes(size)) + kernel.flush()
    crc = zlib.crc32(bytes(size))
    local = struct.pack("<4sHHHHHIIIHH", b"PK\3\4", 20, 0, 8, 0, 33, crc, len(data), size, 1, 0) + b"a"
    central = b"".join(
        struct.pack("<4sHHHHHHIIIHHHHHII", b"PK\1\2", 20, 20, 0, 8, 0, 33, crc, len(data), size, len(name), 0, 0, 0, 0, 0, 0) + name
        for name in (f"m{index}".encode() for index in range(entries))
    )
    end = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, entries, entries, len(central), len(local) + len(data), 0)
    path.write_bytes(local + data + central + end)


def nested_gzip(path, depth, size):
    data = gzip.compress(bytes(size), 9)
    for _ in range(depth):
        data = gzip.compress(data * 50, 9)
    path.write_bytes(data)


def nested_zip(path, depth):
    data, name = bytes(8 * MEBIBYTE), "zeros.bin"
    for level in range(depth):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for index in range(10):
                archive.writestr(f"{index}-{name}", data)
        data, name = out.getvalue(), f"level{level}.zip"
    path.write_bytes(data)


def laughs(path, doublings):
    """Tuples doubled by the memo: `(x, x)` of `(x, x)` ..."""
    body = b"\x80\x04K\x00" + b"".join(b"q" + bytes([n % 250]) + b"h" + bytes([n % 250]) + b"\x86" for n in range(doublings))
    path.write_bytes(body + b".")


BOMBS = {
    "bomb-gzip-10g.gz": lambda path, scale: zeros(lambda: gzip.open(path, "wb", 9), 10_240 * MEBIBYTE // scale),
    "bomb-bz2-4g.bz2": lambda path, scale: zeros(lambda: bz2.open(path, "wb"), 4_096 * MEBIBYTE // scale),
    "bomb-xz-4g.xz": lambda path, scale: zeros(lambda: lzma.open(path, "wb", preset=1), 4_096 * MEBIBYTE // scale),
    "bomb-xz-dictionary.xz": lambda path, scale: path.write_bytes(
        lzma.compress(bytes(MEBIBYTE), filters=[{"id": lzma.FILTER_LZMA2, "dict_size": 1_536 * MEBIBYTE}])
    ),
    "bomb-lzma-dictionary.lzma": lambda path, scale: path.write_bytes(b"\x5d\xff\xff\xff\xff" + b"\xff" * 8 + b"\0" * 4096),
    "bomb-overlap.zip": lambda path, scale: overlapping_zip(path, 20_000, 16 * MEBIBYTE),
    "bomb-nested.gz": lambda path, scale: nested_gzip(path, 4, 64 * MEBIBYTE),
    "bomb-nested.zip": lambda path, scale: nested_zip(path, 6),
    "bomb-deep-lists.pkl": lambda path, scale: path.write_bytes(b"\x80\x04" + b"]" * 5_000_000 + b"a" * 4_999_999 + b"."),
    "bomb-marks.pkl": lambda path, scale: path.write_bytes(b"\x80\x04" + b"(" * 60_000_000 + b"."),
    "bomb-stack.pkl": lambda path, scale: path.write_bytes(b"\x80\x04(" + b"N" * 100_000_000 + b"t."),
    "bomb-memo-index.pkl": lambda path, scale: path.write_bytes(
        b"\x80\x04" + b"".join(b"Nr" + struct.pack("<I", n * 40_503 % (1 << 32)) + b"0" for n in range(8_000_000)) + b"N."
    ),
    "bomb-laughs.pkl": lambda path, scale: laughs(path, 2_000_000),
    "bomb-dicts.pkl": lambda path, scale: path.write_bytes(b"\x80\x04](" + b"}" * 50_000_000 + b"e."),
    "bomb-imports.pkl": lambda path, scale: path.write_bytes(
        b"\x80\x02" + b"".join(b"cmodule%d\nname\n0" % n for n in range(4_000_000)) + b"N."
    ),
    "bomb-texts.pkl": lambda path, scale: path.write_bytes(
        b"\x80\x02cos\nsystem\n" + b"".join(b"X\x08\x00\x00\x00%08d\x85R" % n for n in range(4_000_000)) + b"."
    ),
    "bomb-header.safetensors": lambda path, scale: path.write_bytes(
        struct.pack("<Q", 99_000_000) + (b'{"a":' + b"[" * 98_999_995)
    ),
    "bomb-keys.safetensors": lambda path, scale: path.write_bytes(
        (lambda text: struct.pack("<Q", len(text)) + text)(
            b"{" + b",".join(b'"t%d":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}' % n for n in range(1_500_000)) + b"}"
        )
    ),
    "bomb-json.json": lambda path, scale: path.write_bytes(b"[" * 100_000_000),
    "bomb-wide.json": lambda path, scale: path.write_bytes(b"[" + b"{}," * 60_000_000 + b"{}]"),
    "bomb-header.npy": lambda path, scale: path.write_bytes(b"\x93NUMPY\x02\x00" + struct.pack("<I", 90_000_000) + b"(" * 90_000_000),
}


def run(command, folder):
    """CPU seconds, wall seconds, peak MiB and exit status of one run."""
    begin = time.monotonic()
    with open(os.devnull, "wb") as null:
        process = subprocess.Popen(command, stdout=null, stderr=null, cwd=folder)
        _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - begin
    peak = usage.ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024)
    return usage.ru_utime + usage.ru_stime, wall, peak, os.waitstatus_to_exitcode(status)


def several(commands, folder, runs):
    """Runs the commands in turn, so that a machine that slows down slows all of them; the least of each, and the most of memory and status."""
    results = [[] for _ in commands]
    for _ in range(runs):
        for command, kept in zip(commands, results):
            kept.append(run(command, folder))
    return [tuple((min, min, max, max)[place](column) for place, column in enumerate(zip(*kept))) for kept in results]


def main():
    multiprocessing.set_start_method("fork")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weighbridge", type=Path)
    parser.add_argument("--small", action="store_true", help="files 20 times smaller")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", default="", help="cases whose name holds this text")
    arguments = parser.parse_args()
    binary, scale = str(arguments.weighbridge.resolve()), 20 if arguments.small else 1
    openssl = shutil.which("openssl")
    cases = {
        "torch-2g.pt": lambda path, scale: make_torch(path, 2_048 * MEBIBYTE // scale),
        "2g.safetensors": lambda path, scale: make_safetensors(path, 2_048 * MEBIBYTE // scale),
        "opcodes-200m.pkl": lambda path, scale: make_pickle_single(path, 200 * 1_000_000 // scale),
        "streams-200m.pkl": lambda path, scale: make_pickle(path, 200 * 1_000_000 // scale),
        "tiny-60-bytes.pkl": lambda path, scale: path.write_bytes(pickle.dumps(list(range(10)) + ["x" * 22], protocol=2)),
        **models.beside(noise),
        **models.LARGE,
        **BOMBS,
        **many.BOMBS,
        **models.HOSTILE,
    }
    print(f"{'case':28} {'bytes':>14} {'exit':>4} {'cpu s':>8} {'wall s':>8} {'peak MiB':>9}  beside")
    for name, make in cases.items():
        if arguments.only not in name:
            continue
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / name
            # In a process of its own: a child's peak begins at its parent's, so this one must stay small.
            maker = multiprocessing.Process(target=make, args=(path, scale))
            maker.start()
            maker.join()
            if maker.exitcode:
                print(f"{name:28} not made")
                continue
            files = sorted(inner for inner in path.rglob("*") if inner.is_file()) if path.is_dir() else [path]
            size = sum(inner.stat().st_size for inner in files)
            gate = [binary, "check", "--no-config", str(path)]
            bomb = name.startswith("bomb")
            if "2g" in name and openssl:
                (cpu, wall, peak, status), (other, *_) = several(
                    [gate, [openssl, "dgst", "-sha256", *map(str, files)]], folder, arguments.runs
                )
                beside = f"openssl {other:.2f} s, ratio {cpu / other:.2f}"
            else:
                ((cpu, wall, peak, status),) = several([gate], folder, 1 if bomb else arguments.runs)
                beside = f"{size / 1e6 / cpu:.0f} MB per CPU second" if size > MEBIBYTE and cpu and not bomb else ""
            over = "" if peak < 256 else "  over 256 MiB"
            print(f"{name:28} {size:14,} {int(status):4} {cpu:8.3f} {wall:8.3f} {peak:9.1f}  {beside}{over}", flush=True)


if __name__ == "__main__":
    main()
