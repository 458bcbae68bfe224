"""torch's older layouts: five pickles in a row, and the tar before them."""

import io
import struct

from assembler import *
from case import COMMAND, PYTHON, add, case

# torch/serialization.py: MAGIC_NUMBER, PROTOCOL_VERSION and the sys_info that _legacy_save writes.
MAGIC = 0x1950A86A20F9469CFC6C
PARTS = [
    ("magic", integer(MAGIC)),
    ("protocol", integer(1001)),
    ("sys-info", dict_of((text("protocol_version"), integer(1001)), (text("little_endian"), TRUE), (text("type_sizes"), EMPTY_DICT))),
    ("object", EMPTY_DICT),
    ("storage-keys", EMPTY_LIST),
]


def five(carrier: str | None, how=lambda value: SYSTEM + POP + value) -> bytes:
    return b"".join(proto(2) + (how(value) if name == carrier else value) + STOP for name, value in PARTS)


for name, _value in PARTS:
    add(f"torch-legacy/in-{name}", five(name), "torch")
    add(f"torch-legacy/instead-of-{name}", five(name, lambda value: SYSTEM), "torch")
    add(f"torch-legacy/under-stack-of-{name}", five(name, lambda value: SYSTEM + value), "torch")
add("torch-legacy/magic-computed", five("magic", lambda value: reduce(glob("_operator", "add"), SYSTEM, value)), "torch")
add("torch-legacy/magic-evaluated", five("magic", lambda value: reduce(glob("builtins", "eval"), text(f"[{PYTHON}, {MAGIC}][1]"))), "torch")
add("torch-legacy/magic-int-of-text", five("magic", lambda value: reduce(glob("builtins", "int"), text(hex(MAGIC)), integer(16)) + SYSTEM + POP), "torch")
add("torch-legacy/magic-text", five("magic", lambda value: SYSTEM + POP + b"L" + str(MAGIC).encode() + b"L\n"), "torch")
add("torch-legacy/magic-protocol-0", b"L" + str(MAGIC).encode() + b"L\n0" + SYSTEM + STOP, "torch")
add("torch-legacy/magic-then-pickle", proto(2) + integer(MAGIC) + STOP + payload(), "torch")
add("torch-legacy/protocol-mixed", b"".join(proto(version) + value + STOP for version, (_, value) in zip((2, 3, 4, 5, 2), PARTS[:3])) + payload(4) + PARTS[4][1] + STOP, "torch")
add("torch-legacy/after-junk-storages", five(None)[:-2] + EMPTY_LIST + SYSTEM + POP + STOP, "torch")
add("torch-legacy/raw-pickle", payload(), "torch")
add("torch-legacy/raw-pickle-protocol-0", glob("posix", "system") + MARK + string_line(COMMAND) + TUPLE + REDUCE + STOP, "torch")
add("torch-legacy/then-zip", payload() + bytes(64), "torch")
add("torch-legacy/proto-byte-missing", integer(MAGIC) + STOP + integer(1001) + STOP + SYSTEM + STOP, "torch")
# Persistent ids of the legacy layout: ('module', class, file, source) and ('storage', type, key, location, size, view).
add("persistent-id/legacy-module", five("object", lambda value: MARK + text("module") + SYSTEM + text("f.py") + text("source") + TUPLE + BINPERSID), "torch")
add("persistent-id/legacy-storage", five("object", lambda value: MARK + text("storage") + glob("torch", "FloatStorage") + text("0") + SYSTEM + integer(1) + NONE + TUPLE + BINPERSID), "torch")
add("persistent-id/legacy-view", five("object", lambda value: MARK + text("storage") + glob("torch", "FloatStorage") + text("0") + text("cpu") + integer(1) + tuple_of(text("v"), SYSTEM, integer(1)) + TUPLE + BINPERSID), "torch")


class Reducing:
    def __reduce__(self):
        import os

        return os.system, (COMMAND,)


def saved(value):
    import torch

    buffer = io.BytesIO()
    torch.save(value, buffer, _use_new_zipfile_serialization=False)
    return buffer.getvalue()


@case("torch-legacy/saved-state-dict", "torch")
def _():
    import torch

    return saved({**torch.nn.Linear(3, 3).state_dict(), "extra": Reducing()})


@case("torch-legacy/saved-module", "torch", file="model.pth")
def _():
    import torch

    model = torch.nn.Linear(2, 2)
    model.note = Reducing()
    return saved(model)


def tar(members, **options) -> bytes:
    """A tar of (name, data) pairs, in their order; a name may come twice."""
    import tarfile

    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:", **options) as archive:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


# torch/serialization.py, legacy_load: `storages` is a count, the storages, and the list of views; `tensors` a count and the tensors.
ZERO, ONE = proto(2) + integer(0) + STOP, proto(2) + integer(1) + STOP
NO_VIEWS = proto(2) + EMPTY_LIST + STOP
LAYOUT = {"sys_info": proto(2) + PARTS[2][1] + STOP, "pickle": proto(2) + EMPTY_DICT + STOP, "storages": ZERO + NO_VIEWS, "tensors": ZERO}


def layout(**changed) -> list[tuple[str, bytes]]:
    return list({**LAYOUT, **changed}.items())


def tar_case(name, members, **options):
    add(f"tar/{name}", lambda: tar(members, **options), "torch")


tar_case("torch-in-pickle", layout(pickle=cover()))
tar_case("torch-in-storages", layout(storages=cover(value=integer(0)) + NO_VIEWS))
tar_case("torch-in-storage", layout(storages=ONE + payload()))
tar_case("torch-in-views", layout(storages=ZERO + cover(value=EMPTY_LIST)))
tar_case("torch-in-tensors", layout(tensors=cover(value=integer(0))))
tar_case("torch-in-tensor", layout(tensors=ONE + payload()))
tar_case("torch-pax-format", layout(pickle=payload()), format=2)
tar_case("torch-gnu-format", layout(pickle=payload()), format=1)
tar_case("torch-ustar-format", layout(pickle=payload()), format=0)
tar_case("torch-duplicate-last-runs", [*layout(), ("pickle", payload())])
tar_case("torch-duplicate-storages", [*layout(), ("storages", payload())])
tar_case("torch-no-sys-info", layout(pickle=payload())[1:])
tar_case("torch-extra-members", [("readme", b"hello"), *layout(pickle=payload()), ("zz", b"x")])
tar_case("torch-persistent-id", layout(pickle=proto(2) + SYSTEM + BINPERSID + STOP))
tar_case("torch-order-reversed", layout(pickle=payload())[::-1])
tar_case("torch-dot-names", [(f"./{name}" if name == "pickle" else name, data) for name, data in layout(pickle=payload())])
