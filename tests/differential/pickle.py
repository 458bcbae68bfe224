"""Compares the facts of pickles with what CPython's own unpicklers do.

Makes random and mutated pickles, runs each through the C unpickler (over a file with and without `peek`) and the Python one, with
every import and call replaced by a stub that writes it down, and prints each file in which CPython imported or called something
that the facts do not have. More in the facts than CPython did is no fault: the interpreter goes on where only an object's own nature
would raise.

Usage: python3 tests/differential/pickle.py target/debug/weighbridge [--count 3000] [--seed 1] [--keep FOLDER]
"""

import sys

# This folder is in front of the path, and this file has the name of a module that it needs.
sys.path.pop(0)

import argparse
import array
import collections
import copyreg
import datetime
import decimal
import io
import json
import os
import pathlib
import pickle
import random
import resource
import struct
import subprocess
import tempfile

EXTENSIONS = {5: ("extmod", "five"), 300: ("extmod", "three"), 70000: ("extmod", "seven")}
for code, (module, name) in EXTENSIONS.items():
    copyreg.add_extension(module, name, code)


class Recorder:
    """What one unpickler did."""

    def __init__(self):
        self.imports = set()
        self.extensions = set()
        self.calls = set()
        self.persistent = 0
        self.classes = {}

    def find_class(self, module, name):
        if (module, name) in EXTENSIONS.values():
            self.extensions.add((module, name))
        else:
            self.imports.add((module, name))
        key = (module, name)
        if key not in self.classes:
            self.classes[key] = stub(self, key)
        return self.classes[key]

    def persistent_load(self, pid):
        self.persistent += 1
        return Persistent(self)


class Acting:
    """The methods that opcodes call on an object."""

    def __setstate__(self, state):
        self.recorder.calls.add(("build", self.origin))

    def append(self, item):
        self.recorder.calls.add(("items", self.origin))

    def extend(self, items):
        self.recorder.calls.add(("items", self.origin))

    def add(self, item):
        self.recorder.calls.add(("items", self.origin))

    def __setitem__(self, key, value):
        self.recorder.calls.add(("items", self.origin))

    def __call__(self, *args, **kwargs):
        self.recorder.calls.add(("call", self.origin))
        return Result(self.recorder)


class Persistent(Acting):
    origin = None

    def __init__(self, recorder):
        self.recorder = recorder


class Result(Persistent):
    """What the call of a result returned: nothing is known of it."""


def stub(recorder, key):
    class Meta(type):
        def __call__(cls, *args, **kwargs):
            recorder.calls.add(("call", key))
            made = object.__new__(cls)
            return made

        def __setstate__(cls, state):
            recorder.calls.add(("build", key))

        def append(cls, item):
            recorder.calls.add(("items", key))

        extend = add = append

        def __setitem__(cls, name, value):
            recorder.calls.add(("items", key))

    def new(cls, *args, **kwargs):
        recorder.calls.add(("new", key))
        return object.__new__(cls)

    members = dict(Acting.__dict__)
    members.update({"__new__": new, "recorder": recorder, "origin": key})
    members.pop("__dict__", None)
    members.pop("__weakref__", None)
    return Meta("Stub", (), members)


def unpickle(data, how, encoding):
    recorder = Recorder()
    base = pickle._Unpickler if how == "python" else pickle.Unpickler

    class Unpickler(base):
        def find_class(self, module, name):
            return recorder.find_class(module, name)

        def persistent_load(self, pid):
            return recorder.persistent_load(pid)

    file = io.BytesIO(data)
    if how == "peek":
        file = io.BufferedReader(file)
    for _ in range(8):
        # The C and the Python unpickler keep extension objects over calls.
        copyreg.clear_extension_cache()
        try:
            Unpickler(file, encoding=encoding, buffers=[b"buffer"] * 8).load()
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            break
    return recorder


# Random pickles ------------------------------------------------------------------------------------------------------------

WORDS = ["os", "posix", "system", "builtins", "eval", "a.b", "x" * 300, "größe", "collections", "OrderedDict", "id", "copyreg",
         "_reconstructor", "__newobj__", "__newobj_ex__", "object", "storage", "7", "with space", "quote'", 'dq"', "back\\slash"]


def counted(code, size, payload):
    return code + len(payload).to_bytes(size, "little") + payload


def text(random):
    word = random.choice(WORDS)
    raw = word.encode()
    how = random.randrange(7)
    if how == 0:
        return counted(b"\x8c", 1, raw[:255]) if len(raw) < 256 else counted(b"X", 4, raw)
    if how == 1:
        return counted(b"X", 4, raw)
    if how == 2:
        return counted(b"\x8d", 8, raw)
    if how == 3:
        escaped = "".join(random.choice([c, "\\u%04x" % ord(c), "\\U%08x" % ord(c)]) if c != "\\" else "\\u005c" for c in word)
        return b"V" + escaped.encode("raw-unicode-escape") + b"\n"
    if not word.isascii():
        return counted(b"X", 4, raw)
    if how == 4:
        escaped = "".join(random.choice([c, "\\x%02x" % ord(c), "\\%03o" % ord(c)]) if c not in "\\'\"" else "\\" + c for c in word)
        quote = random.choice("'\"")
        return f"S{quote}{escaped}{quote}\n".encode()
    if how == 5 and len(raw) < 256:
        return counted(b"U", 1, raw)
    return counted(b"T", 4, raw)


def number(random):
    value = random.choice([0, 1, 2, 7, 255, 256, 65535, 70000, -1, 1 << 40, -(1 << 70)])
    how = random.randrange(8)
    if how == 0:
        return b"I" + random.choice([str(value), hex(value), " %d" % value, "%d " % value, "0%o" % abs(value), "1_0", "00", "01",
                                     "7\x00x", "+3", "-0x1F"]).encode() + b"\n"
    if how == 1:
        return b"L" + random.choice([str(value), hex(value), "0x_1F"]).encode() + random.choice([b"L", b""]) + b"\n"
    if how == 2:
        return b"F" + random.choice(["1.5", "1e3", "inf", " 2.5", "1_0.5", "2.5\x00y", "1e999", "nan", ".5"]).encode() + b"\n"
    if how == 3:
        return b"G" + struct.pack(">d", 2.5)
    if how == 4:
        return b"K" + bytes([value & 255])
    if how == 5:
        return b"M" + struct.pack("<H", value & 65535)
    if how == 6:
        return b"J" + struct.pack("<i", value & 0x7FFFFFFF)
    return counted(b"\x8a", 1, pickle.encode_long(value))


def opcode(random):
    how = random.randrange(30)
    slot = random.randrange(6)
    if how < 5:
        return text(random)
    if how < 7:
        return number(random)
    if how == 7:
        return b"c" + random.choice(WORDS).encode() + b"\n" + random.choice(WORDS).encode() + b"\n"
    if how == 8:
        return b"(" + b"".join(opcode(random) for _ in range(random.randrange(3))) + b"i" + random.choice(WORDS).encode() + b"\n" \
            + random.choice(WORDS).encode() + b"\n"
    if how < 11:
        return text(random) + text(random) + b"\x93"
    if how == 11:
        return random.choice([b"q" + bytes([slot]), b"r" + struct.pack("<I", slot), b"p%d\n" % slot, b"p00%d\n" % slot, b"\x94",
                              b"p+%d\n" % slot])
    if how < 14:
        return random.choice([b"h" + bytes([slot]), b"j" + struct.pack("<I", slot), b"g%d\n" % slot, b"g 00%d \n" % slot])
    if how == 14:
        return random.choice([b"\x95" + struct.pack("<Q", random.choice([0, 1, 3, 9, 30])), b"\x80" + bytes([random.randrange(6)])])
    if how == 15:
        return random.choice([b"\x82\x05", b"\x83\x2c\x01", b"\x84" + struct.pack("<i", 70000)])
    if how == 16:
        return random.choice([b"Psome id\n", b"Q"])
    if how < 20:
        return random.choice([b")", b"]", b"}", b"\x8f", b"N", b"\x88", b"\x89", b"C\x02ab", b"B\x01\0\0\0z", b"\x97", b"\x98"])
    if how < 23:
        return random.choice([b"(", b"t", b"l", b"d", b"\x91", b"0", b"1", b"2", b"\x85", b"\x86", b"\x87"])
    if how < 25:
        return random.choice([b"a", b"e", b"s", b"u", b"\x90", b"(Nu", b"(NNu", b"(e", b"(NNNu", b"(N\x90", b"Na", b"NNs"])
    if how < 28:
        return random.choice([b")R", b"(" + opcode_plain(random) + b"tR", b")\x81", b"(N" + text(random) + b"t\x81", b")}\x92",
                              b"}b", b"N}\x86b", b"]R", b"(" + text(random) + b"lR"])
    return random.choice([b"R", b"b", b"o", b"\x81", b"\x92", b"."])


def opcode_plain(random):
    return b"".join(random.choice([text, number])(random) for _ in range(random.randrange(3)))


def generated(random):
    data = b"\x80" + bytes([random.randrange(6)]) if random.random() < 0.7 else b""
    data += b"".join(opcode(random) for _ in range(random.randrange(1, 25)))
    return data + (b"." if random.random() < 0.8 else b"")


Point = collections.namedtuple("Point", "x y")


class Plain:
    def __init__(self):
        self.name, self.values = "n", [1, 2]


class Slots:
    __slots__ = ("left", "right")

    def __init__(self):
        self.left, self.right = 1, "r"


class Named(dict):
    def __init__(self, *args):
        super().__init__(*args)
        self.label = "l"


class Items(list):
    pass


class Keyword:
    def __new__(cls, *, mode="m"):
        return super().__new__(cls)

    def __getnewargs_ex__(self):
        return (), {"mode": "m"}


def real(random):
    shared = [random.random(), "shared"]
    values = [
        None, True, 5, -7, 1 << 80, 2.5, "text", "größe \U0001f600", b"bytes", bytearray(b"array"), shared, (shared, shared),
        {"k": [1, 2.0, None]}, {1: 2}, {1, 2}, frozenset("ab"), Plain(), Slots(), Named({"a": 1}), Items([1, 2]), Keyword(), Point(1, 2),
        collections.OrderedDict(a=1), collections.deque([1]), collections.Counter("aab"), datetime.datetime(2020, 1, 1),
        decimal.Decimal("1.5"), complex(1, 2), range(3), array.array("i", [1, 2]), os.path.join, Plain, slice(1, 2),
    ]
    picked = [random.choice(values) for _ in range(random.randrange(1, 8))]
    protocol = random.randrange(6)
    if protocol < 2:
        picked = [value for value in picked if not isinstance(value, (Slots, Keyword))]
    return pickle.dumps(picked, protocol=protocol)


def mutated(random, data):
    data = bytearray(data)
    for _ in range(random.choice([1, 1, 2, 4])):
        at = random.randrange(len(data) + 1)
        how = random.randrange(5)
        if how == 0 and at < len(data):
            data[at] = random.randrange(256)
        elif how == 1 and at < len(data):
            data[at] ^= 1 << random.randrange(8)
        elif how == 2:
            data[at:at] = opcode(random)
        elif how == 3:
            del data[at:at + random.randrange(1, 4)]
        else:
            end = random.randrange(len(data) + 1)
            data[at:at] = data[min(at, end):max(at, end)][:40]
    return bytes(data)


def content(random):
    how = random.randrange(4)
    if how == 0:
        return real(random)
    if how == 1:
        return mutated(random, real(random))
    if how == 2:
        return generated(random)
    return mutated(random, generated(random))


# Comparison ---------------------------------------------------------------------------------------------------------------


def escaped(name):
    out = []
    for character in name:
        number = ord(character)
        if character == "\\":
            out.append("\\\\")
        elif character in "\n\r\t":
            out.append({"\n": "\\n", "\r": "\\r", "\t": "\\t"}[character])
        elif number < 32 or 127 <= number < 160 or number == 0xAD:
            out.append("\\u{%x}" % number)
        else:
            out.append(character)
    raw = "".join(out)
    return raw


def matches(part, fact):
    """A name of the facts says this name, says that it is not known, or is cut."""
    return fact is None or fact == escaped(part) or (fact.endswith(" bytes)") and fact.startswith(escaped(part)[:40]))


def missing(recorder, pickles):
    imports = [one for p in pickles for one in p["imports"]]
    calls = [one for p in pickles for one in p["calls"]]
    extensions = {one["code"] for p in pickles for one in p["extensions"]}
    for module, name in recorder.imports:
        if not any(matches(module, one["module"]) and matches(name, one["name"]) for one in imports):
            yield f"import {module}.{name}"
    for module, name in recorder.extensions:
        code = next(code for code, key in EXTENSIONS.items() if key == (module, name))
        if code not in extensions:
            yield f"extension {code}"
    if recorder.persistent and not any(p["persistent"] for p in pickles):
        yield "persistent id"
    for kind, key in recorder.calls:
        # INST and OBJ make an instance of a class without arguments, and are calls in the facts.
        made = {"INST", "OBJ"} if kind == "new" else set()
        # A REDUCE of copyreg's functions is an instance of the class in the facts, whose state is set.
        rebuilt = key is not None and key[0] in ("copyreg", "copy_reg")
        found = any((one["as"] == kind or one["opcode"] in made) and called(key, one["callee"]) for one in calls)
        found |= rebuilt and any(one["as"] in (kind, "new") for one in calls)
        if not found:
            yield f"{kind} {key}"


def called(key, callee):
    if callee["kind"] in ("unknown", "persistent", "extension") or callee["global"] is None:
        return True
    return key is None or (matches(key[0], callee["module"]) and matches(key[1], callee["name"]))


def facts_of(binary, folder):
    commands = [[binary, "facts", folder, "--format", "json"], [binary, folder]]
    for command in commands:
        done = subprocess.run(command, capture_output=True, text=True)
        try:
            return json.loads(done.stdout)
        except ValueError:
            continue
    sys.exit(f"{binary} printed no facts: {done.stderr or done.stdout[:300]}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("--count", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", help="folder for the files that differ")
    arguments = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
    source = random.Random(arguments.seed)
    contents = {}
    for index in range(arguments.count):
        data = content(source)
        if data:
            contents[f"{index:06}.pkl"] = data
    pickles, broken = collections.defaultdict(list), set()
    # A directory is one artifact, and its facts hold 4,096 records of a kind.
    for start in range(0, len(contents), 500):
        with tempfile.TemporaryDirectory(prefix="pickles-") as folder:
            for name in list(contents)[start:start + 500]:
                pathlib.Path(folder, name).write_bytes(contents[name])
            facts = facts_of(arguments.binary, folder)
        names = {member["id"]: member["path"].rsplit("/", 1)[-1] for member in facts["members"]}
        for one in facts["pickles"]:
            pickles[names[one["member"]]].append(one)
        broken |= {names[one["member"]] for one in facts["incomplete"] if one["kind"] == "internal"}
    seen = collections.Counter()
    faults = 0
    for name, data in contents.items():
        for how in ("bytes-io", "peek", "python"):
            for encoding in ("ASCII", "latin1"):
                recorder = unpickle(data, how, encoding)
                seen["imports"] += len(recorder.imports)
                seen["calls"] += len(recorder.calls)
                lost = sorted(missing(recorder, pickles[name]))
                if lost or name in broken:
                    faults += 1
                    print(f"{name} {how} {encoding}: {'; '.join(lost) or 'internal'}\n  {data[:400]!r}")
                    if arguments.keep:
                        pathlib.Path(arguments.keep).mkdir(parents=True, exist_ok=True)
                        pathlib.Path(arguments.keep, name).write_bytes(data)
                    break
    print(f"{len(contents)} pickles; CPython imported {seen['imports']} and called {seen['calls']} times; {faults} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
