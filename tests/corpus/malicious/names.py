"""Any format under any name, and files that are not what their name says."""

import struct

from assembler import *
from case import COMMAND, PYTHON, add, case
from zipwriter import Entry, torch_zip, write

EVIL = payload()
for name in ["model.bin", "model.PKL", "model", "model.txt", "README.md", "config.json", "model.safetensors", "model.gguf", "model.h5", "model.onnx", "model.png", "model.csv", "model.yaml", "model.py", "model.pkl.txt", "model.dat", "model.p",
             "model.pickle", "model.jpg", "model.html", "tokenizer.json", "vocab.txt", "LICENSE", ".model", ".gitattributes", ".cache.pkl", "model.pkl.bak", "model.pkl~", "model.data-00000-of-00001", "events.out.tfevents.1", "model.mp3", "Makefile",
             "model .pkl", "model\n.pkl", "-rf.pkl", "model%2epkl", "mödel.pkl", "модель.bin", "model.‮lkp.txt", "mod‮txt.lkp", "model​.txt", "con.pkl", "a" * 200 + ".pkl", "model.pkl.", "model..", "🤗.bin", "model\x1b[2J.pkl", "model\\x.pkl", "model;id.pkl",
             "$(id).pkl", "<b>.pkl", "::error::x.pkl", "model.\xa0pkl", "model.npy", "model.joblib", "model.7z", "model.zip", "model.tar", "model.ckpt", "model.pth"]:
    label = "".join(one if one.isascii() and (one.isalnum() or one in ".-_") else f"u{ord(one):x}" for one in name)[:60]
    add(f"names/pickle-as-{label}", EVIL, "pickle", name)
for end in (".bin", ".ckpt", ".pth", ".pkl", ".zip", ".txt", ".safetensors", ".PT", ".Pt", ".json", "", ".gguf", ".jpg", ".npz", ".jit"):
    add(f"names/torch-as{end or '-none'}", torch_zip(EVIL), "torch", f"model{end}")
for end in (".npy", ".bin", ".txt", "", ".pt", ".NPZ"):
    add(f"names/protocol-0-as{end or '-none'}", inst("posix", "system", string_line(COMMAND)) + STOP, "pickle", f"weights{end}")
    add(f"names/fallback-as{end or '-none'}", EVIL, "numpy", f"weights{end}")

# Git LFS: the pointer's text stands in place of the weights, or in front of a pickle.
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393" + b"\nsize 12345\n"
EACH = {"loader": "pickle-each"}
for name in ("model.bin", "model.pkl", "pytorch_model.bin", "model"):
    add(f"names/lfs-pointer-then-pickle-{name}", POINTER + EVIL, "pickle-each", name)
add("names/lfs-pointer-then-protocol-0", POINTER + inst("posix", "system", string_line(COMMAND)) + STOP, **EACH)
add("names/lfs-pointer-padded-then-pickle", POINTER + b" " * 1024 + EVIL, **EACH)
add("names/lfs-pointer-then-torch", POINTER + torch_zip(EVIL), "torch-zip-anywhere", "model.pt")
add("names/lfs-pointer-then-zip", POINTER + write([Entry("model.pkl", EVIL)]), "unpack", "model.zip")
add("names/lfs-pointer-as-pickle-text", proto(2) + text(POINTER.decode()) + POP + SYSTEM + STOP, "pickle", "model.bin")
add("names/lfs-pointer-after-pickle", EVIL + POINTER, "pickle", "model.bin")
# A version line that is a pickle: "v" is no opcode, so the pickle goes first and the pointer is its text.
add("names/lfs-keyword-in-unicode", b"V" + POINTER.replace(b"\n", b" ") + b"\n0" + SYSTEM + STOP, "pickle", "model.bin")

# Executables under a weights' name: people run llamafiles, and a shell runs what the kernel does not know.
SCRIPT = COMMAND.encode() + b"\n"
R = {"loader": "run"}
add("executables/shell", b"#!/bin/sh\n" + SCRIPT, **R)
add("executables/shell-named-safetensors", b"#!/bin/sh\n" + SCRIPT, "run", "model.safetensors")
add("executables/shell-named-pt", b"#!/bin/sh\n" + SCRIPT, "run", "model.pt")
add("executables/shell-named-gguf", b"#!/bin/sh\n" + SCRIPT, "run", "model.gguf")
add("executables/shell-with-space", b"#! /bin/sh -e\n" + SCRIPT, **R)
add("executables/shell-env", b"#!/usr/bin/env sh\n" + SCRIPT, **R)
add("executables/shell-crlf", b"#!/bin/sh\n" + SCRIPT + b"exit\r\n", **R)
add("executables/shell-then-zip", b"#!/bin/sh\n" + SCRIPT + b"exit 0\n" + write([Entry("weights.gguf", b"GGUF" + bytes(20))]), "run", "model.llamafile")
add("executables/shell-then-torch", b"#!/bin/sh\n" + SCRIPT + b"exit 0\n" + torch_zip(proto(2) + EMPTY_DICT + STOP), "run", "model.pt")
add("executables/shell-then-safetensors", b"#!/bin/sh\n" + SCRIPT + b"exit 0\n" + struct.pack("<Q", 2) + b"{}", "run", "model.safetensors")
add("executables/shell-then-binary", b"#!/bin/sh\n" + SCRIPT + b"exit 0\n" + bytes(range(256)) * 40, **R)
add("executables/python", b"#!/usr/bin/env python3\n" + PYTHON.encode() + b"\n", "run", "model.bin")
add("executables/perl-or-sh", b"#!/bin/sh\n# weights\n" + SCRIPT, "run", "pytorch_model.bin")
# A llamafile begins with MZ and a quote: a shell reads it as an assignment that ends where the script begins (Cosmopolitan's APE).
APE = b"MZqFpD='\n" + bytes([1, 2, 3]) * 20 + b"\n' 2>/dev/null\n" + SCRIPT + b"exit 0\n"
for name in ("model.llamafile", "model.gguf", "model.exe", "model.bin"):
    add(f"executables/ape-{name}", APE, "sh", name)
add("executables/ape-jart", b"jartsr='\n" + bytes(40).replace(b"\0", b"\1") + b"\n'\n" + SCRIPT + b"exit 0\n", "sh", "model.llamafile")
add("executables/ape-then-zip", APE + write([Entry("weights.gguf", b"GGUF" + bytes(20))]), "sh", "model.llamafile")


def elf() -> bytes:
    """A 64-bit static ELF for x86-64 (System V ABI, elf(5)) that makes the file `marker` and ends."""
    code = bytes.fromhex(
        "b802000000"  # mov eax, 2 (open)
        "488d3d1a000000"  # lea rdi, [rip + name]
        "be41000000"  # mov esi, O_CREAT | O_WRONLY
        "bab6010000"  # mov edx, 0666
        "0f05"  # syscall
        "b83c000000"  # mov eax, 60 (exit)
        "31ff"  # xor edi, edi
        "0f05"  # syscall
    )
    name_at = code.index(bytes.fromhex("be41000000"))
    code = code[:8] + struct.pack("<i", len(code) - name_at) + code[12:] + b"marker\0"
    base, start = 0x400000, 64 + 56
    header = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, base + start, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    program = struct.pack("<IIQQQQQQ", 1, 5, 0, base, base, start + len(code), start + len(code), 0x1000)
    return header + program + code


for name in ("model.bin", "model.gguf", "model.safetensors", "pytorch_model.bin", "weights", "model.pt", "model.onnx", "libtorch.so"):
    add(f"executables/elf-{name}", elf(), "run", name)
add("executables/elf-then-zip", elf() + write([Entry("weights.gguf", b"GGUF" + bytes(20))]), "run", "model.llamafile")
add("executables/elf-then-torch", elf() + torch_zip(EVIL), "run", "model.pt")
add("executables/elf-then-safetensors", elf() + struct.pack("<Q", 2) + b"{}", "run", "model.safetensors")


# Model folders as hub clients fetch them: one hostile file among ordinary ones.
def repository(path, hostile: dict[str, bytes]):
    import json

    path.mkdir(parents=True, exist_ok=True)
    ordinary = {"config.json": json.dumps({"model_type": "bert", "hidden_size": 4}).encode(), "README.md": b"# A model\n", "tokenizer.json": b"{}", ".gitattributes": b"*.bin filter=lfs diff=lfs merge=lfs -text\n",
                "model.safetensors": struct.pack("<Q", 64) + b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'.ljust(64) + bytes(4)}
    for name, data in {**ordinary, **hostile}.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data)


FOLDERS = {
    "bin-beside-safetensors": {"pytorch_model.bin": torch_zip(EVIL)}, "training-args": {"training_args.bin": torch_zip(EVIL)}, "optimizer": {"checkpoint-500/optimizer.pt": torch_zip(EVIL)}, "scheduler": {"checkpoint-500/scheduler.pt": EVIL},
    "rng-state": {"checkpoint-500/rng_state.pth": torch_zip(EVIL)}, "second-shard": {"pytorch_model-00001-of-00002.bin": torch_zip(proto(2) + EMPTY_DICT + STOP), "pytorch_model-00002-of-00002.bin": torch_zip(EVIL)},
    "hidden-folder": {".cache/model.pkl": EVIL}, "deep-folder": {"a/b/c/d/e/f/g/h/model.pkl": EVIL}, "sklearn": {"model.joblib": EVIL, "requirements.txt": b"scikit-learn\n"}, "embeddings": {"embeddings.npy": EVIL}, "mixed-case": {"Model.PKL": EVIL},
    "upper-bin": {"PYTORCH_MODEL.BIN": torch_zip(EVIL)},
}
for name, hostile in FOLDERS.items():
    case(f"folders/{name}", "folder")(lambda path, hostile=hostile: repository(path, hostile))


@case("folders/symlink-to-hidden", "folder")
def _(path):
    """The weights are a link to a file that no listing by extension sees."""
    repository(path, {".blob": EVIL})
    (path / "model.pkl").symlink_to(".blob")


@case("folders/hub-cache", "folder")
def _(path):
    """The layout of a hub cache: blobs by digest, snapshots of links."""
    (path / "blobs").mkdir(parents=True)
    (path / "blobs" / "4d7a214614ab2935").write_bytes(torch_zip(EVIL))
    (path / "snapshots" / "main").mkdir(parents=True)
    (path / "snapshots" / "main" / "pytorch_model.bin").symlink_to("../../blobs/4d7a214614ab2935")


@case("folders/shelve", "shelve", file="model", set="later")
def _(path):
    import shelve

    path.mkdir(parents=True, exist_ok=True)
    with shelve.open(str(path / "store"), protocol=4) as store:
        store.dict[b"weights"] = EVIL
