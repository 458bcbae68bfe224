"""Calls run before a file breaks; several pickles stand in one file; STOP is not the end."""

from assembler import *
from case import COMMAND, PYTHON, add

# What breaks after the call. None of these unpickle, all of these run.
BREAKS = {
    "missing-stop": b"", "missing-stop-value": NONE, "bad-opcode": b"\xff", "bad-opcode-letter": b"Z.", "nul-opcode": b"\0.", "underflow-reduce": b"R.", "underflow-append": b"0a.",
    "underflow-setitem": b"s.", "underflow-tuple": b"t.", "underflow-pop": b"000.", "underflow-tuple3": b"\x87.", "underflow-stop": b"0.", "memo-miss": b"h\xff.", "memo-miss-text": b"g99\n.",
    "memo-text": b"gx\n.", "bad-utf8": b"X\x02\0\0\0\xff\xfe.", "bad-utf8-short": b"\x8c\x02\xff\xfe.", "bad-escape": b"V\\uZZZZ\n.", "bad-string-quote": b"Sabc\n.", "bad-int": b"Iabc\n.",
    "bad-float": b"Fabc\n.", "bad-long": b"Labc\n.", "huge-length": b"X\xff\xff\xff\xff.", "huge-length-8": b"\x8d" + b"\xff" * 8 + b".", "huge-bytes": b"B\xff\xff\xff\xff", "negative-length": b"T\xff\xff\xff\xff.",
    "negative-long4": b"\x8b\xff\xff\xff\xff.", "cut-in-bininteger": b"J\x01", "cut-in-text": b"X\x10\0\0\0abc", "cut-in-global": b"cos\nsys", "cut-in-line": b"I12", "unknown-module": b"cno.such.module\nname\n.",
    "unknown-name": b"cos\nno_such_name\n.", "call-raises": reduce(glob("builtins", "int"), text("x")) + STOP, "not-callable": integer(1) + EMPTY_TUPLE + REDUCE + STOP, "stack-global-of-int": integer(1) + integer(2) + STACK_GLOBAL + STOP,
    "newobj-of-function": glob("posix", "getpid") + EMPTY_TUPLE + NEWOBJ + STOP, "build-on-int": integer(1) + NONE + integer(2) + BUILD + STOP, "proto-too-high": b"\x80\x09.", "frame-too-long": b"\x95" + b"\xff" * 8, "frame-huge": b"\x95\xff\xff\xff\xff\xff\xff\xff\x7f.",
    "ext-unknown": ext(99, 1) + STOP, "ext-zero": ext(0, 1) + STOP, "unhashable-key": EMPTY_DICT + EMPTY_LIST + NONE + SETITEM + STOP, "odd-setitems": EMPTY_DICT + MARK + NONE + SETITEMS + STOP,
    "mark-missing": b"1.", "stop-on-empty": b"00.", "buffer-missing": b"\x97.", "exit": reduce(glob("sys", "exit"), integer(0)) + STOP, "abort": reduce(glob("posix", "abort")) + STOP, "recursion": b"(" * 10 + b"l" * 12 + STOP,
    "memo-huge": b"r\xff\xff\xff\x7f.", "duplicate-mark": b"(((." , "long1-cut": b"\x8a\x08\x01", "byte-array-huge": b"\x96" + b"\xff" * 8 + b".", "zero-zero": b"\0" * 64,
}
for name, broken in BREAKS.items():
    add(f"streams/then-{name}", proto(4) + SYSTEM + broken)
MILD = proto(2) + dict_of((text("weight"), list_of(integer(1), integer(2)))) + STOP
EACH = {"loader": "pickle-each"}
add("streams/second-pickle", MILD + payload(), **EACH)
add("streams/third-pickle", MILD + MILD + payload(4), **EACH)
add("streams/hundredth-pickle", MILD * 99 + payload(), **EACH)
for version in range(6):
    add(f"streams/second-of-protocol-{version}", MILD + payload(version), **EACH)
for name, junk in {"zeros": bytes(64), "text": b"\n# comment between pickles\n", "random": bytes(range(256)), "newline": b"\n", "stops": b"." * 40, "half-pickle": MILD[:-6], "json": b'{"a": 1}\n', "zeros-4096": bytes(4096)}.items():
    add(f"streams/junk-{name}", MILD + junk + payload(), **EACH)
add("streams/first-of-two", payload() + MILD)
add("streams/first-then-junk", payload() + b"\x00junk" * 1000)
add("streams/first-then-zip", payload() + b"PK\x05\x06" + bytes(18))
add("streams/broken-then-second", proto(2) + b"N\xff" + payload(), **EACH)
add("streams/second-inst", MILD + inst("posix", "system", string_line(COMMAND)) + STOP, **EACH)
add("streams/second-protocol-0-no-magic", b"(dp0\n." + glob("posix", "system") + MARK + string_line(COMMAND) + TUPLE + REDUCE + STOP, **EACH)
# A memo filled by the first pickle does not survive; a table in copyreg does.
add("streams/first-registers-second-calls", proto(2) + reduce(glob("copyreg", "add_extension"), text("posix"), text("system"), integer(5)) + STOP + proto(2) + reduce(ext(5, 1), text(COMMAND)) + STOP, **EACH)
add("streams/first-patches-second-uses", proto(4) + reduce(glob("builtins", "setattr"), reduce(glob("importlib", "import_module"), text("json")), text("loads"), glob("posix", "system")) + STOP
    + proto(4) + reduce(glob("json", "loads"), text(COMMAND)) + STOP, **EACH)
# An error is what calls: exceptions raised on purpose, hooks set for them.
add("streams/excepthook", proto(4) + reduce(glob("builtins", "exec"), text("import atexit, os; atexit.register(os.system, 'echo > marker')")) + b"\xff")
add("streams/atexit", proto(2) + reduce(glob("atexit", "register"), glob("posix", "system"), text(COMMAND)) + STOP)
add("streams/weakref-finalize", proto(2) + glob("argparse", "Namespace") + EMPTY_TUPLE + NEWOBJ + binput(1) + reduce(glob("weakref", "finalize"), binget(1), glob("posix", "system"), text(COMMAND)) + STOP)
add("streams/timer", proto(4) + reduce(glob("threading", "Timer.start"), reduce(glob("threading", "Timer"), real(0.01), glob("posix", "system"), list_of(text(COMMAND)))) + STOP)
add("streams/thread", proto(4) + reduce(glob("threading", "Thread.start"), reduce(glob("threading", "Thread"), NONE, glob("posix", "system"), NONE, tuple_of(text(COMMAND)))) + STOP)
add("streams/thread-run", proto(4) + reduce(glob("threading", "Thread.run"), reduce(glob("threading", "Thread"), NONE, glob("posix", "system"), NONE, tuple_of(text(COMMAND)))) + STOP)
add("streams/start-new-thread", proto(4) + reduce(glob("_thread", "start_new_thread"), glob("posix", "system"), tuple_of(text(COMMAND))) + b"0"
    + reduce(glob("time", "sleep"), real(0.2)) + STOP)
add("streams/del-method", proto(4) + reduce(reduce(glob("builtins", "type"), text("T"), tuple_of(), dict_of((text("__del__"), reduce(glob("functools", "partial"), glob("posix", "system"), text(COMMAND)))))) + b"0" + NONE + STOP)
add("streams/hash-of-key", proto(4) + EMPTY_DICT + reduce(reduce(glob("builtins", "type"), text("T"), tuple_of(), dict_of((text("__hash__"), reduce(glob("functools", "partial"), glob("posix", "system"), text(COMMAND)))))) + NONE + SETITEM + STOP)
add("streams/equals-of-key", proto(4) + reduce(glob("_operator", "eq"), reduce(reduce(glob("builtins", "type"), text("T"), tuple_of(), dict_of((text("__eq__"), reduce(glob("functools", "partial"), glob("posix", "system"), text(COMMAND)))))), integer(1)) + STOP)
