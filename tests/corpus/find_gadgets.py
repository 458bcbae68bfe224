"""Finds functions of installed libraries that run, import, read or write what they are told; prints rows for gadgets.tsv.

    python find_gadgets.py WORKFOLDER PACKAGE... > found.tsv      (PACKAGE `stdlib` is the standard library)

Two steps. The sources are walked with `ast` for functions and constructors whose body reaches a sink. Each candidate is
then called, in a forked child inside the cage, with a harmless payload in each argument position; it is printed only
when the payload had its effect. Nothing is believed because of its name.
"""

import ast
import importlib
import json
import os
import resource
import shutil
import signal
import sys
import sysconfig
import time
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import cage  # noqa: E402
from case import CANARY, COMMAND, MARKER, PYTHON  # noqa: E402

SINKS = {"exec", "eval", "compile", "execfile", "system", "popen", "Popen", "run", "call", "check_call", "check_output", "getoutput",
         "getstatusoutput", "spawn", "spawnv", "execv", "execvp", "import_module", "__import__", "find_spec", "run_path", "run_module", "urlopen",
         "load", "loads", "Unpickler", "CDLL", "LoadLibrary", "open", "read_text", "write_text", "read_bytes", "write_bytes", "mkdir", "makedirs",
         "locate", "literal_eval", "resolve_name", "exec_module", "load_module", "connect", "save", "dump", "getlines", "interpret", "create_subprocess_shell"}
# (what is passed, the proof, its strength): the strongest effect of a function wins.
PAYLOADS = [
    (COMMAND, "marker", 0), (PYTHON, "marker", 0), (["sh", "-c", COMMAND], "marker", 0), ("canary.py", "marker", 0), ("canary.pickle", "marker", 0),
    ("touch marker", "marker", 0), (MARKER, "marker", 1), ("this", "import this", 2), (CANARY, f"open {CANARY}", 3),
    ("http://127.0.0.1:9/", "urllib.Request 127.0.0.1", 3), ("127.0.0.1", "socket.connect 127.0.0.1", 3), (f"./{CANARY}.so", f"ctypes.dlopen {CANARY}", 2),
]
FILLERS = [None, "x", [], {}, 1]
SKIP = {"__main__", "tests", "test", "testing", "conftest", "idle_test", "lib2to3", "_vendor_tests", "turtledemo", "benchmarks", "examples"}
# Effects that are not of this machine's business to try: they end, detach or signal the process itself.
NEVER = {"_exit", "abort", "fork", "forkpty", "kill", "killpg", "exit", "quit", "breakpoint", "daemonize", "pause", "reboot"}


def sources(package):
    if package == "stdlib":
        root, prefix = Path(sysconfig.get_path("stdlib")), ""
    else:
        root = Path(importlib.import_module(package).__file__)
        if root.name != "__init__.py":
            yield package, root
            return
        root, prefix = root.parent, package
    for path in sorted(root.rglob("*.py")):
        parts = list(path.relative_to(root).with_suffix("").parts)
        if "site-packages" in parts or SKIP & set(parts) or any(part.startswith("test_") for part in parts):
            continue
        if parts[-1] == "__init__":
            parts.pop()
        yield ".".join(([prefix] if prefix else []) + parts), path


def reaches(node):
    for inner in ast.walk(node):
        if isinstance(inner, ast.Call):
            name = inner.func.attr if isinstance(inner.func, ast.Attribute) else getattr(inner.func, "id", "")
            if name in SINKS:
                return True
    return False


def candidates(path):
    """(name, least and most positional arguments) of each function and class whose body reaches a sink."""
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):
        return
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            made = next((one for one in node.body if isinstance(one, ast.FunctionDef) and one.name == "__init__"), None)
            if made is None or not reaches(node):
                continue
            first, function = 1, made
        elif isinstance(node, ast.FunctionDef) and node.name not in NEVER and reaches(node):
            first, function = 0, node
        else:
            continue
        names = [one.arg for one in function.args.posonlyargs + function.args.args][first:]
        least = max(0, len(names) - len(function.args.defaults))
        most = min(max(len(names), 2 if function.args.vararg else 0), 5)
        if 0 < most and least <= 5:
            yield node.name, least, most


def shapes(least, most):
    """Argument lists with a hole: each position, each filler for what else is required."""
    for hole in range(most):
        size = max(least, hole + 1)
        for filler in FILLERS if size > 1 else FILLERS[:1]:
            row = [filler] * size
            yield hole, row


def attempt(function, arguments, proof, folder):
    """Calls `function` in a child; whether the proof appeared."""
    folder.mkdir()
    child = os.fork()
    if child == 0:
        try:
            os.setsid()
            os.chdir(folder)
            prepare()
            event, _, wanted = proof.partition(" ")

            def hook(name, given):
                if name == event and wanted in repr(given)[:500]:
                    os.close(os.open("proof", os.O_CREAT))
                if name.startswith("socket.") and name != "socket.__new__":
                    raise PermissionError(name)

            sys.addaudithook(hook)
            signal.alarm(1)
            function(*arguments)
        finally:
            os._exit(0)
    end = time.monotonic() + 1.5
    while not os.waitpid(child, os.WNOHANG)[0]:
        if time.monotonic() > end:
            os.killpg(child, signal.SIGKILL)
            os.waitpid(child, 0)
            break
        time.sleep(0.001)
    done = (folder / ("marker" if proof == "marker" else "proof")).exists()
    try:
        os.killpg(child, signal.SIGKILL)
    except ProcessLookupError:
        pass
    shutil.rmtree(folder, ignore_errors=True)
    return done


def prepare():
    """What stands in the folder of a trial; the corpus lays the same files down where its loaders run."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 26, 1 << 26))
    null = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(null, number)
    from load import furnish

    furnish()


def trial(module, found, work, report):
    """Imports one module and tries its candidates; one line of JSON a success."""
    try:
        loaded = importlib.import_module(module)
    except BaseException:
        return
    end = time.monotonic() + 25
    number = 0
    for name, least, most in found:
        function = getattr(loaded, name, None)
        if not callable(function) or getattr(function, "__module__", None) != module:
            continue
        best = None
        for payload, proof, strength in PAYLOADS:
            if best or time.monotonic() > end:
                break
            for hole, row in shapes(least, most):
                row = list(row)
                row[hole] = payload
                number += 1
                if attempt(function, row, proof, work / f"{os.getpid()}-{number}"):
                    best = (strength, proof, row)
                    break
        if best:
            report.write(json.dumps([module, name, best[2], best[1], best[0]]) + "\n")
            report.flush()


def main():
    work = Path(sys.argv[1]).absolute()
    work.mkdir(parents=True, exist_ok=True)
    report = os.fdopen(os.dup(1), "w")
    os.environ.update(HOME=str(work), TMPDIR=str(work), CUDA_VISIBLE_DEVICES="", OMP_NUM_THREADS="1", TERM="dumb", MPLCONFIGDIR=str(work))
    warnings.simplefilter("ignore")
    if not cage.shut(work):
        raise SystemExit("no cage")
    for package in sys.argv[2:]:
        if package != "stdlib":
            importlib.import_module(package)  # once, so that the children of its modules start warm
        for module, path in sources(package):
            found = list(candidates(path))
            if not found:
                continue
            child = os.fork()
            if child == 0:
                try:
                    os.setsid()
                    trial(module, found, work, report)
                finally:
                    os._exit(0)
            end = time.monotonic() + 45
            while not os.waitpid(child, os.WNOHANG)[0]:
                if time.monotonic() > end:
                    os.killpg(child, signal.SIGKILL)
                    os.waitpid(child, 0)
                    break
                time.sleep(0.01)


if __name__ == "__main__":
    main()
