"""Fetches the pinned wheels and unpacks their Python sources. Nothing of them is imported or run."""

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

# Tags asked for, smallest wheels first: only the Python sources are kept, and they are the same on every platform.
PLATFORMS = (
    "macosx_10_9_x86_64", "macosx_10_13_x86_64", "macosx_10_15_x86_64", "macosx_11_0_arm64", "macosx_12_0_arm64",
    "macosx_14_0_arm64", "macosx_11_0_x86_64", "macosx_12_0_x86_64", "macosx_10_15_universal2",
    "macosx_10_6_intel", "macosx_11_0_universal2", "win_amd64", "manylinux2014_x86_64", "manylinux_2_28_x86_64",
    "manylinux1_x86_64",
)
KEPT = (".py", ".pyx", ".pyi")


def fetch(distribution: str, pin: str, store: Path) -> Path:
    """The folder with the sources of one pinned wheel; fetched once. A source distribution serves when no wheel exists."""
    version, _, python = pin.partition("@")
    folder = store / f"{distribution}-{version}"
    if folder.exists():
        return folder
    with tempfile.TemporaryDirectory(dir=store) as scratch:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--disable-pip-version-check",
                   "--only-binary=:all:", "--dest", scratch, f"{distribution}=={version}", "--python-version",
                   python or "3.11"]
        for platform in PLATFORMS:
            command += ["--platform", platform]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"{distribution}=={pin}: {done.stderr.strip()[-1500:]}")
        wheel = next(Path(scratch).glob("*.whl"))
        unpacked = Path(scratch) / "sources"
        with zipfile.ZipFile(wheel) as archive:
            for name in archive.namelist():
                if name.endswith(KEPT):
                    archive.extract(name, unpacked)
        unpacked.rename(folder)
    return folder
