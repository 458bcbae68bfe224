"""torch's zip layout, and what its reader (miniz) does not look at."""

import io
import struct
import zlib

from assembler import *
from case import COMMAND, PYTHON, add, case
from zipwriter import BZIP2, DEFLATED, LZMA, Entry, deflate, torch_zip, write

EVIL, MILD = payload(), proto(2) + EMPTY_DICT + STOP
T = {"loader": "torch"}


def wrong(value):
    return zlib.crc32(value) ^ 0xFFFFFFFF


add("torch-zip/plain", torch_zip(EVIL), **T)
for folder in ("model", "a/b/c", "a b", "ä", "archive.pkl"):
    add(f"torch-zip/folder-{folder.replace('/', '-').replace(' ', '-')}", torch_zip(EVIL, folder), **T)
for method, name in ((DEFLATED, "deflated"),):
    add(f"torch-zip/{name}", torch_zip(EVIL, changed={"method": method}), **T)
add("torch-zip/wrong-crc", torch_zip(EVIL, changed={"local": {"crc": wrong(EVIL)}, "central": {"crc": wrong(EVIL)}}), **T)
add("torch-zip/wrong-crc-central", torch_zip(EVIL, changed={"central": {"crc": 0}}), **T)
add("torch-zip/wrong-crc-local", torch_zip(EVIL, changed={"local": {"crc": 0}}), **T)
add("torch-zip/wrong-crc-deflated", torch_zip(EVIL, changed={"method": DEFLATED, "central": {"crc": 1}, "local": {"crc": 1}}), **T)
# The local header is skipped over: only its two lengths count.
for name, local in {
    "name": {"name": "archive/xxxx.txt"}, "name-longer": {"name": "archive/readme-of-the-model.txt"}, "name-empty": {"name": ""}, "name-binary": {"name": b"\xff\xfe\0\x01"},
    "method": {"method": DEFLATED}, "method-unknown": {"method": 99}, "method-lzma": {"method": LZMA}, "sizes": {"packed": 0, "size": 0}, "sizes-huge": {"packed": 0xFFFFFFF0, "size": 0xFFFFFFF0},
    "flag-1": {"flags": 0x1}, "flag-20": {"flags": 0x20}, "flag-40": {"flags": 0x40}, "flag-2000": {"flags": 0x2000}, "flag-8": {"flags": 8}, "flag-800": {"flags": 0x800},
    "version": {"version": 0xFFFF}, "extra": {"extra": b"\x01\0\x10\0" + bytes(16)}, "extra-broken": {"extra": b"\xff\xff\xff\xff"}, "extra-unicode-name": {"extra": b"up\x09\0\x01" + struct.pack("<I", zlib.crc32(b"archive/data.pkl")) + b"x.tx"},
    "everything": {"name": "a/b.txt", "method": 99, "flags": 0x2041, "crc": 7, "packed": 1, "size": 2},
}.items():
    add(f"torch-zip/local-{name}", torch_zip(EVIL, changed={"local": local}), **T)
add("torch-zip/central-flag-8", torch_zip(EVIL, changed={"central": {"flags": 8}}), **T)
add("torch-zip/central-flag-2000", torch_zip(EVIL, changed={"central": {"flags": 0x2000}}), **T)
add("torch-zip/descriptor", torch_zip(EVIL, changed={"descriptor": True}), **T)
add("torch-zip/descriptor-deflated", torch_zip(EVIL, changed={"descriptor": True, "method": DEFLATED}), **T)
add("torch-zip/central-comment", torch_zip(EVIL, changed={"comment": b"PK\x05\x06" + bytes(30)}), **T)
add("torch-zip/directory-attribute", torch_zip(EVIL, changed={"attributes": 0x10}), **T)
add("torch-zip/symlink-attribute", torch_zip(EVIL, changed={"attributes": 0o120777 << 16}), **T)

# Two members of one name, one of which runs.
REST = [Entry("archive/byteorder", b"little"), Entry("archive/version", b"3\n")]
add("torch-zip/duplicate-first", write([Entry("archive/data.pkl", EVIL), *REST, Entry("archive/data.pkl", MILD)]), **T)
add("torch-zip/duplicate-case-first", write([Entry("archive/data.pkl", EVIL), Entry("archive/DATA.PKL", MILD), *REST]), **T)
add("torch-zip/duplicate-case-upper-first", write([Entry("archive/DATA.PKL", EVIL), *REST, Entry("archive/readme.txt", b"hi")]), **T)
add("torch-zip/case-mixed", write([Entry("Archive/Data.Pkl", EVIL), Entry("ARCHIVE/version", b"3\n")]), **T)
add("torch-zip/case-all-upper", write([Entry("ARCHIVE/DATA.PKL", EVIL), Entry("ARCHIVE/VERSION", b"3\n"), Entry("ARCHIVE/BYTEORDER", b"little")]), **T)
add("torch-zip/two-folders", write([Entry("archive/version", b"3\n"), Entry("archive/data.pkl", EVIL), Entry("model/data.pkl", MILD), Entry("model/version", b"3\n")]), **T)
add("torch-zip/three-duplicates", write([Entry("archive/data.pkl", EVIL), Entry("archive/data.pkl", MILD), Entry("archive/data.pkl", MILD), *REST]), **T)
add("torch-zip/last-entry", write([*REST, *(Entry(f"archive/data/{number}", bytes(64)) for number in range(40)), Entry("archive/data.pkl", EVIL)]), **T)
add("torch-zip/many-entries", write([*REST, *(Entry(f"archive/extra/{number}.txt", b"text") for number in range(3000)), Entry("archive/data.pkl", EVIL)]), **T)
add("torch-zip/data-pkl-in-central-only", torch_zip(EVIL, changed={"local": {"name": "archive/data/0000"}}), **T)
add("torch-zip/no-byteorder", write([Entry("archive/data.pkl", EVIL), Entry("archive/version", b"3\n")]), **T)
add("torch-zip/version-1", write([Entry("archive/data.pkl", EVIL), Entry("archive/version", b"1\n")]), **T)
add("torch-zip/version-10", write([Entry("archive/data.pkl", EVIL), Entry("archive/.data/version", b"10\n"), Entry("archive/version", b"10\n")]), **T)
add("torch-zip/bytes-between", torch_zip(EVIL, between=b"\x80\x04N." * 100), **T)
add("torch-zip/bytes-before-entry", write([Entry("archive/version", b"3\n"), Entry("archive/data.pkl", EVIL, before=b"junk" * 50)]), **T)
add("torch-zip/comment", torch_zip(EVIL, comment=b"a comment"), **T)
add("torch-zip/comment-long", torch_zip(EVIL, comment=b"c" * 65000), **T)
add("torch-zip/comment-is-zip", torch_zip(EVIL, comment=torch_zip(MILD)[:-22]), **T)
add("torch-zip/suffix", torch_zip(EVIL, suffix=b"trailing" * 20), **T)
add("torch-zip/suffix-zeros", torch_zip(EVIL, suffix=bytes(4096)), **T)
add("torch-zip/suffix-pickle", torch_zip(EVIL, suffix=MILD), **T)
add("torch-zip/comment-length-lies", torch_zip(EVIL, end={"comment_length": 500}), **T)
add("torch-zip/count-disk-lies", torch_zip(EVIL, end={"disk_count": 0}), **T)
add("torch-zip/count-lies", torch_zip(EVIL, end={"count": 1, "disk_count": 1}), **T)
add("torch-zip/count-first-only", write([*REST, Entry("archive/data.pkl", EVIL), Entry("archive/decoy/data.pkl", MILD)], end={"count": 3, "disk_count": 3}), **T)
add("torch-zip/zip64", torch_zip(EVIL, zip64=True), **T)
add("torch-zip/concatenated", write([Entry("archive/data.pkl", EVIL), *REST], prefix=torch_zip(MILD)), **T)
add("torch-zip/concatenated-different-folder", write([Entry("other/data.pkl", EVIL), Entry("other/version", b"3\n")], prefix=torch_zip(MILD)), **T)
add("torch-zip/hidden-benign-local", write([Entry("archive/data.pkl", MILD, listed=False), Entry("archive/data.pkl", EVIL), *REST]), **T)
# Two central entries that share one body, and a body inside another body.
INNER = write([Entry("archive/data.pkl", EVIL)])
add("torch-zip/overlapping", write([Entry("archive/data.pkl", EVIL), *REST, Entry("archive/data/0", EVIL, central={"offset": 0})]), **T)
add("torch-zip/inside-storage", write([Entry("archive/data/0", INNER), Entry("archive/data.pkl", MILD, central={"offset": 30 + len("archive/data/0"), "crc": zlib.crc32(EVIL), "packed": len(EVIL), "size": len(EVIL)}), *REST]), **T)
add("torch-zip/empty-stored-block-deflate", torch_zip(EVIL, changed={"method": DEFLATED, "packed": b"\x00\x00\x00\xff\xff" + deflate(EVIL)}), **T)
add("torch-zip/deflate-trailing", torch_zip(EVIL, changed={"method": DEFLATED, "packed": deflate(EVIL) + b"trailing"}), **T)
add("torch-zip/name-backslash", write([Entry("archive\\data.pkl", EVIL), *[Entry("archive\\version", b"3\n")]]), **T)
add("torch-zip/name-absolute", write([Entry("/archive/data.pkl", EVIL), Entry("/archive/version", b"3\n")]), **T)
add("torch-zip/name-traversal", write([Entry("../data.pkl", EVIL), Entry("../version", b"3\n")]), **T)
add("torch-zip/traversal-neighbour", torch_zip(EVIL, more=[Entry("../../evil.txt", b"x"), Entry("/etc/x", b"x"), Entry("C:\\x", b"x")]), **T)
add("torch-zip/tensor-typed-storage", torch_zip(EVIL, more=[Entry("archive/data/0", bytes(64))]), **T)


# What stands in the pickle of a real checkpoint.
class Reducing:
    def __reduce__(self):
        import os

        return os.system, (COMMAND,)


def saved(value, **options):
    import torch

    buffer = io.BytesIO()
    torch.save(value, buffer, **options)
    return buffer.getvalue()


@case("torch-zip/saved-state-dict", "torch")
def _():
    import torch

    return saved({**torch.nn.Linear(2, 2).state_dict(), "extra": Reducing()})


@case("torch-zip/saved-checkpoint-deep", "torch")
def _():
    import torch

    return saved({"state_dict": torch.nn.Linear(2, 2).state_dict(), "hyper_parameters": {"a": [{"b": (1, [Reducing()])}]}})


@case("torch-zip/saved-module-attribute", "torch")
def _():
    import torch

    model = torch.nn.Sequential(torch.nn.Linear(2, 2))
    model.note = Reducing()
    return saved(model)


@case("torch-zip/saved-module-hook", "torch")
def _():
    import torch

    model = torch.nn.Linear(2, 2)
    model._forward_hooks[0] = Reducing()
    return saved(model)


for version in (3, 4, 5):

    @case(f"torch-zip/saved-protocol-{version}", "torch")
    def _(version=version):
        return saved([Reducing()], pickle_protocol=version)


@case("torch-zip/tensor-argument", "torch")
def _():
    import torch

    class Size:
        def __reduce__(self):
            return eval, (f"[{PYTHON}, (2,)][1]",)

    class Odd:
        def __reduce__(self):
            return torch._utils._rebuild_tensor_v2, (torch.zeros(4)._typed_storage(), 0, Size(), (1,), False, {})

    return saved(Odd())


@case("torch-zip/load-from-bytes", "torch")
def _():
    return torch_zip(calling("torch.storage:_load_from_bytes", torch_zip(EVIL), version=4))


@case("torch-zip/load-from-bytes-legacy", "torch")
def _():
    return torch_zip(calling("torch.storage:_load_from_bytes", EVIL, version=4))


@case("torch-zip/load-from-bytes-tensor", "torch")
def _():
    inner = saved([Reducing()], _use_new_zipfile_serialization=False)
    return torch_zip(calling("torch.storage:_load_from_bytes", inner, version=4))


# The persistent id is made by opcodes too: calls stand in its tuple.
for name, opcodes in {
    "in-tuple": MARK + text("storage") + SYSTEM + text("0") + text("cpu") + integer(1) + TUPLE + BINPERSID,
    "type": MARK + text("storage") + reduce(glob("builtins", "eval"), text(f"[{PYTHON}, __import__('torch').FloatStorage][1]")) + text("0") + text("cpu") + integer(1) + TUPLE + BINPERSID,
    "key-traversal": MARK + text("storage") + glob("torch", "FloatStorage") + reduce(glob("builtins", "str"), SYSTEM) + text("cpu") + integer(1) + TUPLE + BINPERSID,
    "wrong-shape": SYSTEM + TUPLE1 + BINPERSID,
    "text": SYSTEM + b"0" + persid("storage"),
}.items():
    add(f"persistent-id/torch-{name}", torch_zip(proto(2) + opcodes + STOP, more=[Entry("archive/data/0", bytes(4))]), **T)
# pers_load looks the type up on what the id gives: an object whose attribute access is a call.
add("persistent-id/torch-location", torch_zip(proto(4) + MARK + text("storage") + glob("torch", "FloatStorage") + text("0")
    + reduce(glob("builtins", "eval"), text(f"[{PYTHON}, 'cpu'][1]")) + integer(1) + TUPLE + BINPERSID + STOP, more=[Entry("archive/data/0", bytes(4))]), **T)


# weights_only=True of torch up to 2.5.1 goes to TorchScript: see the family torchscript. torch.package runs the sources it holds.
@case("torch-zip/package", "torch-package")
def _(path):
    from torch.package import PackageExporter

    with PackageExporter(path) as package:
        package.save_source_string("model", PYTHON)
        package.save_pickle("model", "model.pkl", {"a": 1})


@case("torch-zip/package-pickle", "torch-package")
def _(path):
    from torch.package import PackageExporter

    with PackageExporter(path) as package:
        package.extern("os")
        package.save_source_string("model", "import os")
        package.save_binary("model", "model.pkl", calling("os:system", COMMAND, version=3))
