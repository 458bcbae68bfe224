"""Finds functions and classes of everyday libraries whose arguments reach code, programs, imports, unpicklers, files or the network.

A function is one when a parameter, or a value made of one, is an argument of a sink; and when it hands a parameter on to one that is,
over at most three calls. It is a list that sharpens messages, so that a miss is harmless and a false hit costs an offer."""

import ast
from pathlib import Path

from sources import Class, Function, Outside, Sources, dotted

CODE, PROGRAM, IMPORT, UNPICKLE, NATIVE, WRITE, READ, REMOVE, NETWORK = PHRASES = (
    "runs code it is given", "starts programs it is given", "imports a module it is given", "unpickles what it is given",
    "loads native code it is given", "writes files it is given", "reads files it is given", "removes or moves files it is given",
    "opens a network connection it is given",
)
SINKS = {
    "builtins.eval": CODE, "builtins.exec": CODE, "builtins.compile": CODE, "codeop.compile_command": CODE, "code.interact": CODE,
    "runpy.run_path": CODE, "runpy.run_module": CODE, "types.CodeType": CODE, "types.FunctionType": CODE, "timeit.timeit": CODE,
    "os.system": PROGRAM, "os.popen": PROGRAM, "os.startfile": PROGRAM, "pty.spawn": PROGRAM, "platform.popen": PROGRAM,
    "os.execv": PROGRAM, "os.execve": PROGRAM, "os.execvp": PROGRAM, "os.execvpe": PROGRAM, "os.execl": PROGRAM, "os.execlp": PROGRAM,
    "os.spawnv": PROGRAM, "os.spawnve": PROGRAM, "os.spawnvp": PROGRAM, "os.spawnl": PROGRAM, "os.posix_spawn": PROGRAM,
    "_posixsubprocess.fork_exec": PROGRAM, "asyncio.create_subprocess_shell": PROGRAM, "asyncio.create_subprocess_exec": PROGRAM,
    "distutils.spawn.spawn": PROGRAM, "webbrowser.open": PROGRAM,
    "builtins.__import__": IMPORT, "importlib.import_module": IMPORT, "importlib.__import__": IMPORT, "pkgutil.resolve_name": IMPORT,
    "importlib.util.spec_from_file_location": IMPORT, "imp.load_source": IMPORT, "imp.load_module": IMPORT, "pydoc.locate": IMPORT,
    "pickle.load": UNPICKLE, "pickle.loads": UNPICKLE, "pickle.Unpickler": UNPICKLE, "_pickle.load": UNPICKLE, "_pickle.loads": UNPICKLE,
    "marshal.load": UNPICKLE, "marshal.loads": UNPICKLE, "shelve.open": UNPICKLE, "joblib.load": UNPICKLE, "torch.load": UNPICKLE,
    "numpy.load": UNPICKLE, "dill.load": UNPICKLE, "dill.loads": UNPICKLE, "cloudpickle.load": UNPICKLE, "cloudpickle.loads": UNPICKLE,
    "pandas.read_pickle": UNPICKLE, "yaml.load": UNPICKLE, "yaml.unsafe_load": UNPICKLE,
    "ctypes.CDLL": NATIVE, "ctypes.PyDLL": NATIVE, "ctypes.WinDLL": NATIVE, "ctypes.cdll.LoadLibrary": NATIVE, "_ctypes.dlopen": NATIVE,
    "numpy.ctypeslib.load_library": NATIVE, "torch.ops.load_library": NATIVE, "torch.classes.load_library": NATIVE,
    "os.remove": REMOVE, "os.unlink": REMOVE, "os.rmdir": REMOVE, "os.rename": REMOVE, "os.replace": REMOVE, "os.removedirs": REMOVE,
    "shutil.rmtree": REMOVE, "shutil.move": REMOVE, "shutil.copyfile": WRITE, "shutil.copy": WRITE, "shutil.copy2": WRITE,
    "shutil.copytree": WRITE, "os.makedirs": WRITE, "os.mkdir": WRITE, "os.symlink": WRITE, "os.link": WRITE, "os.chmod": WRITE,
    "io.FileIO": WRITE, "os.open": WRITE, "zipfile.ZipFile": READ, "tarfile.open": READ, "gzip.open": READ, "bz2.open": READ, "lzma.open": READ,
    "linecache.getlines": READ, "sqlite3.connect": WRITE, "dbm.open": WRITE, "torch.save": WRITE, "numpy.save": WRITE, "joblib.dump": WRITE,
    "urllib.request.urlopen": NETWORK, "urllib.request.urlretrieve": NETWORK, "socket.create_connection": NETWORK, "http.client.HTTPConnection": NETWORK,
    "http.client.HTTPSConnection": NETWORK, "requests.get": NETWORK, "requests.post": NETWORK, "ftplib.FTP": NETWORK, "smtplib.SMTP": NETWORK,
    "torch.hub.load_state_dict_from_url": NETWORK, "torch.hub.download_url_to_file": NETWORK, "huggingface_hub.hf_hub_download": NETWORK,
    "subprocess.run": PROGRAM, "subprocess.call": PROGRAM, "subprocess.check_call": PROGRAM, "subprocess.check_output": PROGRAM,
    "subprocess.Popen": PROGRAM, "subprocess.getoutput": PROGRAM, "subprocess.getstatusoutput": PROGRAM,
}
ORDER = {phrase: rank for rank, phrase in enumerate(PHRASES)}
HOPS = 3


class Search:
    def __init__(self, folders: list[Path]):
        self.sources = Sources(folders)
        self.found: dict[str, str] = {}  # "module:qualname" of a function, or of a class for its constructor
        self.callers: list[tuple[str, Function, list]] = []

    def run(self, packages: list[str], skip) -> dict[str, str]:
        for package in packages:
            for name in self.sources.modules(package):
                module = self.sources.module(name)
                if module is None or skip(name):
                    continue
                for key, function in callables(module):
                    calls = self.tainted_calls(function)
                    why = min((w for full, w in ((c, self.sink(c, node)) for c, node in calls) if w), key=ORDER.get, default="")
                    if why:
                        self.found[key] = why
                    else:
                        self.callers.append((key, function, calls))
        for _ in range(HOPS):
            grown = {}
            for key, function, calls in self.callers:
                whys = [self.found[c] for c, _ in calls if c in self.found and c != key]
                if whys and key not in self.found:
                    grown[key] = min(whys, key=ORDER.get)
            if not grown:
                break
            self.found.update(grown)
        return self.found

    def sink(self, full: str, node: ast.Call) -> str:
        name = full.replace(":", ".")
        if name in ("builtins.open", "io.open"):
            mode = node.args[1] if len(node.args) > 1 else next((k.value for k in node.keywords if k.arg == "mode"), None)
            text = mode.value if isinstance(mode, ast.Constant) and isinstance(mode.value, str) else "r" if mode is None else "w"
            return WRITE if set(text) & set("wax+") else READ
        return SINKS.get(name, "")

    def tainted_calls(self, function: Function) -> list[tuple[str, ast.Call]]:
        """Calls with an argument made of a parameter: (full name, node); methods of the same class as module:Class.method."""
        arguments = function.node.args
        tainted = {a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}
        tainted |= {a.arg for a in (arguments.vararg, arguments.kwarg) if a}
        tainted -= {"self", "cls"}
        if not tainted:
            return []
        imported = {}
        nodes = [n for s in function.node.body for n in ast.walk(s)]
        here = self.sources.module(function.module)
        for node in nodes:
            if isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    imported[alias.asname or alias.name] = f"{here.absolute(node)}.{alias.name}"
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    imported[alias.asname or alias.name.split(".")[0]] = alias.name if alias.asname else alias.name.split(".")[0]
        for _ in range(2):
            for node in nodes:
                if isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign)) and node.value is not None and uses(node.value, tainted):
                    for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                        tainted |= {n.id for n in ast.walk(target) if isinstance(n, ast.Name) and n.id != "self"}
                        if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id == "self":
                            tainted.add(f"self.{target.attr}")
                elif isinstance(node, ast.For) and uses(node.iter, tainted):
                    tainted |= {n.id for n in ast.walk(node.target) if isinstance(n, ast.Name)}
                elif isinstance(node, ast.withitem) and node.optional_vars is not None and uses(node.context_expr, tainted):
                    tainted |= {n.id for n in ast.walk(node.optional_vars) if isinstance(n, ast.Name)}
        calls = []
        for node in nodes:
            if isinstance(node, ast.Call) and any(uses(a, tainted) for a in (*node.args, *(k.value for k in node.keywords))):
                full = self.full(function, node.func, imported)
                if full:
                    calls.append((full, node))
        return calls

    def full(self, function: Function, target: ast.expr, imported: dict) -> str:
        name = dotted(target)
        if not name:
            return ""
        head, _, rest = name.partition(".")
        if head == "self" and function.owner and rest and "." not in rest:
            return f"{function.module}:{function.owner.qualname}.{rest}"
        if head in imported:
            return self.resolved(imported[head] + (f".{rest}" if rest else ""))
        found = self.sources.resolve(function.module, name)
        if isinstance(found, Outside):
            return found.name
        if isinstance(found, (Function, Class)):
            return self.canonical(f"{found.module}:{found.qualname}")
        return self.sources.imported(function.module, name)

    def canonical(self, key: str) -> str:
        return key.replace(":", ".") if key.replace(":", ".") in SINKS else key

    def resolved(self, name: str) -> str:
        if name in SINKS:
            return name
        module, _, rest = name.rpartition(".")
        if self.sources.module(module) is not None:
            found = self.sources.resolve(module, rest)
            if isinstance(found, (Function, Class)):
                return self.canonical(f"{found.module}:{found.qualname}")
        return name


def uses(expression: ast.expr, tainted: set[str]) -> bool:
    return any(isinstance(n, ast.Name) and n.id in tainted or isinstance(n, ast.Attribute) and dotted(n) in tainted for n in ast.walk(expression))


def callables(module):
    """Module-level functions, and classes for their constructors and, under their dotted name, their methods."""
    for name, value in module.names.items():
        if isinstance(value, Function):
            yield f"{module.name}:{name}", value
        elif isinstance(value, Class) and value.node:
            for node in value.node.body:
                if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                    key = name if node.name in ("__init__", "__new__") else f"{name}.{node.name}"
                    yield f"{module.name}:{key}", Function(module.name, f"{name}.{node.name}", node, value)
