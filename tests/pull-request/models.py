"""Model files of the cases, written opcode by opcode; nothing here is ever loaded."""

import struct

LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize %d\n"


def calling(*functions):
    """A pickle that calls each of the functions, which no list has, without arguments: as many findings."""
    calls = b"".join(b"c" + name.encode() + b"\n)R0" for name in functions)
    return b"\x80\x02" + calls + b"N."


def findings(count):
    """A pickle with this many findings."""
    return calling(*(f"unlisted.module\nfunction_{number}" for number in range(count)))


def long_names(count, size=70_000):
    """A pickle whose findings name functions of `size` letters."""
    return calling(*(f"a{number}.{'m' * size}\nfunction" for number in range(count)))


def plain():
    """A pickle of an empty dict: nothing to find."""
    return b"\x80\x02}q\x00."


def broken():
    """A pickle that ends inside an opcode."""
    return b"\x80\x02cunlisted.module\nfunction\n)R0X\xff\xff"


def safetensors():
    """One tensor of two numbers."""
    header = b'{"weight":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}'
    return struct.pack("<Q", len(header)) + header + bytes(8)


def pointer():
    """A Git LFS pointer to an object that nobody has."""
    return LFS % (b"4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393", 12345)


# Names that git takes and that would be something else in a shell, a log, Markdown or HTML.
HOSTILE_NAMES = (
    "-rf.pkl",
    "$(touch planted) `touch planted`.pkl",
    'say "hello".pkl',
    "%0A::error::planted.pkl",
    "::error::planted.pkl",
    "@team and #1.pkl",
    "<!-- weighbridge -->.pkl",
    "<img src=x onerror=alert(1)>.pkl",
    "[click](javascript:alert(1)).pkl",
    "| a | b |.pkl",
    "\u202elkp.exe\u2066.pkl",
    "ends in backslash\\.pkl",
    "tab\tand\x1b[31mred.pkl",
    "line\nbreak.pkl",
    "```.pkl",
)
