"""Measures what verifying and signing cost, side by side with `openssl dgst -sha256` in the same run.

    cargo build --release
    python tests/bench/signatures.py target/release/weighbridge [--small] [--runs 5] [--folder FOLDER]

Needs Python 3.9 and openssl. It makes a safetensors file of 2 GiB and then a folder of eight of 256 MiB (`--small`: 20 times smaller), signs
each by a key made for it, and runs `verify` and `openssl dgst` in turn. Of each the least is printed, since whatever else the machine does
only adds: CPU seconds (user and system) and wall seconds, and their ratios. It prints and asserts nothing, and removes what it made.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))
from measure import MEBIBYTE, make_safetensors, run  # noqa: E402


def least(commands, folder, runs):
    """Runs the commands in turn; the least CPU and wall seconds of each. Every one has to succeed."""
    results = [[] for _ in commands]
    for _ in range(runs):
        for command, kept in zip(commands, results):
            cpu, wall, _, status = run(command, folder)
            if status != 0:
                raise SystemExit(f"{' '.join(command)}: ended with {status}")
            kept.append((cpu, wall))
    return [tuple(min(column) for column in zip(*kept)) for kept in results]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weighbridge", type=Path)
    parser.add_argument("--small", action="store_true", help="files 20 times smaller")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--folder", help="where the files are made")
    arguments = parser.parse_args()
    binary, scale = str(arguments.weighbridge.resolve()), 20 if arguments.small else 1
    openssl = shutil.which("openssl")
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        top = Path(folder)
        key, public = top / "key.pem", top / "key.pub.pem"
        make = [openssl, "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", str(key)]
        subprocess.run(make, check=True, stderr=subprocess.DEVNULL)
        subprocess.run([openssl, "pkey", "-in", str(key), "-pubout", "-out", str(public)], check=True)
        print(f"{'case':24} {'cpu s':>8} {'wall s':>8}  beside")
        for name, sizes in [("one file of 2 GiB", [2_048]), ("eight of 256 MiB", [256] * 8)]:
            model = top / "model"
            model.mkdir()
            for index, size in enumerate(sizes):
                make_safetensors(model / f"{index}.safetensors", size * MEBIBYTE // scale)
            files = [str(file) for file in sorted(model.iterdir())]
            options = ["--no-config", "--key", str(key), "--quiet", "--force"]
            (signed,) = least([[binary, "sign", str(model), *options]], folder, max(1, arguments.runs // 2))
            verify, check, digest = least(
                [
                    [binary, "verify", str(model), "--key", str(public)],
                    [binary, "check", "--no-config", str(model)],
                    [openssl, "dgst", "-sha256", *files],
                ],
                folder,
                arguments.runs,
            )
            ratio = f"openssl {digest[0]:.2f} s, ratio {verify[0] / digest[0]:.2f}; wall {digest[1]:.2f} s, ratio {verify[1] / digest[1]:.2f}"
            print(f"{name + ', verify':24} {verify[0]:8.2f} {verify[1]:8.2f}  {ratio}", flush=True)
            print(f"{name + ', check':24} {check[0]:8.2f} {check[1]:8.2f}  openssl, ratio {check[0] / digest[0]:.2f}", flush=True)
            print(f"{name + ', sign':24} {signed[0]:8.2f} {signed[1]:8.2f}  openssl, ratio {signed[0] / digest[0]:.2f}", flush=True)
            shutil.rmtree(model)


if __name__ == "__main__":
    main()
