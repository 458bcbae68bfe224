"""What an author sees of the action: each case is a pull request with real files, a run of the whole workflow, and what GitHub has then."""

import base64
import gzip
import json
import math
import re
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

import events
import front
import models
import runner
from checkout import PULL, Checkout
from repository import Repository

NAME = "acme/models"
HERE = Path(__file__).resolve().parent
OUTPUTS = {"verdict", "denied", "warned", "not-scanned", "report-json", "sarif", "policy-digest"}


class Trap(front.Server):
    """A proxy for whoever asks somebody else than the front; refuses everybody and remembers them."""

    def __init__(self):
        super().__init__()
        self.asked = []

    def answer(self, method, path, headers, body):
        self.asked.append(f"{method} {path}")
        return front.encoded(502, {"message": "nobody else is asked"})


class Case(unittest.TestCase):
    """One repository on a GitHub of its own; `run.py` sets the rest."""

    front = answers = binary = act = folder = None
    trap = None

    def setUp(self):
        Case.trap = Case.trap or Trap()
        self.trap.asked.clear()
        self.place = Path(tempfile.mkdtemp(dir=self.folder))

    def open(self, files, base=None, workflows=None, **options):
        """A pull request that adds these files."""
        workflows = workflows or {"models.yml": (HERE / "workflow.yml").read_text("utf-8")}
        base = {**(base or {}), **{f".github/workflows/{name}": text.encode() for name, text in workflows.items()}}
        self.checkout = Checkout(tempfile.mkdtemp(dir=self.place), NAME, files, base, **options)
        self.github = Repository(self.answers, NAME, PULL, self.checkout.head, self.checkout.base)
        self.github.files = self.checkout.names
        self.front.begin(self.github)

    def moved(self, files):
        """The same pull request after another push: what was published stays."""
        before = self.github
        self.open(files)
        self.github.__dict__.update({key: value for key, value in before.__dict__.items() if key not in ("files", "head", "base")})

    def run_workflow(self, event, payload, address="", variables=None, actions=None):
        """Runs what the event starts, and asserts what holds for every run."""
        self.front.requests.clear()
        variables = {"BINARY": str(self.binary), "ARTIFACTS": str(self.place / "artifacts"), **(variables or {})}
        url = self.front.url + address
        ran = runner.run(self.act, self.checkout, event, payload, url, front.TOKEN, self.trap.url, variables, actions or {})
        self.assertIsNotNone(ran.exit, ran.log)
        self.assertEqual(self.front.flaws, [], "requests are as GitHub describes them")
        self.assertEqual(self.trap.asked, [], "nobody but GitHub is asked")
        for text in (ran.log, ran.summary, *ran.files.values()):
            self.assertNotIn(front.TOKEN, text)
        self.assertEqual(ran.code, min(ran.exit, 1), "the job ends as the gate does")
        return ran

    def run_action(self, event="pull_request", payload=None, address="", **inputs):
        """Runs workflow.yml, whose last step tells what the action put out."""
        variables = {name.upper(): value for name, value in inputs.items()}
        ran = self.run_workflow(event, payload or events.pull_request(self.checkout), address, variables)
        self.assertEqual(set(ran.outputs), OUTPUTS, ran.log)
        self.assertEqual(ran.outcome, "success" if ran.exit == 0 else "failure", ran.log)
        return ran

    def expect(self, ran, exit, verdict, **counts):
        self.assertEqual((ran.exit, ran.outputs["verdict"]), (exit, verdict), ran.log)
        for name, count in counts.items():
            self.assertEqual(ran.outputs[name.replace("_", "-")], str(count), name)
        self.assertRegex(ran.outputs["policy-digest"], r"\Asha256:[0-9a-f]{64}\Z")
        self.assertTrue(ran.summary.strip(), "the job has a summary")

    def check_run(self, conclusion):
        """The one check run, complete, on the head of the pull request."""
        self.assertEqual(len(self.github.check_runs), 1)
        run = self.github.check_runs[0]
        self.assertEqual((run["head_sha"], run["status"], run["conclusion"]), (self.checkout.head, "completed", conclusion))
        self.assertTrue(run["output"]["title"] and run["output"]["summary"])
        return run

    def sent(self, method, part):
        return [request for request in self.front.requests if request[0] == method and part in request[1]]


class Counts(Case):
    """GitHub takes 50 annotations in one request."""

    def judge(self, count):
        self.open({"model.pkl": models.findings(count) if count else models.plain(), "weights.safetensors": models.safetensors()})
        ran = self.run_action()
        self.expect(ran, 1 if count else 0, "failed" if count else "passed", denied=count, warned=0, not_scanned=0)
        run = self.check_run("failure" if count else "success")
        self.assertEqual(len(run["annotations"]), count)
        self.assertEqual({annotation["annotation_level"] for annotation in run["annotations"]}, {"failure"} if count else set())
        self.assertEqual({annotation["path"] for annotation in run["annotations"]}, {"model.pkl"} if count else set())
        sent = [body for _, _, body in self.sent("POST", "/check-runs") + self.sent("PATCH", "/check-runs")]
        with_annotations = [body for body in sent if body["output"].get("annotations")]
        self.assertEqual(len(with_annotations), math.ceil(count / 50))
        # What is there is looked for before a check run, a review comment and the comment are written; the pull request's files once.
        self.assertLessEqual(len(self.front.requests), 7 + max(0, math.ceil(count / 50) - 1))
        if count:
            self.assertEqual(len(self.github.comments), 1)
            self.assertIn("unlisted.module.function_0", self.github.comments[0]["body"])
            self.assertIn("model.pkl", self.github.comments[0]["body"])
            self.assertEqual([(review["path"], review["subject_type"]) for review in self.github.reviews], [("model.pkl", "file")])
        else:
            self.assertEqual(self.github.reviews, [])

    def test_no_finding(self):
        self.judge(0)

    def test_1_finding(self):
        self.judge(1)

    def test_50_findings(self):
        self.judge(50)

    def test_51_findings(self):
        self.judge(51)

    def test_120_findings(self):
        self.judge(120)


class Content(Case):
    def test_long_messages(self):
        self.open({"model.pkl": models.long_names(3)})
        self.expect(self.run_action(), 1, "failed", denied=3)
        self.assertEqual(len(self.check_run("failure")["annotations"]), 3)
        self.assertEqual(len(self.github.comments), 1)

    def hostile(self, names, **inputs):
        self.open({name: models.findings(1) for name in names})
        ran = self.run_action(**inputs)
        # Two of the names have signs that no one sees, which is a finding of its own.
        self.expect(ran, 1, "failed", denied=len(names) + 2)
        self.assertEqual(list(self.place.rglob("planted")), [], "no name is run")
        for command in ran.commands:
            self.assertFalse(runner.message(command).startswith("planted"), "no name becomes a workflow command")
        self.assertEqual({review["path"] for review in self.github.reviews}, set(names), "GitHub knows the file by its name")
        run = self.check_run("failure")
        self.assertEqual(len({annotation["path"] for annotation in run["annotations"]}), len(names))
        texts = [one["body"] for one in self.github.comments + self.github.reviews]
        texts += [run["output"]["title"], run["output"]["summary"], run["output"]["text"] or "", ran.summary]
        for text in texts:
            for part in ("<img", "<!--", "](javascript:", "@team", "$("):
                self.assertNotIn(part, runner.prose(text))
        for text in [*texts, ran.log, json.dumps(run["annotations"], ensure_ascii=False)]:
            for sign in ("\u202e", "\u2066", "\x1b[31mred"):
                self.assertNotIn(sign, text)

    def test_hostile_names(self):
        self.hostile(models.HOSTILE_NAMES)

    def test_hostile_names_of_artifacts(self):
        # The input has one path a line, so a name with a line break cannot be given there.
        names = [name for name in models.HOSTILE_NAMES if "\n" not in name]
        self.hostile(names, paths="\n".join(names))

    def test_content_that_ends_early_fails_and_is_never_neutral(self):
        self.open({"model.pkl": models.broken(), "weights.safetensors": models.safetensors()})
        ran = self.run_action()
        self.expect(ran, 1, "failed")
        self.assertGreaterEqual(int(ran.outputs["not-scanned"]), 1)
        self.check_run("failure")

    def test_a_pointer_whose_object_is_not_there_fails(self):
        self.open({"model.pkl": models.pointer()})
        ran = self.run_action()
        self.expect(ran, 1, "failed")
        self.assertGreaterEqual(int(ran.outputs["not-scanned"]), 1)
        self.check_run("failure")

    def test_more_than_a_comment_takes(self):
        # Each message has a name of 400 letters: with evidence and remedy three times what fits.
        self.open({"model.pkl": models.long_names(150, 400)})
        self.expect(self.run_action(), 1, "failed", denied=150)
        self.assertEqual(len(self.check_run("failure")["annotations"]), 150)
        self.assertEqual(len(self.github.comments), 1)

    def test_a_working_directory_is_a_part_of_the_paths(self):
        self.open({"ml/team/model.pkl": models.findings(1)})
        self.expect(self.run_action(working_directory="ml/team"), 1, "failed", denied=1)
        self.assertEqual([annotation["path"] for annotation in self.check_run("failure")["annotations"]], ["ml/team/model.pkl"])
        self.assertEqual([review["path"] for review in self.github.reviews], ["ml/team/model.pkl"])

    def test_paths_are_artifacts_of_their_own(self):
        self.open({"a model.pkl": models.findings(2), "folder/b.pkl": models.findings(1), "folder/c.safetensors": models.safetensors()})
        ran = self.run_action(paths="a model.pkl\nfolder")
        self.expect(ran, 1, "failed", denied=3)
        self.assertEqual({annotation["path"] for annotation in self.check_run("failure")["annotations"]}, {"a model.pkl", "folder/b.pkl"})


class Again(Case):
    def test_a_second_run_edits_the_comment_that_is_there(self):
        self.open({"model.pkl": models.findings(2)})
        self.run_action()
        first = self.github.comments[0]["id"]
        reviews = [review["id"] for review in self.github.reviews]
        self.run_action()
        self.assertEqual([comment["id"] for comment in self.github.comments], [first])
        self.assertEqual([review["id"] for review in self.github.reviews], reviews)
        self.moved({"model.pkl": models.findings(3)})
        self.run_action()
        self.assertEqual([comment["id"] for comment in self.github.comments], [first])
        self.assertIn("function_2", self.github.comments[0]["body"])

    def test_the_comment_turns_when_it_is_mended(self):
        self.open({"model.pkl": models.findings(1)})
        self.expect(self.run_action(), 1, "failed")
        comment, review = self.github.comments[0], self.github.reviews[0]
        self.assertEqual(self.github.minimized, {})
        self.moved({"model.pkl": models.plain()})
        self.expect(self.run_action(), 0, "passed", denied=0)
        self.assertEqual((self.github.comments, self.github.reviews), ([comment], [review]))
        for text in (comment["body"], review["body"]):
            self.assertNotIn("function_0", text)
        self.assertIn("passed", comment["body"])
        self.assertTrue(self.github.minimized[comment["node_id"]], "it is folded away")
        now = [run for run in self.github.check_runs if run["head_sha"] == self.checkout.head]
        self.assertEqual([run["conclusion"] for run in now], ["success"])
        self.moved({"model.pkl": models.findings(2)})
        self.expect(self.run_action(), 1, "failed")
        self.assertEqual((self.github.comments, self.github.reviews), ([comment], [review]))
        self.assertFalse(self.github.minimized[comment["node_id"]], "it is open again")
        self.assertIn("function_1", comment["body"])
        self.assertIn("function_1", review["body"])

    def somebody(self, body):
        """A comment of a person."""
        comment = self.github.made("POST /repos/{owner}/{repo}/issues/{issue_number}/comments", body=body)
        comment["user"] = {**comment["user"], "login": "mallory", "type": "User"}
        self.github.comments.append(comment)

    def test_the_comment_is_found_behind_others(self):
        self.open({"model.pkl": models.findings(1)})
        for _ in range(130):
            self.somebody("looks good")
        self.run_action()
        self.run_action()
        self.assertEqual(len(self.github.comments), 131)

    def test_a_comment_of_somebody_else_is_not_taken_for_its_own(self):
        self.open({"model.pkl": models.findings(1)})
        self.run_action()
        ours = self.github.comments.pop()
        self.somebody(ours["body"].replace("failed", "passed"))
        before = dict(self.github.comments[0])
        self.run_action()
        self.assertEqual((len(self.github.comments), self.github.comments[0]), (2, before))


    def test_two_checks_of_one_pull_request_stay_apart(self):
        self.open({"model.pkl": models.findings(1)})
        for _ in range(2):
            for name in ("weighbridge", "weighbridge (organisation)"):
                self.expect(self.run_action(name=name), 1, "failed", denied=1)
        self.assertEqual({run["name"] for run in self.github.check_runs}, {"weighbridge", "weighbridge (organisation)"})
        self.assertEqual((len(self.github.comments), len(self.github.reviews)), (2, 2))


class Events(Case):
    def test_merge_group(self):
        self.open({"model.pkl": models.findings(1)})
        ran = self.run_action("merge_group", events.merge_group(self.checkout))
        self.expect(ran, 1, "failed", denied=1)
        self.assertEqual([(run["head_sha"], run["conclusion"]) for run in self.github.check_runs], [(self.checkout.merge, "failure")])
        self.assertEqual(self.github.comments + self.github.reviews, [])

    def test_the_target_branch_says_what_is_allowed(self):
        allow = b'allow:\n  - global: unlisted.module.function_0\n    as: [call]\n    reason: "the tests say so"\n'
        for event in ("pull_request", "merge_group"):
            with self.subTest(event=event):
                self.open({"model.pkl": models.findings(1), "weighbridge.yaml": allow})
                self.expect(self.run_action(event, getattr(events, event)(self.checkout)), 1, "failed", denied=1)
                self.open({"model.pkl": models.findings(1)}, base={"weighbridge.yaml": allow})
                self.expect(self.run_action(event, getattr(events, event)(self.checkout)), 0, "passed", denied=0)

    def test_push(self):
        self.open({"model.pkl": models.plain()})
        ran = self.run_action("push", events.push(self.checkout))
        self.expect(ran, 0, "passed")
        self.assertEqual([(run["head_sha"], run["conclusion"]) for run in self.github.check_runs], [(self.checkout.merge, "success")])

    def test_a_fork_gets_the_same_verdict_by_other_means(self):
        self.open({"model.pkl": models.findings(12)})
        self.github.may_write = False
        ran = self.run_action(payload=events.pull_request(self.checkout, fork="mallory/models"))
        self.expect(ran, 1, "failed", denied=12)
        self.assertEqual(self.github.check_runs + self.github.comments + self.github.reviews, [])
        self.assertIn("unlisted.module.function_0", ran.summary)
        errors = [command for command in ran.commands if command["command"] == "error"]
        self.assertTrue(0 < len(errors) <= 10, f"{len(errors)} errors; GitHub shows 10 of a step")

    def test_nothing_changed_is_a_pass_that_says_so(self):
        self.open({"README.md": b"other words\n"}, base={"models/old.pkl": models.findings(1)})
        ran = self.run_action(changed_only="true", paths="models")
        self.expect(ran, 0, "passed", denied=0)
        self.assertIn("nothing changed", self.check_run("success")["output"]["title"])
        self.assertRegex(ran.summary, "(?i)nothing.* changed")
        self.assertEqual(self.github.comments + self.github.reviews, [])

    def test_only_what_changed_is_judged(self):
        self.open({"new.pkl": models.findings(2)}, base={"old.pkl": models.findings(5)})
        self.expect(self.run_action(changed_only="true", paths="*.pkl"), 1, "failed", denied=2)
        self.assertEqual({annotation["path"] for annotation in self.check_run("failure")["annotations"]}, {"new.pkl"})

    def test_what_changed_is_judged_with_the_directory_that_it_is_in(self):
        self.open({"model/b.pkl": models.plain()}, base={"model/a.pkl": models.findings(1)})
        self.expect(self.run_action(changed_only="true", paths="model"), 1, "failed", denied=1)

    def test_a_shallow_checkout_cannot_say_what_changed(self):
        self.open({"new.pkl": models.findings(2)}, depth=1)
        ran = self.run_action(changed_only="true")
        self.assertEqual((ran.exit, ran.outputs["verdict"]), (2, ""))
        self.assertIn("fetch-depth", ran.log)

    def test_enterprise_server(self):
        self.open({"model.pkl": models.findings(1)})
        self.expect(self.run_action(address="/api/v3"), 1, "failed", denied=1)
        self.check_run("failure")


    def test_secrets_are_not_for_the_files_of_a_fork(self):
        self.open({"model.pkl": models.plain()})
        ran = self.run_action("pull_request_target", events.pull_request(self.checkout, fork="mallory/models"))
        self.assertEqual((ran.exit, ran.outputs["verdict"], self.front.requests), (2, "", []))


class Faults(Case):
    def test_what_arrived_and_was_not_answered_is_not_sent_again(self):
        self.open({"model.pkl": models.findings(51)})
        lost = [("POST", "/check-runs"), ("PATCH", "/check-runs/{check_run_id}")]
        lost += [("POST", "/issues/{issue_number}/comments"), ("POST", "/pulls/{pull_number}/comments")]
        self.github.faults += [(method, route, 502, {}, True) for method, route in lost]
        self.expect(self.run_action(), 1, "failed", denied=51)
        self.assertEqual(self.github.faults, [])
        self.assertEqual(len(self.check_run("failure")["annotations"]), 51)
        self.assertEqual((len(self.github.comments), len(self.github.reviews)), (1, 1))

    def test_what_did_not_arrive_is_sent_again(self):
        self.open({"model.pkl": models.findings(1)})
        for route in ("/check-runs", "/issues/{issue_number}/comments"):
            self.github.faults.append(("POST", route, 503, {}, False))
        self.expect(self.run_action(), 1, "failed", denied=1)
        self.check_run("failure")
        self.assertEqual(len(self.github.comments), 1)

    def test_a_github_that_wants_to_be_left_alone_does_not_change_the_verdict(self):
        self.open({"model.pkl": models.findings(1)})
        self.github.faults.append(("POST", "/check-runs", 429, {"Retry-After": "3600"}, False))
        begin = time.monotonic()
        ran = self.run_action()
        self.expect(ran, 2, "failed", denied=1)
        self.assertLess(time.monotonic() - begin, 60)
        self.assertEqual([request for request in self.front.requests if request[0] != "GET"][1:], [])


class Inputs(Case):
    def test_without_a_token_nothing_is_asked(self):
        self.open({"model.pkl": models.findings(1)})
        self.expect(self.run_action(token="none"), 1, "failed", denied=1)
        self.assertEqual(self.front.requests, [])

    def test_audit_lets_it_through_and_says_so(self):
        self.open({"model.pkl": models.findings(1)})
        self.expect(self.run_action(audit="true"), 0, "failed", denied=1)
        self.assertIn("audit", self.check_run("neutral")["output"]["title"])

    def test_audit_of_what_was_not_read_is_no_neutral_check(self):
        self.open({"model.pkl": models.broken()})
        self.expect(self.run_action(audit="true"), 0, "failed")
        self.check_run("failure")

    def test_sarif_is_uploaded_for_the_commit_that_was_judged(self):
        self.open({"model.pkl": models.findings(3)})
        ran = self.run_action(sarif="true")
        self.expect(ran, 1, "failed", denied=3)
        self.assertEqual(len(self.github.sarifs), 1)
        upload = self.github.sarifs[0]
        sarif = json.loads(gzip.decompress(base64.b64decode(upload["sarif"])))
        self.assertEqual([len(run["results"]) for run in sarif["runs"]], [3])
        self.assertEqual(sarif, json.loads(ran.files["sarif"]))
        merge, head = ("refs/pull/7/merge", self.checkout.merge), ("refs/pull/7/head", self.checkout.head)
        self.assertIn((upload["ref"], upload["commit_sha"]), (merge, head))

    def test_a_commit_status_on_request(self):
        self.open({"model.pkl": models.long_names(3, 400)})
        report = self.place / "report.json"
        report.write_text(self.run_action(token="none").files["report"], "utf-8")
        (self.place / "event.json").write_text(json.dumps(events.pull_request(self.checkout)), "utf-8")
        told = {"NAME": "pull_request", "PATH": str(self.place / "event.json")}
        setting = {"GITHUB_API_URL": self.front.url, "GITHUB_REPOSITORY": NAME, "GITHUB_TOKEN": front.TOKEN}
        setting.update({f"GITHUB_EVENT_{name}": value for name, value in told.items()})
        command = [str(self.binary), "publish", str(report), "--to", "status"]
        done = subprocess.run(command, env=setting, cwd=self.place, capture_output=True, text=True, timeout=60)
        self.assertEqual((done.returncode, self.front.flaws), (0, []), done.stderr)
        self.assertEqual([(one["sha"], one["state"]) for one in self.github.statuses], [(self.checkout.head, "failure")])
        self.assertTrue(self.github.statuses[0]["description"])

    def test_no_check_run_and_no_comment_when_not_wanted(self):
        self.open({"model.pkl": models.findings(1)})
        self.expect(self.run_action(check_run="false", comment="false"), 1, "failed", denied=1)
        self.assertEqual(self.front.requests, [])


class Examples(Case):
    """The workflows that people copy, as they stand, but for the commit of the action and the binary that it runs."""

    actions = {
        "actions/upload-artifact@330a01c490aca151604b8cf639adc76d48f6c5d4": HERE / "artifact" / "upload",
        "actions/download-artifact@018cc2cf5baa6db3ef3c5f8a56943fffe632ef53": HERE / "artifact" / "download",
    }

    def example(self, *names):
        """Their texts by name."""
        texts = {}
        for name in names:
            text = (runner.ROOT / "examples" / "pull-request" / "workflows" / name).read_text("utf-8")
            uses = re.compile(r"uses: weighbridge/weighbridge@0{40}\n( +)with:\n")
            self.assertEqual(len(uses.findall(text)), 1, name)
            texts[name] = uses.sub(rf"uses: {runner.ACTION}\n\1with:\n\1  binary: ${{{{ vars.BINARY }}}}\n", text)
        return texts

    def test_one_workflow(self):
        self.open({"models/model.pkl": models.findings(1), "elsewhere.pkl": models.findings(3)}, workflows=self.example("one.yml"))
        ran = self.run_workflow("pull_request", events.pull_request(self.checkout))
        self.assertEqual(ran.exit, 1)
        self.assertEqual([annotation["path"] for annotation in self.check_run("failure")["annotations"]], ["models/model.pkl"])
        self.assertEqual(len(self.github.comments), 1)

    def both(self, files, forge=None):
        """The two workflows for a fork: the first one has a token that only reads. Returns how the second one ended."""
        self.open(files, workflows=self.example("check.yml", "publish.yml"))
        self.github.may_write = False
        checked = self.run_workflow("pull_request", events.pull_request(self.checkout, fork="mallory/models"), actions=self.actions)
        self.assertEqual([request for request in self.front.requests if request[0] != "GET"], [])
        report = self.place / "artifacts" / "weighbridge-report" / "report.json"
        if forge:
            report.write_text(forge(report.read_text("utf-8")), "utf-8")
        self.github.may_write = True
        return checked, self.run_workflow("workflow_run", events.workflow_run(self.checkout, "mallory"), actions=self.actions)

    def test_two_workflows_for_a_fork_that_failed(self):
        checked, published = self.both({"models/model.pkl": models.findings(1)})
        self.assertEqual((checked.exit, published.exit), (1, 0))
        self.check_run("failure")
        self.assertEqual([review["path"] for review in self.github.reviews], ["models/model.pkl"])
        self.assertIn("function_0", self.github.comments[0]["body"])

    def test_two_workflows_for_a_fork_that_passed_make_no_success(self):
        checked, published = self.both({"models/model.safetensors": models.safetensors()})
        self.assertEqual((checked.exit, published.exit), (0, 0))
        self.assertEqual(self.github.check_runs, [])

    def test_a_forged_report_makes_no_success(self):
        def forge(text):
            report = json.loads(text)
            report["verdict"], report["summary"]["failed"], report["summary"]["denied"] = "passed", 0, 0
            return json.dumps(report)

        checked, published = self.both({"models/model.pkl": models.findings(1)}, forge)
        self.assertEqual(checked.exit, 1)
        self.assertIn(published.exit, (0, 2))
        self.assertNotIn("success", [run["conclusion"] for run in self.github.check_runs])

    def test_a_report_that_is_none_is_not_published(self):
        _, published = self.both({"models/model.pkl": models.findings(1)}, lambda text: text[: len(text) // 2])
        self.assertEqual(published.exit, 2)
        self.assertEqual(self.github.check_runs + self.github.comments + self.github.reviews, [])
