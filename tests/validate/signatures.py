#!/usr/bin/env python3
"""Hold the signatures that the binary makes against the reference implementation of the format, and its own against the binary.

    tests/validate/signatures.py BINARY [--keep FOLDER]

Python needs model-signing==1.1.1 and pyOpenSSL==26.4.0, and openssl has to be on the path. `.ci/signatures` fetches both packages.

Each way to sign is tried: keys on three curves in SEC 1, PKCS#8 and encrypted; certificates below an authority; sha256, blake2b and
blake3; whole files and shards; a directory and one file. What the binary signs has to be verified by the reference and refused when a
byte changed; what the reference signs has to be verified by the binary. Exit code 1 when anything is wrong.

The reference takes some of its own signatures for wrong: by blake2, and by shards. There its hashing is configured by hand.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import model_signing.hashing
import model_signing.signing
import model_signing.verifying

PASSWORD = "correct horse"
CURVES = {"p256": "P-256", "p384": "P-384", "p521": "P-521"}
HASHES = {"sha256": "sha256", "blake2b": "blake2", "blake3": "blake3"}
SHARD = 8
FILES = {
    "config.json": b'{"hidden_size": 64}\n',
    "notes/a/b.txt": b"twelve bytes\n",
    "notes/a-b.txt": b"eight by\n",
    "notes/empty.txt": b"",
    "tokenizer v2.json": '{"größe": 1}\n'.encode(),
}

wrong = []


def openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


def make(work):
    for name, content in FILES.items():
        path = work / "model" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    for name, curve in CURVES.items():
        openssl("genpkey", "-algorithm", "EC", "-pkeyopt", f"ec_paramgen_curve:{curve}", "-out", work / f"{name}.pem")
        openssl("pkey", "-in", work / f"{name}.pem", "-pubout", "-out", work / f"{name}.pub.pem")
        openssl("ec", "-in", work / f"{name}.pem", "-out", work / f"{name}.sec1.pem")
        openssl("pkcs8", "-topk8", "-v2", "aes-256-cbc", "-in", work / f"{name}.pem", "-passout", f"pass:{PASSWORD}",
                "-out", work / f"{name}.encrypted.pem")
    authority = ["basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign"]
    signer = ["basicConstraints=critical,CA:FALSE", "keyUsage=critical,digitalSignature", "extendedKeyUsage=codeSigning",
              "authorityKeyIdentifier=keyid", "subjectKeyIdentifier=hash"]
    certificate(work, "root", authority, None)
    certificate(work, "middle", authority, "root")
    for curve in CURVES:
        certificate(work, f"leaf-{curve}", signer, "middle", curve)


def certificate(work, name, extensions, by, key=None):
    if not key:
        openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384", "-out", work / f"{name}.pem")
    key = work / f"{key or name}.pem"
    (work / "extensions").write_text("[e]\n" + "\n".join(["subjectKeyIdentifier=hash", *extensions]) + "\n")
    openssl("req", "-new", "-key", key, "-subj", f"/O=Test/CN={name}", "-out", work / "request")
    signed = ["-CA", work / f"{by}.crt", "-CAkey", work / f"{by}.pem", "-CAcreateserial"] if by else ["-signkey", key]
    openssl("x509", "-req", "-in", work / "request", "-days", "30", "-extfile", work / "extensions", "-extensions", "e",
            "-out", work / f"{name}.crt", *signed)


def weighbridge(work, *arguments):
    environment = {**os.environ, "WEIGHBRIDGE_KEY_PASSWORD": PASSWORD}
    for name in ["GITHUB_BASE_REF", "GITHUB_EVENT_NAME", "GITHUB_EVENT_PATH"]:
        environment.pop(name, None)
    done = subprocess.run([BINARY, *map(str, arguments)], cwd=work, env=environment, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def expect(what, holds, told=""):
    print(f"{'ok' if holds else 'WRONG':5} {what}")
    if not holds:
        wrong.append(what)
        print(told)


def by_hand(function, sharded):
    hashing = model_signing.hashing.Config()
    if sharded:
        return hashing.use_shard_serialization(hashing_algorithm=HASHES[function], shard_size=SHARD)
    return hashing.use_file_serialization(hashing_algorithm=HASHES[function])


def verified(model, bundle, configure, hashing=None):
    """Whether the reference verifies a signature, and what it says."""
    config = model_signing.verifying.Config()
    configure(config)
    if hashing:
        config.set_hashing_config(hashing)
    try:
        config.verify(model, bundle)
        return True, ""
    except Exception as error:  # It raises whatever the libraries below it do.
        return False, f"{type(error).__name__}: {error}"


def ours(work, what, model, options, configure, command=(), function="sha256", sharded=False):
    """Sign with the binary, verify with the reference and with the binary itself, and tamper."""
    model = work / model
    options = [*options, "--hash", function, *(["--shard-size", SHARD] if sharded else [])]
    code, told = weighbridge(work, "sign", model, "--force", *options)
    bundle = model / "model.sig" if model.is_dir() else model.with_name(model.name + ".sig")
    if code:
        return expect(what, False, told)
    # A directory's own signatures are ignored, as the signature itself asks the reference to.
    hashing = by_hand(function, sharded) if function != "sha256" or sharded else None
    holds, told = verified(model, bundle, configure, hashing)
    expect(what, holds, told)
    if command and not hashing:
        done = subprocess.run([sys.executable, "-m", "model_signing", "verify", *command, "--signature", bundle, model],
                              cwd=work, capture_output=True, text=True)
        expect(f"{what}, by its command", done.returncode == 0, done.stdout + done.stderr)
    victim = model / "notes/a/b.txt" if model.is_dir() else model
    content = victim.read_bytes()
    victim.write_bytes(content[:-2] + b"X\n")
    holds, _ = verified(model, bundle, configure, hashing)
    expect(f"{what}, tampered with", not holds)
    victim.write_bytes(content)
    for left in [bundle, bundle.with_name("claims.jsonl"), model.with_name(model.name + ".claims.jsonl")]:
        left.unlink(missing_ok=True)


def theirs(work, what, configure, options, function="sha256", sharded=False):
    """Sign with the reference and verify with the binary."""
    bundle = work / "theirs.sig"
    config = model_signing.signing.Config().set_hashing_config(by_hand(function, sharded))
    configure(config)
    config.sign(work / "model", bundle)
    code, told = weighbridge(work, "verify", "model", "--bundle", bundle, *options)
    expect(what, code == 0, told)


def main(work):
    make(work)
    for curve in CURVES:
        by_key = lambda config: config.use_elliptic_key_verifier(public_key=work / f"{curve}.pub.pem")
        for kind in ["", ".sec1", ".encrypted"]:
            ours(work, f"ours, key {curve}{kind}", "model", ["--key", f"{curve}{kind}.pem"], by_key, ["key", "--public_key", f"{curve}.pub.pem"])
        by_certificate = lambda config: config.use_certificate_verifier(certificate_chain=[work / "root.crt"])
        options = ["--key", f"{curve}.pem", "--certificate", f"leaf-{curve}.crt", "--chain", "middle.crt"]
        ours(work, f"ours, certificate {curve}", "model", options, by_certificate, ["certificate", "--certificate_chain", "root.crt"])
        sign = lambda config: config.use_elliptic_key_signer(private_key=work / f"{curve}.pem")
        theirs(work, f"theirs, key {curve}", sign, ["--key", f"{curve}.pub.pem"])
        sign = lambda config: config.use_certificate_signer(
            private_key=work / f"{curve}.pem", signing_certificate=work / f"leaf-{curve}.crt",
            certificate_chain=[work / "middle.crt"])
        theirs(work, f"theirs, certificate {curve}", sign, ["--ca", "root.crt"])
    by_key = lambda config: config.use_elliptic_key_verifier(public_key=work / "p256.pub.pem")
    sign = lambda config: config.use_elliptic_key_signer(private_key=work / "p256.pem")
    for function in HASHES:
        for sharded in [False, True]:
            # The reference has no shards by blake3.
            if sharded and function == "blake3":
                continue
            name = f"{function} {'shards' if sharded else 'files'}"
            ours(work, f"ours, {name}", "model", ["--key", "p256.pem"], by_key, (), function, sharded)
            theirs(work, f"theirs, {name}", sign, ["--key", "p256.pub.pem"], function, sharded)
    shutil.copy(work / "model/config.json", work / "one.json")
    for sharded in [False, True]:
        name = "one file in shards" if sharded else "one file"
        ours(work, f"ours, {name}", "one.json", ["--key", "p256.pem"], by_key, (), "sha256", sharded)
    print(f"{len(wrong)} wrong")
    return 1 if wrong else 0


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("binary", type=Path)
parser.add_argument("--keep", type=Path, help="work in this folder, and leave it")
arguments = parser.parse_args()
BINARY = arguments.binary.resolve()
if arguments.keep:
    arguments.keep.mkdir(parents=True)
    sys.exit(main(arguments.keep.resolve()))
with tempfile.TemporaryDirectory() as folder:
    sys.exit(main(Path(folder).resolve()))
