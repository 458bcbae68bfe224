"""The events of a run, with the keys of GitHub's payloads that a gate may read."""

from checkout import PULL, TARGET, TOPIC


def repository(name):
    owner, short = name.split("/")
    return {"id": 1, "name": short, "full_name": name, "owner": {"login": owner}, "default_branch": TARGET, "fork": False, "private": True}


def pull_request(checkout, fork=None, changed_files=None):
    """A pull request; `fork` is the repository that its head comes from when it is another one."""
    name = checkout.repository
    head = {**repository(fork or name), "fork": bool(fork)}
    return {
        "action": "synchronize",
        "number": PULL,
        "pull_request": {
            "number": PULL,
            "state": "open",
            "draft": False,
            "changed_files": len(checkout.names) if changed_files is None else changed_files,
            "head": {"sha": checkout.head, "ref": TOPIC, "label": f"octocat:{TOPIC}", "repo": head},
            "base": {"sha": checkout.base, "ref": TARGET, "label": f"acme:{TARGET}", "repo": repository(name)},
            "user": {"login": "octocat"},
        },
        "repository": repository(name),
        "sender": {"login": "octocat"},
    }


def merge_group(checkout):
    """A group of the merge queue."""
    return {
        "action": "checks_requested",
        "merge_group": {
            "head_sha": checkout.merge,
            "head_ref": f"refs/heads/gh-readonly-queue/{TARGET}/pr-{PULL}-{checkout.base}",
            "base_sha": checkout.base,
            "base_ref": f"refs/heads/{TARGET}",
        },
        "repository": repository(checkout.repository),
        "sender": {"login": "octocat"},
    }


def push(checkout):
    """A push to the target branch."""
    return {
        "ref": f"refs/heads/{TARGET}",
        "before": checkout.base,
        "after": checkout.merge,
        "repository": repository(checkout.repository),
        "sender": {"login": "octocat"},
    }


def workflow_run(checkout, head_owner):
    """A finished run of the workflow that checked a pull request; for a fork GitHub names no pull request."""
    return {
        "action": "completed",
        "workflow_run": {
            "id": 42,
            "name": "weighbridge",
            "event": "pull_request",
            "status": "completed",
            "conclusion": "failure",
            "head_sha": checkout.head,
            "head_branch": TOPIC,
            "head_repository": repository(f"{head_owner}/models"),
            "pull_requests": [],
            "repository": repository(checkout.repository),
        },
        "repository": repository(checkout.repository),
        "sender": {"login": "octocat"},
    }
