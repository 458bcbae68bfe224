"""A zip writer that says whatever it is told to: local header, central directory and end record are set apart.

Layouts: APPNOTE.TXT 6.3.10, sections 4.3.7 (local), 4.3.12 (central), 4.3.16 (end), 4.3.14 and 4.3.15 (zip64).
"""

import struct
import zlib
from dataclasses import dataclass, field

STORED, DEFLATED, BZIP2, LZMA = 0, 8, 12, 14


@dataclass
class Entry:
    """One member. `local` and `central` override header fields: name, flags, method, crc, packed, size, extra, version."""

    name: str | bytes
    data: bytes
    method: int = STORED
    local: dict = field(default_factory=dict)
    central: dict = field(default_factory=dict)
    packed: bytes | None = None  # bytes to store in place of the compressed data
    before: bytes = b""  # bytes between the previous entry and this one
    listed: bool = True  # whether the central directory has it
    descriptor: bool = False
    attributes: int = 0
    comment: bytes = b""


def deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def pack(entry: Entry) -> bytes:
    if entry.packed is not None:
        return entry.packed
    if entry.method == DEFLATED:
        return deflate(entry.data)
    if entry.method == BZIP2:
        import bz2

        return bz2.compress(entry.data)
    if entry.method == LZMA:
        import lzma

        filters = [{"id": lzma.FILTER_LZMA1}]
        properties = lzma._encode_filter_properties(filters[0])
        return struct.pack("<BBH", 9, 4, len(properties)) + properties + lzma.compress(entry.data, lzma.FORMAT_RAW, filters=filters)
    return entry.data


def write(entries, prefix=b"", suffix=b"", comment=b"", end=None, between=b"", offset_base=0, zip64=False) -> bytes:
    """The whole archive. `end` overrides fields of the end record: disk_count, count, size, offset, comment_length."""
    out = bytearray(prefix)
    directory = bytearray()
    listed = 0
    for entry in entries:
        out += entry.before
        packed = pack(entry)
        name = entry.name.encode() if isinstance(entry.name, str) else entry.name
        flags = 8 if entry.descriptor else 0
        fields = dict(name=name, flags=flags, method=entry.method, crc=zlib.crc32(entry.data), packed=len(packed), size=len(entry.data), extra=b"", version=20)
        local = {**fields, **(dict(crc=0, packed=0, size=0) if entry.descriptor else {}), **entry.local}
        central = {**fields, **entry.central}
        offset = central.pop("offset", len(out) - offset_base)
        for one in (local, central):
            if isinstance(one["name"], str):
                one["name"] = one["name"].encode()
        if zip64:
            local["extra"] = struct.pack("<HHQQ", 1, 16, local["size"], local["packed"]) + local["extra"]
            central["extra"] = struct.pack("<HHQQQ", 1, 24, central["size"], central["packed"], offset) + central["extra"]
            for one in (local, central):
                one.update(size=0xFFFFFFFF, packed=0xFFFFFFFF, version=45)
            offset = 0xFFFFFFFF
        out += struct.pack("<4sHHHHHIIIHH", b"PK\x03\x04", local["version"], local["flags"], local["method"], 0, 0x21, local["crc"],
                           local["packed"], local["size"], len(local["name"]), len(local["extra"])) + local["name"] + local["extra"] + packed
        if entry.descriptor:
            out += struct.pack("<4sIII", b"PK\x07\x08", zlib.crc32(entry.data), len(packed), len(entry.data))
        if entry.listed:
            listed += 1
            directory += struct.pack("<4sHHHHHHIIIHHHHHII", b"PK\x01\x02", 0x0314, central["version"], central["flags"], central["method"], 0, 0x21,
                                     central["crc"], central["packed"], central["size"], len(central["name"]), len(central["extra"]), len(entry.comment),
                                     0, 0, entry.attributes, offset) + central["name"] + central["extra"] + entry.comment
    out += between
    start = len(out)
    out += directory
    record = dict(disk_count=listed, count=listed, size=len(directory), offset=start - offset_base, comment_length=len(comment))
    record.update(end or {})
    if zip64:
        at = len(out)
        out += struct.pack("<4sQHHIIQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, record["disk_count"], record["count"], record["size"], record["offset"])
        out += struct.pack("<4sIQI", b"PK\x06\x07", 0, at - offset_base, 1)
        record.update(disk_count=0xFFFF, count=0xFFFF, size=0xFFFFFFFF, offset=0xFFFFFFFF)
    out += struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, record["disk_count"], record["count"], record["size"], record["offset"], record["comment_length"])
    return bytes(out) + comment + suffix


def torch_zip(pickle: bytes, folder: str = "archive", changed: dict | None = None, more=(), **options) -> bytes:
    """A torch archive around `pickle`. `changed` overrides fields of the entry of data.pkl."""
    return write([Entry(f"{folder}/data.pkl", pickle, **(changed or {})), Entry(f"{folder}/byteorder", b"little"), Entry(f"{folder}/version", b"3\n"), *more], **options)
