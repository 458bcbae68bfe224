"""Enumerates the classes of a library, over all its pinned versions, that are harmless to make and fill from a pickle."""

import ast
from collections import defaultdict
from pathlib import Path

from reach import Reach, Walk
from sources import Class, Function, Sources, dotted
from wheels import fetch

ENUMS = {"enum.Enum", "enum.IntEnum", "enum.Flag", "enum.IntFlag", "enum.StrEnum"}
FAILURES = {"builtins.Exception", "builtins.BaseException", "builtins.ValueError", "builtins.TypeError", "builtins.RuntimeError",
            "builtins.Warning", "builtins.UserWarning", "builtins.AttributeError", "builtins.ImportError", "builtins.KeyError",
            "builtins.NotImplementedError", "builtins.DeprecationWarning", "builtins.FutureWarning", "builtins.RuntimeWarning",
            "builtins.ArithmeticError", "builtins.IndexError", "builtins.OSError", "builtins.AssertionError"}
# Bases that live in another library are looked up in one version of it.
COMPANIONS = (("torch", "2.5.1"), ("scikit-learn", "1.5.2"), ("numpy", "1.26.4"), ("scipy", "1.11.4"), ("pandas", "2.2.3"),
              ("torchvision", "0.20.1"), ("transformers", "4.41.2"), ("hdbscan", "0.8.41"))


def under(name: str, prefixes: list[str]) -> bool:
    return any(name == p or name.startswith(p + ".") for p in prefixes)


def near(name: str, prefixes: list[str]) -> bool:
    """Below a prefix, or on the way to one."""
    return under(name, prefixes) or any(p.startswith(name + ".") for p in prefixes)


class Enumeration:
    def __init__(self):
        self.classes: dict[str, set[str]] = defaultdict(set)
        self.enums: dict[str, set[str]] = defaultdict(set)
        self.refused: dict[str, str] = {}
        self.undecided: dict[str, str] = {}
        # Listed classes that may not be passed on, with what calling them reaches; and those whose instances may be called.
        self.constructors: dict[str, str] = {}
        self.callables: set[str] = set()
        # Names of methods that loading a listed class calls on any object, with a caller.
        self.called: dict[str, str] = {}


def enumerate_library(name: str, table: dict, store: Path, reviewed: dict, used: set, entries: list[str], accepting: bool = False) -> Enumeration:
    """`entries` are the globals that a person listed; what they call is noted too."""
    result = Enumeration()
    distribution = table.get("distribution", name)
    for pin in table["versions"]:
        folders = [fetch(distribution, pin, store)]
        folders += [fetch(other, version, store) for other, version in COMPANIONS if other != distribution]
        sources = Sources(folders)
        reach = Reach(sources, reviewed, accepting)
        walk = Walk(sources)
        for package in table.get("packages", [distribution.replace("-", "_")]):
            for module_name in sources.modules(package):
                if skipped(module_name, table):
                    continue
                module = sources.module(module_name)
                for found in module.classes if module else []:
                    judge(found, table, sources, reach, walk, result)
        for full in entries:
            note(full, sources, reach, walk, result)
        used |= reach.used
        result.called = {**walk.called, **result.called}
    for full in list(result.refused) + list(result.undecided):
        module, _, short = full.partition(":")
        result.classes[module].discard(short)
        result.enums[module].discard(short)
    return result


def skipped(module: str, table: dict) -> bool:
    parts = module.split(".")
    if any(part in ("tests", "test", "testing", "conftest", "_build_utils", "setup") or part.startswith("test_") for part in parts):
        return True
    if under(module, table.get("without", [])):
        return True
    return "only" in table and not near(module, table["only"])


def judge(found: Class, table: dict, sources: Sources, reach: Reach, walk: Walk, result: Enumeration) -> None:
    if "only" in table and not under(found.name, table["only"]) or under(found.name, table.get("without", [])):
        return
    classes, outside = sources.ancestry(found)
    names = {part.name for part in classes} | set(outside)
    if names & FAILURES or "typing.Protocol" in names or "typing.TypedDict" in names or "typing_extensions.Protocol" in names:
        return
    if "bases" in table and not names & set(table["bases"]):
        return
    if "builtins.type" in names or "abc.ABCMeta" in names or "enum.EnumMeta" in names or "ast.NodeVisitor" in names:
        return
    short = found.qualname.rsplit(".", 1)[-1]
    if short.endswith("Mixin") or short.endswith("Display"):
        return
    key = f"{found.module}:{found.qualname}"
    reaches, unsure = reach.judge(found)
    if reaches:
        result.refused[key] = reaches[0]
        return
    if unsure:
        result.undecided[key] = unsure[0]
        return
    into = result.enums if names & ENUMS else result.classes
    into[found.module].add(found.qualname)
    walk.judge(found)
    reaches = reach.constructs(found)
    names = [found.module, *set_modules(found)]
    for module in names:
        if reaches:
            result.constructors.setdefault(written(module, found.qualname), reaches[0])
        if reach.callable(found):
            result.callables.add(written(module, found.qualname))
    for alias in set_modules(found):
        if alias.split(".")[0] != found.module.split(".")[0]:
            continue
        into[alias].add(found.qualname)


def note(full: str, sources: Sources, reach: Reach, walk: Walk, result: Enumeration) -> None:
    """What a reviewed function or class calls on any object."""
    module, _, name = full.partition(":") if ":" in full else full.rpartition(".")
    found = sources.resolve(module, name) if sources.module(module) else None
    if isinstance(found, Function):
        walk.function(found, [], 0)
    elif isinstance(found, Class):
        walk.judge(found)
        reaches = reach.constructs(found)
        if reaches:
            result.constructors.setdefault(full, reaches[0])


def written(module: str, qualname: str) -> str:
    """The one text that names a global: `module.name`, or `module:Outer.Inner`."""
    return f"{module}:{qualname}" if "." in qualname or ":" in qualname or ":" in module else f"{module}.{qualname}"


def set_modules(found: Class) -> list[str]:
    """The module that `@set_module("numpy")` writes into a class, which is then the one a pickle names."""
    modules = []
    for node in found.node.decorator_list if found.node else []:
        if isinstance(node, ast.Call) and dotted(node.func).endswith("set_module") and node.args and isinstance(node.args[0], ast.Constant):
            modules.append(node.args[0].value)
    for node in found.node.body if found.node else []:
        if isinstance(node, ast.Assign) and dotted(node.targets[0]) == "__module__" and isinstance(node.value, ast.Constant):
            modules.append(node.value.value)
    return modules
