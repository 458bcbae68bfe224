"""Archives around hostile files: pandas opens some of them, people unpack the others; and zips with something in front."""

import gzip
import io
import struct
import zlib

from assembler import *
from case import COMMAND, add, case
from zipwriter import BZIP2, DEFLATED, LZMA, Entry, torch_zip, write

EVIL = payload()
MILD = proto(2) + EMPTY_DICT + STOP
U = {"loader": "unpack"}


def encrypt(data: bytes, password: bytes, crc: int) -> bytes:
    """ZipCrypto (APPNOTE 6.1): weak, but it is what "encrypted zip" means."""
    table = []
    for one in range(256):
        value = one
        for _ in range(8):
            value = (value >> 1) ^ (0xEDB88320 if value & 1 else 0)
        table.append(value)
    keys = [0x12345678, 0x23456789, 0x34567890]

    def update(byte):
        keys[0] = (keys[0] >> 8) ^ table[(keys[0] ^ byte) & 255]
        keys[1] = ((keys[1] + (keys[0] & 255)) * 134775813 + 1) & 0xFFFFFFFF
        keys[2] = (keys[2] >> 8) ^ table[(keys[2] ^ (keys[1] >> 24)) & 255]

    for byte in password:
        update(byte)
    out = bytearray()
    for byte in bytes(11) + bytes([crc >> 24]) + data:
        pad = (keys[2] & 0xFFFF) | 2
        out.append(byte ^ ((pad * (pad ^ 1)) >> 8 & 255))
        update(byte)
    return bytes(out)


def zipped(*members, **options) -> bytes:
    return write([Entry(name, data) for name, data in members], **options)


def tar(*members, format=2, mode="w:") -> bytes:
    """A tar of (name, data) or TarInfo with data."""
    import tarfile

    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode, format=format) as archive:
        for name, data in members:
            info = tarfile.TarInfo(name) if isinstance(name, str) else name
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def seven(members, filters=None, password=None) -> bytes:
    import py7zr

    buffer = io.BytesIO()
    with py7zr.SevenZipFile(buffer, "w", filters=filters, password=password) as archive:
        for name, data in members:
            archive.writestr(data, name)
    return buffer.getvalue()


# zip
for end, data, name in [("pkl", EVIL, "pickle"), ("pt", torch_zip(EVIL), "torch"), ("npy", EVIL, "npy"), ("joblib", EVIL, "joblib"), ("bin", EVIL, "legacy")]:
    add(f"containers/zip-of-{name}", zipped((f"model.{end}", data)), **U)
    add(f"containers/tar-of-{name}", lambda end=end, data=data: tar((f"model.{end}", data)), "unpack", "model.tar")
    add(f"containers/7z-of-{name}", lambda end=end, data=data: seven([(f"model.{end}", data)]), "unpack", "model.7z")
for name, method in (("deflated", DEFLATED), ("bzip2", BZIP2), ("lzma", LZMA)):
    add(f"containers/zip-{name}", write([Entry("model.pkl", EVIL, method=method)]), **U)
add("containers/zip-zip64", zipped(("model.pkl", EVIL), zip64=True), **U)
add("containers/zip-descriptor", write([Entry("model.pkl", EVIL, descriptor=True)]), **U)
add("containers/zip-local-crc", write([Entry("model.pkl", EVIL, local={"crc": 1})]), **U)
add("containers/zip-local-sizes", write([Entry("model.pkl", EVIL, local={"packed": 1, "size": 99})]), **U)
add("containers/zip-local-method", write([Entry("model.pkl", EVIL, local={"method": 12})]), **U)
add("containers/zip-local-version", write([Entry("model.pkl", EVIL, local={"version": 63})]), **U)
add("containers/zip-duplicate-last", write([Entry("model.pkl", MILD), Entry("model.pkl", EVIL)]), **U)
add("containers/zip-duplicate-case", write([Entry("model.pkl", MILD), Entry("MODEL.PKL", EVIL)]), **U)
add("containers/zip-duplicate-folder", write([Entry("a/model.pkl", MILD), Entry("a//model.pkl", EVIL)]), **U)
add("containers/zip-traversal", zipped(("../model.pkl", EVIL)), **U)
add("containers/zip-traversal-deep", zipped(("a/../../../../b/model.pkl", EVIL)), **U)
add("containers/zip-absolute", zipped(("/tmp/model.pkl", EVIL)), **U)
add("containers/zip-backslash", zipped(("a\\model.pkl", EVIL)), **U)
add("containers/zip-drive", zipped(("C:/model.pkl", EVIL)), **U)
add("containers/zip-nul-in-name", write([Entry("model.pkl\0.txt", EVIL)]), **U)
add("containers/zip-comment", zipped(("model.pkl", EVIL), comment=b"PK\x05\x06" * 20), **U)
add("containers/zip-entry-comment", write([Entry("model.pkl", EVIL, comment=b"hello")]), **U)
add("containers/zip-bytes-between", write([Entry("a.txt", b"x"), Entry("model.pkl", EVIL, before=b"junk" * 99)]), **U)
add("containers/zip-suffix", zipped(("model.pkl", EVIL), suffix=b"trailing" * 9), **U)
add("containers/zip-count-lies", write([Entry("a.txt", b"x"), Entry("model.pkl", EVIL)], end={"count": 1, "disk_count": 1}), **U)
add("containers/zip-count-zero", write([Entry("model.pkl", EVIL)], end={"count": 0, "disk_count": 0}), **U)
add("containers/zip-offset-lies", write([Entry("model.pkl", EVIL)], prefix=b"#" * 40, offset_base=40), **U)
add("containers/zip-hidden-local", write([Entry("model.pkl", MILD, listed=False), Entry("model.pkl", EVIL)]), **U)
add("containers/zip-encrypted", write([Entry("model.pkl", EVIL, packed=encrypt(EVIL, b"infected", zlib.crc32(EVIL)), local={"flags": 1}, central={"flags": 1})]), **U)
add("containers/zip-symlink-then-pickle", write([Entry("link", b"/etc/passwd", attributes=0o120777 << 16), Entry("model.pkl", EVIL)]), **U)
add("containers/zip-many-members", lambda: write([*(Entry(f"a/{number}.txt", b"text") for number in range(2000)), Entry("model.pkl", EVIL)]), **U)
add("containers/zip-deep-folder", zipped(("a/" * 60 + "model.pkl", EVIL)), **U)
add("containers/zip-hidden-file", zipped((".cache/.model.pkl", EVIL)), **U)
add("containers/zip-overlapping", write([Entry("a.txt", EVIL), Entry("model.pkl", EVIL, central={"offset": 0})], ), **U)
add("containers/zip-shared-body", write([Entry("model.pkl", EVIL), Entry("other.txt", b"x")]), **U)
add("containers/zip-local-name", write([Entry("model.pkl", EVIL, local={"name": "readme.md"})]), **U)
add("containers/zip-concatenated", zipped(("model.pkl", MILD)) + zipped(("model.pkl", EVIL)), **U)
add("containers/zip-unicode-name", write([Entry("модель.pkl", EVIL, local={"flags": 0x800}, central={"flags": 0x800})]), **U)
add("containers/zip-cp437-name", write([Entry(b"mod\x82le.pkl", EVIL)]), **U)
add("containers/zip-no-ending", zipped(("model.pkl", EVIL)), "unpack", "model")
add("containers/zip-named-pt", zipped(("a/model.pkl", EVIL)), "unpack", "weights.pt")
add("containers/zip-jar", zipped(("META-INF/MANIFEST.MF", b"Manifest-Version: 1.0\n"), ("model.pkl", EVIL)), "unpack", "model.mar")
# pandas opens archives of one file itself.
add("containers/pandas-zip", zipped(("model.pkl", EVIL)), "pandas", "model.pkl.zip")
add("containers/pandas-zip-other-name", zipped(("readme.txt", EVIL)), "pandas", "frame.zip")
add("containers/pandas-zip-deflated", write([Entry("x", EVIL, method=DEFLATED)]), "pandas", "frame.pkl.zip")
for mode, end in (("w:", ".tar"), ("w:gz", ".tar.gz"), ("w:bz2", ".tar.bz2"), ("w:xz", ".tar.xz")):
    add(f"containers/pandas{end}", lambda mode=mode: tar(("frame.pkl", EVIL), mode=mode), "pandas", f"frame.pkl{end}")
    add(f"containers/unpack{end}", lambda mode=mode: tar(("a/model.pkl", EVIL), mode=mode), "unpack", f"model{end}")


def info(name, **fields):
    import tarfile

    made = tarfile.TarInfo(name)
    for key, value in fields.items():
        setattr(made, key, value)
    return made


# tar
for name, format in (("ustar", 0), ("gnu", 1), ("pax", 2)):
    add(f"containers/tar-{name}", lambda format=format: tar(("model.pkl", EVIL), format=format), "unpack", "model.tar")
add("containers/tar-gnu-long-name", lambda: tar(("d/" * 90 + "model.pkl", EVIL), format=1), "unpack", "model.tar")
add("containers/tar-pax-long-name", lambda: tar(("d/" * 90 + "model.pkl", EVIL), format=2), "unpack", "model.tar")
add("containers/tar-pax-header-renames", lambda: tar((info("readme.md", pax_headers={"path": "model.pkl"}), EVIL)), "unpack", "model.tar")
add("containers/tar-traversal", lambda: tar(("x/../model.pkl", EVIL)), "unpack", "model.tar")
add("containers/tar-duplicate-last", lambda: tar(("model.pkl", MILD), ("model.pkl", EVIL)), "unpack", "model.tar")
add("containers/tar-symlink-beside", lambda: tar((info("link", type=b"2", linkname="/etc/passwd"), b""), ("model.pkl", EVIL)), "unpack", "model.tar")
add("containers/tar-hardlink", lambda: tar(("data.txt", EVIL), (info("model.pkl", type=b"1", linkname="data.txt"), b"")), "unpack", "model.tar")
add("containers/tar-symlink-inside", lambda: tar(("data.txt", EVIL), (info("model.pkl", type=b"2", linkname="data.txt"), b"")), "unpack", "model.tar")
add("containers/tar-old-type", lambda: tar((info("model.pkl", type=b"\0"), EVIL)), "unpack", "model.tar")
add("containers/tar-contiguous-type", lambda: tar((info("model.pkl", type=b"7"), EVIL)), "unpack", "model.tar")
add("containers/tar-no-end", lambda: tar(("model.pkl", EVIL))[:1024], "unpack", "model.tar")
add("containers/tar-concatenated-first", lambda: tar(("model.pkl", EVIL)) + tar(("other.pkl", MILD)), "unpack", "model.tar")
add("containers/tar-after-many", lambda: tar(*((f"t/{number}.txt", b"x") for number in range(300)), ("model.pkl", EVIL)), "unpack", "model.tar")
add("containers/tar-in-tar-in-zip", lambda: zipped(("a.tar", tar(("b.tar", tar(("model.pkl", EVIL)))))), **U)
add("containers/tar-no-ending", lambda: tar(("model.pkl", EVIL)), "unpack", "model")
add("containers/tar-base256-size", lambda: _base256(), "unpack", "model.tar")


def _base256() -> bytes:
    """The size in base 256 (GNU), the checksum made anew."""
    data = bytearray(tar(("model.pkl", EVIL)))
    data[124:136] = b"\x80" + len(EVIL).to_bytes(11, "big")
    data[148:156] = b" " * 8
    data[148:156] = b"%06o\0 " % sum(data[:512])
    return bytes(data)


# 7z with every method py7zr writes
def methods():
    import py7zr

    return {
        "lzma2": [{"id": py7zr.FILTER_LZMA2, "preset": 1}], "lzma": [{"id": py7zr.FILTER_LZMA}], "bzip2": [{"id": py7zr.FILTER_BZIP2}], "deflate": [{"id": py7zr.FILTER_DEFLATE}], "zstd": [{"id": py7zr.FILTER_ZSTD, "level": 3}],
        "copy": [{"id": py7zr.FILTER_COPY}], "ppmd": [{"id": py7zr.FILTER_PPMD, "order": 6, "mem": 16 << 20}], "brotli": [{"id": py7zr.FILTER_BROTLI, "level": 5}], "delta-lzma": [{"id": py7zr.FILTER_DELTA}, {"id": py7zr.FILTER_LZMA2, "preset": 1}],
        "x86-lzma2": [{"id": py7zr.FILTER_X86}, {"id": py7zr.FILTER_LZMA2, "preset": 1}], "arm-lzma2": [{"id": py7zr.FILTER_ARM}, {"id": py7zr.FILTER_LZMA2, "preset": 1}],
    }


for name in ("lzma2", "lzma", "bzip2", "deflate", "zstd", "copy", "ppmd", "brotli", "delta-lzma", "x86-lzma2", "arm-lzma2"):
    add(f"containers/7z-{name}", lambda name=name: seven([("model.pkl", EVIL)], filters=methods()[name]), "unpack", "model.7z")
add("containers/7z-encrypted", lambda: seven([("model.pkl", EVIL)], password="infected"), "unpack", "encrypted.7z")
add("containers/7z-second-member", lambda: seven([("readme.txt", b"hello"), ("a/b/model.pkl", EVIL)]), "unpack", "model.7z")
add("containers/7z-no-ending", lambda: seven([("model.pkl", EVIL)]), "unpack", "model")
add("containers/7z-in-zip", lambda: zipped(("inner.7z", seven([("model.pkl", EVIL)]))), **U)
add("containers/zip-in-7z", lambda: seven([("inner.zip", zipped(("model.pkl", EVIL)))]), "unpack", "model.7z")
add("containers/zip-in-zip", zipped(("inner.zip", zipped(("model.pkl", EVIL)))), **U)
add("containers/zip-fivefold", zipped(("a.zip", zipped(("b.zip", zipped(("c.zip", zipped(("d.zip", zipped(("model.pkl", EVIL)))))))))), **U)
add("containers/torch-in-zip-in-tar-gz", lambda: tar(("w.zip", zipped(("model.pt", torch_zip(EVIL)))), mode="w:gz"), "unpack", "model.tar.gz")
add("containers/gzip-in-zip", zipped(("model.pkl.gz", gzip.compress(EVIL))), **U)
add("containers/npz-in-zip", zipped(("model.npz", zipped(("a.npy", b"\x93NUMPY\x01\0v\0" + b"{'descr': '|O', 'fortran_order': False, 'shape': (1,)}".ljust(117) + b"\n" + EVIL)))), **U)

# A zip is read from its end: what stands in front decides who else can read it.
FRONT = {
    "elf": b"\x7fELF\x02\x01\x01" + bytes(57), "shell": b"#!/bin/sh\nexit 0\n", "gguf": b"GGUF\x03\0\0\0" + bytes(16), "safetensors": struct.pack("<Q", 2) + b"{}", "pe": b"MZ" + bytes(62), "png": b"\x89PNG\r\n\x1a\n" + bytes(16),
    "pdf": b"%PDF-1.7\n", "text": b"# model card\n", "json": b'{"a": 1}\n', "pickle": MILD, "npy": b"\x93NUMPY\x01\0v\0" + b"{'descr': '<f8', 'fortran_order': False, 'shape': (1,)}".ljust(117) + b"\n" + bytes(8), "zeros": bytes(512), "gzip": gzip.compress(MILD),
}
for name, front in FRONT.items():
    add(f"polyglot/{name}-then-zip", zipped(("model.pkl", EVIL), prefix=front), "unpack", "model.zip")
    add(f"polyglot/{name}-then-torch", torch_zip(EVIL, prefix=front), "torch-zip-anywhere", "model.pt")
add("polyglot/hostile-pickle-then-torch", payload() + torch_zip(MILD), "torch", "model.pt")
add("polyglot/pickle-then-npz", payload() + zipped(("a.npy", FRONT["npy"])), "numpy", "model.npz")
add("polyglot/pickle-then-safetensors", payload() + struct.pack("<Q", 2) + b"{}", "pickle", "model.safetensors")
add("polyglot/pickle-is-json-like", b"}" + SYSTEM + b".", "pickle", "model.json")
add("polyglot/tar-that-is-pickle", lambda: _tar_pickle(), "pickle", "model.tar")
add("polyglot/torch-tar-and-pickle", lambda: _tar_pickle(), "torch", "model.pt")
add("polyglot/zip-that-is-torch-and-npz", torch_zip(MILD, more=[Entry("archive/a.npy", b"\x93NUMPY\x01\0v\0" + b"{'descr': '|O', 'fortran_order': False, 'shape': (1,)}".ljust(117) + b"\n" + EVIL)]), "numpy", "model.npz")
add("polyglot/npz-with-torch-pickle", torch_zip(EVIL, more=[Entry("archive/a.npy", FRONT["npy"])]), "torch", "model.npz")
add("polyglot/safetensors-length-is-pickle", b"\x80\x04N0" + SYSTEM + STOP, "pickle", "weights.safetensors")


def _tar_pickle() -> bytes:
    """A tar whose first member's name is a pickle: GLOBAL needs no magic, and ends before the name field does."""
    return tar((glob("posix", "system").decode() + MARK.decode() + string_line(COMMAND).decode() + "tR.", b"text"), ("readme", b"text"))
