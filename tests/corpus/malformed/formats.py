"""Broken files of every format: cut, flipped, lying. Kept only when the format's own reader refuses them."""

import bz2
import gzip
import io
import json
import lzma
import struct
import zlib

from assembler import *
from case import add, case
from zipwriter import DEFLATED, Entry, torch_zip, write

MILD = proto(4) + frame(dict_of((short_text("weight"), list_of(integer(1), real(0.5))), (short_text("name"), short_text("model")))) + STOP
TEXT = b"weights " * 400


def flip(data: bytes, at: int, bits: int = 0xFF) -> bytes:
    """The same bytes, with some bits of one of them turned over."""
    at %= len(data)
    return data[:at] + bytes([data[at] ^ bits]) + data[at + 1:]


def cuts(name, data, loader, file, points=(0.2, 0.5, 0.8, 0.97)):
    """The file, cut at several points of its length."""
    for point in points:
        add(f"{name}/cut-{int(point * 100)}", (lambda data=data, point=point: (made := data() if callable(data) else data)[: int(len(made) * point)]), loader, file)


def rows(name, loader, file, table):
    for label, data in table.items():
        add(f"{name}/{label}", data, loader, file)


# pickle
cuts("pickle", MILD, "pickle", "model.pkl", (0.1, 0.3, 0.5, 0.7, 0.9, 0.99))
rows("pickle", "pickle", "model.pkl", {
    "no-stop": MILD[:-1], "protocol-9": b"\x80\x09" + MILD[2:], "bad-opcode": MILD[:-1] + b"\xff.", "text-length-lies": proto(4) + b"X\xff\xff\xff\x7fabc.", "text8-length-lies": proto(4) + b"\x8d" + b"\xff" * 8 + b"abc.", "bytes-length-lies": proto(4) + b"B\x00\x00\x00\x7f.", "frame-length-lies": proto(4) + b"\x95" + b"\xff" * 7 + b"\x00" + b"N.",
    "bad-utf8": proto(4) + b"X\x02\0\0\0\xc3\x28.", "underflow": proto(4) + b"R.", "empty-stack-stop": proto(4) + b".", "memo-missing": proto(4) + b"h\x09.", "mark-missing": proto(4) + b"t.", "unknown-extension": proto(4) + ext(200, 1) + STOP, "persistent-id": proto(2) + persid("0") + STOP, "int-text": b"Iabc\n.",
    "string-quotes": b"S'abc\n.", "long-negative": proto(2) + b"\x8b\xff\xff\xff\xff.", "unhashable": proto(2) + EMPTY_DICT + EMPTY_LIST + NONE + SETITEM + STOP, "build-on-nothing": proto(2) + NONE + NONE + BUILD + STOP, "setitems-odd": proto(2) + EMPTY_DICT + MARK + NONE + SETITEMS + STOP, "empty-file": b"", "only-protocol": b"\x80\x04", "nul": bytes(64),
})
# torch
GOOD = torch_zip(MILD, more=[Entry("archive/data/0", bytes(64))])
cuts("torch", GOOD, "torch", "model.pt", (0.1, 0.4, 0.6, 0.8, 0.9, 0.98))
rows("torch", "torch", "model.pt", {
    "pickle-cut": torch_zip(MILD[:-9]), "no-data-pkl": write([Entry("archive/version", b"3\n"), Entry("archive/data/0", bytes(8))]), "storage-missing": torch_zip(proto(2) + glob("torch._utils", "_rebuild_tensor_v2") + MARK + MARK + text("storage") + glob("torch", "FloatStorage") + text("0") + text("cpu") + integer(2) + TUPLE + BINPERSID
        + integer(0) + tuple_of(integer(2)) + tuple_of(integer(1)) + FALSE + reduce(glob("collections", "OrderedDict")) + TUPLE + REDUCE + STOP), "local-signature": flip(GOOD, 0), "directory-signature": GOOD.replace(b"PK\x01\x02", b"PK\x01\x03", 1), "end-signature": GOOD.replace(b"PK\x05\x06", b"PK\x05\x07"), "count-lies": torch_zip(MILD, end={"count": 90, "disk_count": 90}),
    "offset-lies": torch_zip(MILD, end={"offset": 0xFFFFFF}), "entry-offset-lies": torch_zip(MILD, changed={"central": {"offset": 0xFFFFFF}}), "deflate-broken": torch_zip(MILD, changed={"method": DEFLATED, "packed": b"\xff" * 20}), "encrypted-flag": torch_zip(MILD, changed={"central": {"flags": 1}}), "method-99": torch_zip(MILD, changed={"central": {"method": 99}, "local": {"method": 99}}), "two-folders": write([Entry("a/version", b"3\n"), Entry("a/data.pkl", MILD), Entry("b/x", b"1")]),
    "legacy-magic-only": proto(2) + integer(0x1950A86A20F9469CFC6C) + STOP, "legacy-wrong-magic": proto(2) + integer(5) + STOP + MILD * 4, "legacy-wrong-protocol": proto(2) + integer(0x1950A86A20F9469CFC6C) + STOP + integer(7) + STOP + MILD * 3, "tar-without-storages": lambda: tarred(("pickle", MILD)),
})


def tarred(*members, mode="w:") -> bytes:
    import tarfile

    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


# numpy
def npy(header: str, body: bytes = bytes(16), version=(1, 0), length=None) -> bytes:
    data = header.encode("latin1") + b"\n"
    return b"\x93NUMPY" + bytes(version) + struct.pack("<H" if version[0] == 1 else "<I", len(data) if length is None else length) + data + body


FINE = "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }"
cuts("numpy", npy(FINE), "numpy-strict", "model.npy", (0.05, 0.12, 0.4, 0.9))
rows("numpy", "numpy-strict", "model.npy", {
    "version-9": npy(FINE, version=(9, 0)), "header-length-lies": npy(FINE, length=60000), "header-length-lies-2": npy(FINE, version=(2, 0), length=0x7FFFFFFF), "header-not-dict": npy("[1, 2]"), "header-not-python": npy("{'descr': <f8}"), "header-call": npy("{'descr': print(1), 'fortran_order': False, 'shape': (2,)}"), "key-missing": npy("{'descr': '<f8', 'shape': (2,)}"),
    "key-extra": npy(FINE[:-1] + "'more': 1}"), "descr-unknown": npy(FINE.replace("<f8", "<q9")), "shape-negative": npy(FINE.replace("(2,)", "(-2,)")), "shape-text": npy(FINE.replace("(2,)", "'2'")), "shape-lies": npy(FINE.replace("(2,)", "(20,)")), "shape-overflow": npy(FINE.replace("(2,)", "(4294967296, 4294967296, 4294967296)")), "shape-huge": npy(FINE.replace("(2,)", "(99999999999,)")),
    "magic-flipped": flip(npy(FINE), 0), "fortran-text": npy(FINE.replace("False", "'no'")), "object-cut": npy(FINE.replace("<f8", "|O"), body=MILD[:8]), "header-deep": npy("(" * 3000 + ")" * 3000),
})
cuts("npz", write([Entry("a.npy", npy(FINE)), Entry("b.npy", npy(FINE))]), "numpy-strict", "model.npz", (0.3, 0.6, 0.9))
rows("npz", "numpy-strict", "model.npz", {"wrong-crc": write([Entry("a.npy", npy(FINE), central={"crc": 1}, local={"crc": 1})]), "member-cut": write([Entry("a.npy", npy(FINE)[:40])]), "deflate-broken": write([Entry("a.npy", npy(FINE), method=DEFLATED, packed=b"\xff" * 9)]), "name-disagrees": write([Entry("a.npy", npy(FINE), local={"name": "b.npy"})])})
# zip
PAIR = write([Entry("model/a.txt", TEXT, method=DEFLATED), Entry("model/b.txt", TEXT)])
cuts("zip", PAIR, "zipfile", "model.zip", (0.1, 0.5, 0.95, 0.99))
rows("zip", "zipfile", "model.zip", {
    "wrong-crc": write([Entry("a.txt", TEXT, central={"crc": 5})]), "name-disagrees": write([Entry("a.txt", TEXT, local={"name": "b.txt"})]), "local-signature": flip(PAIR, 1), "directory-signature": PAIR.replace(b"PK\x01\x02", b"PK\x01\x09"), "size-lies": write([Entry("a.txt", TEXT, central={"size": 9_999_999, "packed": 9_999_999})]), "method-unknown": write([Entry("a.txt", TEXT, central={"method": 77})]),
    "offset-lies": write([Entry("a.txt", TEXT)], end={"offset": 0x7FFFFFFF}), "entry-offset-lies": write([Entry("a.txt", TEXT, central={"offset": 0x7FFFFFF})]), "deflate-broken": write([Entry("a.txt", TEXT, method=DEFLATED, packed=b"\x07" * 40)]), "encrypted": write([Entry("a.txt", TEXT, local={"flags": 1}, central={"flags": 1})]), "patched-data": write([Entry("a.txt", TEXT, local={"flags": 0x20}, central={"flags": 0x20})]),
    "strong-encryption": write([Entry("a.txt", TEXT, local={"flags": 0x40}, central={"flags": 0x40})]), "directory-size-lies": write([Entry("a.txt", TEXT)], end={"size": 9999}), "name-length-lies": flip(PAIR, PAIR.index(b"PK\x01\x02") + 29), "zip64-cut": write([Entry("a.txt", TEXT)], zip64=True)[:-30], "end-only-cut": PAIR[:-3], "bzip2-broken": write([Entry("a.txt", TEXT, method=12, packed=b"BZh9broken")]), "lzma-broken": write([Entry("a.txt", TEXT, method=14, packed=b"\x09\x04\x05\x00\x5d\0\0\1\0junk")]),
})


# 7z
def seven() -> bytes:
    import py7zr

    buffer = io.BytesIO()
    with py7zr.SevenZipFile(buffer, "w") as archive:
        archive.writestr(TEXT, "model/a.txt")
        archive.writestr(MILD, "model/b.pkl")
    return buffer.getvalue()


cuts("7z", seven, "7z", "model.7z", (0.1, 0.5, 0.9, 0.99))
rows("7z", "7z", "model.7z", {
    "signature": lambda: flip(seven(), 1), "start-crc": lambda: flip(seven(), 8), "header-offset-lies": lambda: flip(seven(), 12), "header-size-huge": lambda: seven()[:20] + b"\xff" * 8 + seven()[28:], "header-flipped": lambda: flip(seven(), -5), "data-flipped": lambda: flip(seven(), 40), "no-header": lambda: seven()[:32],
})
# tar
TAR = lambda: tarred(("model/a.txt", TEXT), ("model/b.pkl", MILD))  # noqa: E731
rows("tar", "tarfile", "model.tar", {"cut-member": lambda: TAR()[:1500], "cut-header": lambda: TAR()[:300], "checksum": lambda: flip(TAR(), 148, 7), "magic-and-checksum": lambda: flip(flip(TAR(), 150, 3), 257), "size-not-octal": lambda: sized(b"zzzzzzzzzzz\0"), "size-huge": lambda: sized(b"77777777777\0"), "size-negative": lambda: sized(b"\xff" * 12), "pax-broken": lambda: pax(b"99999 path=model.pkl\n"), "pax-no-length": lambda: pax(b"path=x\n")})


def sized(field: bytes) -> bytes:
    """The first header with another size field, its checksum made anew."""
    data = bytearray(TAR())
    data[124:136] = field
    data[148:156] = b" " * 8
    data[148:156] = b"%06o\0 " % sum(data[:512])
    return bytes(data)


def pax(record: bytes) -> bytes:
    import tarfile

    info = tarfile.TarInfo("pax")
    info.type = b"x"
    info.size = len(record)
    return info.tobuf() + record.ljust(512, b"\0") + TAR()


# One stream each
def zstd(data=TEXT) -> bytes:
    import zstandard

    return zstandard.ZstdCompressor(write_checksum=True).compress(data)


def lz4(data=TEXT) -> bytes:
    import lz4.frame

    return lz4.frame.compress(data, content_checksum=True)


STREAMS = {"gzip": (lambda: gzip.compress(MILD + TEXT, mtime=0), ".gz"), "bz2": (lambda: bz2.compress(MILD + TEXT), ".bz2"), "xz": (lambda: lzma.compress(MILD + TEXT), ".xz"), "lzma": (lambda: lzma.compress(MILD + TEXT, lzma.FORMAT_ALONE), ".lzma"), "zstd": (lambda: zstd(MILD + TEXT), ".zst"), "lz4": (lambda: lz4(MILD + TEXT), ".lz4"), "zlib": (lambda: zlib.compress(MILD + TEXT), ".zz")}
for name, (make, end) in STREAMS.items():
    cuts(name, make, "stream-strict", f"model.pkl{end}", (0.15, 0.5, 0.95))
    for label, change in {"magic": lambda data: flip(data, 0), "body": lambda data: flip(data, len(data) // 2), "trailer": lambda data: flip(data, -1 if len(data) > 1 else 0), "trailer-cut": lambda data: data[:-1], "then-junk": lambda data: data + b"junk behind the stream"}.items():
        add(f"{name}/{label}", lambda make=make, change=change: change(make()), "stream-strict", f"model.pkl{end}")
rows("gzip", "stream-strict", "model.pkl.gz", {"wrong-crc": lambda: gzip.compress(TEXT, mtime=0)[:-8] + b"abcd" + gzip.compress(TEXT, mtime=0)[-4:], "wrong-size": lambda: gzip.compress(TEXT, mtime=0)[:-4] + b"\xff\xff\xff\x7f", "method-9": lambda: flip(gzip.compress(TEXT, mtime=0), 2, 1), "name-without-end": b"\x1f\x8b\x08\x08" + bytes(6) + b"a" * 4000})


# safetensors (its README has the format)
def safe(header, body: bytes = bytes(8), length=None) -> bytes:
    data = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(data) if length is None else length) + data + body


def tensor(begin=0, end=8, shape=(2,), dtype="F32"):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": [begin, end]}


rows("safetensors", "safetensors", "model.safetensors", {
    "empty": b"", "short": b"\x02\0\0", "length-lies": safe({"a": tensor()}, length=9999), "length-huge": safe({"a": tensor()}, length=2**63), "length-max": safe({"a": tensor()}, length=2**64 - 1), "length-100-mb": safe({"a": tensor()}, length=100_000_001), "not-json": safe(b"{not json"), "json-list": safe(b"[]"), "json-text": safe(b'"a"'), "bad-utf8": safe(b'{"\xff\xfe": {}}'), "body-cut": safe({"a": tensor()}, bytes(5)),
    "body-missing": safe({"a": tensor()}, b""), "trailing": safe({"a": tensor()}, bytes(99)), "hole": safe({"a": tensor(), "b": tensor(16, 24)}, bytes(24)), "hole-first": safe({"a": tensor(8, 16)}, bytes(16)), "overlap": safe({"a": tensor(), "b": tensor(4, 12)}, bytes(12)), "same-bytes": safe({"a": tensor(), "b": tensor()}), "offsets-reversed": safe({"a": tensor(8, 0)}), "offsets-out": safe({"a": tensor(0, 800)}),
    "offsets-huge": safe({"a": tensor(0, 2**63)}), "offsets-negative": safe({"a": tensor(-8, 0)}), "offsets-one": safe({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0]}}), "offsets-text": safe({"a": {"dtype": "F32", "shape": [2], "data_offsets": ["0", "8"]}}), "shape-disagrees": safe({"a": tensor(shape=(3,))}), "shape-overflow": safe({"a": tensor(shape=(2**62, 2**62))}), "shape-negative": safe({"a": tensor(shape=(-2,))}),
    "shape-fraction": safe({"a": tensor(shape=(2.5,))}), "dtype-unknown": safe({"a": tensor(dtype="F33")}), "dtype-missing": safe({"a": {"shape": [2], "data_offsets": [0, 8]}}), "entry-not-object": safe({"a": 5}), "metadata-not-text": safe({"__metadata__": {"a": {"b": 1}}, "a": tensor()}), "metadata-list": safe({"__metadata__": [], "a": tensor()}), "duplicate-name": safe(b'{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}', bytes(16)),
    "json-deep": safe(b'{"a":' + b"[" * 5000 + b"]" * 5000 + b"}"), "json-then-junk": safe(b'{} {"a": 1}'), "header-starts-with-space": safe(b' {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}'), "key-extra": safe({"a": {**tensor(), "more": 1}}),
})


# Sharded: an index that names files which are not there, or not in the folder.
def sharded(path, name: str, index=None):
    path.mkdir(parents=True, exist_ok=True)
    (path / "config.json").write_text('{"model_type": "bert"}')
    (path / "model-00001-of-00002.safetensors").write_bytes(safe({"a": tensor()}))
    (path / "model.safetensors.index.json").write_text(json.dumps({"metadata": {"total_size": 8}, "weight_map": {"a": "model-00001-of-00002.safetensors", "b": name}}) if index is None else index)


for label, name in {"traversal": "../other/model.safetensors", "absolute": "/etc/passwd", "backslash": "..\\model.safetensors", "drive": "C:\\model.safetensors", "missing": "model-00002-of-00002.safetensors", "empty-name": "", "folder": "."}.items():
    case(f"index/{label}", "index", file="model")(lambda path, name=name: sharded(path, name))
for label, index in {"not-json": "{", "no-map": "{}", "map-is-list": '{"weight_map": ["a"]}', "name-is-number": '{"weight_map": {"a": 5}}'}.items():
    case(f"index/{label}", "index", file="model")(lambda path, index=index: sharded(path, "", index))

# Git LFS pointers that are none (docs/spec.md of git-lfs), under the names of weights.
OID = "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393"
POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{OID}\nsize 12345\n"
rows("lfs", "lfs", "pytorch_model.bin", {
    "oid-short": POINTER.replace(OID, OID[:-1]).encode(), "oid-upper-case": POINTER.replace(OID, OID.upper()).encode(), "oid-md5": POINTER.replace("sha256", "md5").encode(), "size-negative": POINTER.replace("12345", "-5").encode(), "size-text": POINTER.replace("12345", "many").encode(), "size-missing": POINTER.rsplit("size", 1)[0].encode(), "oid-missing": "\n".join(line for line in POINTER.split("\n") if "oid" not in line).encode(),
    "version-unknown": POINTER.replace("spec/v1", "spec/v9").encode(), "crlf": POINTER.replace("\n", "\r\n").encode(), "order": "\n".join(POINTER.split("\n")[i] for i in (0, 2, 1, 3)).encode(), "cut": POINTER[:60].encode(), "then-binary": POINTER.encode() + bytes(range(256)), "too-long": POINTER.encode() + b"x" * 2000, "leading-space": b" " + POINTER.encode(), "traversal-oid": POINTER.replace(OID, "../../../../etc/passwd").encode(), "duplicate-oid": POINTER.replace("size", f"oid sha256:{OID}\nsize").encode(),
    "version-last": ("\n".join(POINTER.strip().split("\n")[1:]) + "\n" + POINTER.split("\n")[0] + "\n").encode(), "whole-but-no-object": POINTER.encode(),
})
# RAR has no reader here: recognised, not read, and so never passed.
for version, magic in ((4, b"Rar!\x1a\x07\x00"), (5, b"Rar!\x1a\x07\x01\x00")):
    for label, data in {"header-only": magic, "then-zeros": magic + bytes(200), "then-pickle": magic + MILD, "cut": magic[:6]}.items():
        add(f"rar/{version}-{label}", data, "rar", "model.rar")


# joblib
def joblib_bytes(compress=0) -> bytes:
    import joblib
    import numpy

    buffer = io.BytesIO()
    joblib.dump({"a": numpy.arange(40.0), "b": [numpy.zeros(3, dtype="i2"), "text"]}, buffer, compress=compress)
    return buffer.getvalue()


cuts("joblib", joblib_bytes, "joblib", "model.joblib", (0.1, 0.3, 0.5, 0.7, 0.9, 0.99))
for compressor in ("zlib", "gzip", "bz2", "xz", "lzma", "lz4"):
    cuts(f"joblib/{compressor}", lambda compressor=compressor: joblib_bytes((compressor, 3)), "joblib", "model.joblib", (0.5, 0.8))
rows("joblib", "joblib", "model.joblib", {"zfile-cut": b"ZF0x100              " + zlib.compress(MILD)[:9], "zfile-length": b"ZFnotahexnumber     " + zlib.compress(MILD), "array-missing": lambda: joblib_bytes()[: joblib_bytes().index(bytes(8)) - 1]})
