"""A repository as `actions/checkout` leaves it for a pull request, made anew in a folder: no network, no settings of this machine.

`origin` has GitHub's address, as on a runner, though all was fetched from a repository beside the work tree: a gate that fetches by itself
would be seen. HEAD is what GitHub checks out, the merge of the pull request's head into the target branch.
"""

import os
import subprocess
from pathlib import Path

PULL = 7
TARGET = "main"
TOPIC = "topic"


def environment(folder):
    """git without the settings of this machine, and always with the same commits."""
    who = {"NAME": "octocat", "EMAIL": "octocat@example.invalid", "DATE": "2026-01-01T00:00:00Z"}
    signed = {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in who.items()}
    return {"PATH": os.environ["PATH"], "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, **signed}


class Checkout:
    """A pull request from `topic` into `main`, with the names and contents of the files that it adds, and of those in `main`."""

    def __init__(self, folder, repository, files, base=None, depth=None):
        self.folder = Path(folder)
        self.repository = repository
        seed, self.work = self.folder / "seed", self.folder / "work"
        self.git(self.folder, "init", "--quiet", "--initial-branch", TARGET, str(seed))
        self.base = self.commit(seed, {"README.md": b"models\n", **(base or {})})
        self.git(seed, "checkout", "--quiet", "-b", TOPIC)
        self.head = self.commit(seed, files)
        self.git(seed, "checkout", "--quiet", "--detach", TARGET)
        self.git(seed, "merge", "--quiet", "--no-ff", "-m", "merge", TOPIC)
        self.merge = self.git(seed, "rev-parse", "HEAD").strip()
        self.git(seed, "update-ref", f"refs/pull/{PULL}/merge", self.merge)
        self.names = [name for name in self.git(seed, "diff", "--name-only", "-z", TARGET, TOPIC).split("\0") if name]
        self.check_out(seed, depth)

    def check_out(self, seed, depth):
        """What `actions/checkout` does: depth 1 unless told otherwise, a detached HEAD, and the address of GitHub."""
        self.git(self.folder, "init", "--quiet", "--initial-branch", TARGET, str(self.work))
        self.git(self.work, "remote", "add", "origin", f"https://github.com/{self.repository}")
        refs = [f"+refs/pull/{PULL}/merge:refs/remotes/pull/{PULL}/merge"]
        refs += ["+refs/heads/*:refs/remotes/origin/*"] if depth is None else []
        limit = [] if depth is None else ["--depth", str(depth)]
        self.git(self.work, "fetch", "--quiet", "--no-tags", *limit, f"file://{seed}", *refs)
        self.git(self.work, "checkout", "--quiet", "--force", f"refs/remotes/pull/{PULL}/merge")

    def commit(self, where, files):
        for name, content in files.items():
            path = where / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        self.git(where, "add", "--all")
        self.git(where, "commit", "--quiet", "--allow-empty", "-m", "models")
        return self.git(where, "rev-parse", "HEAD").strip()

    def git(self, where, *arguments):
        done = subprocess.run(["git", "-C", str(where), *arguments], env=environment(self.folder), capture_output=True, timeout=60)
        if done.returncode:
            raise RuntimeError(f"git {' '.join(arguments)}: {done.stderr.decode(errors='replace')}")
        return done.stdout.decode("utf-8", "surrogateescape")
