#!/usr/bin/env python3
"""Hold the reports that the binary writes against their consumers' own schemas and rules.

    tests/validate/reports.py BINARY --sarif PACKAGE --junit SCHEMA [--keep FOLDER]

PACKAGE is the unpacked npm package of Microsoft's SARIF Multitool: it has OASIS' schema, and the rules by which GitHub takes in a
file. SCHEMA is the XML schema of Jenkins' xunit plugin, which pytest's source has. Python needs cyclonedx-python-lib
with its JSON validator, and xmlschema. `.ci/run` fetches all of them.

Every format is written of artifacts that pass and fail, were not read, are waived, are judged in an audit, have hostile names or
thousands of findings. Exit code 1 when anything is wrong.
"""

import argparse
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import jsonschema
import xmlschema
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

ROOT = Path(__file__).resolve().parents[2]
NAMES = {"json": "json", "sarif": "sarif", "junit": "xml", "gitlab": "gitlab.json", "cyclonedx": "cdx.json"}
TIME = ["--evaluated-at", "2026-01-31T12:00:00Z"]
SYSTEM = b"cposix\nsystem\n(S'id'\ntR."
HOSTILE = "::error::x ##[command]y \u202e\u0007\u001b[2J ]]> <b> [link](https://example.org) {0} %0A \ufffe\U000e0041"
# What steers a terminal or deceives a reader stands in no report as it is.
STEERING = re.compile("[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\U000e0000-\U000e007f]|##\\[")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", type=Path)
    parser.add_argument("--sarif", type=Path, required=True, help="the unpacked package of the SARIF Multitool")
    parser.add_argument("--junit", type=Path, required=True, help="the XML schema")
    parser.add_argument("--keep", type=Path, help="leave the reports in this folder")
    given = parser.parse_args()
    held = Held(given.sarif.resolve(), given.junit)
    with tempfile.TemporaryDirectory() as folder:
        out = (given.keep or Path(folder) / "reports").resolve()
        cases = Cases(given.binary.resolve(), Path(folder) / "work", out)
        for case, expected in Cases.ALL.items():
            code, files = getattr(cases, case)()
            wrong = len(held.wrong)
            held.hold(case, files)
            held.must(code == expected, f"exit {code}, not {expected}")
            print(f"{case}: {len(held.wrong) - wrong} wrong")
        held.multitool(sorted(out.glob("*.sarif")))
    for line in held.wrong:
        print(f"wrong: {line}", file=sys.stderr)
    return 1 if held.wrong else 0


class Cases:
    """Runs of the binary, each with a report in every format."""

    # Each with its exit code.
    ALL = {
        "passed": 0, "failed": 1, "not_read": 1, "hostile_names": 1, "hostile_facts": 1,
        "waived": 0, "audit": 0, "several": 1, "warned": 1, "many": 1,
    }

    def __init__(self, binary, work, out):
        self.binary, self.work, self.out = binary, work, out
        self.out.mkdir(parents=True, exist_ok=True)
        self.work.mkdir()
        shutil.copytree(ROOT / "examples/quickstart", self.work / "quickstart")

    def run(self, *arguments):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("GITHUB_")}
        done = subprocess.run([self.binary, *arguments], cwd=self.work, env=environment, capture_output=True, timeout=300)
        return done.returncode, done.stdout

    def check(self, case, *arguments, command="check", time=TIME):
        files = {form: self.out / f"{case}.{ending}" for form, ending in NAMES.items()}
        for file in files.values():
            file.unlink(missing_ok=True)
        reports = [text for form, file in files.items() for text in ("--report", f"{form}={file}")]
        code, _ = self.run(command, *arguments, *time, *reports)
        return code, files

    def passed(self):
        return self.check("passed", "quickstart/weights.safetensors")

    def failed(self):
        return self.check("failed", "quickstart")

    def not_read(self):
        shutil.copy(ROOT / "tests/fixtures/containers/secret.7z", self.work / "secret.7z")
        (self.work / "short.pkl").write_bytes(SYSTEM[:9])
        (self.work / "unknown.weights").write_bytes(bytes(range(200)))
        return self.check("not_read", "secret.7z", "short.pkl", "unknown.weights")

    def hostile_names(self):
        folder = self.work / "hostile"
        folder.mkdir()
        names = [HOSTILE.replace("/", ""), "a b#?%.pkl", "..\\..\\x.pkl", "c:x.pkl", "x\nname.pkl", "重み.pkl", "!.pkl"]
        for name in [*(os.fsencode(name) for name in names), b"\xff\xfe.pkl"]:
            Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_bytes(SYSTEM)
        return self.check("hostile_names", "hostile")

    def hostile_facts(self):
        _, facts = self.run("facts", "quickstart", "--format", "jsonl", *TIME)
        facts = json.loads(facts)
        for member in facts["members"]:
            member["path"] += HOSTILE
            member["name"] += HOSTILE * 1_000
        facts["artifact"]["path"] = HOSTILE
        for pickle in facts["pickles"]:
            for call in pickle["calls"]:
                call["callee"].update(name=HOSTILE * 1_000)
        (self.work / "facts.json").write_text(json.dumps(facts))
        return self.check("hostile_facts", "facts.json", command="eval")

    def waived(self):
        # A waiver is in force from the day on which it is written.
        _, files = self.check("waived", "quickstart", time=[])
        waive = ["--rule", "pickle/dangerous-call", "--reason", "a test of ours", "--approver", "a team"]
        self.run("waive", str(files["json"]), *waive)
        code, files = self.check("waived", "quickstart", time=[])
        (self.work / "weighbridge-waivers.yaml").unlink()
        return code, files

    def audit(self):
        return self.check("audit", "quickstart", "--audit")

    def several(self):
        return self.check("several", "quickstart", "quickstart/checkpoint.pkl", "nowhere.pt", "./quickstart//weights.safetensors")

    def warned(self):
        folder = self.work / "warned"
        folder.mkdir()
        (folder / "notes").write_bytes(bytes(range(200)))
        return self.check("warned", "warned", "--fail-on", "warn")

    def many(self):
        # One file's facts hold some thousands of records; GitHub takes in 5,000 results.
        calls = b"".join(b"cmine\nf%d\n(tR0" % number for number in range(2_000))
        (self.work / "many").mkdir()
        for number in range(4):
            (self.work / f"many/{number}.pkl").write_bytes(calls + b"N.")
        return self.check("many", *(f"many/{number}.pkl" for number in range(4)))


class Held:
    """What is wrong with reports."""

    def __init__(self, package, junit):
        self.package, self.wrong, self.case = package, [], ""
        schema = json.loads((package / "sarif-2.1.0.json").read_text())
        of = jsonschema.validators.validator_for(schema)
        of.check_schema(schema)
        self.schema = of(schema, format_checker=of.FORMAT_CHECKER)
        self.junit_schema = xmlschema.XMLSchema(str(junit))
        self.bom_schema = JsonStrictValidator(SchemaVersion.V1_6)

    def must(self, holds, what):
        if not holds:
            self.wrong.append(f"{self.case}: {what}")

    def hold(self, case, files):
        self.case = case
        texts = {}
        for form, file in files.items():
            self.must(file.exists(), f"{form} was not written")
            texts[form] = file.read_bytes().decode() if file.exists() else ""
            steering = STEERING.search(texts[form])
            self.must(not steering, f"{form} holds {steering and steering[0]!r}")
        report = json.loads(texts["json"])
        self.sarif(json.loads(texts["sarif"]), report)
        self.junit(files["junit"], report)
        self.gitlab(texts["gitlab"], report)
        self.cyclonedx(texts["cyclonedx"], report)

    def sarif(self, log, report):
        for error in self.schema.iter_errors(log):
            self.must(False, f"SARIF's schema: {error.json_path}: {error.message[:200]}")
        self.must(log.get("$schema") and log["version"] == "2.1.0" and len(log["runs"]) == 1, "GitHub: $schema, version, runs")
        run = log["runs"][0]
        driver = run["tool"]["driver"]
        rules = driver["rules"]
        self.must(driver["name"] and re.fullmatch(r"\d+\.\d+\.\d+", driver["semanticVersion"]), "GitHub: name, semanticVersion")
        ids = [rule["id"] for rule in rules]
        self.must(len(set(ids)) == len(ids) <= 25_000, "GitHub: rules are unique, and at most 25,000")
        for rule in rules:
            texts = [rule["shortDescription"]["text"], rule["fullDescription"]["text"]]
            self.must(rule["id"] and all(0 < len(text) <= 1_024 for text in texts), f"GitHub: descriptions of {rule['id']}")
            self.must(rule["help"]["text"] and rule["help"]["markdown"], f"GitHub: help of {rule['id']}")
            self.must(len(rule.get("name", "")) <= 255 and len(rule["properties"]["tags"]) <= 10, "GitHub: name, tags")
            self.must(0 < float(rule["properties"]["security-severity"]) <= 10, "GitHub: security-severity")
            self.must(rule["properties"]["precision"] in ["very-high", "high", "medium", "low"], "GitHub: precision")
            self.must(rule["properties"]["problem.severity"] in ["error", "warning", "recommendation"], "GitHub: problem.severity")
        results = run["results"]
        self.must(len(results) <= 5_001, "GitHub: at most 5,000 results, and what is left out")
        order = ["error", "warning", "note"]
        kept = [result for result in results if result["ruleId"] != "weighbridge/left-out"]
        levels = [order.index(result["level"]) for result in kept]
        self.must(levels == sorted(levels), "worst first")
        for result in results:
            self.must(result["ruleId"] == ids[result["ruleIndex"]], "ruleIndex")
            self.must(result["message"]["text"] and len(result["locations"]) == 1, "GitHub: message, locations")
            physical = result["locations"][0]["physicalLocation"]
            uri, region = physical["artifactLocation"]["uri"], physical["region"]
            relative = not re.match(r"[A-Za-z][A-Za-z0-9+.-]*:|/|.*(^|/)\.\.(/|$)", uri)
            self.must(uri and relative and re.fullmatch(r"[\w./~%-]+", uri, re.ASCII), f"GitHub: {uri}")
            self.must(all(region[name] == 1 for name in ["startLine", "startColumn", "endLine", "endColumn"]), "GitHub: region")
            self.must(result["partialFingerprints"]["primaryLocationLineHash"], "GitHub: primaryLocationLineHash")
            for suppression in result.get("suppressions", []):
                self.must(suppression["kind"] == "external" and suppression["justification"], "suppressions")
        for name in ["primaryLocationLineHash", "weighbridgeFinding/v1"]:
            prints = {(result["ruleId"], result["partialFingerprints"][name]) for result in results}
            self.must(len(prints) == len(results), f"{name} is no fingerprint")
        summary, left_out = report["summary"], run["properties"]["weighbridge:left-out"]
        findings = [result for result in kept if not result["ruleId"].startswith("weighbridge/")]
        self.must((left_out > 0) == (self.case == "many"), f"{left_out} are left out")
        if left_out:
            self.must(any(result["ruleId"] == "weighbridge/left-out" for result in results), "what is left out is not said")
        else:
            self.must(len(findings) == summary["denied"] + summary["warned"] + summary["waived"], "all findings")
            self.must(sum("suppressions" in result for result in findings) == summary["waived"], "all waivers")
        failed = any(result["level"] == "error" for result in results)
        self.must(failed == (report["verdict"] == "failed" and (not report["audit"] or bool(report["errors"]))), "verdict")
        invocation = run["invocations"][0]
        self.must(invocation["executionSuccessful"] == (not report["errors"]), "executionSuccessful")
        high = any(float(rule["properties"]["security-severity"]) >= 7 for rule in rules)
        self.must(high == failed, "GitHub: what stops a change is what fails the run")

    def junit(self, file, report):
        for error in self.junit_schema.iter_errors(str(file)):
            self.must(False, f"JUnit's schema: {error.reason}")
        suites = self.junit_schema.to_dict(str(file), validation="skip")
        failed = int(suites["@failures"]) + int(suites["@errors"]) > 0
        self.must(failed == (report["verdict"] == "failed" and (not report["audit"] or bool(report["errors"]))), "JUnit: verdict")
        named = len(report["artifacts"]) + bool(report["errors"])
        self.must(len(suites.get("testsuite", [])) == named, "JUnit: a suite an artifact")
        files = sum(len(artifact["files"]) for artifact in report["artifacts"])
        self.must(int(suites["@tests"]) >= files, "JUnit: a case a file")

    def gitlab(self, text, report):
        self.must(text.startswith("["), "GitLab: no byte order mark, and an array")
        found = json.loads(text)
        for one in found:
            texts = [one["description"], one["check_name"], one["fingerprint"], one["location"]["path"]]
            self.must(all(isinstance(text, str) and text for text in texts), "GitLab: fields")
            self.must(one["severity"] in ["info", "minor", "major", "critical", "blocker"], "GitLab: severity")
            self.must(one["location"]["lines"]["begin"] == 1 and not one["location"]["path"].startswith(("/", "./")), "GitLab: location")
        self.must(len({one["fingerprint"] for one in found}) == len(found), "GitLab: fingerprints")
        failed = any(one["severity"] == "blocker" for one in found)
        self.must(failed == (report["verdict"] == "failed" and (not report["audit"] or bool(report["errors"]))), "GitLab: verdict")

    def cyclonedx(self, text, report):
        error = self.bom_schema.validate_str(text)
        self.must(error is None, f"CycloneDX: {str(error)[:500]}")
        bom = json.loads(text)
        components = [one for top in bom["components"] for one in [top, *top.get("components", [])]]
        references = [one["bom-ref"] for one in components]
        self.must(len(set(references)) == len(references), "CycloneDX: bom-ref")
        self.must(len(bom["components"]) == len(report["artifacts"]), "CycloneDX: a component an artifact")
        for one in components:
            file = ROOT / "examples" / one["name"]
            if one["name"].startswith("quickstart/") and file.exists():
                digest = hashlib.sha256(file.read_bytes()).hexdigest()
                self.must(one["hashes"] == [{"alg": "SHA-256", "content": digest}], f"CycloneDX: hash of {one['name']}")

    def multitool(self, files):
        """GitHub's own rules, and SARIF's, as Microsoft's validator has them."""
        if (sys.platform, platform.machine()) != ("linux", "x86_64"):
            print("SARIF Multitool: it does not run on this machine, GitHub's rules in it were NOT checked")
            return
        program = self.package / "Sarif.Multitool"
        program.chmod(0o755)
        environment = {**os.environ, "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"}
        self.case = "SARIF Multitool"
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "out.sarif"
            command = [program, "validate", *files, "--rule-kind", "Sarif;Ghas", "--output", out]
            done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600)
            self.must(done.returncode == 0 and out.exists(), f"ended with {done.returncode}: {done.stdout[-500:]}")
            self.must(f"{len(files)} files scanned" in done.stdout, done.stdout[-200:])
            results = json.loads(out.read_text(encoding="utf-8-sig"))["runs"][0].get("results", []) if out.exists() else []
        for result in results:
            if result.get("level", "warning") in ["error", "warning"]:
                place = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
                self.must(False, f"{place}: {result['ruleId']} {json.dumps(result['message'])[:300]}")
        print(f"SARIF Multitool: {len(results)} remarks on {len(files)} files")


if __name__ == "__main__":
    sys.exit(main())
