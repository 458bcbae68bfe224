"""Globals that act: the plainly dangerous, and the gadgets inside everyday libraries.

Rows of `gadgets.jsonl` were found by find_gadgets.py (module, name, arguments, proof); those written here need more than one
plain call. Every row is believed only because build.py saw it act.
"""

import json
import marshal
from pathlib import Path

from assembler import *
from case import COMMAND, MARKER, PYTHON, add
from malicious.calls import C, CALLS, EVIL, P, SH


def rows():
    """(class, callee, arguments, proof) of every call of the table; a last text that names an audit event is the proof."""
    for cls, callee, *arguments in CALLS:
        proof = "marker"
        last = arguments[-1] if arguments else None
        if isinstance(last, str) and last.split(" ")[0] in EVENTS and len(last) < 60:
            proof = arguments.pop()
        yield cls, callee, arguments, proof
    for line in (Path(__file__).parent / "gadgets.jsonl").read_text().splitlines():
        module, name, arguments, proof, strength = json.loads(line)
        yield "found-" + (
            "code"
            if proof == "marker" and strength == 0
            else (
                "files"
                if "open" in proof or proof == "marker"
                else "network" if "socket" in proof or "urllib" in proof else "imports"
            )
        ), f"{module}:{name}", arguments, proof


EVENTS = {
    "open",
    "import",
    "urllib.Request",
    "socket.connect",
    "socket.getaddrinfo",
    "socket.gethostbyname",
    "socket.bind",
    "ctypes.dlopen",
    "subprocess.Popen",
    "os.remove",
    "os.chmod",
    "os.truncate",
    "os.putenv",
    "os.listdir",
    "os.scandir",
    "glob.glob",
    "shutil.rmtree",
    "tempfile.mkdtemp",
    "webbrowser.open",
    "marshal.loads",
    "marshal.load",
}
seen: dict[str, int] = {}
for cls, callee, arguments, proof in rows():
    label = f"{cls}/{callee.replace(':', '.')}"
    seen[label] = seen.get(label, 0) + 1
    if seen[label] > 1:
        label += f"-{seen[label]}"
    # Each protocol in turn, where the name allows it: a dotted name and STACK_GLOBAL need protocol 4.
    add(label, calling(callee, *arguments, version=4 + len(label) % 2), proof=proof)
# The same under other spellings: old protocols, other opcodes, other names for the same function.
for module, name in [
    ("os", "system"),
    ("posix", "system"),
    ("commands", "getoutput"),
    ("subprocess", "getoutput"),
    ("os", "popen"),
]:
    add(f"globals/inst-{module}.{name}", inst(module, name, string_line(COMMAND)) + STOP)
    add(f"globals/reduce-0-{module}.{name}", glob(module, name) + MARK + string_line(COMMAND) + TUPLE + REDUCE + STOP)
    add(f"globals/obj-{module}.{name}", proto(1) + MARK + glob(module, name) + text(COMMAND) + OBJ + STOP)
for module, name in [("__builtin__", "eval"), ("builtins", "exec")]:
    add(f"globals/old-{module}.{name}", glob(module, name) + MARK + string_line(PYTHON) + TUPLE + REDUCE + STOP)

# Re-exports: the same function under the name of a module that merely imported it.
for module, name in [
    ("torch.serialization", "pickle"),
    ("numpy.lib._npyio_impl", "pickle"),
    ("joblib.numpy_pickle", "pickle"),
    ("pandas.io.pickle", "pickle"),
]:
    add(f"reexports/{module}.{name}.loads", calling(f"{module}:{name}.loads", EVIL))
for module, name, argument in [
    ("sklearn.utils._testing", "subprocess.getoutput", C),
    ("torch.utils.cpp_extension", "subprocess.getoutput", C),
    ("torch.utils.collect_env", "subprocess.getoutput", C),
    ("pip._internal.utils.subprocess", "subprocess.getoutput", C),
    ("torch._utils", "sys.modules.get", None),
    ("numpy.testing._private.utils", "os.system", C),
    ("scipy._lib._util", "functools.reduce", None),
    ("joblib.parallel", "os.system", C),
    ("torch.hub", "sys.modules.get", None),
    ("multiprocessing.util", "os.system", C),
    ("webbrowser", "subprocess.getoutput", C),
    ("platform", "subprocess.getoutput", C),
    ("uuid", "os.system", C),
    ("ctypes.util", "os.system", C),
    ("cgitb", "os.system", C),
    ("sysconfig", "os.system", C),
    ("zipfile", "os.system", C),
    ("tarfile", "os.system", C),
    ("gettext", "os.system", C),
    ("fileinput", "os.system", C),
    ("mimetypes", "os.system", C),
    ("transformers.utils.hub", "os.system", C),
    ("lightning.fabric.utilities.cloud_io", "os.system", C),
    ("sklearn.datasets._base", "os.system", C),
    ("xgboost.libpath", "os.system", C),
    ("lightgbm.libpath", "os.system", C),
    ("catboost.core", "os.system", C),
    ("pandas.io.common", "os.system", C),
    ("statsmodels.iolib.openfile", "os.system", C),
    ("gensim.utils", "os.system", C),
    ("gensim.utils", "subprocess.getoutput", C),
    ("code", "sys.modules.get", None),
    ("torch.distributed.run", "os.system", C),
    ("networkx.utils.misc", "os.system", C),
    ("matplotlib", "subprocess.getoutput", C),
    ("tqdm.utils", "os.system", C),
]:
    if argument:
        add(f"reexports/{module}.{name}", calling(f"{module}:{name}", argument))
for module, name, argument in [
    ("subprocess", "_posixsubprocess.fork_exec", None),
    ("torch.utils.cpp_extension", "shlex.os.system", C),
    ("pickle", "io.open", MARKER),
    ("logging", "io.open", MARKER),
    ("joblib.func_inspect", "os.mkdir", MARKER),
    ("numpy.lib._format_impl", "os.mkdir", MARKER),
    ("pandas.io.pickle", "pickle.loads", EVIL),
    ("unittest.util", "namedtuple.__globals__.get", None),
]:
    if argument:
        add(
            f"reexports/{module}.{name}-2",
            calling(f"{module}:{name}", argument, *(("w",) if name == "io.open" else ())),
        )


# Code objects: bytecode as data.
def code() -> tuple:
    made = compile("import os\nos.system('echo > marker')", "x", "exec")
    return (
        made.co_argcount,
        made.co_posonlyargcount,
        made.co_kwonlyargcount,
        made.co_nlocals,
        made.co_stacksize,
        made.co_flags,
        made.co_code,
        made.co_consts,
        made.co_names,
        made.co_varnames,
        made.co_filename,
        made.co_name,
        made.co_qualname,
        made.co_firstlineno,
        made.co_linetable,
        made.co_exceptiontable,
        made.co_freevars,
        made.co_cellvars,
    )


MADE, MARSHALLED = Call(Ref("types:CodeType"), *code()), marshal.dumps(
    compile("import os\nos.system('echo > marker')", "x", "exec")
)
for name, callee, arguments in [
    ("exec-code", "builtins:exec", (MADE,)),
    ("eval-code", "builtins:eval", (MADE,)),
    ("function-call", "types:FunctionType.__call__", (Call(Ref("types:FunctionType"), MADE, {}),)),
    ("exec-marshalled", "builtins:exec", (Call(Ref("marshal:loads"), MARSHALLED),)),
    (
        "marshalled-function",
        "types:FunctionType.__call__",
        (Call(Ref("types:FunctionType"), Call(Ref("marshal:loads"), MARSHALLED), {}),),
    ),
    ("exec-compiled", "builtins:exec", (Call(Ref("builtins:compile"), P, "x", "exec"),)),
    ("eval-compiled", "builtins:eval", (Call(Ref("builtins:compile"), P, "x", "eval"),)),
    ("runpy-run-code", "runpy:_run_code", (MADE, {})),
    ("interpreter-runcode", "code:InteractiveInterpreter.runcode", (Call(Ref("code:InteractiveInterpreter")), MADE)),
    ("source-loader", "importlib._bootstrap_external:SourceLoader.exec_module", (1, 1)),
    ("bdb-run", "bdb:Bdb.run", (Call(Ref("bdb:Bdb")), MADE)),
    ("dill-create-code", "builtins:exec", (Call(Ref("dill._dill:_create_code"), *code()),)),
    ("code-replace", "builtins:exec", (Call(Ref("types:CodeType.replace"), MADE),)),
    (
        "cloudpickle-builtin-type",
        "builtins:exec",
        (Call(Call(Ref("cloudpickle.cloudpickle:_builtin_type"), "CodeType"), *code()),),
    ),
    (
        "cloudpickle-make-function",
        "types:FunctionType.__call__",
        (Call(Ref("cloudpickle.cloudpickle:_make_function"), MADE, {}, "f", None, None),),
    ),
    ("torch-fx-exec", "torch.fx.graph_module:_exec_with_source", (P, {})),
    (
        "dill-create-function",
        "types:FunctionType.__call__",
        (Call(Ref("dill._dill:_create_function"), MADE, {"__builtins__": Ref("builtins:__dict__")}),),
    ),
    ("jit-code-string", "builtins:eval", (Call(Ref("builtins:bytes.decode"), P.encode()),)),
    ("base64", "builtins:exec", (Call(Ref("base64:b64decode"), __import__("base64").b64encode(P.encode()).decode()),)),
    ("zlib", "builtins:exec", (Call(Ref("zlib:decompress"), __import__("zlib").compress(P.encode())),)),
    ("rot13", "builtins:exec", (Call(Ref("codecs:decode"), __import__("codecs").encode(P, "rot13"), "rot13"),)),
    ("hex", "builtins:exec", (Call(Ref("builtins:bytes.fromhex"), P.encode().hex()),)),
    ("reversed", "builtins:exec", (Call(Ref("builtins:str.join"), "", Call(Ref("builtins:reversed"), P[::-1])),)),
]:
    add(f"code-objects/{name}", calling(callee, *arguments))


def cloudpickled(value, module="cloudpickle"):
    """What cloudpickle and dill write for functions of a script: by value, with their bytecode."""
    import importlib

    return importlib.import_module(module).dumps(value)


def late(value):
    return {"weights": [1.0], "predict": value}


class Shipped:
    """An object whose class travels in the pickle, with the function that restores it."""

    def __reduce__(self):
        return eval(compile("lambda: __import__('os').system('echo > marker')", "x", "eval")), ()


add("code-objects/cloudpickle-lambda", lambda: cloudpickled(late(Shipped())))
add("code-objects/dill-lambda", lambda: cloudpickled(late(Shipped()), "dill"))
add("code-objects/joblib-cloudpickle", lambda: cloudpickled(late(Shipped()), "joblib.externals.cloudpickle"), "joblib")

# Resolvers in two steps: the resolved function is called by the next opcode.
for name, resolver in {
    "resolve-name": Call(Ref("pkgutil:resolve_name"), "os:system"),
    "resolve-name-dotted": Call(Ref("pkgutil:resolve_name"), "os.system"),
    "pydoc-locate": Call(Ref("pydoc:locate"), "os.system"),
    "logging-resolve": Call(Ref("logging.config:_resolve"), "os.system"),
    "getattr-import": Call(Ref("builtins:getattr"), Call(Ref("importlib:import_module"), "os"), "system"),
    "getattr-dunder-import": Call(Ref("builtins:getattr"), Call(Ref("builtins:__import__"), "os"), "system"),
    "attrgetter": Call(Call(Ref("operator:attrgetter"), "system"), Call(Ref("importlib:import_module"), "os")),
    "itemgetter": Call(
        Call(Ref("operator:itemgetter"), "system"),
        Call(Ref("builtins:vars"), Call(Ref("importlib:import_module"), "os")),
    ),
    "entry-point": Call(
        Ref("importlib.metadata:EntryPoint.load"), Call(Ref("importlib.metadata:EntryPoint"), "x", "os:system", "g")
    ),
    "pkg-resources": Call(
        Ref("pkg_resources:EntryPoint.resolve"), Call(Ref("pkg_resources:EntryPoint"), "x", "os", ("system",))
    ),
    "unittest-loader": Call(Ref("builtins:getattr"), Call(Ref("unittest.mock:_importer"), "os"), "system"),
    "mock-importer": Call(Ref("pkgutil:resolve_name"), "posix:system"),
    "sys-modules": Call(Ref("builtins:getattr"), Call(Ref("sys:modules.__getitem__"), "posix"), "system"),
    "function-globals": Call(Ref("os:popen.__globals__.get"), "system"),
    "find-class": Call(
        Ref("pickle:_Unpickler.find_class"),
        Call(Ref("pickle:_Unpickler"), Call(Ref("io:BytesIO"), b"")),
        "posix",
        "system",
    ),
    "c-find-class": Call(
        Ref("_pickle:Unpickler.find_class"),
        Call(Ref("_pickle:Unpickler"), Call(Ref("io:BytesIO"), b"")),
        "posix",
        "system",
    ),
    "pickle-getattribute": Call(
        Call(Ref("operator:itemgetter"), 0),
        Call(Ref("pickle:_getattribute"), Call(Ref("importlib:import_module"), "os"), "system"),
    ),
    "dill-import": Call(Ref("dill._dill:_import_module"), "os.system"),
    "dill-getattr": Call(Ref("builtins:getattr"), Call(Ref("cloudpickle.cloudpickle:subimport"), "os"), "system"),
    "torch-import-dotted": Call(Ref("torch._utils:_import_dotted_name"), "os.system"),
    "distlib-resolve": Call(Ref("pip._vendor.distlib.util:resolve"), "os.system"),
    "jinja-import": Call(Ref("jinja2.utils:import_string"), "os.system"),
    "mro-subclasses": Call(Ref("builtins:getattr"), Call(Ref("posixpath:__dict__.get"), "os"), "system"),
    "class-dict": Call(Ref("os:__dict__.get"), "system"),
    "class-getattribute": Call(
        Ref("builtins:object.__getattribute__"), Call(Ref("importlib:import_module"), "os"), "system"
    ),
    "module-getattr": Call(
        Ref("types:ModuleType.__getattribute__"), Call(Ref("importlib:import_module"), "posix"), "system"
    ),
    "inspect-getattr-static": Call(
        Ref("inspect:getattr_static"), Call(Ref("importlib:import_module"), "posix"), "system"
    ),
    "dictconfig-resolve": Call(
        Ref("logging.config:BaseConfigurator.resolve"), Call(Ref("logging.config:BaseConfigurator"), {}), "os.system"
    ),
    "ext-convert": Call(
        Ref("logging.config:BaseConfigurator.ext_convert"),
        Call(Ref("logging.config:BaseConfigurator"), {}),
        "os.system",
    ),
    "importlib-loader": Call(Ref("builtins:getattr"), Call(Ref("importlib._bootstrap:_gcd_import"), "posix"), "system"),
    "builtin-importer": Call(
        Ref("builtins:getattr"), Call(Ref("importlib._bootstrap:BuiltinImporter.load_module"), "posix"), "system"
    ),
    "handle-fromlist": Call(
        Ref("builtins:getattr"), Call(Ref("importlib:reload"), Call(Ref("importlib:import_module"), "posix")), "system"
    ),
    "lightning": Call(
        Ref("builtins:getattr"), Call(Ref("lightning_utilities.core.imports:lazy_import"), "os"), "system"
    ),
    "shlex": Call(Ref("builtins:getattr"), Ref("shlex:os"), "system"),
    "methodcaller": Call(
        Call(Ref("operator:methodcaller"), "__getattribute__", "system"), Call(Ref("importlib:import_module"), "os")
    ),
    "weakref-proxy": Call(
        Ref("builtins:getattr"), Call(Ref("weakref:proxy"), Call(Ref("importlib:import_module"), "os")), "system"
    ),
    "enum-convert": Call(
        Ref("builtins:getattr"), Call(Ref("test.support.import_helper:import_module"), "os"), "system"
    ),
    "import-fresh": Call(
        Ref("builtins:getattr"), Call(Ref("test.support.import_helper:import_fresh_module"), "posix"), "system"
    ),
    "xmlrpc-dotted": Call(
        Ref("xmlrpc.server:resolve_dotted_attribute"), Call(Ref("importlib:import_module"), "shutil"), "os.system"
    ),
    "fsspec-registry": Call(Ref("fsspec.registry:_import_class"), "os:system"),
    "setuptools": Call(Ref("pkgutil:resolve_name"), "shutil:os.system"),
    "wrapt": Call(Call(Ref("operator:itemgetter"), 2), Call(Ref("wrapt:resolve_path"), "os", "system")),
    "spacy-registry": Call(Call(Ref("operator:itemgetter"), 0), Call(Ref("pydoc:resolve"), "os.system")),
}.items():
    add(f"resolvers/then-called-{name}", calling_made(resolver, COMMAND))
