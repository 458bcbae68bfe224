"""Judges by its syntax tree what a class's code may reach when an unpickler makes, fills and uses an instance of it."""

import ast
import hashlib

from sources import Class, Function, Outside, Sources, dotted

# Methods that opcodes call on an instance that a pickle made and filled: none may reach anything, nor leave it undecided.
HOT = {
    "__new__", "__setstate__", "__del__", "__setattr__", "__delattr__", "__getattr__", "__getattribute__", "__setitem__", "__hash__", "__eq__",
    "__bool__", "__nonzero__", "__len__", "__missing__", "__getinitargs__", "__dict__", "__class__", "append", "extend", "add", "items",
    "_missing_",
}
# Methods that a listed function may call on an instance it is given. None may reach anything; what they call of other
# objects is again only what listed classes define, so an undecided call does not refuse the class.
WARM = {
    "__iter__", "__next__", "__getitem__", "__contains__", "__array__", "__array_finalize__", "__index__", "__int__", "__float__",
    "__lt__", "__le__", "__gt__", "__ge__", "__ne__", "__init_subclass__", "__length_hint__", "__buffer__", "__fspath__", "update", "keys", "values",
    "get", "__bytes__", "__array_interface__", "__torch_function__",
}
# Methods whose names are so common that calling one on an unknown object means a container's or a text's own.
COMMON = {
    "items", "keys", "values", "get", "pop", "update", "append", "extend", "copy", "setdefault", "add", "insert", "remove",
    "clear", "index", "count", "sort", "reverse", "union", "difference", "intersection", "discard", "format", "join", "split",
    "rsplit", "startswith", "endswith", "lower", "upper", "strip", "lstrip", "rstrip", "replace", "title", "isidentifier", "encode",
    "decode", "partition", "rpartition", "is_integer", "difference_update", "popitem", "move_to_end", "appendleft", "popleft",
    "fill", "astype", "ravel", "reshape", "tolist", "item", "any", "all", "sum", "max", "min", "flatten", "squeeze", "view", "size",
    "dim", "numel", "nonzero", "transpose", "__setstate__", "__getstate__", "__init__", "__new__", "__setattr__", "__getattr__",
    "__setitem__", "__getitem__", "__delitem__", "__delattr__", "__iter__", "__len__", "__contains__", "__hash__", "__eq__", "__ne__",
    "__class__", "__getattribute__", "__array__", "__array_finalize__", "bit_length", "search", "match", "groups", "group", "mro",
    "requires_grad_", "detach", "clone", "to", "stride", "storage_offset", "data_ptr", "element_size", "set_", "resize_", "isoformat",
    "tocoo", "todia", "todok", "tolil", "tobsr", "asformat", "conj", "conjugate", "sum_duplicates", "getH", "groupdict", "splitlines",
    "equals", "get_indexer", "repeat", "take", "combine_chunks", "copy_", "eq", "new_zeros", "randint", "choice", "nbytes",
    "cpu", "cuda", "type", "tocsr", "tocsc", "toarray", "todense", "tobytes", "tostring", "cumsum", "argsort", "mean", "std", "dot",
}
HARMLESS_BUILTINS = {
    "isinstance", "issubclass", "len", "super", "hasattr", "getattr", "setattr", "delattr", "dict", "list", "tuple", "set", "frozenset",
    "str", "int", "float", "bool", "bytes", "bytearray", "complex", "type", "zip", "enumerate", "range", "sorted", "reversed", "min", "max", "sum",
    "any", "all", "abs", "hash", "id", "iter", "next", "repr", "callable", "object", "slice", "map", "filter", "vars", "property", "round",
    "divmod", "ord", "chr", "format", "print", "staticmethod", "classmethod", "memoryview", "dir", "pow", "hex", "NotImplementedError",
}
REACHING_BUILTINS = {"eval", "exec", "open", "compile", "__import__", "input", "breakpoint", "execfile", "globals"}
# Modules whose functions run code, start programs, open files or the network; the rest outside must be in HARMLESS_OUTSIDE.
REACHING = (
    "os.", "posix.", "subprocess.", "sys.", "importlib.", "pickle.", "marshal.", "shelve.", "runpy.", "ctypes.", "socket.", "shutil.",
    "urllib.", "http.", "requests.", "tempfile.", "pathlib.", "io.", "code.", "codeop.", "builtins.exec", "builtins.eval", "builtins.open",
    "joblib.load", "joblib.dump", "numpy.load", "numpy.save", "torch.load", "torch.save", "torch.jit", "torch.hub", "torch.ops.load",
    "torch.utils.cpp_extension", "torch.from_file", "torch.classes.load", "torch._C._jit", "torch._C._load", "torch.fx", "torch._dynamo",
    "numpy.fromfile", "numpy.loadtxt", "numpy.genfromtxt", "numpy.memmap", "numpy.DataSource", "numpy.fromregex", "pandas.read_", "pandas.eval", "patsy.", "multiprocessing.", "threading.Thread", "webbrowser.", "zipfile.", "tarfile.", "gzip.", "sqlite3.",
    "inspect.getsource", "dill.", "cloudpickle.", "yaml.", "logging.config", "smart_open.",
)
HARMLESS_OUTSIDE = (
    "math.", "operator.", "itertools.", "collections.", "copy.copy", "numbers.", "warnings.", "weakref.", "functools.", "typing.", "types.",
    "datetime.", "decimal.", "fractions.", "enum.", "abc.", "inspect.signature", "inspect.isclass", "re.", "time.", "random.", "string.", "textwrap.",
    "numpy.", "scipy.", "torch.", "pandas._libs", "pandas.", "logging.getLogger", "dataclasses.", "copy.deepcopy", "uuid.", "json.dumps",
    "json.loads", "six.", "packaging.version", "threading.Lock", "threading.RLock", "sklearn.", "contextlib.", "struct.", "builtins.", "sys.intern",
    "sys.getsizeof", "sys.maxsize", "difflib.", "calendar.", "dateutil.", "pytz.", "platform.python_version", "gc.", "os.fspath", "os.path.join",
    "os.environ.get", "os.getenv", "numba.", "cython.", "llvmlite.", "hashlib.", "zlib.crc32", "inspect.", "threading.get_ident", "keyword.",
    "sys._getframe", "unicodedata.", "bisect.", "heapq.", "pyarrow.", "tokenizers.", "rich.", "sparse.", "logging.", "os.getpid", "os.path.basename", "os.path.splitext", "os.path.isdir", "os.path.exists", "sys.exc_info",
)
# (np.load and its kind are in REACHING, which is asked first, except for the exact names above.)
EXACT_HARMLESS = {"sys.intern", "sys.getsizeof", "os.fspath", "os.path.join", "os.environ.get", "os.getenv", "sys._getframe", "os.getpid",
                  "os.path.basename", "os.path.splitext", "os.path.isdir", "os.path.exists", "sys.exc_info", "sys.version_info", "os.path.dirname", "os.path.abspath", "os.path.normpath", "os.path.isfile", "sys.modules.get", "sys.getrefcount", "ctypes.sizeof", "shutil.get_terminal_size", "ctypes.c_void_p", "ctypes.byref", "io.StringIO"}
HARMLESS_BASES = {
    "builtins.object", "builtins.dict", "builtins.list", "builtins.tuple", "builtins.set", "builtins.frozenset", "builtins.str",
    "builtins.int", "builtins.float", "builtins.bytes", "builtins.bool", "collections.OrderedDict", "collections.defaultdict", "collections.UserDict",
    "collections.UserList", "collections.Counter", "collections.deque", "collections.abc.MutableMapping", "collections.abc.Mapping",
    "collections.abc.Sequence", "collections.abc.MutableSequence", "collections.abc.Set", "collections.abc.MutableSet", "collections.abc.Hashable",
    "collections.abc.Iterable", "collections.abc.Iterator", "collections.abc.Sized", "collections.abc.Callable", "collections.abc.Container",
    "collections.abc.Collection", "collections.MutableMapping", "collections.Mapping", "collections.Sequence", "collections.MutableSequence",
    "collections.MutableSet", "collections.Set", "collections.Iterable", "collections.Sized", "collections.Hashable",
    "abc.ABC", "abc.ABCMeta", "enum.Enum", "enum.IntEnum", "enum.Flag", "enum.IntFlag", "enum.StrEnum",
    "typing.Generic", "typing.NamedTuple", "typing.Protocol", "typing.TypedDict", "typing.Dict", "typing.List", "typing.OrderedDict", "typing.Mapping",
    "typing.MutableMapping", "typing.Iterator", "typing.Iterable", "typing.Sequence", "typing.Sized", "typing.Hashable", "typing.Callable",
    "typing.Container", "typing.Collection", "typing.Tuple", "typing_extensions.Protocol", "typing.UserDict", "typing.MutableSequence",
    "typing.Set", "typing.DefaultDict", "types.SimpleNamespace", "argparse.Namespace", "datetime.tzinfo", "datetime.datetime", "datetime.timedelta",
    "threading.local", "numpy.ndarray", "numpy.core.multiarray.ndarray", "numpy._core.multiarray.ndarray", "numpy.void",
    "contextlib.ContextDecorator", "builtins.property", "functools.partial", "string.Formatter",
    "numpy.generic", "numpy.core.numerictypes.void", "numpy._core.numerictypes.void", "scipy.spatial.ckdtree.cKDTree",
    "scipy.spatial._ckdtree.cKDTree", "scipy.interpolate.interpnd.NDInterpolatorBase", "scipy.interpolate._interpnd.NDInterpolatorBase",
    "pandas._libs.tslibs.offsets.BaseOffset", "pandas._libs.tslibs.offsets._Tick", "pandas._libs.tslibs.offsets.SingleConstructorOffset",
    "pandas._libs.internals.Block", "pandas._libs.internals.BlockManager", "pandas._libs.internals.SharedBlock", "pandas._libs.internals.NumpyBlock", "pandas._libs.internals.NDArrayBackedBlock",
    "pandas._libs.tslibs.period.PeriodMixin",
    "pandas._libs.arrays.NDArrayBacked", "pandas._libs.tslibs.dtypes.PeriodDtypeBase", "pandas._libs.interval.IntervalMixin",
    "pandas._libs.indexing.NDFrameIndexerBase", "pandas._libs.indexing._NDFrameIndexerBase", "pandas._libs.index.BaseMultiIndexCodesEngine",
    "pandas._libs.index.UInt64Engine", "pandas._libs.index.ObjectEngine", "pandas._libs.index.UInt32Engine", "pandas._libs.index.UInt16Engine",
    "pandas._libs.index.UInt8Engine", "pandas._libs.properties.AxisProperty", "lightning_utilities.core.enums.StrEnum",
    "torch._C._TensorBase", "torch._C.TensorBase", "torch._C.StorageBase", "torch._C._NodeBase",
}
# Of these, the ones whose instances may be called.
CALLABLE_BASES = {"functools.partial", "contextlib.ContextDecorator", "typing.Callable", "collections.abc.Callable"}
for kind in ("Byte", "Char", "Short", "Int", "Long", "Half", "Float", "Double", "Bool", "BFloat16", "ComplexDouble", "ComplexFloat",
             "QUInt8", "QInt8", "QInt32", "QUInt4x2", "QUInt2x4"):
    HARMLESS_BASES.add(f"torch._C.{kind}StorageBase")


def digest(node: ast.AST) -> str:
    """Names one text of a function, so that a review holds for what was read and for nothing later."""
    return hashlib.sha256(ast.dump(node).encode()).hexdigest()[:10]


class Reach:
    """Answers, for one set of sources, whether a function or class stays within itself."""

    DEPTH = 6

    def __init__(self, sources: Sources, reviewed: dict[str, list[str]], accepting: bool):
        self.sources = sources
        self.reviewed = reviewed
        self.accepting = accepting
        self.known: dict[str, list[str]] = {}
        self.split: dict[ast.AST, tuple] = {}
        self.used: set[tuple[str, str]] = set()
        # Names of methods that what was walked calls on any object, whatever its class, each with one of the callers.
        self.called: dict[str, str] = {}

    def judge(self, start: Class) -> tuple[list[str], list[str]]:
        """(what it reaches, what could not be decided). Both empty: harmless to make, fill and hold."""
        classes, outside = self.sources.ancestry(start)
        reaches = []
        unsure = [f"base {name}" for name in outside if name not in HARMLESS_BASES]
        for owner in classes:
            for keyword in owner.node.keywords if owner.node else []:
                if keyword.arg == "metaclass":
                    self._metaclass(owner, keyword.value, reaches, unsure)
            for function, hot in loading_methods(owner):
                if function.node.name == "__getinitargs__":
                    unsure.append(f"{function.name}: INST and OBJ call the constructor of such a class")
                for answer in self.function(function, classes, 0):
                    if answer.startswith("!"):
                        reaches.append(f"{function.name}: {answer}")
                    elif hot:
                        unsure.append(f"{function.name}: {answer}")
        return reaches, unsure

    def constructs(self, start: Class) -> list[str]:
        """What calling the class reaches, whatever the arguments."""
        return [answer for answer in self._found(start, 0, start.name) if answer.startswith("!")]

    def callable(self, start: Class) -> bool:
        """Whether an instance may be called."""
        classes, outside = self.sources.ancestry(start)
        return any(method(owner, "__call__") or assigns(owner, "__call__") for owner in classes) or any(name in CALLABLE_BASES or name not in HARMLESS_BASES for name in outside)

    def _metaclass(self, owner: Class, value: ast.expr, reaches: list, unsure: list) -> None:
        name = dotted(value)
        found = self.sources.resolve(owner.module, name) if name else None
        if isinstance(found, Outside) and found.name in ("abc.ABCMeta", "enum.EnumMeta", "enum.EnumType", "builtins.type"):
            return
        if isinstance(found, Class):
            for part in self.sources.ancestry(found)[0]:
                for node in part.node.body if part.node else []:
                    if isinstance(node, ast.FunctionDef) and node.name in ("__getattribute__", "__getattr__"):
                        unsure.append(f"metaclass {part.name}.{node.name}")
            return
        unsure.append(f"metaclass {name}")

    def function(self, function: Function, family: list[Class], depth: int) -> list[str]:
        seen = digest(function.node)
        if function.name in self.reviewed:
            self.used.add((function.name, seen))
            if self.accepting or seen in self.reviewed[function.name]:
                return []
        key = (function.name, family[0].name if family and function.owner else "")
        if key in self.known:
            return self.known[key]
        if depth > self.DEPTH:
            return [f"?deeper than {self.DEPTH} calls"]
        self.known[key] = []  # a recursive call adds nothing
        found = self._calls(function, family, depth)
        self.known[key] = [answer if " in " in answer else f"{answer} in {function.name} {seen}" for answer in found]
        return self.known[key]

    def _calls(self, function: Function, family: list[Class], depth: int) -> list[str]:
        if function.node not in self.split:
            self.split[function.node] = self._split(function, depth)
        fixed, own, taken = self.split[function.node]
        answers = dict.fromkeys(fixed)
        for attr in taken:  # a method of its own that is handed on may be called
            if any(method(owner, attr) for owner in family):
                self.called.setdefault(attr, function.name)
                answers.update(dict.fromkeys(self._own(attr, family, f"self.{attr}", depth)))
        for attr, text, behind in own:
            for answer in self._own(attr, family, text, depth, skip=function if behind else None):
                answers[answer] = None
        return list(answers)

    def _split(self, function: Function, depth: int) -> tuple[list[str], list[tuple[str, str, bool]], list[str]]:
        """A function's calls: the answers that hold for every instance, the calls of the instance's own methods, and the attributes
        of the instance that it takes without calling them."""
        answers: dict[str, None] = {}
        own: dict[tuple[str, str, bool], None] = {}
        local = {arg.arg for arg in ast.walk(function.node.args) if isinstance(arg, ast.arg)}
        imported = {}
        inner = set()
        nodes = [node for statement in function.node.body for node in ast.walk(statement)]
        for node in nodes:
            if isinstance(node, ast.ImportFrom):
                module = self.sources.module(function.module)
                origin = module.absolute(node) if module else node.module or ""
                for alias in node.names:
                    imported[alias.asname or alias.name] = f"{origin}.{alias.name}"
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    imported[alias.asname or alias.name.split(".")[0]] = alias.name if alias.asname else alias.name.split(".")[0]
            elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                local.add(node.name)
                if isinstance(node, ast.FunctionDef):
                    inner.add(node.name)
        callees = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
        taken = {node.attr: None for node in nodes if isinstance(node, ast.Attribute) and id(node) not in callees
                 and isinstance(node.ctx, ast.Load) and isinstance(node.value, ast.Name) and node.value.id == "self"}
        for node in nodes:
            if not isinstance(node, ast.Call):
                continue
            target = node.func
            if isinstance(target, ast.Attribute):
                holder = target.value
                if isinstance(holder, ast.Call) and dotted(holder.func) == "super":
                    own[(target.attr, f"super().{target.attr}", True)] = None
                    continue
                if isinstance(holder, ast.Name) and holder.id in ("self", "cls", "instance", "obj") and holder.id in local:
                    self.called.setdefault(target.attr, function.name)
                    own[(target.attr, f"{holder.id}.{target.attr}", False)] = None
                    continue
            for answer in self._call(node, function, local, imported, inner, depth):
                answers[answer] = None
        return list(answers), list(own), list(taken)

    def _call(self, node: ast.Call, function: Function, local, imported, inner, depth) -> list[str]:
        target = node.func
        text = dotted(target) or f"(...).{target.attr}" if isinstance(target, ast.Attribute) else dotted(target) or "(...)"
        if isinstance(target, ast.Attribute):
            holder = target.value
            if isinstance(holder, (ast.Constant, ast.JoinedStr, ast.List, ast.Dict)):
                return []
            name = dotted(target)
            head = name.split(".")[0]
            if name and head in imported:
                return self._named(imported[head] + name[len(head):], depth, text)
            if name and head not in local:
                foreign = self._foreign(function.module, name)
                if foreign:
                    return self._found(Outside(foreign), depth, text)
                found = self.sources.resolve(function.module, name)
                if found is not None:
                    return self._found(found, depth, text)
                full = self.sources.imported(function.module, name)
                if full:
                    return self._found(Outside(full), depth, text)
            if name and head in ("logger", "log", "_logger", "warnings") and head not in local:
                return []
            self.called.setdefault(target.attr, function.name)
            return [] if target.attr in COMMON else [f"?{text}()"]
        if isinstance(target, ast.Name):
            if target.id in inner:
                return []  # its body is walked with the outer one's
            if target.id in imported:
                return self._named(imported[target.id], depth, text)
            if target.id in local:
                return [] if target.id in ("cls", "klass") else [f"?{text}() is a parameter"]
            foreign = self._foreign(function.module, target.id)
            if foreign:
                return self._found(Outside(foreign), depth, text)
            found = self.sources.resolve(function.module, target.id)
            full = self.sources.imported(function.module, target.id) if found is None else ""
            if full:
                found = Outside(full)
            return self._found(found, depth, text) if found is not None else [f"?{text}()"]
        if isinstance(target, ast.Call) and dotted(target.func) == "type":
            return []
        return [f"?{text}()"]

    def _foreign(self, module: str, name: str) -> str:
        """The full name of what a module imports from another library, which is judged by the tables above, not read."""
        full = self.sources.imported(module, name)
        return "" if full.split(".")[0] == module.split(".")[0] else full

    def _own(self, attr: str, family: list[Class], text: str, depth: int, skip=None) -> list[str]:
        found = False
        answers: list[str] = []
        if skip is not None:  # super() looks behind the class it stands in
            names = [owner.name for owner in family]
            here = skip.owner.name if skip.owner else ""
            family_here = family[names.index(here) + 1:] if here in names else family
        else:
            family_here = family
        for owner in family_here:
            for node in owner.node.body if owner.node else []:
                if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == attr:
                    found = True
                    if skip is None or node is not skip.node:
                        answers += self.function(Function(owner.module, f"{owner.qualname}.{attr}", node, owner), family, depth + 1)
        if found or attr in COMMON or attr.startswith("__"):
            return answers
        return [f"?{text}()"]

    def _named(self, name: str, depth: int, text: str) -> list[str]:
        module, _, rest = name.rpartition(".")
        while module:
            if self.sources.module(module) is not None:
                found = self.sources.resolve(module, rest)
                return self._found(found, depth, text) if found is not None else [f"?{text}()"]
            module, _, head = module.rpartition(".")
            rest = f"{head}.{rest}"
        return self._found(Outside(name), depth, text)

    def _found(self, found, depth: int, text: str) -> list[str]:
        if isinstance(found, Outside):
            name = found.name
            if name.startswith("builtins."):
                short = name[9:].split(".")[0]
                if short in REACHING_BUILTINS:
                    return [f"!{short}"]
                if short in HARMLESS_BUILTINS or short.endswith(("Error", "Warning", "Exception", "StopIteration")):
                    return []
                return [f"?{text}()"]
            if name in EXACT_HARMLESS:
                return []
            if name.startswith(REACHING):
                return [f"!{name}"]
            return [] if name.startswith(HARMLESS_OUTSIDE) else [f"?{name}()"]
        if isinstance(found, Function):
            return self.function(found, [found.owner] if found.owner else [], depth + 1)
        if isinstance(found, Class):
            classes, outside = self.sources.ancestry(found)
            answers = [f"?base {name}" for name in outside if name not in HARMLESS_BASES and not name.endswith(("Error", "Exception", "Warning"))]
            for owner in classes:
                for node in owner.node.body if owner.node else []:
                    if isinstance(node, ast.FunctionDef) and node.name in ("__init__", "__new__", "__post_init__"):
                        answers += self.function(Function(owner.module, f"{owner.qualname}.{node.name}", node, owner), classes, depth + 1)
            return answers
        return [f"?{text}()"]


class Walk(Reach):
    """Follows the same calls through what was reviewed too, and far; `called` is what it is for, and it answers nothing."""

    DEPTH = 30

    def __init__(self, sources: Sources):
        super().__init__(sources, {}, False)

    def function(self, function: Function, family: list[Class], depth: int) -> list[str]:
        key = (function.name, family[0].name if family and function.owner else "")
        if key not in self.known and depth <= self.DEPTH:
            self.known[key] = []
            self._calls(function, family, depth)
        return []


def assigns(owner: Class, name: str) -> bool:
    """Whether a class body binds a name by assignment, as in `__call__ = forward`."""
    targets = [target for node in (owner.node.body if owner.node else [])
               for target in (node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else [])]
    return any(dotted(target) == name for target in targets)


def method(owner: Class, name: str) -> bool:
    """Whether a class body defines a method of this name, which an attribute of the instance would hide; it hides no property."""
    return any(isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == name
               and not any("property" in dotted(d) or isinstance(d, ast.Attribute) for d in node.decorator_list)
               for node in (owner.node.body if owner.node else []))


def loading_methods(owner: Class) -> list[tuple[Function, bool]]:
    """The methods of one class body that loading may call, each with whether an opcode calls it: property setters are among them."""
    found = []
    for node in owner.node.body if owner.node else []:
        if isinstance(node, (ast.If, ast.Try)):
            inner = [n for n in ast.walk(node) if isinstance(n, ast.FunctionDef)]
        else:
            inner = [node] if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) else []
        for function in inner:
            name = function.name
            setter = any(isinstance(d, ast.Attribute) and d.attr in ("setter", "deleter") for d in function.decorator_list)
            if setter or name in HOT or name in WARM:
                found.append((Function(owner.module, f"{owner.qualname}.{name}", function, owner), setter or name in HOT))
    return found
