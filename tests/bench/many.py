"""Artifacts that hold a great many things, each of them small: what is said of all of them must stay below the ceiling of the facts.

Each function makes one at a path; `scale` divides how many there are.
"""

import io
import json
import struct
import tarfile
import zipfile


def long_name(number):
    """A name of 1,000 letters that ends in a number."""
    return "d" * 990 + f"{number:010}"


def folder(path, count, name, data=b""):
    """Files with the same content, 10,000 in a folder."""
    for number in range(count):
        inner = path / str(number // 10_000)
        if number % 10_000 == 0:
            inner.mkdir(parents=True)
        (inner / name(number)).write_bytes(data)


def zipped(path, count, name, data=b""):
    """A zip of members that are stored."""
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(count):
            archive.writestr(name(number), data)


def tarred(path, count, name):
    """A tar of empty members."""
    with tarfile.open(path, "w", format=tarfile.GNU_FORMAT) as archive:
        for number in range(count):
            archive.addfile(tarfile.TarInfo(name(number)), io.BytesIO())


def zips(path, outer, inner):
    """A zip of zips."""
    out = io.BytesIO()
    zipped(out, inner, lambda number: f"{number}.txt")
    zipped(path, outer, lambda number: f"{number}.zip", out.getvalue())


def tables(path, files, tensors):
    """A folder of safetensors files with many empty tensors each."""
    header = {f"layer.{n}.weight": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]} for n in range(tensors)}
    text = json.dumps(header).encode()
    folder(path, files, lambda number: f"{number}.safetensors", struct.pack("<Q", len(text)) + text)


def field(number, data):
    """A field of protobuf with bytes in it."""

    def varint(value):
        out = b""
        while value > 127:
            out, value = out + bytes([value & 127 | 128]), value >> 7
        return out + bytes([value])

    return varint(number << 3 | 2) + varint(len(data)) + data


def external(path, tensors, location):
    """An ONNX model whose tensors all lie in one other file."""

    def tensor(number):
        pairs = [(b"location", location), (b"offset", b"%d" % (number * 16)), (b"length", b"16")]
        data = b"".join(field(13, field(1, key) + field(2, value)) for key, value in pairs)
        return field(5, b"\x08\x04\x10\x01" + field(8, b"t%d" % number) + data + b"\x70\x01")

    node = field(1, field(1, b"a") + field(2, b"b") + field(4, b"Relu"))
    graph = node + field(2, b"g") + b"".join(tensor(number) for number in range(tensors))
    path.write_bytes(b"\x08\x08" + field(7, graph) + field(8, b"\x10\x11"))


BOMBS = {
    "bomb-many-files": lambda path, scale: folder(path, 200_000 // scale, str),
    "bomb-many-unknown": lambda path, scale: folder(path, 60_000 // scale, lambda n: f"{n}.bin", b"\1\2zz"),
    "bomb-many-names.zip": lambda path, scale: zipped(path, 200_000 // scale, long_name),
    "bomb-many-names.tar": lambda path, scale: tarred(path, 200_000 // scale, long_name),
    "bomb-many-unread.zip": lambda path, scale: zipped(path, 65_535 // scale, lambda n: f"{n}.pkl", b"\1\2zz"),
    "bomb-many-deviations.tar": lambda path, scale: tarred(path, 100_000 // scale, lambda n: f"../{n}/x\1{n}"),
    "bomb-many-zips.zip": lambda path, scale: zips(path, 2_000 // scale, 100),
    "bomb-many-tensors": lambda path, scale: tables(path, 3_000 // scale, 300),
    "bomb-many-places.onnx": lambda path, scale: external(path, 200_000 // scale, b"w" * 500),
}
