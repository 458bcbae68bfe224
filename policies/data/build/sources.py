"""Reads Python sources as text: modules, the names they bind, classes and their ancestry. Imports nothing of them."""

import ast
import builtins
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Class:
    module: str
    qualname: str
    node: ast.ClassDef | None  # None: made by namedtuple(...) or Enum(...)
    bases: list = field(default_factory=list)  # expressions, or full names for a class without a node

    @property
    def name(self) -> str:
        return f"{self.module}.{self.qualname}"


@dataclass
class Function:
    module: str
    qualname: str
    node: ast.FunctionDef | ast.AsyncFunctionDef
    owner: Class | None = None

    @property
    def name(self) -> str:
        return f"{self.module}:{self.qualname}"


@dataclass
class Outside:
    """A name that none of the sources defines."""
    name: str


class Module:
    """One module's bindings: name to Class, Function, ("import", module, name or None) or ("alias", expression)."""

    def __init__(self, name: str, package: bool, tree: ast.Module):
        self.name = name
        self.package = package
        self.names: dict[str, object] = {}
        self.stars: list[str] = []
        self.classes: list[Class] = []
        self._read(tree.body)

    def absolute(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        parts = self.name.split(".")
        parts = parts[: len(parts) - node.level + (1 if self.package else 0)]
        return ".".join(parts + ([node.module] if node.module else []))

    def _read(self, body: list) -> None:
        for node in body:
            if isinstance(node, ast.ClassDef):
                self._bind(node.name, self._class(node, node.name))
            elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                self._bind(node.name, Function(self.name, node.name, node))
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    if alias.asname:
                        self._bind(alias.asname, ("import", alias.name, None))
                    else:
                        top = alias.name.split(".")[0]
                        self._bind(top, ("import", top, None))
            elif isinstance(node, ast.ImportFrom):
                module = self.absolute(node)
                for alias in node.names:
                    if alias.name == "*":
                        self.stars.append(module)
                    else:
                        self._bind(alias.asname or alias.name, ("import", module, alias.name))
            elif isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
                self._assign(node.targets[0].id, node.value)
            elif isinstance(node, ast.If):
                self._read(node.orelse)
                if "__main__" not in ast.dump(node.test):
                    self._read(node.body)
            elif isinstance(node, ast.Try):
                for handler in node.handlers:
                    self._read(handler.body)
                self._read(node.orelse)
                self._read(node.body)
                self._read(node.finalbody)
            elif isinstance(node, (ast.With, ast.For, ast.While)):
                self._read(node.body)

    def _bind(self, name: str, value: object) -> None:
        self.names[name] = value

    def _class(self, node: ast.ClassDef, qualname: str) -> Class:
        found = Class(self.name, qualname, node, list(node.bases))
        self.classes.append(found)
        for inner in node.body:
            if isinstance(inner, ast.ClassDef):
                self._class(inner, f"{qualname}.{inner.name}")
        return found

    def _assign(self, name: str, value: ast.expr) -> None:
        made = made_class(value)
        if made and made[0] == name:
            found = Class(self.name, name, None, [made[1]])
            self.classes.append(found)
            self._bind(name, found)
        else:
            self._bind(name, ("alias", value))


def made_class(value: ast.expr) -> tuple[str, str] | None:
    """The name and base that `namedtuple("N", ...)`, `NamedTuple("N", ...)` or `Enum("N", ...)` makes."""
    if not isinstance(value, ast.Call) or not value.args:
        return None
    last = dotted(value.func).rsplit(".", 1)[-1]
    base = {"namedtuple": "builtins.tuple", "NamedTuple": "builtins.tuple", "Enum": "enum.Enum"}.get(last)
    first = value.args[0]
    if base and isinstance(first, ast.Constant) and isinstance(first.value, str):
        return first.value, base
    return None


def dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        left = dotted(node.value)
        return f"{left}.{node.attr}" if left else ""
    return ""


PARSED: dict[Path, Module | None] = {}


def parse(name: str, package: bool, path: Path) -> Module | None:
    """A module's bindings; None for what is written for Python 2, or is a template."""
    try:
        return Module(name, package, ast.parse(path.read_text(encoding="utf-8-sig", errors="replace")))
    except (SyntaxError, ValueError):
        return None


class Sources:
    """Folders of unpacked wheels, searched in order."""

    def __init__(self, folders: list[Path]):
        self.folders = folders
        self.read: dict[str, Module | None] = {}
        self.answers: dict[tuple[str, str], object] = {}

    def module(self, name: str) -> Module | None:
        if name not in self.read:
            self.read[name] = self._load(name)
        return self.read[name]

    def _load(self, name: str) -> Module | None:
        for folder in self.folders:
            base = folder.joinpath(*name.split("."))
            for path, package in ((base / "__init__.py", True), (base.with_name(base.name + ".py"), False)):
                if name and path.is_file():
                    if path not in PARSED:
                        PARSED[path] = parse(name, package, path)
                    return PARSED[path]
        return None

    def modules(self, package: str) -> list[str]:
        """Every module name below a package of the first folder."""
        root = self.folders[0]
        top = root / package
        if (root / f"{package}.py").is_file():
            return [package]
        found = []
        for path in sorted(top.rglob("*.py")):
            parts = list(path.relative_to(root).with_suffix("").parts)
            if parts[-1] == "__init__":
                parts.pop()
            found.append(".".join(parts))
        return found

    def resolve(self, module: str, name: str, depth: int = 0):
        """What a dotted name means inside a module: Class, Function, Module, Outside, or None when it is a plain variable."""
        key = (module, name)
        if key not in self.answers:
            self.answers[key] = None  # a circle of star imports adds nothing
            self.answers[key] = self._resolve(module, name, depth)
        return self.answers[key]

    def _resolve(self, module: str, name: str, depth: int):
        first, _, rest = name.partition(".")
        here = self.module(module)
        if here is None:
            return Outside(f"{module}.{name}")
        if depth > 20:
            return None
        found = here.names.get(first)
        if found is None:
            inner = self.module(f"{module}.{first}") if here.package else None
            if inner is not None:
                found = inner
            else:
                for star in here.stars:
                    got = self.resolve(star, first, depth + 1) if self.module(star) else None
                    if got is not None and not isinstance(got, Outside):
                        found = got
                        break
        if found is None:
            if hasattr(builtins, first):
                return Outside(f"builtins.{name}")
            return None
        if isinstance(found, tuple) and found[0] == "import":
            _, origin, attribute = found
            if attribute is None:
                return self._member(origin, rest, depth)
            inner = self.module(f"{origin}.{attribute}")
            origin_module = self.module(origin)
            own = origin_module.names.get(attribute) if origin_module else None
            if inner is not None and (own is None or own == ("import", origin, attribute)):
                return self._member(f"{origin}.{attribute}", rest, depth)
            full = f"{attribute}.{rest}" if rest else attribute
            if origin_module is None:
                return Outside(f"{origin}.{full}")
            if origin == module and attribute == first:
                return None
            return self.resolve(origin, full, depth + 1)
        if isinstance(found, tuple):
            target = dotted(found[1])
            if target and target != first:
                return self.resolve(module, f"{target}.{rest}" if rest else target, depth + 1)
            return None
        if isinstance(found, Module):
            return self._member(found.name, rest, depth)
        if rest and isinstance(found, Class):
            return self.attribute(found, rest)
        return found if not rest else None

    def _member(self, origin: str, rest: str, depth: int):
        if not rest:
            return self.module(origin) or Outside(origin)
        first, _, more = rest.partition(".")
        here = self.module(origin)
        if here is None:
            return Outside(f"{origin}.{rest}")
        if first not in here.names and self.module(f"{origin}.{first}") is not None:
            return self._member(f"{origin}.{first}", more, depth + 1)
        return self.resolve(origin, rest, depth + 1)

    def attribute(self, owner: Class, name: str):
        for node in owner.node.body if owner.node else []:
            if isinstance(node, ast.ClassDef) and node.name == name:
                return Class(owner.module, f"{owner.qualname}.{name}", node, list(node.bases))
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == name:
                return Function(owner.module, f"{owner.qualname}.{name}", node, owner)
        return None

    def ancestry(self, start: Class) -> tuple[list[Class], list[str]]:
        """All ancestors that the sources define (start first), and the full names of those they do not."""
        known: dict[str, Class] = {}
        outside: dict[str, None] = {}
        todo: list = [start]
        while todo:
            now = todo.pop(0)
            if isinstance(now, str):
                outside[now] = None
                continue
            if now.name in known:
                continue
            known[now.name] = now
            for base in now.bases:
                todo.extend(self._base(now, base))
        return list(known.values()), list(outside)

    def _base(self, owner: Class, base) -> list:
        if isinstance(base, str):
            return [base]
        if isinstance(base, ast.Subscript):  # Generic[T]
            return self._base(owner, base.value)
        if isinstance(base, ast.Starred):
            return ["?"]
        if isinstance(base, ast.Call):
            last = dotted(base.func).rsplit(".", 1)[-1]
            if last == "with_metaclass":
                return [found for arg in base.args[1:] for found in self._base(owner, arg)]
            made = made_class(base)
            return [made[1]] if made else [f"?{last}()"]
        name = dotted(base)
        if not name:
            return ["?"]
        found = self.resolve(owner.module, name)
        if found is None and "." in owner.qualname:  # a sibling inside the same class
            outer = owner.qualname.rsplit(".", 1)[0]
            sibling = next((c for c in self.module(owner.module).classes if c.qualname == f"{outer}.{name}"), None)
            found = sibling
        if isinstance(found, Class):
            return [found] if found.name != owner.name else []
        if isinstance(found, Outside):
            return [found.name]
        imported = self.imported(owner.module, name)
        return [imported or ("abc.ABC" if name == "ABC" else f"?{name}")]

    def imported(self, module: str, name: str) -> str:
        """The full name of what a module got by an import statement, or nothing."""
        here = self.module(module)
        first, _, rest = name.partition(".")
        found = here.names.get(first) if here else None
        if not isinstance(found, tuple) or found[0] != "import":
            return ""
        return ".".join(part for part in (found[1], found[2], rest) if part)
