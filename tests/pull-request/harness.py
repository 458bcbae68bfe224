"""What the front must catch, and what it must let through, in requests written by hand: the test of these tests."""

import base64
import gzip
import http.client
import json
import unittest

import runner
from front import LOCAL, TOKEN
from repository import Repository

HEAD = "0123456789abcdef0123456789abcdef01234567"
ROOT = "/repos/acme/models"
ANNOTATION = {"path": "model.pkl", "start_line": 1, "end_line": 1, "annotation_level": "failure", "message": "no"}


def output(**fields):
    return {"title": "failed", "summary": "one finding", **fields}


def run(**fields):
    return {"name": "weighbridge", "head_sha": HEAD, "status": "completed", "conclusion": "failure", **fields}


def sarif(**log):
    packed = gzip.compress(json.dumps({"version": "2.1.0", "runs": [], **log}).encode())
    return {"commit_sha": HEAD, "ref": "refs/pull/7/head", "sarif": base64.b64encode(packed).decode()}


REVIEW = {"body": "no", "commit_id": HEAD, "path": "model.pkl", "subject_type": "file"}

# Method, path, body, and a part of the flaw that must be seen.
WRONG = [
    ("POST", "/check-runs", {"name": "weighbridge"}, "head_sha"),
    ("POST", "/check-runs", run(status="finished"), "allowed values"),
    ("POST", "/check-runs", run(conclusion="failed"), "allowed values"),
    ("POST", "/check-runs", run(conclusions="failure"), "additional properties"),
    ("POST", "/check-runs", run(output={"title": "no summary"}), "summary"),
    ("POST", "/check-runs", run(output=output(annotation=[])), "additional properties"),
    ("POST", "/check-runs", run(output=output(annotations=[ANNOTATION] * 51)), "more than 50 items"),
    ("POST", "/check-runs", run(output=output(annotations=[{**ANNOTATION, "annotation_level": "error"}])), "allowed values"),
    ("POST", "/check-runs", run(output=output(annotations=[{**ANNOTATION, "start_line": "1"}])), "must be integer"),
    ("POST", "/check-runs", run(output=output(annotations=[{**ANNOTATION, "message": None}])), "must be string"),
    ("POST", "/check-runs", run(output=output(annotations=[{**ANNOTATION, "message": "é" * 33_000}])), "message has 66000 bytes"),
    ("POST", "/check-runs", run(output=output(annotations=[{**ANNOTATION, "raw_details": "x" * 65_537}])), "raw_details has 65537 bytes"),
    ("POST", "/check-runs", run(output=output(annotations=[{**ANNOTATION, "title": "x" * 256}])), "title has 256 characters"),
    ("POST", "/check-runs", run(output=output(annotations=[{**ANNOTATION, "path": "/model.pkl"}])), "root of the repository"),
    ("POST", "/check-runs", run(output=output(annotations=[{**ANNOTATION, "end_line": 0}])), "out of order"),
    ("POST", "/check-runs", run(output=output(summary="x" * 65_536)), "more than 65535 characters"),
    ("POST", "/check-runs", run(output=output(text="x" * 65_536)), "more than 65535 characters"),
    ("POST", "/check-runs", run(output=output(title="x" * 256)), "title has 256 characters"),
    ("POST", "/check-runs", None, "Body parameter is required"),
    ("PUT", "/check-runs", run(), "is no route"),
    ("POST", "/check-run", run(), "is no route"),
    ("POST", "/issues/7/comments", {}, "required property 'body'"),
    ("POST", "/issues/seven/comments", {"body": "no"}, "must be integer"),
    ("POST", "/issues/7/comments", {"body": "x" * 60_001}, "60001 characters"),
    ("POST", "/issues/7/comments", {"body": " "}, "is empty"),
    ("POST", "/issues/7/comments", {"body": f"the token is {TOKEN}"}, "token elsewhere"),
    ("GET", "/issues/7/comments?page_size=100", None, "page_size"),
    ("POST", "/issues/comments/1001", {"body": "PATCH, not POST"}, "is no route"),
    ("POST", "/pulls/7/comments", {key: REVIEW[key] for key in ("body", "commit_id", "path")}, "neither a line"),
    ("POST", "/pulls/7/comments", {**REVIEW, "subject_type": "binary"}, "allowed values"),
    ("POST", "/pulls/7/comments", {key: REVIEW[key] for key in ("body", "path", "subject_type")}, "commit_id"),
    ("POST", f"/statuses/{HEAD}", {"state": "failed"}, "allowed values"),
    ("POST", f"/statuses/{HEAD}", {"state": "failure", "description": "x" * 141}, "141 characters"),
    ("POST", "/code-scanning/sarifs", {**sarif(), "commit_sha": "main"}, "commit_sha"),
    ("POST", "/code-scanning/sarifs", {**sarif(), "ref": "main"}, "ref"),
    ("POST", "/code-scanning/sarifs", {**sarif(), "sarif": "bm8="}, "compressed by gzip"),
    ("POST", "/code-scanning/sarifs", sarif(version="2.0.0"), "version '2.0.0'"),
    ("POST", "/code-scanning/sarifs", sarif(runs=[{"results": [{}] * 25_001}]), "25001 results"),
    ("POST", "/graphql", {"query": "mutation { minimiseComment { clientMutationId } }"}, "minimiseComment"),
    ("POST", "/graphql", {"query": "query($ids: [ID!]!) { nodes(ids: $ids) { id } }", "variables": {"ids": [None]}}, "ids"),
    ("POST", "/graphql", {"query": "{ viewer { login } }", "query_name": "no"}, "query_name"),
]

RIGHT = [
    ("GET", "", None, 200),
    ("POST", "/check-runs", run(output=output(annotations=[ANNOTATION] * 50, text="x" * 65_535)), 201),
    ("POST", "/check-runs", {"name": "weighbridge", "head_sha": HEAD, "status": "in_progress"}, 201),
    ("PATCH", "/check-runs/1001", {"output": output(annotations=[{**ANNOTATION, "raw_details": "x" * 65_536}])}, 200),
    ("GET", "/check-runs/1001", None, 200),
    ("GET", "/check-runs/1001/annotations?per_page=100", None, 200),
    ("GET", f"/commits/{HEAD}/check-runs?check_name=weighbridge&filter=latest", None, 200),
    ("PATCH", "/check-runs/9", {"output": output()}, 404),
    ("POST", "/issues/7/comments", {"body": "x" * 60_000}, 201),
    ("GET", "/issues/7/comments?per_page=100&page=1", None, 200),
    ("PATCH", "/issues/comments/1003", {"body": "second"}, 200),
    ("GET", "/issues/comments/1003", None, 200),
    ("DELETE", "/issues/comments/1003", None, 204),
    ("POST", "/pulls/7/comments", REVIEW, 201),
    ("POST", "/pulls/7/comments", {**REVIEW, "path": "not-in-the-pull-request.pkl"}, 422),
    ("GET", "/pulls/7/comments?per_page=100", None, 200),
    ("GET", "/pulls/comments/1004", None, 200),
    ("PATCH", "/pulls/comments/1004", {"body": "second"}, 200),
    ("DELETE", "/pulls/comments/1004", None, 204),
    ("GET", "/pulls?state=open&head=acme%3Atopic", None, 200),
    ("GET", "/pulls/7", None, 200),
    ("GET", "/pulls/7/files?per_page=100", None, 200),
    ("GET", f"/commits/{HEAD}/pulls", None, 200),
    ("POST", f"/statuses/{HEAD}", {"state": "success", "context": "weighbridge", "description": "x" * 140}, 201),
    ("GET", f"/commits/{HEAD}/statuses", None, 200),
    ("POST", "/code-scanning/sarifs", sarif(), 202),
    ("GET", "/code-scanning/sarifs/47177e22-5596-11eb-80a1-c1e54ef945c6", None, 200),
    ("POST", "/graphql", {"query": "query($ids: [ID!]!) { nodes(ids: $ids) { id } }", "variables": {"ids": ["NODE_1"]}}, 200),
]


class Harness(unittest.TestCase):
    """The front itself; `run.py` sets what it talks to."""

    front = None
    answers = None

    def setUp(self):
        repository = Repository(self.answers, "acme/models", 7, HEAD, HEAD)
        repository.files = ["model.pkl"]
        self.front.begin(repository)

    def send(self, method, path, body, **headers):
        connection = http.client.HTTPConnection(LOCAL, self.front.port, timeout=30)
        kept = {"Authorization": f"Bearer {TOKEN}", "User-Agent": "tests", "Accept": "application/vnd.github+json", **headers}
        content = None if body is None else json.dumps(body)
        address = path if path == "/graphql" else ROOT + path
        connection.request(method, address, body=content, headers={**kept, **({"Content-Type": "application/json"} if content else {})})
        reply = connection.getresponse()
        answer = reply.read()
        connection.close()
        return reply, json.loads(answer) if answer else None

    def test_a_wrong_request_is_seen(self):
        for method, path, body, part in WRONG:
            with self.subTest(request=f"{method} {path}", part=part):
                self.setUp()
                self.send(method, path, body)
                self.assertTrue(any(part in flaw for flaw in self.front.flaws), self.front.flaws)

    def test_a_right_request_is_answered_as_github_describes_it(self):
        for method, path, body, status in RIGHT:
            with self.subTest(request=f"{method} {path}"):
                reply, answer = self.send(method, path, body)
                self.assertEqual((reply.status, self.front.flaws), (status, []), answer)

    def test_prose_is_what_is_no_code(self):
        for text, left in (
            ("<!-- weighbridge:name file -->\n**<b>** `<i>` ``a`<i>`` <u>", "**<b>**   <u>"),
            ("one\n```text\n<i> `\n```\ntwo <b>", "one\n\ntwo <b>"),
            ("````\n```\n<i>\n````\n<!-- <b>", "\n<!-- <b>"),
            ("`<b>\n\n<u>`", "`<b>\n\n<u>`"),
        ):
            self.assertEqual(runner.prose(text), left)

    def test_state_is_kept(self):
        self.send("POST", "/check-runs", {"name": "weighbridge", "head_sha": HEAD, "status": "in_progress"})
        for _ in range(2):
            self.send("PATCH", "/check-runs/1001", {"output": output(annotations=[ANNOTATION] * 40)})
        answer = self.send("PATCH", "/check-runs/1001", {"conclusion": "failure"})[1]
        self.assertEqual((answer["status"], answer["output"]["annotations_count"]), ("completed", 80))
        for number in range(3):
            self.send("POST", "/issues/7/comments", {"body": f"comment {number}"})
        reply, answer = self.send("GET", "/issues/7/comments?per_page=2&page=1", None)
        self.assertEqual([one["body"] for one in answer], ["comment 0", "comment 1"])
        following = reply.getheader("Link").split(">")[0].removeprefix(f"<{self.front.url}{ROOT}")
        self.assertEqual([one["body"] for one in self.send("GET", following, None)[1]], ["comment 2"])
        fold = "mutation($id: ID!) { minimizeComment(input: {subjectId: $id, classifier: OUTDATED}) { minimizedComment { isMinimized } } }"
        self.send("POST", "/graphql", {"query": fold, "variables": {"id": answer[0]["node_id"]}})
        self.assertEqual((self.front.upstream.repository.minimized, self.front.flaws), ({answer[0]["node_id"]: True}, []))

    def test_a_token_that_only_reads_is_refused(self):
        self.front.upstream.repository.may_write = False
        self.assertEqual(self.send("POST", "/check-runs", run())[0].status, 403)
        self.assertEqual(self.send("GET", "/issues/7/comments", None)[0].status, 200)
        self.assertEqual(self.front.flaws, [])

    def test_another_token_or_none_is_seen(self):
        for headers in ({"Authorization": "Bearer another"}, {"Authorization": ""}, {"User-Agent": ""}, {"X-Other": TOKEN}):
            self.setUp()
            self.send("GET", "/issues/7/comments", None, **headers)
            self.assertTrue(self.front.flaws, headers)

    def test_another_repository_is_not_there(self):
        connection = http.client.HTTPConnection(LOCAL, self.front.port, timeout=30)
        connection.request("GET", "/api/v3/repos/other/models/pulls/7", headers={"Authorization": f"token {TOKEN}", "User-Agent": "tests"})
        self.assertEqual(connection.getresponse().status, 404)
        self.assertEqual(self.front.flaws, [])
        connection.close()
