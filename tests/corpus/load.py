"""Runs one file through one real loader in a forked child and says what happened. The only room that loads anything."""

import io
import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from case import CANARY, MARKER, PYTHON
from models import LOADERS as MODELS

SECONDS = 30
MEMORY = 7 << 30  # address space of a child; torch alone reserves 4.5 GiB


@dataclass(frozen=True)
class Outcome:
    """`executed`: the payload's proof is there. `error`: the loader's last words, or None when it loaded."""

    executed: bool
    error: str | None


def _open_plain(path, opener=open):
    import pickle

    with opener(path, "rb") as file:
        return pickle.load(file)


def pickle_c(path):
    return _open_plain(path)


def pickle_py(path):
    import pickle

    with open(path, "rb") as file:
        return pickle._load(file)


def pickle_each(path):
    """What training scripts do with files of many records: load until the end, skipping what does not load."""
    import pickle

    with open(path, "rb") as file:
        found = []
        while file.read(1):
            file.seek(-1, os.SEEK_CUR)
            start = file.tell()
            try:
                found.append(pickle.load(file))
            except EOFError:
                break
            except Exception:
                file.seek(start + 1)
        return found


def compressed(module):
    def load(path):
        import importlib

        return _open_plain(path, importlib.import_module(module).open)

    return load


def zstd_file(path):
    """The reader of `zstandard` has no readline, so protocols that need it are loaded from memory."""
    import pickle

    return pickle.loads(stream(path))


def zlib_file(path):
    import pickle
    import zlib

    return pickle.loads(zlib.decompressobj().decompress(Path(path).read_bytes()))


def torch_any(path):
    import torch

    return torch.load(path, map_location="cpu", weights_only=False)


def torch_weights_only(path):
    import torch

    return torch.load(path, map_location="cpu", weights_only=True)


def torch_zip_anywhere(path):
    """torch's own zip reader takes what stands in front of an archive; torch.load asks for PK first, this does not."""
    import pickle

    import torch

    return pickle.loads(torch._C.PyTorchFileReader(str(path)).get_record("data.pkl"))


def torch_package(path):
    from torch.package import PackageImporter

    return PackageImporter(path).load_pickle("model", "model.pkl")


def torch_jit(path):
    import torch

    return torch.jit.load(path, map_location="cpu")


def joblib_file(path):
    import joblib

    return joblib.load(path)


def joblib_mmap(path):
    import joblib

    return joblib.load(path, mmap_mode="r")


def numpy_file(path):
    import numpy

    found = numpy.load(path, allow_pickle=True)
    if hasattr(found, "files"):
        return {name: found[name] for name in found.files}
    return found


def numpy_strict(path):
    import numpy

    found = numpy.load(path, allow_pickle=False)
    if hasattr(found, "files"):
        return {name: found[name] for name in found.files}
    return found


def pandas_file(path):
    import pandas

    return pandas.read_pickle(path)


def safetensors_file(path):
    from safetensors.torch import load_file

    return load_file(path)


def dill_file(path):
    import dill

    return dill.load(open(path, "rb"))


def execute(path):
    """What a misnamed executable is for: someone runs it."""
    copy = Path("copy").absolute()
    shutil.copy(path, copy)
    copy.chmod(0o700)
    subprocess.run([str(copy)], timeout=10, check=False)


def execute_sh(path):
    """A shell runs what the kernel does not know, as execvp(3) and every llamafile guide do."""
    subprocess.run(["/bin/sh", str(path)], timeout=10, check=False)


OPENERS = [
    ((".tar", ".tgz", ".tar.gz", ".tar.bz2", ".tar.xz", ".tar.lzma"), "tar"),
    ((".zip", ".ZIP"), "zip"),
    ((".7z",), "7z"),
    ((".gz", ".bz2", ".xz", ".lzma", ".zst", ".lz4"), "stream"),
]


def unpack(path, depth=0):
    """What people do with an archive: unpack it, then open every file in it with the loader of its name."""
    import py7zr
    import tarfile
    import zipfile

    path = Path(path)
    name = path.name.lower()
    kind = next((kind for ends, kind in OPENERS if name.endswith(ends)), None)
    if kind is None or depth > 6:
        if depth:
            return load_file(path)
        kind = "zip" if zipfile.is_zipfile(path) else "tar" if tarfile.is_tarfile(path) else "7z"
    target = Path(f"unpacked-{depth}-{time.monotonic_ns()}").absolute()
    target.mkdir()
    if kind == "zip":
        with zipfile.ZipFile(path) as archive:
            archive.extractall(target, pwd=b"infected")
    elif kind == "tar":
        with tarfile.open(path) as archive:
            archive.extractall(target)
    elif kind == "7z":
        with py7zr.SevenZipFile(path, password="infected" if "encrypted" in name else None) as archive:
            archive.extractall(target)
    else:
        plain = target / path.stem
        plain.write_bytes(stream(path))
    error = None
    for inner in sorted(target.rglob("*")):
        if inner.is_file():
            try:
                unpack(inner, depth + 1)
            except Exception as caught:
                error = caught
    if error:
        raise error


def stream(path):
    import bz2
    import gzip
    import lzma
    import lz4.frame
    import zstandard

    data = Path(path).read_bytes()
    end = Path(path).suffix.lower()
    if end == ".zst":
        return zstandard.ZstdDecompressor().stream_reader(io.BytesIO(data), read_across_frames=True).read()
    return {".gz": gzip.decompress, ".bz2": bz2.decompress, ".xz": lzma.decompress, ".lzma": lzma.decompress,
            ".lz4": lz4.frame.decompress}[end](data)


def stream_file(path):
    return stream(path)


def stream_strict(path):
    """The whole stream, its trailer, and nothing behind it."""
    import bz2
    import lzma
    import zlib

    import lz4.frame
    import zstandard

    data, end = Path(path).read_bytes(), Path(path).suffix
    decoder = {".gz": lambda: zlib.decompressobj(31), ".zz": zlib.decompressobj, ".bz2": bz2.BZ2Decompressor, ".xz": lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ), ".lzma": lambda: lzma.LZMADecompressor(lzma.FORMAT_ALONE),
               ".zst": zstandard.ZstdDecompressor().decompressobj, ".lz4": lz4.frame.LZ4FrameDecompressor}[end]()
    decoder.decompress(data)
    if not decoder.eof:
        raise EOFError("the stream ends early")
    if decoder.unused_data:
        raise ValueError("bytes behind the stream")


def lfs_pointer(path):
    """The pointer format of git-lfs (docs/spec.md), and an object store that is empty."""
    import re

    data = Path(path).read_bytes()
    if len(data) >= 1024 or not re.fullmatch(rb"version https://git-lfs\.github\.com/spec/v1\noid sha256:[0-9a-f]{64}\nsize [0-9]+\n", data):
        raise ValueError("no pointer")
    raise FileNotFoundError("the object is not there")


def shard_index(path):
    """What loaders of sharded weights do: open each file that the index names, inside the folder."""
    import json

    for index in Path(path).glob("*.index.json"):
        for name in set(json.loads(index.read_text())["weight_map"].values()):
            target = (Path(path) / name).resolve()
            if Path(path).resolve() not in target.parents:
                raise ValueError("outside the folder")
            safetensors_file(target)


def no_reader(path):
    raise NotImplementedError("no reader for this format is installed")


def zip_file(path):
    """Every check that Python's zipfile makes, member by member."""
    import zipfile

    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            archive.read(info)


def tar_file(path):
    import tarfile

    with tarfile.open(path) as archive:
        for info in archive:
            if info.isfile():
                archive.extractfile(info).read()


def sevenzip_file(path):
    import py7zr

    with py7zr.SevenZipFile(path) as archive:
        archive.extractall("unpacked")


def shelve_folder(path):
    """Python's persistent dictionary: every value is a pickle in a database file."""
    import shelve

    shutil.copytree(path, "shelf")
    with shelve.open("shelf/store", "r") as store:
        return dict(store)


def folder(path):
    """A model repository: every weights file in it, with the loader of its name, as hub clients do."""
    error = None
    for inner in sorted(Path(path).rglob("*")):
        if inner.is_file():
            try:
                load_file(inner)
            except Exception as caught:
                error = caught
    if error:
        raise error


def load_file(path):
    """One file with the loader that its name asks for; names that ask for none are not opened."""
    name = path.name.lower()
    for ends, load in [
        ((".pkl", ".pickle", ".dat", ".p"), pickle_c),
        ((".pt", ".pth", ".bin", ".ckpt"), torch_any),
        ((".joblib",), joblib_file),
        ((".npy", ".npz"), numpy_file),
        ((".safetensors",), safetensors_file),
    ]:
        if name.endswith(ends):
            return load(path)
    return None


LOADERS = {
    "pickle": pickle_c,
    "pickle-py": pickle_py,
    "pickle-each": pickle_each,
    "gzip": compressed("gzip"),
    "bz2": compressed("bz2"),
    "lzma": compressed("lzma"),
    "zstd": zstd_file,
    "lz4": compressed("lz4.frame"),
    "zlib": zlib_file,
    "torch": torch_any,
    "torch-weights-only": torch_weights_only,
    "torch-jit": torch_jit,
    "torch-zip-anywhere": torch_zip_anywhere,
    "torch-package": torch_package,
    "joblib": joblib_file,
    "joblib-mmap": joblib_mmap,
    "numpy": numpy_file,
    "numpy-strict": numpy_strict,
    "pandas": pandas_file,
    "safetensors": safetensors_file,
    "dill": dill_file,
    "run": execute,
    "sh": execute_sh,
    "unpack": unpack,
    "folder": folder,
    "shelve": shelve_folder,
    "stream": stream_file,
    "stream-strict": stream_strict,
    "lfs": lfs_pointer,
    "index": shard_index,
    "rar": no_reader,
    "zipfile": zip_file,
    "tarfile": tar_file,
    "7z": sevenzip_file,
    **MODELS,
}


def warm():
    """Imports the heavy libraries once, so that each child is only a fork."""
    import joblib  # noqa: F401
    import numpy  # noqa: F401
    import pandas  # noqa: F401
    import sklearn.ensemble  # noqa: F401
    import sklearn.pipeline  # noqa: F401
    import torch  # noqa: F401


def furnish():
    """Lays down, where a loader runs, the harmless files that some payloads name."""
    Path(CANARY).write_text("canary\n")
    Path("canary.py").write_text(PYTHON + "\n")
    Path("canary.pickle").write_bytes(b"cposix\nsystem\n(S'echo > marker'\ntR.")


def _watch(proof):
    """Notes the audit event that proves the call, and refuses the network."""
    event, _, wanted = proof.partition(" ")

    def hook(name, arguments):
        if name == event and wanted in repr(arguments)[:2000]:
            Path("proof").touch()
        if name in ("socket.connect", "socket.bind", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"):
            raise PermissionError(f"{name} refused")

    return hook


def _child(loader, path, proof):
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 30, 1 << 30))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.environ.update(HOME=os.getcwd(), TMPDIR=os.getcwd(), TERM="dumb", PYTHONDONTWRITEBYTECODE="1")
    furnish()
    quiet = os.open("output", os.O_CREAT | os.O_WRONLY)
    nothing = os.open("/dev/null", os.O_RDONLY)
    os.dup2(nothing, 0), os.dup2(quiet, 1), os.dup2(quiet, 2)
    sys.stdin = open(0, closefd=False)
    sys.stdout = sys.stderr = open(1, "w", closefd=False)
    sys.argv = ["load"]
    sys.addaudithook(_watch(proof))
    error = None
    try:
        found = LOADERS[loader](path)
        del found
    except BaseException as caught:
        error = f"{type(caught).__name__}: {caught}"[:300]
    if error:
        Path("error").write_text(error, errors="replace")
    # What a payload left for later (timers, exit functions) belongs to the run.
    try:
        threading._shutdown()
        import atexit

        atexit._run_exitfuncs()
    except BaseException:
        pass


def run(loader: str, path: Path, proof: str, folder: Path, seconds: int = SECONDS) -> Outcome:
    """Loads `path` in a child whose working folder is `folder` (made and removed here)."""
    folder.mkdir(parents=True)
    child = os.fork()
    if child == 0:
        try:
            os.setsid()
            os.chdir(folder)
            _child(loader, path, proof)
        finally:
            os._exit(0)
    end = time.monotonic() + seconds
    status, late = None, False
    while status is None:
        done, code = os.waitpid(child, os.WNOHANG)
        if done:
            status = code
        elif time.monotonic() > end:
            os.killpg(child, signal.SIGKILL)
            late = True
            status = os.waitpid(child, 0)[1]
        else:
            time.sleep(0.002)
    # A payload may run in a process that outlives its parent by a moment.
    evidence = folder / (MARKER if proof == "marker" else "proof")
    patience = time.monotonic() + 0.3
    while not evidence.exists() and loader != "folder" and time.monotonic() < patience and proof != "none":
        time.sleep(0.02)
    executed = evidence.exists() or any(folder.rglob(evidence.name))
    error = (folder / "error").read_text(errors="replace") if (folder / "error").exists() else None
    if late:
        error = f"still running after {seconds} s"
    elif os.WIFSIGNALED(status):
        error = f"killed by signal {os.WTERMSIG(status)}"
    try:
        os.killpg(child, signal.SIGKILL)
    except ProcessLookupError:
        pass
    shutil.rmtree(folder, ignore_errors=True)
    return Outcome(executed, error)
