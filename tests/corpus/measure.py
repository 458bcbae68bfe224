"""Measures the gate on the corpus, and its peers beside it. It prints; it never asserts.

    python measure.py CORPUS --weighbridge BINARY [--peer picklescan] [--peer modelscan] [--peer fickling] [--peers VENV] [--jobs N]
    python measure.py CORPUS --weighbridge BINARY --set ordinary --table TABLE.md      # every file, what is said of it, and how fast

Right answers: a malicious or a later file is not passed, an ordinary one is passed, a malformed one is not passed, a bomb is answered. Exit
codes of weighbridge: 0 passed, 1 denied, 2 no judgement (not passed, but counted apart), others and a time-out likewise.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

SECONDS = 60
WEIGHBRIDGE = "weighbridge"
ANSWERS = {0: "passed", 1: "denied", 2: "no judgement"}


def weighbridge(binary: Path, path: Path):
    """(answer, rules that denied, what the table tells) of one case."""
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen([str(binary), "check", str(path), "--format", "json"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors)
        late = threading.Timer(SECONDS, process.kill)
        late.start()
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        alive = late.is_alive()
        late.cancel()
        errors.seek(0)
        said = errors.read().decode(errors="replace").strip()
    code = process.returncode = os.waitstatus_to_exitcode(status)
    told = {"cpu": usage.ru_utime + usage.ru_stime, "peak": usage.ru_maxrss / 1024, "rules": []}
    if not alive:
        return "timed out", [], told
    answer = ANSWERS.get(code, f"exit {code}")
    try:
        artifacts = json.loads(output)["artifacts"]
    except (ValueError, KeyError, TypeError):
        return answer, [] if code in (0, 1) and output else [said[:120]], told
    findings = [finding for artifact in artifacts for finding in artifact["findings"]]
    told["rules"] = sorted({(finding["level"], finding["rule"], finding["title"]) for finding in findings})
    told["example"] = next((finding["message"] for finding in sorted(findings, key=lambda one: one["level"])), "")
    kinds = {f"incomplete:{item.get('kind')}" for artifact in artifacts for item in artifact.get("incomplete", [])}
    return answer, sorted({finding["rule"] for finding in findings if finding["level"] == "deny"} | kinds), told


# What a peer's own interface says of one file: printed by a small program that runs in the peers' environment, so that
# each peer is imported once for all files. "denied": it calls the file dangerous; "suspicious": less than that.
PEER = r"""
import json, os, signal, sys, logging
logging.disable(logging.CRITICAL)
peer, root, seconds, *paths = sys.argv[1], sys.argv[2], int(sys.argv[3]), *json.load(sys.stdin)
report = os.fdopen(os.dup(1), "w")
os.dup2(os.open(os.devnull, os.O_WRONLY), 1); os.dup2(1, 2)

def files(path):
    if not os.path.isdir(path): return [path]
    return [os.path.join(folder, name) for folder, _, names in os.walk(path) for name in names]

if peer == "picklescan":
    from picklescan.scanner import scan_file_path, scan_directory_path, SafetyLevel
    def judge(path):
        result = scan_directory_path(path) if os.path.isdir(path) else scan_file_path(path)
        if result.infected_files or result.issues_count: return "denied"
        if any(one.safety == SafetyLevel.Suspicious for one in result.globals): return "suspicious"
        return "error" if result.scan_err else "passed"
elif peer == "modelscan":
    from modelscan.modelscan import ModelScan
    def judge(path):
        scan = ModelScan()
        found = scan.scan(path)
        levels = [issue["severity"] for issue in found["issues"]]
        if "CRITICAL" in levels or "HIGH" in levels: return "denied"
        if levels: return "suspicious"
        if found["errors"]: return "error"
        return "passed" if found["summary"]["scanned"]["total_scanned"] else "not scanned"
elif peer == "fickling":
    import zipfile
    from fickling import scan_file, scan_zip_archive
    from fickling.analysis import Severity
    def judge(path):
        order = ["passed", "not scanned", "error", "suspicious", "denied"]
        worst = "passed"
        for inner in files(path):
            found = list(scan_zip_archive(inner, graceful=True).values()) if zipfile.is_zipfile(inner) else [scan_file(inner, graceful=True)]
            for one in found:
                severity = max((each.severity for each in one.results), default=None)
                if severity is None: said = "error" if one.errors else "not scanned"
                elif severity >= Severity.LIKELY_UNSAFE: said = "denied"
                elif severity > Severity.LIKELY_SAFE: said = "suspicious"
                else: said = "error" if one.errors else "passed"
                worst = max(worst, said, key=order.index)
            if not found: worst = max(worst, "not scanned", key=order.index)
        return worst

class Late(Exception): pass
def late(*_): raise Late
signal.signal(signal.SIGALRM, late)
for path in paths:
    signal.alarm(seconds)
    try: answer = judge(os.path.join(root, path))
    except Late: answer = "timed out"
    except (Exception, RecursionError, SystemExit) as caught: answer = "error"
    except MemoryError: answer = "error"
    finally: signal.alarm(0)
    report.write(json.dumps([path, answer]) + "\n"); report.flush()
"""


def ask_peer(peer: str, python: Path, root: Path, paths: list[str], seconds: int) -> dict[str, str]:
    """The peer's answer for each path; where its process dies, the next one starts behind the file that killed it."""
    answers, left = {}, list(paths)
    while left:
        run = ["prlimit", f"--as={8 << 30}", str(python), "-c", PEER, peer, str(root), str(seconds)]
        process = subprocess.Popen(run, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        process.stdin.write(json.dumps(left))
        process.stdin.close()
        for line in process.stdout:
            path, answer = json.loads(line)
            answers[path] = answer
        process.wait()
        rest = [path for path in left if path not in answers]
        if rest:
            answers[rest[0]] = "died"
            rest = rest[1:]
        left = rest
    return answers


def table(rows, tools, answers, which):
    """Prints, for each class of a set, how many files each tool denied, and the sum."""
    chosen = [row for row in rows if row["set"] == which]
    if not chosen:
        return
    print(f"\n{which}: {len(chosen)} files; {'denied' if which != 'ordinary' else 'denied (wrongly)'} / all")
    print("  " + "class".ljust(24) + "".join(tool.rjust(16) for tool in tools))
    classes = sorted({row["class"] for row in chosen})
    for name in [*classes, "all"]:
        inside = [row for row in chosen if name in (row["class"], "all")]
        cells = [f"{sum(answers[tool].get(row['path']) == 'denied' for row in inside)}/{len(inside)}" for tool in tools]
        print("  " + name.ljust(24) + "".join(cell.rjust(16) for cell in cells))
    for tool in tools:
        counts = Counter(answers[tool].get(row["path"], "no answer") for row in chosen)
        share = 100 * counts["denied"] / len(chosen)
        print(f"  {tool}: " + ", ".join(f"{answer} {count}" for answer, count in counts.most_common()) + f"; denied {share:.1f} %")


def misses(rows, answers, rules):
    """Prints every wrong answer of weighbridge."""
    right = {"ordinary": {"passed"}, "bomb": {"passed", "denied"}}
    wrong = [row for row in rows if answers.get(row["path"]) not in right.get(row["set"], {"denied"})]
    print(f"\nwrong or undecided answers of {WEIGHBRIDGE}: {len(wrong)}")
    for row in wrong:
        print(f"  {row['set']} {ascii(row['path'])}: {answers.get(row['path'])} {', '.join(rules.get(row['path'], []))[:200]}")
    counted = defaultdict(list)
    for row in rows:
        if row["set"] == "ordinary" and answers.get(row["path"]) == "denied":
            for rule in rules.get(row["path"], []):
                counted[rule].append(row["name"])
    if counted:
        print("\nrules that denied ordinary files:")
        for rule, names in sorted(counted.items(), key=lambda item: -len(item[1])):
            print(f"  {rule}: {len(names)}  ({', '.join(names[:6])}{' ...' if len(names) > 6 else ''})")


def size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else sum(inner.stat().st_size for inner in path.rglob("*") if inner.is_file())


def cell(text: str) -> str:
    """Text in a cell of a Markdown table, on one line: a message quotes what files say."""
    return "".join(f"&#{ord(letter)};" if letter in "|`<>&[]*_\\" else letter for letter in " ".join(text.split()))


def write_table(out: Path, corpus: Path, rows, answers, told):
    """One line a file: what it is, what made it, what is said of it, and how long that took; for a denied one, why."""
    lines = ["| file | made by | bytes | verdict | rules | CPU s | peak MiB |", "|---|---|--:|---|---|--:|--:|"]
    for row in rows:
        one = told[row["path"]]
        rules = ", ".join(f"{rule} ({level})" for level, rule, _ in one["rules"])
        verdict = answers[row["path"]]
        if verdict == "passed" and rules:
            verdict = "passed, warned"
        why = f": {cell(one['example'])[:400]}" if verdict != "passed" and one.get("example") else ""
        file = Path(row["path"]).name
        name = f"`{row['name']}`" + ("" if row["name"].endswith(file) else f", `{file}`")
        lines.append(f"| {name} | {row.get('made', row['class'])} | {size(corpus / row['path']):,} | {verdict} | {rules}{why} | {one['cpu']:.2f} | {one['peak']:.0f} |")
    out.write_text("\n".join(lines) + "\n")


def settled(row):
    """The set under which a case is counted. A bomb may be well formed, and then passes rightly: it asks for an answer in time."""
    return "bomb" if row["class"] == "bomb" else row["set"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--weighbridge", type=Path, help="the binary; without it only peers are measured")
    parser.add_argument("--peer", action="append", default=[], choices=["picklescan", "modelscan", "fickling"])
    parser.add_argument("--peers", type=Path, default=Path(os.environ.get("PEERS", "peers")), help="virtual environment of requirements-peers.txt (or $PEERS)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--only", default="", help="only cases whose path holds this text")
    parser.add_argument("--set", action="append", choices=["malicious", "ordinary", "malformed", "later"], help="only this set; may be repeated")
    parser.add_argument("--table", type=Path, help="also write a Markdown table there: one line a file")
    parser.add_argument("--out", type=Path, help="also write every answer there, as JSON")
    options = parser.parse_args()
    try:
        rows = json.loads((options.corpus / "index.json").read_text())
    except OSError as error:
        sys.exit(f"no corpus: {error}. Build it with build.py first")
    rows = [row for row in rows if options.only in row["path"] and row["set"] in (options.set or {row["set"]})]
    for row in rows:
        row["set"] = settled(row)
    answers, rules, tools = {}, {}, []
    with ThreadPoolExecutor(options.jobs) as pool:
        if options.weighbridge:
            if not options.weighbridge.is_file():
                sys.exit(f"no such binary: {options.weighbridge}. Build it with cargo build --release")
            begin = time.monotonic()
            results = list(pool.map(lambda row: weighbridge(options.weighbridge, options.corpus / row["path"]), rows))
            answers[WEIGHBRIDGE] = {row["path"]: answer for row, (answer, *_) in zip(rows, results)}
            rules = {row["path"]: found for row, (_, found, _) in zip(rows, results)}
            if options.table:
                write_table(options.table, options.corpus, rows, answers[WEIGHBRIDGE], {row["path"]: told for row, (*_, told) in zip(rows, results)})
            tools.append(WEIGHBRIDGE)
            print(f"{WEIGHBRIDGE}: {len(rows)} files in {time.monotonic() - begin:.0f} s")
        for peer in options.peer:
            python = options.peers / "bin" / "python"
            if not python.exists():
                sys.exit(f"no environment {options.peers}: make one from requirements-peers.txt and name it with --peers")
            version = subprocess.run([str(python), "-c", f"import importlib.metadata as m; print(m.version('{peer}'))"], capture_output=True, text=True, check=False).stdout.strip()
            begin = time.monotonic()
            parts = [[row["path"] for row in rows][number::options.jobs] for number in range(options.jobs)]
            answers[peer] = {path: answer for part in pool.map(lambda part: ask_peer(peer, python, options.corpus.absolute(), part, 20), parts) for path, answer in part.items()}
            tools.append(peer)
            print(f"{peer} {version}: {len(rows)} files in {time.monotonic() - begin:.0f} s")
    if not tools:
        sys.exit("nothing to measure: name --weighbridge or --peer")
    for which in ("malicious", "ordinary", "malformed", "bomb", "later"):
        table(rows, tools, answers, which)
    if options.weighbridge:
        misses(rows, answers[WEIGHBRIDGE], rules)
    if options.out:
        options.out.write_text(json.dumps([{**row, "answers": {tool: answers[tool].get(row["path"]) for tool in tools}, "rules": rules.get(row["path"], [])} for row in rows], indent=1) + "\n")


if __name__ == "__main__":
    main()
