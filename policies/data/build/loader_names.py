"""Writes ../loader_names.json: what configurations of sentence-transformers, PyLate, diffusers and MLflow may name, from the sources of the pinned wheels.

    python3.11 policies/data/build/loader_names.py [--store FOLDER]

Fetches the wheels and reads them as text; nothing of them is imported.
"""

import argparse
import ast
import json
import tempfile
from pathlib import Path

from wheels import fetch

OUT = Path(__file__).resolve().parent.parent / "loader_names.json"
SENTENCE = ["2.3.1", "2.7.0", "3.0.1", "3.4.1", "4.1.0", "5.1.2", "6.2.0"]
DIFFUSERS = ["0.14.0", "0.21.4", "0.30.0", "0.35.1", "0.42.1"]
PYLATE = ["1.2.0", "1.6.0"]
MLFLOW = ["2.9.2", "2.22.0", "3.17.2"]
# Folders of sentence-transformers whose classes are the modules of a model.
FOLDERS = {"models", "modules", "tokenizer"}


def modules_of(root):
    for path in sorted(root.rglob("*.py")):
        yield ".".join(path.relative_to(root).with_suffix("").parts), path


def classes(path):
    return [node.name for node in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(node, ast.ClassDef)]


def sentence(store):
    """A class by the module that defines it, and by each package above that exports it."""
    names = set()
    for version in SENTENCE:
        root = fetch("sentence-transformers", version, store)
        for module, path in modules_of(root / "sentence_transformers"):
            parts = ("sentence_transformers." + module).split(".")
            if FOLDERS & set(parts[:-1]) and path.stem != "__init__":
                for name in classes(path):
                    names.add(".".join([*parts, name]))
                    folder = max(at for at, part in enumerate(parts[:-1]) if part in FOLDERS)
                    for end in range(folder + 1, len(parts)):
                        names.add(".".join([*parts[:end], name]))
    # PyLate's layer, in the layout of sentence-transformers: its `load` reads a configuration and weights beside it, as the class that it derives from.
    for version in PYLATE:
        names.update(f"pylate.models.Dense.{name}" for name in classes(fetch("pylate", version, store) / "pylate" / "models" / "Dense.py"))
    return names


def diffusers(store):
    """What may stand in front of a class: the libraries that diffusers loads from, and its own pipelines."""
    names = {"diffusers", "transformers", "onnxruntime.training"}
    for version in DIFFUSERS:
        pipelines = fetch("diffusers", version, store) / "diffusers" / "pipelines"
        names.update(path.stem for path in pipelines.iterdir() if (path.is_dir() or path.suffix == ".py") and not path.name.startswith("__"))
    return names


def mlflow(store):
    names = {"mlflow.pyfunc.model"}
    for version in MLFLOW:
        root = fetch("mlflow-skinny", version, store)
        for module, path in modules_of(root):
            if "def _load_pyfunc" in path.read_text(encoding="utf-8") and ".utils." not in module:
                names.add(module.removesuffix(".__init__"))
    return names


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", type=Path, default=Path(tempfile.gettempdir()) / "loader-wheels")
    store = parser.parse_args().store
    store.mkdir(parents=True, exist_ok=True)

    def entry(names, reason, source):
        return {"reason": reason, "source": source, "names": {name: True for name in sorted(names)}}

    table = {
        "sentence-transformers": entry(
            sentence(store),
            "a module or tokenizer of sentence-transformers itself, or PyLate's layer: made from its own configuration, which is judged by itself",
            f"classes of the sentence-transformers wheels {', '.join(SENTENCE)}, and of pylate {', '.join(PYLATE)}",
        ),
        "diffusers": entry(
            diffusers(store),
            "a library that diffusers loads components from, or one of its own pipelines",
            f"LOADABLE_CLASSES and pipelines of the diffusers wheels {', '.join(DIFFUSERS)}",
        ),
        "mlflow": entry(
            mlflow(store),
            "a flavour of MLflow itself: it loads the model's own files, which are judged by themselves",
            f"modules with _load_pyfunc of the mlflow-skinny wheels {', '.join(MLFLOW)}",
        ),
    }
    OUT.write_text(json.dumps(table, indent=1) + "\n")
    print({name: len(one["names"]) for name, one in table.items()})


if __name__ == "__main__":
    main()
