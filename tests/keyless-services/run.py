"""Signs a model by an identity with services that we did not write, and has each signature verified, by us and by the reference
implementation: `run.py WEIGHBRIDGE --packages FOLDER [--model-signing PYTHON]`.

FOLDER has node_modules of package.json here. PYTHON is one with model-signing==1.1.1 and pyOpenSSL; without it only our own verifier is
asked. Uses the network of this machine alone.
"""

import argparse
import json
import pathlib
import socket
import struct
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
IDENTITY = "https://github.com/acme/models/.github/workflows/gate.yml@refs/heads/main"
ISSUER = "https://token.actions.githubusercontent.com"


def model(folder):
    """Two files that nothing is wrong with."""
    folder.mkdir()
    header = json.dumps({"weight": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}).encode()
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + bytes(8))
    (folder / "config.json").write_text('{"model_type": "bert"}')


def port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return str(listener.getsockname()[1])


def run(*command):
    ended = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    if ended.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\nended with {ended.returncode}\n{ended.stdout}{ended.stderr}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("weighbridge", type=pathlib.Path)
    parser.add_argument("--packages", type=pathlib.Path, required=True)
    parser.add_argument("--model-signing", type=pathlib.Path)
    given = parser.parse_args()
    weighbridge = given.weighbridge.resolve()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        services = folder / "services"
        command = ["node", HERE / "server.mjs", port(), services, given.packages.resolve()]
        server = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True)
        try:
            if server.stdout.readline().strip() != "ready":
                sys.exit("the services did not start; see above, and that --packages has node_modules")
            model(folder / "model")
            by = ["--identity", IDENTITY, "--issuer", ISSUER, "--trusted-root", services / "trusted_root.json"]
            for version in (1, 2):
                bundle = folder / f"{version}.sig"
                run(weighbridge, "sign", folder / "model", "--keyless", "--identity-token", services / "token",
                    "--signing-config", services / f"signing_config_{version}.json",
                    "--trusted-root", services / "trusted_root.json", "--bundle", bundle)
                run(weighbridge, "verify", folder / "model", "--bundle", bundle, *by)
                attestations = folder / f"{version}.claims.jsonl"
                run(weighbridge, "verify", folder / "model", "--require-verdict", "--bundle", attestations, *by)
                asked = "weighbridge"
                if given.model_signing:
                    run(given.model_signing, "-m", "model_signing", "verify", "sigstore", folder / "model",
                        "--trust_config", services / f"trust_config_{version}.json", "--identity", IDENTITY,
                        "--identity_provider", ISSUER, "--signature", bundle)
                    asked += " and model-signing"
                print(f"Rekor {version}: signed, and verified by {asked}")
        finally:
            server.terminate()
            server.wait()


main()
