"""Files as people's libraries write them, and a few that wheels ship."""

import importlib.util
from pathlib import Path


def wheel(package: str) -> Path:
    """The folder of an installed package, which is not imported: models that it ships lie there."""
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        raise ModuleNotFoundError(f"{package} is not installed")
    return Path(found.origin).parent
