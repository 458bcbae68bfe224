"""The state of one repository on GitHub, and the answers to the routes of `description.ROUTES`.

Answers begin as the description's own examples, so that they have every key; Prism holds them against the description as well.
"""

import json


class Repository:
    """One repository with one pull request."""

    # Who writes with the token.
    bot = {"login": "github-actions[bot]", "type": "Bot"}

    def __init__(self, answers, name, pull, head, base):
        self.answers, self.name, self.pull, self.head, self.base = answers, name, pull, head, base
        # What a token may do: a fork's reads only.
        self.may_write = True
        # Paths of the pull request, as GitHub lists them.
        self.files = []
        self.check_runs, self.comments, self.reviews, self.statuses, self.sarifs = [], [], [], [], []
        self.minimized = {}
        self.last = 1000
        # Faults to come: (method, end of the route, status, headers, whether the request arrived).
        self.faults = []

    def made(self, key, **fields):
        """A new object: the description's example, with an id of its own and the fields that a request gave."""
        self.last += 1
        value = json.loads(json.dumps(self.answers[key][1]))
        value = value[0] if isinstance(value, list) else value
        value.update(id=self.last, node_id=f"NODE_{self.last}", **fields)
        if "html_url" in value:
            value["html_url"] = f"https://github.com/{self.name}/{self.last}"
        if "user" in value:
            value["user"] = {**value["user"], **self.bot}
        return value

    def answer(self, method, route, values, query, body):
        """Status, value and, for a list, how many pages there are."""
        if f"{values['owner']}/{values['repo']}" != self.name:
            return 404, {"message": "Not Found"}
        if not self.may_write and method != "GET":
            return 403, {"message": "Resource not accessible by integration", "documentation_url": "", "status": "403"}
        operation = f"{method} {route.removeprefix('/repos/{owner}/{repo}')}"
        act = self.routes.get(operation)
        return act(self, values, query, body) if act else (501, {"message": f"{operation}: these tests have no answer"})

    def fault(self, method, route):
        """The next fault that is for this request, once."""
        for fault in self.faults:
            if fault[0] == method and route.endswith(fault[1]):
                self.faults.remove(fault)
                return fault[2:]
        return None

    def repository(self, values, query, body):
        value = {**self.answers["GET /repos/{owner}/{repo}"][1], "full_name": self.name, "language": None}
        return 200, {key: value[key] for key in value if key not in ("source", "parent", "template_repository")}

    def create_check_run(self, values, query, body):
        run = self.made("POST /repos/{owner}/{repo}/check-runs", name=body["name"], head_sha=body["head_sha"])
        run.update(annotations=[], conclusion=None, completed_at=None, output={"title": None, "summary": None, "text": None})
        run["external_id"] = body.get("external_id", "")
        self.check_runs.append(run)
        return 201, self.written(run, body)

    def update_check_run(self, values, query, body):
        run = found(self.check_runs, values["check_run_id"])
        return (200, self.written(run, body)) if run else missing()

    def written(self, run, body):
        """A check run after a request; its annotations add up, as GitHub's do."""
        output = body.get("output") or {}
        run["annotations"] += output.get("annotations") or []
        for key in ("title", "summary", "text"):
            run["output"][key] = output.get(key, run["output"][key])
        run["output"].update(annotations_count=len(run["annotations"]), annotations_url="https://api.github.com/annotations")
        for key in ("status", "conclusion", "started_at", "completed_at", "details_url"):
            run[key] = body.get(key, run.get(key))
        if run["conclusion"]:
            run["status"], run["completed_at"] = "completed", run["completed_at"] or "2026-01-01T00:00:00Z"
        return {key: value for key, value in run.items() if key != "annotations"}

    def check_run(self, values, query, body):
        run = found(self.check_runs, values["check_run_id"])
        return (200, self.written(run, {})) if run else missing()

    def annotations(self, values, query, body):
        run = found(self.check_runs, values["check_run_id"])
        example = self.answers["GET /repos/{owner}/{repo}/check-runs/{check_run_id}/annotations"][1][0]
        return page([{**example, **one} for one in run["annotations"]], query) if run else missing()

    def list_check_runs(self, values, query, body):
        runs = [self.written(run, {}) for run in self.check_runs if run["head_sha"] == values["ref"]]
        runs = [run for run in runs if query.get("check_name", run["name"]) == run["name"]]
        status, runs, pages = page(runs, query)
        return status, {"total_count": len(self.check_runs), "check_runs": runs}, pages

    def create_comment(self, values, query, body):
        self.comments.append(self.made("POST /repos/{owner}/{repo}/issues/{issue_number}/comments", body=body["body"]))
        return 201, self.comments[-1]

    def list_comments(self, values, query, body):
        return page(self.comments, query) if values["issue_number"] == str(self.pull) else missing()

    def one_comment(self, values, query, body):
        comment = found(self.comments, values["comment_id"])
        return (200, comment) if comment else missing()

    def update_comment(self, values, query, body):
        comment = found(self.comments, values["comment_id"])
        if comment:
            comment["body"] = body["body"]
        return (200, comment) if comment else missing()

    def delete_comment(self, values, query, body):
        return removed(self.comments, values["comment_id"])

    def create_review(self, values, query, body):
        if body["path"] not in self.files:
            error = {"resource": "PullRequestReviewComment", "field": "pull_request_review_thread.path", "code": "invalid"}
            return 422, {"message": "Validation Failed", "errors": [error], "documentation_url": "", "status": "422"}
        review = self.made("POST /repos/{owner}/{repo}/pulls/{pull_number}/comments", body=body["body"], path=body["path"])
        review.update(commit_id=body["commit_id"], subject_type=body.get("subject_type", "line"))
        if review["subject_type"] == "file":
            for key in ("line", "original_line", "start_line", "original_start_line", "start_side", "position", "original_position"):
                review.pop(key, None)
        self.reviews.append(review)
        return 201, review

    def list_reviews(self, values, query, body):
        return page(self.reviews, query) if values["pull_number"] == str(self.pull) else missing()

    def update_review(self, values, query, body):
        review = found(self.reviews, values["comment_id"])
        if review:
            review["body"] = body["body"]
        return (200, review) if review else missing()

    def delete_review(self, values, query, body):
        return removed(self.reviews, values["comment_id"])

    def create_status(self, values, query, body):
        status = self.made("POST /repos/{owner}/{repo}/statuses/{sha}", state=body["state"], context=body.get("context", "default"))
        status.update(description=body.get("description"), target_url=body.get("target_url"))
        self.statuses.insert(0, {**status, "sha": values["sha"]})
        return 201, status

    def list_statuses(self, values, query, body):
        return page([{key: value for key, value in status.items() if key != "sha"} for status in self.statuses], query)

    def upload_sarif(self, values, query, body):
        self.sarifs.append(body)
        return self.answers["POST /repos/{owner}/{repo}/code-scanning/sarifs"]

    def sarif(self, values, query, body):
        return self.answers["GET /repos/{owner}/{repo}/code-scanning/sarifs/{sarif_id}"]

    def pull_request(self, key):
        # The description's example has teams that its own schema refuses.
        value = self.made(key, number=self.pull, state="open", changed_files=len(self.files), requested_teams=[])
        value["head"] = {**value["head"], "sha": self.head}
        value["base"] = {**value["base"], "ref": "main", "sha": self.base}
        for side in ("head", "base"):
            value[side]["repo"] = {**value[side]["repo"], "full_name": self.name}
        return value

    def one_pull(self, values, query, body):
        key = "GET /repos/{owner}/{repo}/pulls/{pull_number}"
        return (200, self.pull_request(key)) if values["pull_number"] == str(self.pull) else missing()

    def list_pulls(self, values, query, body):
        value = self.pull_request("GET /repos/{owner}/{repo}/pulls")
        value.pop("changed_files")
        return page([value], query)

    def pulls_of_commit(self, values, query, body):
        return self.list_pulls(values, query, body) if values["commit_sha"] == self.head else page([], query)

    def list_files(self, values, query, body):
        example = self.answers["GET /repos/{owner}/{repo}/pulls/{pull_number}/files"][1][0]
        return page([{**example, "filename": name, "status": "added"} for name in self.files], query)

    routes = {
        "GET ": repository,
        "POST /check-runs": create_check_run,
        "PATCH /check-runs/{check_run_id}": update_check_run,
        "GET /check-runs/{check_run_id}": check_run,
        "GET /check-runs/{check_run_id}/annotations": annotations,
        "GET /commits/{ref}/check-runs": list_check_runs,
        "GET /commits/{ref}/statuses": list_statuses,
        "GET /commits/{commit_sha}/pulls": pulls_of_commit,
        "GET /issues/{issue_number}/comments": list_comments,
        "POST /issues/{issue_number}/comments": create_comment,
        "GET /issues/comments/{comment_id}": one_comment,
        "PATCH /issues/comments/{comment_id}": update_comment,
        "DELETE /issues/comments/{comment_id}": delete_comment,
        "GET /pulls": list_pulls,
        "GET /pulls/{pull_number}": one_pull,
        "GET /pulls/{pull_number}/files": list_files,
        "GET /pulls/{pull_number}/comments": list_reviews,
        "POST /pulls/{pull_number}/comments": create_review,
        "PATCH /pulls/comments/{comment_id}": update_review,
        "DELETE /pulls/comments/{comment_id}": delete_review,
        "POST /statuses/{sha}": create_status,
        "POST /code-scanning/sarifs": upload_sarif,
        "GET /code-scanning/sarifs/{sarif_id}": sarif,
    }

    def graphql(self, body):
        """Answers what publishing asks there: to fold a comment away, to open it again, and who wrote it."""
        text, variables = body.get("query", ""), body.get("variables") or {}
        known = {one["node_id"]: one for one in self.comments + self.reviews}
        for name, folded in (("unminimizeComment", False), ("minimizeComment", True)):
            if name in text:
                if not self.may_write:
                    return {"data": None, "errors": [{"type": "FORBIDDEN", "message": "Resource not accessible by integration"}]}
                if variables.get("id") not in known:
                    return {"data": {name: None}, "errors": [{"type": "NOT_FOUND", "message": "Could not resolve to a node"}]}
                self.minimized[variables["id"]] = folded
                return {"data": {name: {"clientMutationId": None, "minimizedComment": {"isMinimized": folded}}}}
        if "nodes(" in text:
            return {"data": {"nodes": [self.node(known.get(name)) for name in variables.get("ids", [])]}}
        return {"data": None, "errors": [{"message": "these tests have no answer"}]}

    def node(self, one):
        if not one:
            return None
        own, folded = one["user"]["login"] == self.bot["login"], self.minimized.get(one["node_id"], False)
        return {"id": one["node_id"], "viewerDidAuthor": own, "isMinimized": folded}


def found(values, number):
    return next((value for value in values if str(value["id"]) == number), None)


def removed(values, number):
    value = found(values, number)
    if not value:
        return missing()
    values.remove(value)
    return 204, None


def missing():
    return 404, {"message": "Not Found", "documentation_url": "", "status": "404"}


def page(values, query):
    """One page of a list as GitHub cuts it, and how many pages there are."""
    size, number = min(int(query.get("per_page", 30)), 100), int(query.get("page", 1))
    return 200, values[(number - 1) * size : number * size], max(1, -(-len(values) // size))
