"""Compressed streams around a pickle, as loaders open them; the call runs before a trailer is looked at."""

import bz2
import gzip
import io
import lzma
import struct
import zlib

from assembler import *
from case import COMMAND, add, case

EVIL = payload()
MILD = proto(2) + EMPTY_DICT + STOP
# Longer than any decoder's first block, so that what follows is not read before the call.
LONG = EVIL + bytes(300_000)


def zstd(data: bytes, **options) -> bytes:
    import zstandard

    return zstandard.ZstdCompressor(**options).compress(data)


def lz4(data: bytes, **options) -> bytes:
    import lz4.frame

    return lz4.frame.compress(data, **options)


def gz(data: bytes, flags=0, extra=b"", crc=None, size=None, method=8) -> bytes:
    """One gzip member (RFC 1952), its trailer as told."""
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    body = packer.compress(data) + packer.flush()
    return (b"\x1f\x8b" + bytes([method, flags]) + bytes(4) + b"\x00\x03" + extra + body
            + struct.pack("<II", zlib.crc32(data) if crc is None else crc, (len(data) if size is None else size) & 0xFFFFFFFF))


def both(name, data, *loaders):
    """The same bytes for several loaders."""
    for loader, file in loaders:
        add(f"wrappers/{name}-by-{loader}", data, loader, file)


both("gzip", gz(EVIL), ("gzip", "model.pkl.gz"), ("joblib", "model.joblib"), ("pandas", "model.pkl.gz"))
both("gzip-name-field", gz(EVIL, 8, b"model.txt\0"), ("gzip", "model.gz"), ("joblib", "model.gz"))
both("gzip-all-fields", gz(EVIL, 0x1E, b"\x04\x00abcd" + b"name\0" + b"comment\0" + b"\0\0"), ("gzip", "model.gz"),)
both("gzip-reserved-flags", gz(EVIL, 0xE0), ("gzip", "model.gz"),)
both("gzip-wrong-crc", gz(LONG, crc=7), ("gzip", "model.pkl.gz"), ("joblib", "model.joblib"), ("pandas", "model.pkl.gz"))
both("gzip-wrong-size", gz(LONG, size=1), ("gzip", "model.pkl.gz"), ("joblib", "model.joblib"))
both("gzip-no-trailer", gz(LONG)[:-8], ("gzip", "model.pkl.gz"), ("joblib", "model.joblib"))
both("gzip-cut", gz(LONG)[:-60], ("gzip", "model.pkl.gz"), ("joblib", "model.joblib"))
both("gzip-then-junk", gz(EVIL) + b"junk", ("gzip", "model.pkl.gz"),)
both("gzip-then-zeros", gz(EVIL) + bytes(512), ("gzip", "model.pkl.gz"),)
# joblib reads the first gzip member or zlib stream only, and spins on what follows.
both("gzip-empty-member-first", gz(b"") + gz(EVIL), ("gzip", "model.pkl.gz"),)
both("gzip-split-in-members", gz(EVIL[:9]) + gz(EVIL[9:]), ("gzip", "model.pkl.gz"),)
both("gzip-many-members", b"".join(gz(bytes([one])) for one in EVIL), ("gzip", "model.pkl.gz"),)
both("gzip-stored-blocks", b"\x1f\x8b\x08" + bytes(7) + b"\x01" + struct.pack("<HH", len(EVIL), len(EVIL) ^ 0xFFFF) + EVIL + struct.pack("<II", zlib.crc32(EVIL), len(EVIL)), ("gzip", "model.pkl.gz"), ("joblib", "m.joblib"))
for level in (0, 1, 9):
    both(f"zlib-{level}", zlib.compress(EVIL, level), ("zlib", "model.pkl.z"), ("joblib", "model.joblib"))
both("zlib-wrong-adler", zlib.compress(LONG)[:-4] + b"abcd", ("joblib", "model.joblib"),)
both("zlib-cut", zlib.compress(LONG)[:-4], ("zlib", "model.z"), ("joblib", "model.joblib"))
both("zlib-then-junk", zlib.compress(EVIL) + b"junk", ("zlib", "model.z"),)
both("bz2", bz2.compress(EVIL), ("bz2", "model.pkl.bz2"), ("joblib", "model.joblib"), ("pandas", "model.pkl.bz2"))
both("bz2-level-1", bz2.compress(EVIL, 1), ("bz2", "model.pkl.bz2"),)
both("bz2-split-in-streams", bz2.compress(EVIL[:7]) + bz2.compress(EVIL[7:]), ("bz2", "model.bz2"), ("joblib", "model.joblib"))
both("bz2-empty-stream-first", bz2.compress(b"") + bz2.compress(EVIL), ("bz2", "model.bz2"), ("joblib", "model.joblib"))
both("bz2-then-junk", bz2.compress(EVIL) + b"junk", ("bz2", "model.bz2"), ("joblib", "model.joblib"))
# zstandard's reader has no readline: a pickle without line opcodes, as protocol 4 writes.
MODERN = calling("posix:system", COMMAND)
RANDOM = bytes((number * 7919 >> 3) & 255 for number in range(1_200_000))
both("bz2-cut", bz2.compress(EVIL + RANDOM)[:-20], ("bz2", "model.bz2"), ("joblib", "model.joblib"))
both("xz", lzma.compress(EVIL), ("lzma", "model.pkl.xz"), ("joblib", "model.joblib"), ("pandas", "model.pkl.xz"))
for name, check in (("none", lzma.CHECK_NONE), ("crc32", lzma.CHECK_CRC32), ("sha256", lzma.CHECK_SHA256)):
    both(f"xz-check-{name}", lzma.compress(EVIL, check=check), ("lzma", "model.xz"),)
both("xz-delta-filter", lzma.compress(EVIL, filters=[{"id": lzma.FILTER_DELTA, "dist": 3}, {"id": lzma.FILTER_LZMA2}]), ("lzma", "model.xz"), ("joblib", "model.joblib"))
both("xz-x86-filter", lzma.compress(EVIL, filters=[{"id": lzma.FILTER_X86}, {"id": lzma.FILTER_LZMA2}]), ("lzma", "model.xz"),)
both("xz-split-in-streams", lzma.compress(EVIL[:7]) + lzma.compress(EVIL[7:]), ("lzma", "model.xz"), ("joblib", "model.joblib"))
both("xz-padding", lzma.compress(EVIL[:7]) + bytes(8) + lzma.compress(EVIL[7:]), ("lzma", "model.xz"),)
both("xz-cut", lzma.compress(LONG + RANDOM)[:-40], ("lzma", "model.xz"), ("joblib", "model.joblib"))
both("xz-wrong-check", lzma.compress(EVIL + RANDOM, check=lzma.CHECK_CRC32)[:-44] + bytes(44), ("lzma", "model.xz"),)
both("lzma", lzma.compress(EVIL, lzma.FORMAT_ALONE), ("lzma", "model.pkl.lzma"), ("joblib", "model.joblib"))
both("lzma-other-properties", lzma.compress(EVIL, lzma.FORMAT_ALONE, filters=[{"id": lzma.FILTER_LZMA1, "lc": 0, "lp": 2, "pb": 0, "dict_size": 1 << 20}]), ("lzma", "model.lzma"),)
both("lzma-cut", lzma.compress(EVIL + RANDOM, lzma.FORMAT_ALONE)[:-10], ("lzma", "model.lzma"),)
both("zstd", lambda: zstd(MODERN), ("zstd", "model.pkl.zst"), ("pandas", "model.pkl.zst"))
both("zstd-no-size", lambda: zstd(MODERN, write_content_size=False), ("zstd", "model.pkl.zst"),)
both("zstd-checksum", lambda: zstd(MODERN, write_checksum=True), ("zstd", "model.pkl.zst"),)
both("zstd-wrong-checksum", lambda: zstd(MODERN + RANDOM, write_checksum=True)[:-4] + b"abcd", ("zstd", "model.pkl.zst"),)
both("zstd-skippable-first", lambda: struct.pack("<II", 0x184D2A50, 9) + b"skip this" + zstd(MODERN), ("zstd", "model.pkl.zst"), ("pandas", "model.pkl.zst"))
both("zstd-skippable-pickle-first", lambda: struct.pack("<II", 0x184D2A5F, len(MILD)) + MILD + zstd(MODERN), ("zstd", "model.pkl.zst"),)
both("zstd-cut", lambda: zstd(MODERN + RANDOM)[:-10], ("zstd", "model.pkl.zst"),)
both("zstd-empty-frame-first", lambda: zstd(b"") + zstd(MODERN), ("zstd", "model.zst"), ("pandas", "model.pkl.zst"))
both("zstd-split-in-frames", lambda: zstd(MODERN[:7]) + zstd(MODERN[7:]), ("zstd", "model.zst"), ("pandas", "model.pkl.zst"))
both("lz4", lambda: lz4(EVIL), ("lz4", "model.pkl.lz4"), ("joblib", "model.joblib"))
both("lz4-checksums", lambda: lz4(EVIL, content_checksum=True, block_checksum=True), ("lz4", "model.pkl.lz4"), ("joblib", "model.joblib"))
both("lz4-linked-blocks", lambda: lz4(EVIL + RANDOM, block_linked=True, block_size=4), ("lz4", "model.lz4"), ("joblib", "model.joblib"))
both("lz4-no-size", lambda: lz4(EVIL, store_size=False), ("lz4", "model.lz4"), ("joblib", "model.joblib"))
both("lz4-wrong-checksum", lambda: lz4(EVIL + RANDOM, content_checksum=True)[:-4] + b"abcd", ("lz4", "model.lz4"), ("joblib", "model.joblib"))
both("lz4-split-in-frames", lambda: lz4(EVIL[:7]) + lz4(EVIL[7:]), ("lz4", "model.lz4"),)
both("lz4-cut", lambda: lz4(EVIL + RANDOM)[:-6], ("lz4", "model.lz4"), ("joblib", "model.joblib"))
both("lz4-skippable-first", lambda: struct.pack("<II", 0x184D2A50, 4) + b"skip" + lz4(EVIL), ("stream", "model.lz4"),)
# A wrapper inside a wrapper, unpacked by people layer by layer.
both("gzip-in-gzip", gz(gz(EVIL)), ("unpack", "model.pkl.gz.gz"))
both("xz-in-gzip", gz(lzma.compress(EVIL)), ("unpack", "model.pkl.xz.gz"))
both("gzip-in-zstd", lambda: zstd(gz(MODERN)), ("unpack", "model.pkl.gz.zst"))
both("bz2-in-xz-in-gzip", gz(lzma.compress(bz2.compress(EVIL))), ("unpack", "model.pkl.bz2.xz.gz"))
both("lz4-in-bz2", lambda: bz2.compress(lz4(EVIL)), ("unpack", "model.pkl.lz4.bz2"))
both("gzip-fivefold", gz(gz(gz(gz(gz(EVIL))))), ("unpack", "model.pkl" + ".gz" * 5))
# The name promises another wrapper than the content; joblib goes by content, pandas by name.
for end in (".pkl", ".gz", ".xz", ".joblib", ".txt", ".json"):
    add(f"wrappers/misnamed-bz2{end}", bz2.compress(EVIL), "joblib", f"model{end}")
    add(f"wrappers/misnamed-lzma{end}", lzma.compress(EVIL, lzma.FORMAT_ALONE), "joblib", f"model{end}")
