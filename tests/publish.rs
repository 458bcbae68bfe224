//! `weighbridge publish` against a GitHub of this machine that keeps state, and that answers wrongly when it is told to.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test that cannot go on ends with a panic"
)]

mod binary;
mod github;

use github::{Github, HEAD, Instead, State, TOKEN, gateway, refusal};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use weighbridge::github::{
    Client, Context, Done, Environment, Outlet, Pace, Publication, StepSummary, Submission, publish,
};
use weighbridge::verdict::{Report, contradiction};

const FILE: &str = "models/model.pt";

fn digest() -> Value {
    json!({"sha256": "a".repeat(64)})
}

fn finding(level: &str, file: &str, offset: usize, message: &str) -> Value {
    json!({"rule": "pickle/dangerous-call", "level": level, "title": "A pickle calls something dangerous", "message": message,
        "place": format!("{file}!data.pkl"), "file": file, "member_digest": digest(), "offset": offset,
        "evidence": format!("{offset}: REDUCE posix.system('id')"), "remedy": "Do not load this file.", "allow": null,
        "denies_from": null, "waived": null, "not_waived": null})
}

fn unread(file: &str) -> Value {
    json!({"place": file, "file": file, "kind": "encrypted", "what": "the content cannot be seen", "offset": null, "waived": false})
}

fn artifact(path: &str, findings: &[Value], incomplete: &[Value]) -> Value {
    let failed = findings.iter().any(|finding| finding["level"] == "deny") || !incomplete.is_empty();
    json!({"path": path, "kind": "file", "digest": digest(), "size": 75, "formats": ["pickle"],
        "verdict": if failed { "failed" } else { "passed" }, "findings": findings, "incomplete": incomplete, "excluded": [],
        "members": 1, "files": []})
}

/// A report that does not contradict itself.
fn report(artifacts: &[Value]) -> Value {
    let count = |key: &str, value: &str, of: &[Value]| of.iter().filter(|one| one[key] == value).count();
    let findings: Vec<Value> =
        artifacts.iter().flat_map(|artifact| artifact["findings"].as_array().unwrap().clone()).collect();
    let unread: usize = artifacts.iter().map(|artifact| artifact["incomplete"].as_array().unwrap().len()).sum();
    let failed = count("verdict", "failed", artifacts);
    json!({"schema": "weighbridge/report/v1", "tool": {"version": "0.1.0"}, "evaluated_at": "2026-01-31T12:00:00Z",
        "judged_from": "content", "verdict": if failed > 0 { "failed" } else { "passed" }, "audit": false, "prefix": "", "commits": ["f".repeat(40), HEAD],
        "changed": null, "policy": {"digest": format!("sha256:{}", "c".repeat(64)), "base": null, "sources": []},
        "artifacts": artifacts, "errors": [], "waivers": [], "rules": [],
        "summary": {"artifacts": artifacts.len(), "passed": artifacts.len() - failed, "failed": failed,
            "denied": count("level", "deny", &findings), "warned": count("level", "warn", &findings), "waived": 0,
            "incomplete": unread, "excluded": 0}})
}

fn denied(count: usize) -> Value {
    let findings: Vec<Value> = (0..count).map(|at| finding("deny", FILE, at, "`posix.system` is called.")).collect();
    report(&[artifact(FILE, &findings, &[])])
}

fn pull_request() -> Value {
    json!({"repository": {"full_name": "acme/models"}, "pull_request": {"number": 7, "changed_files": 1, "head": {
        "sha": HEAD, "repo": {"full_name": "fork/models"}}}})
}

fn workflow_run() -> Value {
    json!({"workflow_run": {"event": "pull_request", "head_sha": HEAD, "head_branch": "fix/ä&b", "pull_requests": [],
        "head_repository": {"owner": {"login": "fork"}}}})
}

/// Fast enough for tests; each still waits, and each wait is bounded.
fn pace() -> Pace {
    Pace {
        attempts: 4,
        total: Duration::from_secs(20),
        request: Duration::from_secs(10),
        backoff: Duration::from_millis(5),
        unsaid: Duration::from_millis(20),
        unpaced: 3,
        between: Duration::from_millis(1),
    }
}

fn context(github: &Github, name: &str, event: &Value) -> Context {
    let (api, graphql) = (github.api(), github.graphql());
    let variable = |wanted: &str| {
        let value = match wanted {
            "GITHUB_API_URL" => &api,
            "GITHUB_GRAPHQL_URL" => &graphql,
            "GITHUB_SERVER_URL" => "https://github.example",
            "GITHUB_REPOSITORY" => "acme/models",
            "GITHUB_EVENT_NAME" => name,
            "GITHUB_RUN_ID" => "99",
            _ => return None,
        };
        Some(value.to_owned())
    };
    let event = event.to_string();
    Context::read(&Environment { variable: &variable, event: Some(event.as_bytes()), allow_fork_head: false }).unwrap()
}

/// Publishes by the library; also gives the job's summary.
fn send(
    github: &Github,
    context: Context,
    report: &Value,
    outlets: &[Outlet],
    files: Option<Vec<String>>,
) -> (Publication, String) {
    send_at(pace(), github, context, report, outlets, files)
}

fn send_at(
    pace: Pace,
    github: &Github,
    context: Context,
    report: &Value,
    outlets: &[Outlet],
    files: Option<Vec<String>>,
) -> (Publication, String) {
    let digest = weighbridge::digest::of(report.to_string().as_bytes()).sha256;
    let report: Report = serde_json::from_value(report.clone()).unwrap();
    assert_eq!(contradiction(&report), None);
    let client = Client::new(&github.api(), Some(&github.graphql()), TOKEN, pace).unwrap();
    let files = || files.clone();
    let submission = Submission { report: &report, digest: &digest, context, name: "weighbridge", files: &files };
    let mut page = String::new();
    let mut append = |text: &str| {
        page.push_str(text);
        Ok(())
    };
    let summary = StepSummary { room: 1 << 20, append: &mut append };
    let publication = publish(submission, Some(client), outlets, Some(summary));
    check_lengths(&github.state());
    (publication, page)
}

fn at_pull(github: &Github, report: &Value, outlets: &[Outlet]) -> Publication {
    send(github, context(github, "pull_request", &pull_request()), report, outlets, None).0
}

/// Everything that was sent is of a length and shape that GitHub takes.
fn check_lengths(state: &State) {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    for request in &state.requests {
        let headers = &request.headers;
        let has = |name: &str, value: &str| headers.iter().any(|header| header.0 == name && header.1 == value);
        assert!(
            has("x-github-api-version", "2022-11-28") && has("accept", "application/vnd.github+json"),
            "{headers:?}"
        );
        assert!(!request.path.contains(TOKEN) && !request.body.to_string().contains(TOKEN));
        if let Some(body) = request.body.get("body") {
            assert!(text(body).chars().count() <= 65_536 && text(body).starts_with("<!-- weighbridge:weighbridge"));
        }
        if let Some(output) = request.body.get("output") {
            assert!(
                text(&output["summary"]).chars().count() <= 65_535 && text(&output["title"]).chars().count() <= 255
            );
            let annotations = output["annotations"].as_array().unwrap();
            assert!(annotations.len() <= 50);
            for annotation in annotations {
                assert!(text(&annotation["title"]).chars().count() <= 255);
                assert!(text(&annotation["message"]).len() <= 64 << 10);
                assert!(annotation.get("raw_details").is_none_or(|details| text(details).len() <= 64 << 10));
                let path = text(&annotation["path"]);
                assert!(!path.starts_with('/') && !path.contains("..") && !path.contains('\n'), "{path}");
                assert_eq!((&annotation["start_line"], &annotation["end_line"]), (&json!(1), &json!(1)));
            }
        }
        if let Some(description) = request.body.get("description") {
            assert!(text(description).chars().count() <= 140);
        }
    }
}

fn done(publication: &Publication, outlet: Outlet) -> (Done, String) {
    let told = publication.outlets.iter().find(|told| told.outlet == outlet).unwrap();
    (told.done, told.detail.clone().unwrap_or_default())
}

const API: [Outlet; 3] = [Outlet::CheckRun, Outlet::Review, Outlet::Comment];

/// The real binary in a folder of its own, with an event and a report.
fn command(folder: &Path, github: &Github, name: &str, event: &Value, report: &Value, arguments: &[&str]) -> Command {
    binary::write(folder, "event.json", event.to_string());
    binary::write(folder, "report.json", report.to_string());
    let mut command = binary::weighbridge(folder, &[&["publish", "report.json"], arguments].concat());
    for name in ["GH_TOKEN", "GITHUB_SHA", "GITHUB_REF", "GITHUB_WORKSPACE", "HTTP_PROXY", "http_proxy", "ALL_PROXY"] {
        command.env_remove(name);
    }
    command.env("GITHUB_ACTIONS", "true").env("GITHUB_REPOSITORY", "acme/models").env("GITHUB_RUN_ID", "99");
    command.env("GITHUB_API_URL", github.api()).env("GITHUB_GRAPHQL_URL", github.graphql());
    command.env("GITHUB_EVENT_NAME", name).env("GITHUB_EVENT_PATH", folder.join("event.json"));
    command.env("GITHUB_STEP_SUMMARY", folder.join("summary.md")).env("GITHUB_TOKEN", TOKEN);
    command
}

#[test]
fn a_denied_model_is_told_in_the_pull_request() {
    let (github, folder) = (Github::start(), tempfile::tempdir().unwrap());
    github.state().files.push(FILE.to_owned());
    let mut run = command(folder.path(), &github, "pull_request", &pull_request(), &denied(1), &["--format", "json"]);
    let (code, out, err) = binary::ended(&mut run);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    let published: Value = serde_json::from_str(&out).unwrap();
    let outlets: Vec<&str> =
        published["outlets"].as_array().unwrap().iter().map(|told| told["done"].as_str().unwrap()).collect();
    assert_eq!(outlets, ["created"; 4]);
    let state = github.state();
    let run = &state.check_runs[0];
    assert_eq!(
        (&run["name"], &run["head_sha"], &run["conclusion"]),
        (&json!("weighbridge"), &json!(HEAD), &json!("failure"))
    );
    let annotation = &run["output"]["annotations"][0];
    assert_eq!((&annotation["path"], &annotation["annotation_level"]), (&json!(FILE), &json!("failure")));
    assert!(annotation["raw_details"].as_str().unwrap().contains("REDUCE posix.system"));
    assert!(state.comments[0]["body"].as_str().unwrap().contains("posix.system"));
    assert_eq!(state.review_comments[0]["path"], FILE);
    assert!(state.review_comments[0]["body"].as_str().unwrap().contains("Do not load this file"));
    assert!(std::fs::read_to_string(folder.path().join("summary.md")).unwrap().contains("posix.system"));
    check_lengths(&state);
    drop(state);
    // The same again changes nothing but the summary, which each step has for itself.
    let mut again = command(folder.path(), &github, "pull_request", &pull_request(), &denied(1), &[]);
    let (code, out, _) = binary::ended(&mut again);
    assert_eq!((code, out.matches("unchanged").count()), (0, 3), "{out}");
    assert_eq!(github.state().writes(), 3);
}

#[test]
fn annotations_come_in_batches_and_the_last_one_completes() {
    for (count, requests) in [(0, 1), (1, 1), (50, 1), (51, 2), (120, 3)] {
        let github = Github::start();
        let publication = at_pull(&github, &denied(count), &[Outlet::CheckRun]);
        let state = github.state();
        assert_eq!(done(&publication, Outlet::CheckRun).0, Done::Created);
        assert_eq!((state.writes(), state.check_runs.len()), (requests, 1), "{count}");
        let run = &state.check_runs[0];
        assert_eq!(run["output"]["annotations"].as_array().unwrap().len(), count);
        assert_eq!(run["conclusion"], if count == 0 { "success" } else { "failure" });
        let writes: Vec<&Value> = state
            .requests
            .iter()
            .filter(|request| request.method != "GET")
            .map(|request| &request.body["status"])
            .collect();
        let (last, before) = writes.split_last().unwrap();
        assert_eq!(**last, "completed");
        assert!(before.iter().all(|status| **status == "in_progress"));
    }
}

#[test]
fn beyond_a_thousand_annotations_the_others_are_counted() {
    let github = Github::start();
    let publication = at_pull(&github, &denied(1_007), &[Outlet::CheckRun]);
    assert!(done(&publication, Outlet::CheckRun).1.contains("7 of 1007"));
    let state = github.state();
    assert_eq!(state.check_runs[0]["output"]["annotations"].as_array().unwrap().len(), 1_000);
    assert!(state.check_runs[0]["output"]["summary"].as_str().unwrap().contains("7 further findings"));
}

#[test]
fn what_broke_off_is_no_success_and_is_completed_by_the_next_run() {
    let github = Github::start();
    github.state().instead("PATCH", [refusal(400, "", "Problems parsing JSON")]);
    let publication = at_pull(&github, &denied(120), &[Outlet::CheckRun]);
    assert!(publication.failed());
    assert_eq!(github.state().check_runs[0]["status"], "in_progress");
    assert_eq!(github.state().check_runs[0]["conclusion"], Value::Null);
    let publication = at_pull(&github, &denied(120), &[Outlet::CheckRun]);
    assert_eq!(done(&publication, Outlet::CheckRun).0, Done::Updated);
    let state = github.state();
    assert_eq!((state.check_runs.len(), &state.check_runs[0]["conclusion"]), (1, &json!("failure")));
    let annotations = state.check_runs[0]["output"]["annotations"].as_array().unwrap();
    let mut messages: Vec<&str> = annotations.iter().map(|one| one["message"].as_str().unwrap()).collect();
    messages.dedup();
    assert_eq!(messages.len(), 120);
}

#[test]
fn long_and_hostile_text_is_cut_and_stays_text() {
    let github = Github::start();
    let name = "models/a`b\\n## [x](www.evil.example) @everyone <img src=x> ::error::\\u{202e}.pt";
    let message = format!("{} @acme/all https://evil.example <!-- weighbridge:weighbridge -->", "ä".repeat(35_000));
    let mut hostile = finding("deny", name, 3, &message);
    for key in ["title", "remedy", "evidence"] {
        hostile[key] = json!(message);
    }
    github
        .state()
        .files
        .push("models/a`b\n## [x](www.evil.example) @everyone <img src=x> ::error::\u{202e}.pt".to_owned());
    let report = report(&[artifact(name, &vec![hostile; 60], &[unread("/etc/passwd"), unread("../../x")])]);
    let (publication, page) = send(
        &github,
        context(&github, "pull_request", &pull_request()),
        &report,
        &[Outlet::CheckRun, Outlet::Review, Outlet::Comment, Outlet::Summary, Outlet::Status],
        None,
    );
    assert!(!publication.failed(), "{publication:?}");
    let state = github.state();
    let bodies = state.comments.iter().chain(&state.review_comments).map(|comment| comment["body"].as_str().unwrap());
    for body in bodies.chain([page.as_str(), state.check_runs[0]["output"]["summary"].as_str().unwrap()]) {
        let outside = outside_of_code(body);
        for part in ["@acme", "@everyone", "//evil", "www.evil", "<img"] {
            assert!(!outside.contains(part), "{part}: {outside}");
        }
        assert!(body.rfind("<!-- weighbridge").is_none_or(|at| at == 0));
    }
    assert_eq!(state.review_comments.len(), 1);
    let cut = state.check_runs[0]["output"]["annotations"][0]["message"].as_str().unwrap();
    assert!(cut.contains("cut:"), "{}", &cut[cut.len() - 100..]);
}

/// Markdown without its inline code and fences.
fn outside_of_code(text: &str) -> String {
    let (mut out, mut rest) = (String::new(), text);
    while let Some(at) = rest.find('`') {
        out.push_str(&rest[..at]);
        let ticks = rest[at..].len() - rest[at..].trim_start_matches('`').len();
        let after = &rest[at + ticks..];
        let mut from = 0;
        let end = loop {
            let Some(found) = after[from..].find('`').map(|found| found + from) else { break None };
            let run = after[found..].len() - after[found..].trim_start_matches('`').len();
            if run == ticks {
                break Some(found + run);
            }
            from = found + run;
        };
        rest = end.map_or("", |end| &after[end..]);
        assert!(end.is_some(), "code that does not end: {}", &after[..after.len().min(200)]);
    }
    out + rest
}

#[test]
fn one_comment_is_kept_up_to_date_and_folded_when_all_passed() {
    let (github, only) = (Github::start(), [Outlet::Comment]);
    assert_eq!(done(&at_pull(&github, &denied(0), &only), Outlet::Comment).0, Done::Skipped);
    assert_eq!(done(&at_pull(&github, &denied(1), &only), Outlet::Comment).0, Done::Created);
    assert_eq!(done(&at_pull(&github, &denied(2), &only), Outlet::Comment).0, Done::Updated);
    assert_eq!(done(&at_pull(&github, &denied(2), &only), Outlet::Comment).0, Done::Unchanged);
    assert_eq!(github.state().comments[0]["minimized"], false);
    assert_eq!(done(&at_pull(&github, &denied(0), &only), Outlet::Comment).0, Done::Updated);
    assert_eq!(github.state().comments[0]["minimized"], true);
    assert_eq!(done(&at_pull(&github, &denied(1), &only), Outlet::Comment).0, Done::Updated);
    let state = github.state();
    assert_eq!((state.comments.len(), &state.comments[0]["minimized"]), (1, &json!(false)));
}

#[test]
fn the_own_comment_is_found_among_many_and_a_planted_one_is_not_ours() {
    for graphql in [true, false] {
        let github = Github::start();
        github.state().graphql = graphql;
        for index in 0..130 {
            github.state().add_comment("somebody", "User", &format!("comment {index}"));
        }
        let planted = "<!-- weighbridge:weighbridge -->\n## weighbridge: passed";
        github.state().add_comment("mallory", "User", planted);
        if graphql {
            github.state().add_comment("another[bot]", "Bot", planted);
        }
        let others = github.state().comments.len();
        assert_eq!(done(&at_pull(&github, &denied(1), &[Outlet::Comment]), Outlet::Comment).0, Done::Created);
        assert_eq!(done(&at_pull(&github, &denied(2), &[Outlet::Comment]), Outlet::Comment).0, Done::Updated);
        let state = github.state();
        assert_eq!(state.comments.len(), others + 1);
        assert!(state.comments[130..others].iter().all(|comment| comment["body"] == planted));
        assert!(state.comments[others]["body"].as_str().unwrap().contains("2 findings"));
    }
}

#[test]
fn a_file_that_is_denied_no_more_has_its_comment_say_so() {
    let (github, only) = (Github::start(), [Outlet::Review]);
    github.state().files.extend([FILE.to_owned(), "README.md".to_owned()]);
    assert_eq!(done(&at_pull(&github, &denied(1), &only), Outlet::Review).0, Done::Created);
    assert_eq!(done(&at_pull(&github, &denied(1), &only), Outlet::Review).0, Done::Unchanged);
    assert_eq!(done(&at_pull(&github, &denied(0), &only), Outlet::Review).0, Done::Updated);
    assert!(github.state().review_comments[0]["body"].as_str().unwrap().contains("Nothing denies this file any more"));
    let writes = github.state().writes();
    assert_eq!(done(&at_pull(&github, &denied(0), &only), Outlet::Review).0, Done::Skipped);
    let state = github.state();
    assert_eq!((state.writes(), state.review_comments.len()), (writes, 1));
}

#[test]
fn only_files_of_the_pull_request_and_not_too_many_have_comments() {
    let github = Github::start();
    let names: Vec<String> = (0..30).map(|index| format!("models/{index:02}.pt")).collect();
    github.state().files = names[..25].to_vec();
    let artifacts: Vec<Value> =
        names.iter().map(|name| artifact(name, &[finding("deny", name, 1, "It is called.")], &[])).collect();
    let publication = at_pull(&github, &report(&artifacts), &[Outlet::Review]);
    assert!(done(&publication, Outlet::Review).1.contains("25 denied"), "{publication:?}");
    let state = github.state();
    assert_eq!(state.review_comments.len(), 20);
    let first = state.review_comments[0]["body"].as_str().unwrap();
    assert!(
        first.contains("5 further files") && first.contains("models/24.pt") && !first.contains("models/25.pt"),
        "{first}"
    );
}

#[test]
fn beyond_3000_files_git_tells_the_others_or_it_is_said() {
    let names: Vec<String> = (0..3_100).map(|index| format!("models/{index:04}.pt")).collect();
    let last = "models/3099.pt";
    let report = report(&[artifact(last, &[finding("deny", last, 1, "It is called.")], &[])]);
    for by_git in [true, false] {
        let github = Github::start();
        github.state().files.clone_from(&names);
        let mut event = pull_request();
        event["pull_request"]["changed_files"] = json!(3_100);
        let context = context(&github, "pull_request", &event);
        let (publication, _) = send(&github, context, &report, &[Outlet::Review], by_git.then(|| names.clone()));
        let (done, detail) = done(&publication, Outlet::Review);
        assert!(detail.contains("GitHub lists 3,000 files"), "{detail}");
        assert_eq!(done, if by_git { Done::Created } else { Done::Skipped });
        assert_eq!(github.state().review_comments.len(), usize::from(by_git));
    }
}

#[test]
fn the_checkout_tells_the_files_that_github_does_not_list() {
    let (github, folder) = (Github::start(), tempfile::tempdir().unwrap());
    let work = folder.path();
    let git = |arguments: &[&str]| {
        let settings = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main"];
        let mut command = Command::new("git");
        command.current_dir(work).env("GIT_CONFIG_GLOBAL", "/dev/null").args(settings).args(arguments);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    git(&["init", "-q"]);
    git(&["commit", "-q", "--allow-empty", "-m", "before"]);
    git(&["update-ref", "refs/remotes/origin/main", "HEAD"]);
    binary::write(work, FILE, "x");
    git(&["add", FILE]);
    git(&["commit", "-q", "-m", "after"]);
    let head = git(&["rev-parse", "HEAD"]);
    // What GitHub lists are three thousand others.
    github.state().files = (0..3_000).map(|index| format!("others/{index}.txt")).collect();
    github.state().files.push(FILE.to_owned());
    let mut event = pull_request();
    event["pull_request"]["changed_files"] = json!(3_001);
    for (checked_out, told) in [(HEAD, "no checkout"), (head.as_str(), "git told the others")] {
        event["pull_request"]["head"]["sha"] = json!(checked_out);
        let mut run = command(work, &github, "pull_request", &event, &denied(1), &["--to", "review"]);
        let (code, out, err) = binary::ended(run.env("GITHUB_BASE_REF", "main").env("GIT_CONFIG_GLOBAL", "/dev/null"));
        assert!(code == 0 && out.contains(told), "{out}{err}");
    }
    assert_eq!(github.state().count("POST", "/pulls/7/comments"), 1);
}

#[test]
fn where_the_token_only_reads_the_summary_and_the_log_take_it() {
    let (github, folder) = (Github::start(), tempfile::tempdir().unwrap());
    github.state().files.push(FILE.to_owned());
    github.state().always("POST /repos", refusal(403, "", "Resource not accessible by integration"));
    let findings: Vec<Value> = (0..15)
        .map(|at| finding("deny", FILE, at, "100%\n::error::x"))
        .chain((0..15).map(|at| finding("warn", FILE, at, "odd")))
        .collect();
    let report = report(&[artifact(FILE, &findings, &[])]);
    for token in [TOKEN, ""] {
        let mut run =
            command(folder.path(), &github, "pull_request", &pull_request(), &report, &["--to", "check-run,comment"]);
        let (code, out, err) = binary::ended(run.env("GITHUB_TOKEN", token));
        assert_eq!(code, 0, "{out}{err}");
        assert_eq!(out.matches("denied").count(), 2, "{out}");
        assert!(out.contains("`checks: write`, `pull-requests: write`"), "{out}");
        assert_eq!((err.matches("::error file=models/model.pt,").count(), err.lines().count()), (10, 20), "{err}");
        assert!(
            err.lines().all(|line| line.starts_with("::error file=") || line.starts_with("::warning file=")),
            "{err}"
        );
        assert!(err.contains("100%25 :\\u{3a}error::x"), "{err}");
        assert!(std::fs::read_to_string(folder.path().join("summary.md")).unwrap().contains("weighbridge"));
    }
    // A permission that would change nothing is not asked for.
    let push = json!({"after": HEAD, "ref": "refs/heads/main"});
    let mut run = command(folder.path(), &github, "push", &push, &report, &[]);
    let (code, out, _) = binary::ended(run.env_remove("GITHUB_TOKEN"));
    assert!(code == 0 && out.contains("with `checks: write` in the workflow"), "{out}");
    // Outside of GitHub's runner, and without a summary, nobody would have seen it.
    let mut run = command(folder.path(), &github, "pull_request", &pull_request(), &report, &[]);
    let (code, _, err) = binary::ended(run.env_remove("GITHUB_ACTIONS").env_remove("GITHUB_STEP_SUMMARY"));
    assert!(code == 2 && err.contains("not published") && !err.contains("::error"), "{err}");
    let mut run = command(folder.path(), &github, "pull_request", &pull_request(), &report, &[]);
    let (code, _, err) = binary::ended(run.env_remove("GITHUB_ACTIONS").env_remove("GITHUB_TOKEN"));
    assert!(code == 2 && err.contains("GITHUB_TOKEN is not set"), "{err}");
}

#[test]
fn nothing_is_posted_twice_whether_the_first_attempt_arrived_or_not() {
    for arrived in [true, false] {
        for answer in [gateway(arrived), Instead::Nothing { arrived }] {
            let github = Github::start();
            github.state().files.push(FILE.to_owned());
            for of in [
                "POST /repos/acme/models/check-runs",
                "PATCH /repos/acme/models/check-runs",
                "POST /repos/acme/models/issues",
                "POST /repos/acme/models/pulls",
            ] {
                github.state().instead(of, [answer.clone()]);
            }
            let publication = at_pull(&github, &denied(60), &API);
            assert!(publication.outlets.iter().all(|told| told.done == Done::Created), "{publication:?}");
            let state = github.state();
            assert_eq!((state.check_runs.len(), state.comments.len(), state.review_comments.len()), (1, 1, 1));
            assert_eq!(state.check_runs[0]["output"]["annotations"].as_array().unwrap().len(), 60);
            assert_eq!(state.check_runs[0]["conclusion"], "failure");
            assert_eq!(state.count("POST", "/check-runs"), if arrived { 1 } else { 2 });
        }
    }
}

#[test]
fn a_server_that_stays_broken_ends_in_bounded_time() {
    let github = Github::start();
    github.state().always("repos", gateway(false));
    let begun = Instant::now();
    let publication = at_pull(&github, &denied(1), &API);
    assert!(publication.failed() && begun.elapsed() < Duration::from_secs(120));
    let (done, detail) = done(&publication, Outlet::CheckRun);
    assert!(
        done == Done::Failed && detail.contains("502") && detail.contains("publish the same report again"),
        "{detail}"
    );
    assert_eq!(github.state().count("GET", "check-runs"), 4);
}

#[test]
fn who_wants_fewer_requests_is_obeyed_when_it_fits_and_told_when_not() {
    let github = Github::start();
    // Short: obeyed. Without a number: the pace's own wait.
    github.state().instead("POST /repos/acme/models/check-runs", [refusal(429, "Retry-After: 1\r\n", "wait")]);
    github
        .state()
        .instead("GET /repos/acme/models/issues", [refusal(403, "", "You have exceeded a secondary rate limit")]);
    github.state().instead("POST /repos/acme/models/issues", [refusal(422, "", "was submitted too quickly")]);
    let begun = Instant::now();
    let publication = at_pull(&github, &denied(1), &[Outlet::CheckRun, Outlet::Comment]);
    assert!(publication.outlets.iter().all(|told| told.done == Done::Created), "{publication:?}");
    assert!(begun.elapsed() >= Duration::from_secs(1));
    let state = github.state();
    assert_eq!((state.check_runs.len(), state.comments.len()), (1, 1));
    drop(state);

    // Long, by either header: no request follows, for no outlet.
    let reset = "X-RateLimit-Remaining: 0\r\nDate: Sat, 31 Jan 2026 00:00:00 GMT\r\nX-RateLimit-Reset: 1769821200\r\n";
    for headers in ["Retry-After: 3600\r\n", reset] {
        let github = Github::start();
        github
            .state()
            .instead("POST /repos/acme/models/check-runs", [refusal(403, headers, "API rate limit exceeded")]);
        let begun = Instant::now();
        let publication = at_pull(&github, &denied(1), &API);
        assert!(begun.elapsed() < Duration::from_secs(120));
        for outlet in API {
            let (done, detail) = done(&publication, outlet);
            assert!(done == Done::Failed && detail.contains("3600 seconds"), "{detail}");
        }
        assert_eq!(github.state().requests.len(), 2);
    }
}

#[test]
fn a_long_wait_is_exit_code_2_with_what_to_do() {
    let (github, folder) = (Github::start(), tempfile::tempdir().unwrap());
    github.state().always("POST", refusal(429, "Retry-After: 3600\r\n", "slow down"));
    let begun = Instant::now();
    let mut run = command(folder.path(), &github, "pull_request", &pull_request(), &denied(1), &["--to", "check-run"]);
    let (code, _, err) = binary::ended(&mut run);
    assert_eq!(code, 2);
    assert!(begun.elapsed() < Duration::from_secs(120));
    assert!(
        err.contains("3600 seconds") && err.contains("publish the same report again") && !err.contains(TOKEN),
        "{err}"
    );
}

#[test]
fn slow_huge_endless_and_leading_answers_are_bounded() {
    let one = |answer: Instead| {
        let github = Github::start();
        github.state().always("GET", answer);
        let begun = Instant::now();
        let context = context(&github, "pull_request", &pull_request());
        let pace = Pace { total: Duration::from_secs(6), request: Duration::from_secs(2), ..pace() };
        let (publication, _) = send_at(pace, &github, context, &denied(1), &[Outlet::CheckRun], None);
        assert!(begun.elapsed() < Duration::from_secs(120), "{publication:?}");
        let (done, detail) = done(&publication, Outlet::CheckRun);
        assert_eq!((done, github.state().writes()), (Done::Failed, 0));
        (detail, github.state().requests.len())
    };
    assert!(one(Instead::Slow(Duration::from_secs(60))).0.contains("timeout"));
    assert!(one(Instead::Huge(33 << 20)).0.contains("larger than"));
    let moved = Instead::Answer {
        status: 301,
        headers: "Location: https://elsewhere.example/\r\n".to_owned(),
        body: String::new(),
        arrived: false,
    };
    let (detail, requests) = one(moved);
    assert!(detail.contains("moved") && requests == 1, "{detail}");
    let shape = Instead::Answer { status: 200, headers: String::new(), body: "[[[[".to_owned(), arrived: false };
    assert!(one(shape).0.contains("no JSON"));

    // Every page is full, and none is the last.
    let github = Github::start();
    let page: Vec<Value> = (0..100).map(|id| json!({"id": id, "node_id": "", "body": "x"})).collect();
    let body = json!(page).to_string();
    github.state().always("GET", Instead::Answer { status: 200, headers: String::new(), body, arrived: false });
    let publication = at_pull(&github, &denied(1), &[Outlet::Comment]);
    assert!(done(&publication, Outlet::Comment).1.contains("too many comments"));
    let state = github.state();
    assert_eq!((state.requests.len(), state.writes()), (30, 0));
}

#[test]
fn nobody_there_is_exit_code_2_and_the_token_is_not_told() {
    let (github, folder) = (Github::start(), tempfile::tempdir().unwrap());
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut run = command(
        folder.path(),
        &github,
        "pull_request",
        &pull_request(),
        &denied(1),
        &["--time-limit", "2", "--format", "json"],
    );
    let (code, out, err) = binary::ended(run.env("GITHUB_API_URL", format!("http://127.0.0.1:{port}")));
    assert_eq!(code, 2);
    assert!(err.contains("check the network") && out.contains("\"failed\""), "{err}");
    assert!(!err.contains(TOKEN) && !out.contains(TOKEN));
    assert!(github.state().requests.is_empty());
}

#[test]
fn a_merge_queue_and_a_push_get_a_check_run_and_no_comment() {
    let events = [
        (
            "merge_group",
            json!({"merge_group": {"head_sha": HEAD, "head_ref": "refs/heads/gh-readonly-queue/main/pr-7-x"}}),
            "refs/heads/gh-readonly-queue/main/pr-7-x",
        ),
        ("push", json!({"after": HEAD, "ref": "refs/heads/main"}), "refs/heads/main"),
    ];
    for (name, event, reference) in events {
        let github = Github::start();
        let outlets = [Outlet::CheckRun, Outlet::Review, Outlet::Comment, Outlet::Status, Outlet::Sarif];
        let (publication, _) = send(&github, context(&github, name, &event), &denied(1), &outlets, None);
        let all: Vec<Done> = publication.outlets.iter().map(|told| told.done).collect();
        assert_eq!(all, [Done::Created, Done::Skipped, Done::Skipped, Done::Created, Done::Created]);
        let state = github.state();
        assert_eq!(
            (&state.statuses[0]["state"], &state.statuses[0]["context"]),
            (&json!("failure"), &json!("weighbridge"))
        );
        assert_eq!((&state.sarifs[0]["commit_sha"], &state.sarifs[0]["ref"]), (&json!(HEAD), &json!(reference)));
    }
}

#[test]
fn a_report_of_another_workflow_never_becomes_a_success() {
    let all = [Outlet::CheckRun, Outlet::Review, Outlet::Comment, Outlet::Status, Outlet::Sarif];
    let pull = |number: u64, sha: &str| json!({"number": number, "label": "fork:fix/ä&b", "head": {"sha": sha}});
    for (count, expected) in [
        (0, [Done::Skipped, Done::Skipped, Done::Created, Done::Skipped, Done::Skipped]),
        (1, [Done::Created, Done::Created, Done::Created, Done::Created, Done::Skipped]),
    ] {
        let github = Github::start();
        github.state().files.push(FILE.to_owned());
        github.state().pulls = vec![pull(6, &"f".repeat(40)), pull(7, HEAD)];
        let (publication, _) =
            send(&github, context(&github, "workflow_run", &workflow_run()), &denied(count), &all, None);
        let done: Vec<Done> = publication.outlets.iter().map(|told| told.done).collect();
        assert_eq!(
            (done.as_slice(), publication.pull_request, publication.vouched),
            (&expected[..], Some(7), false),
            "{publication:?}"
        );
        let state = github.state();
        assert!(state.comments[0]["body"].as_str().unwrap().contains("Nothing here has been verified"));
        assert!(state.check_runs.iter().all(|run| run["conclusion"] == "failure"));
        assert!(state.statuses.iter().all(|status| status["state"] == "failure"));
    }
    // The pull request has moved on: its comment is about another commit.
    let github = Github::start();
    github.state().pulls = vec![pull(7, &"f".repeat(40))];
    let (publication, _) = send(&github, context(&github, "workflow_run", &workflow_run()), &denied(1), &API, None);
    assert_eq!(done(&publication, Outlet::CheckRun).0, Done::Created);
    let (done, detail) = done(&publication, Outlet::Comment);
    assert!(done == Done::Skipped && detail.contains("moved on"), "{detail}");
}

#[test]
fn a_report_of_another_workflow_takes_no_earlier_word_back() {
    let both = [Outlet::Review, Outlet::Comment];
    let mut nothing = report(&[]);
    nothing["changed"] = json!({"since": "main", "base": HEAD, "files": 1, "unchanged": 1, "removed": []});
    for lie in [denied(0), nothing] {
        let github = Github::start();
        github.state().files.push(FILE.to_owned());
        github.state().pulls = vec![json!({"number": 7, "label": "fork:fix/ä&b", "head": {"sha": HEAD}})];
        send(&github, context(&github, "workflow_run", &workflow_run()), &denied(1), &both, None);
        send(&github, context(&github, "workflow_run", &workflow_run()), &lie, &both, None);
        let state = github.state();
        assert!(!state.review_comments[0]["body"].as_str().unwrap().contains("Nothing denies"));
        assert!(state.comments[0]["body"].as_str().unwrap().contains("Nothing here has been verified"));
        assert_eq!(state.comments[0]["minimized"], false);
    }
}

#[test]
fn given_facts_and_audits_are_no_success_where_something_was_not_read() {
    let conclusion = |report: &Value| {
        let github = Github::start();
        at_pull(&github, report, &[Outlet::CheckRun]);
        let state = github.state();
        state.check_runs.first().map(|run| run["conclusion"].as_str().unwrap().to_owned())
    };
    let with = |mut report: Value, key: &str, value: Value| {
        report[key] = value;
        report
    };
    assert_eq!(conclusion(&with(denied(0), "judged_from", json!("facts"))), None);
    assert_eq!(conclusion(&with(denied(1), "judged_from", json!("facts"))).as_deref(), Some("failure"));
    assert_eq!(conclusion(&with(denied(0), "audit", json!(true))).as_deref(), Some("success"));
    // A report of another commit, or of none, says nothing good of this one; what is bad is told.
    for commits in [json!([]), json!(["e".repeat(40)])] {
        assert_eq!(conclusion(&with(denied(0), "commits", commits.clone())), None);
        assert_eq!(conclusion(&with(denied(1), "commits", commits)).as_deref(), Some("failure"));
    }
    assert_eq!(conclusion(&with(denied(1), "audit", json!(true))).as_deref(), Some("neutral"));
    let not_read = report(&[artifact(FILE, &[], &[unread(FILE)])]);
    assert_eq!(conclusion(&with(not_read, "audit", json!(true))).as_deref(), Some("failure"));
    let changed = json!({"since": "main", "base": HEAD, "files": 2, "unchanged": 1});
    assert_eq!(conclusion(&with(report(&[]), "changed", changed)).as_deref(), Some("success"));
    let mut not_judged =
        with(denied(1), "errors", json!([{"path": "x.pt", "kind": "missing", "message": "x.pt: nothing is there"}]));
    not_judged["audit"] = json!(true);
    assert_eq!(conclusion(&not_judged).as_deref(), Some("failure"));
}

#[test]
fn a_report_that_contradicts_itself_is_refused() {
    let change = |pointer: &str, value: Value| {
        let mut report = denied(1);
        *report.pointer_mut(pointer).unwrap() = value;
        report
    };
    let passed = |mut report: Value| {
        report["verdict"] = json!("passed");
        report["artifacts"][0]["verdict"] = json!("passed");
        (report["summary"]["passed"], report["summary"]["failed"]) = (json!(1), json!(0));
        report
    };
    let mut waived = denied(1);
    waived["artifacts"][0]["findings"][0]["waived"] =
        json!({"reason": "fine", "approver": "me", "approver_proof": "declared", "expires": "2027-01-01"});
    (waived["summary"]["denied"], waived["summary"]["waived"]) = (json!(0), json!(1));
    let mut not_read = report(&[artifact(FILE, &[], &[unread(FILE)])]);
    not_read["artifacts"][0]["incomplete"][0]["waived"] = json!(true);
    let mut memberless = denied(0);
    memberless["artifacts"][0]["members"] = json!(0);
    let cases = [
        (change("/verdict", json!("passed")), "its verdict"),
        (change("/summary/denied", json!(0)), "its summary"),
        (change("/schema", json!("weighbridge/report/v9")), "of schema `weighbridge/report/v9`"),
        (change("/artifacts/0/members", json!("many")), "not of the shape"),
        (passed(denied(1)), "passed with a denied finding"),
        (passed(waived), "waived by no waiver"),
        (passed(not_read.clone()), "waived by no finding"),
        (passed(report(&[artifact(FILE, &[], &[unread(FILE)])])), "content that was not read"),
        (memberless, "without a member"),
        (report(&[]), "without an artifact"),
    ];
    let (github, folder) = (Github::start(), tempfile::tempdir().unwrap());
    for (report, words) in cases {
        let (code, _, err) =
            binary::ended(&mut command(folder.path(), &github, "pull_request", &pull_request(), &report, &[]));
        assert!(code == 2 && err.contains(words), "{words}: {err}");
    }
    assert!(github.state().requests.is_empty());
}

#[test]
fn what_check_writes_does_not_contradict_itself() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    for arguments in
        [&["examples", "tests/fixtures", "nowhere"][..], &["examples/quickstart", "--audit"], &["src/lib.rs"]]
    {
        let all = [&["check", "--no-config", "--format", "json"], arguments].concat();
        let (_, out, err) = binary::run(project, &all);
        let report: Report = serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {err}"));
        assert_eq!(contradiction(&report), None, "{arguments:?}");
    }
}

#[test]
fn a_fork_with_secrets_at_hand_is_refused_unless_told_otherwise() {
    let (github, folder) = (Github::start(), tempfile::tempdir().unwrap());
    let run = |arguments: &[&str]| {
        binary::ended(&mut command(
            folder.path(),
            &github,
            "pull_request_target",
            &pull_request(),
            &denied(1),
            arguments,
        ))
    };
    let (code, _, err) = run(&[]);
    assert!(code == 2 && err.contains("--allow-fork-head") && github.state().requests.is_empty(), "{err}");
    assert_eq!(run(&["--allow-fork-head"]).0, 0);
}

#[test]
fn an_enterprise_server_has_its_own_base() {
    let github = Github::with_base("/api/v3");
    github.state().files.push(FILE.to_owned());
    let publication = at_pull(&github, &denied(1), &API);
    assert!(publication.outlets.iter().all(|told| told.done == Done::Created), "{publication:?}");
    assert!(
        github
            .state()
            .requests
            .iter()
            .all(|request| request.path.starts_with("/repos/acme/models") || request.path == "/graphql")
    );
}

#[test]
fn code_scanning_that_is_off_says_what_to_do() {
    let github = Github::start();
    github.state().always("POST", refusal(403, "", "Code scanning is not enabled for this repository"));
    let (done, detail) = done(&at_pull(&github, &denied(1), &[Outlet::Sarif]), Outlet::Sarif);
    assert!(done == Done::Failed && detail.contains("switch code scanning on"), "{detail}");
}
