"""Small files that cost much: kept without a run, since a loader would not come back."""

import bz2
import gzip
import io
import lzma
import struct
import zlib

from assembler import *
from case import add, case
from zipwriter import DEFLATED, Entry, deflate, torch_zip, write

MEGA = bytes(1 << 20)


def pour(packer, megabytes: int) -> bytes:
    """Zeros by the megabyte through a compressor object."""
    return b"".join(packer.compress(MEGA) for _ in range(megabytes)) + packer.flush()


def zstd(megabytes: int) -> bytes:
    import zstandard

    return pour(zstandard.ZstdCompressor(level=1).compressobj(), megabytes)


def lz4(megabytes: int) -> bytes:
    import lz4.frame

    packer = lz4.frame.LZ4FrameCompressor(block_size=7)
    return packer.begin() + pour(packer, megabytes)


def bomb(name, data, file="model.pkl"):
    add(f"bomb/{name}", data, "none", file)


# Pickles
bomb("memo-billion-laughs", proto(4) + EMPTY_LIST + MEMOIZE + b"".join(EMPTY_LIST + MEMOIZE + MARK + b"".join(binget(level) for _ in range(10)) + APPENDS for level in range(40)) + STOP)
bomb("doubled-tuples", proto(4) + text("lol") + (DUP + TUPLE2) * 200 + STOP)
bomb("doubled-tuples-by-memo", proto(4) + text("lol") + MEMOIZE + b"".join(POP + binget(level) * 2 + TUPLE2 + MEMOIZE for level in range(90)) + STOP)
bomb("doubled-dicts", proto(4) + EMPTY_DICT + MEMOIZE + b"".join(EMPTY_DICT + MEMOIZE + b"".join(text(key) + binget(level) + SETITEM for key in "ab") for level in range(60)) + STOP)
bomb("deep-lists-100000", lambda: proto(2) + b"]" * 100_000 + b"a" * 99_999 + STOP)
bomb("deep-tuples-100000", lambda: proto(2) + NONE + TUPLE1 * 100_000 + STOP)
bomb("deep-marks-1000000", lambda: proto(2) + b"(" * 1_000_000 + b"t" * 1_000_000 + STOP)
bomb("deep-calls", lambda: proto(2) + b"(" * 0 + glob("collections", "OrderedDict") * 50_000 + EMPTY_TUPLE + (REDUCE + TUPLE1) * 49_999 + REDUCE + STOP)
bomb("deep-frozensets", lambda: proto(4) + NONE + TUPLE1 * 50_000 + b"" + STOP)
bomb("memo-index-huge", proto(4) + NONE + long_binput(0xFFFFFFFF) + STOP)
bomb("memo-index-huge-text", proto(2) + NONE + put("9" * 300) + STOP)
bomb("memo-many", lambda: proto(4) + NONE + MEMOIZE * 2_000_000 + STOP)
bomb("stack-many", lambda: proto(2) + NONE * 4_000_000 + STOP)
bomb("text-huge", proto(4) + b"X\xff\xff\xff\xffabc" + STOP)
bomb("text8-huge", proto(4) + b"\x8d\0\0\0\0\0\0\0\x40abc" + STOP)
bomb("bytes8-huge", proto(4) + b"\x8e\xff\xff\xff\xff\xff\xff\xff\x7fabc" + STOP)
bomb("bytearray8-huge", proto(5) + b"\x96\xff\xff\xff\xff\xff\xff\xff\x7fabc" + STOP)
bomb("frame-huge", proto(4) + b"\x95\xff\xff\xff\xff\xff\xff\xff\x7f" + STOP)
bomb("long4-huge", proto(2) + b"\x8b\xff\xff\xff\x7f\x01" + STOP)
bomb("int-text-long", lambda: b"I" + b"9" * 2_000_000 + b"\n.")
bomb("line-without-end", lambda: b"V" + b"a" * 4_000_000)
bomb("power", proto(4) + reduce(glob("_operator", "pow"), integer(10), integer(10**9)) + STOP)
bomb("repeat", proto(4) + reduce(glob("_operator", "mul"), text("a"), integer(2**40)) + STOP)
bomb("range-list", proto(4) + reduce(glob("builtins", "list"), reduce(glob("builtins", "range"), integer(2**40))) + STOP)
bomb("bytes-of-size", proto(4) + reduce(glob("builtins", "bytearray"), integer(2**45)) + STOP)
bomb("self-referring-list", proto(4) + EMPTY_LIST + MEMOIZE + b"h\0a" * 1000 + STOP)
bomb("many-streams", lambda: (proto(2) + NONE + STOP) * 200_000)
bomb("many-globals", lambda: proto(2) + b"".join(glob("m", f"name{number}") + POP for number in range(100_000)) + NONE + STOP)
# Streams
bomb("gzip-1-gib", lambda: pour(zlib.compressobj(9, zlib.DEFLATED, 31), 1024), "model.pkl.gz")
bomb("zlib-512-mib", lambda: pour(zlib.compressobj(9), 512), "model.joblib")
bomb("gzip-in-gzip", lambda: gzip.compress(pour(zlib.compressobj(9, zlib.DEFLATED, 31), 1024)), "model.pkl.gz.gz")
bomb("gzip-pickle", lambda: gzip.compress(proto(4) + b"\x8e" + struct.pack("<Q", 1 << 29) + bytes(1 << 29) + STOP), "model.pkl.gz")
bomb("bz2-512-mib", lambda: bz2.compress(bytes(1 << 29)), "model.pkl.bz2")
bomb("xz-256-mib", lambda: pour(lzma.LZMACompressor(preset=0), 256), "model.pkl.xz")
bomb("xz-dictionary-4-gib", lambda: lzma_header(0xFFFFFFFF), "model.pkl.lzma")
bomb("zstd-1-gib", lambda: zstd(1024), "model.pkl.zst")
bomb("zstd-window-huge", struct.pack("<I", 0xFD2FB528) + b"\x00\xff" + b"\x01\0\0", "model.pkl.zst")
bomb("lz4-512-mib", lambda: lz4(512), "model.pkl.lz4")
bomb("gzip-many-members", lambda: gzip.compress(b"", mtime=0) * 100_000, "model.pkl.gz")
bomb("zstd-many-frames", lambda: (struct.pack("<II", 0x184D2A50, 0)) * 200_000, "model.pkl.zst")


def lzma_header(dictionary: int) -> bytes:
    """An lzma file that asks for a dictionary of 4 GiB."""
    data = lzma.compress(bytes(1000), lzma.FORMAT_ALONE)
    return data[:1] + struct.pack("<I", dictionary) + data[5:]


# Zips
bomb("zip-1-gib", lambda: write([Entry("a.bin", b"", packed=pour(zlib.compressobj(9, zlib.DEFLATED, -15), 1024), method=DEFLATED, central={"size": 1 << 30}, local={"size": 1 << 30})]), "model.zip")
bomb("zip-size-lies", lambda: write([Entry("a.bin", b"", packed=pour(zlib.compressobj(9, zlib.DEFLATED, -15), 256), method=DEFLATED, central={"size": 10}, local={"size": 10})]), "model.zip")
bomb("zip-overlapping", lambda: overlapping(), "model.zip")
bomb("zip-20000-members", lambda: write([Entry(f"{number}.txt", b"") for number in range(20_000)]), "model.zip")
bomb("torch-20000-members", lambda: torch_zip(proto(2) + EMPTY_DICT + STOP, more=[Entry(f"archive/data/{number}", b"") for number in range(20_000)]), "model.pt")
bomb("zip-60-kb-names", lambda: write([Entry(f"{number}" + "n" * 60_000, b"x") for number in range(40)]), "model.zip")
bomb("zip-in-zip-30-deep", lambda: nested(30), "model.zip")
bomb("zip-in-zip-wide", lambda: wide(4), "model.zip")
bomb("zip-of-itself-by-name", lambda: write([Entry("model.zip", write([Entry("model.zip", write([Entry("model.zip", b"PK\x05\x06" + bytes(18))]))]))] * 200), "model.zip")
bomb("zip-count-huge", lambda: write([Entry("a", b"x")], zip64=True, end={"count": 2**60, "disk_count": 2**60}), "model.zip")
bomb("zip-comment-huge", lambda: write([Entry("a", b"x", comment=b"c" * 65_000) for _ in range(50)]), "model.zip")
bomb("npz-shape-huge", write([Entry("a.npy", b"\x93NUMPY\x01\0v\0" + b"{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999,)}".ljust(117) + b"\n")]), "model.npz")
bomb("npy-header-huge", lambda: b"\x93NUMPY\x02\0" + struct.pack("<I", 50_000_000) + b" " * 50_000_000, "model.npy")
bomb("torch-storage-bomb", lambda: torch_zip(proto(2) + EMPTY_DICT + STOP, more=[Entry("archive/data/0", b"", packed=pour(zlib.compressobj(9, zlib.DEFLATED, -15), 512), method=DEFLATED, central={"size": 1 << 29}, local={"size": 1 << 29})]), "model.pt")
bomb("7z-512-mib", lambda: seven(), "model.7z")
bomb("tar-sparse-size", lambda: tar_huge(), "model.tar")
bomb("tar-20000-members", lambda: tar_many(), "model.tar")
bomb("tar-pax-huge", lambda: tar_pax(), "model.tar")
bomb("safetensors-header-100-mb", lambda: struct.pack("<Q", 90_000_000) + b'{"a":"' + b" " * 89_999_990 + b'"}  ', "model.safetensors")
bomb("safetensors-many-names", lambda: names(), "model.safetensors")
bomb("joblib-shape-huge", proto(2) + glob("joblib.numpy_pickle", "NumpyArrayWrapper") + EMPTY_TUPLE + NEWOBJ + dict_of((text("subclass"), glob("numpy", "ndarray")), (text("shape"), tuple_of(integer(2**60))), (text("order"), text("C")),
     (text("dtype"), reduce(glob("numpy", "dtype"), text("f8"), FALSE, TRUE)), (text("allow_mmap"), FALSE)) + BUILD + STOP, "model.joblib")


def overlapping() -> bytes:
    """2,000 entries that all point at one body of 64 KiB of zeros (Fifield's construction, in its plain form)."""
    body = deflate(bytes(1 << 24))
    first = Entry("0", b"", packed=body, method=DEFLATED, central={"size": 1 << 24}, local={"size": 1 << 24})
    more = [Entry("0", b"", packed=b"", method=DEFLATED, central={"size": 1 << 24, "packed": len(body), "offset": 0, "name": str(number)}) for number in range(1, 2000)]
    return write([first, *more])


def nested(depth: int) -> bytes:
    data = write([Entry("model.pkl", proto(2) + NONE + STOP)])
    for level in range(depth):
        data = write([Entry(f"{level}.zip", data, method=DEFLATED)])
    return data


def wide(depth: int) -> bytes:
    """Sixteen archives in each archive, as 42.zip."""
    data = write([Entry("zeros", bytes(1 << 22), method=DEFLATED)])
    for _ in range(depth):
        data = write([Entry(f"{number}.zip", data, method=DEFLATED) for number in range(16)])
    return data


def seven() -> bytes:
    import py7zr

    buffer = io.BytesIO()
    with py7zr.SevenZipFile(buffer, "w", filters=[{"id": py7zr.FILTER_LZMA2, "preset": 0}]) as archive:
        archive.writestr(bytes(1 << 28), "zeros.bin")
    return buffer.getvalue()


def header(name: str, size: int, kind: bytes = b"0") -> bytes:
    import tarfile

    info = tarfile.TarInfo(name)
    info.size, info.type = size, kind
    return info.tobuf(tarfile.GNU_FORMAT)


def tar_huge() -> bytes:
    return header("model.bin", 1 << 60) + bytes(1024)


def tar_many() -> bytes:
    return b"".join(header(f"{number}", 0) for number in range(20_000)) + bytes(1024)


def tar_pax() -> bytes:
    record = b"9000000 comment=" + b"c" * 8_999_983 + b"\n"
    return header("pax", len(record), b"x") + record + bytes(-len(record) % 512) + header("a", 0) + bytes(1024)


def names() -> bytes:
    import json

    data = json.dumps({f"layer{number}": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]} for number in range(200_000)}).encode()
    return struct.pack("<Q", len(data)) + data
