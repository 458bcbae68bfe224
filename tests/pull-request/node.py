"""The two programs from npm that hold requests against GitHub's own descriptions; each ends with the `with` block that started it.

package-lock.json pins them: Prism (`@stoplight/prism-cli`) for the REST interface, and `graphql` with GitHub's schema for the other.
"""

import contextlib
import http.client
import json
import shutil
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
PRISM = Path("node_modules/@stoplight/prism-cli/dist/index.js")
SCHEMA = Path("node_modules/@octokit/graphql-schema/schema.graphql")
SECONDS = 60


def required(packages):
    """node, once all that npm installs is there."""
    program = shutil.which("node")
    if not program:
        sys.exit("node: is not there; Prism needs version 18.20 or later")
    for file in (PRISM, SCHEMA):
        if not (Path(packages) / file).is_file():
            sys.exit(f"{Path(packages) / file}: is not there; tests/pull-request/README.md says how to install it")
    return program


@contextlib.contextmanager
def ended(process):
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def prism(packages, kept, upstream, folder):
    """The port of a Prism that holds requests and answers against the description `kept`, and forwards to `upstream`."""
    document, log = Path(folder) / "github.json", Path(folder) / "prism.log"
    document.write_text(json.dumps(kept), "utf-8")
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    command = [required(packages), str(Path(packages) / PRISM), "proxy", str(document), upstream, "--errors", "-v", "error"]
    command += ["--host", "127.0.0.1", "--port", str(port)]
    with log.open("wb") as output:
        with ended(subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)) as process:
            await_answer(process, port, log)
            yield port


def await_answer(process, port, log):
    """Waits until Prism answers; any answer will do."""
    end = time.monotonic() + SECONDS
    while process.poll() is None and time.monotonic() < end:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/")
            connection.getresponse().read()
            return
        except OSError:
            time.sleep(0.1)
    sys.exit(f"Prism did not start within {SECONDS} seconds: {log.read_text('utf-8', 'replace')[-2000:]}")


@contextlib.contextmanager
def schema(packages):
    """A function that says what GitHub's schema has against one GraphQL request, as lines of text."""
    command = [required(packages), str(HERE / "graphql.mjs"), str(packages)]
    pipe = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "encoding": "utf-8"}
    with ended(subprocess.Popen(command, **pipe)) as process:
        one_at_a_time = threading.Lock()

        def flaws(request):
            with one_at_a_time:
                process.stdin.write(json.dumps(request) + "\n")
                process.stdin.flush()
                answer = process.stdout.readline()
            return json.loads(answer) if answer else [f"graphql.mjs ended with {process.wait()}"]

        yield flaws
        process.stdin.close()
