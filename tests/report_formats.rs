//! The reports for programs: snapshots of hand-made reports, hostile text, fingerprints that stay and differ, and the limits of GitHub.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test that cannot go on ends with a panic"
)]

mod binary;

use binary::{run as ran, write};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use weighbridge::report::{self, Findings};
use weighbridge::verdict::Report;

const HOSTILE: &str = "x\x1b[31m\u{9b}2J\r\n::error::y ##[command]z\u{202e}\u{e0041}\0\u{fffe} ]]> <b a=\"1\"> & [link](https://example.org) {0} \\ud800 `q`";

fn digest(digit: &str) -> Value {
    json!({"sha256": digit.repeat(64)})
}

fn finding(rule: &str, level: &str, file: &str, member: &str, offset: u64) -> Value {
    let place = if member.is_empty() { file.to_owned() } else { format!("{file}!{member}") };
    json!({
        "rule": rule, "level": level, "title": "A function that is not listed is called",
        "message": format!("`mylib.load` is called at byte {offset} when the file is loaded."), "place": place, "file": file,
        "member_digest": digest("b"), "offset": offset, "evidence": format!("{offset}: REDUCE mylib.load('weights', 3)"),
        "remedy": "Look at what the function does.", "allow": "allow:\n  - global: mylib.load\n    as: [call]",
        "denies_from": null, "waived": null, "not_waived": null
    })
}

fn unread(file: &str, member: &str) -> Value {
    let place = if member.is_empty() { file.to_owned() } else { format!("{file}!{member}") };
    json!({"place": place, "file": file, "kind": "truncated", "what": "the header", "offset": null, "waived": false})
}

fn artifact(path: &str, verdict: &str, findings: &[Value], incomplete: &[Value]) -> Value {
    let file = json!({"path": path, "digest": digest("a"), "size": 1_234, "formats": ["zip", "torch"]});
    json!({
        "path": path, "kind": "file", "digest": digest("a"), "size": 1_234, "formats": ["zip", "torch"], "verdict": verdict,
        "findings": findings, "incomplete": incomplete, "excluded": [], "members": 5, "files": [file]
    })
}

fn report(artifacts: &[Value]) -> Value {
    let failed = artifacts.iter().any(|artifact| artifact["verdict"] == "failed");
    let count = u64::try_from(artifacts.len()).unwrap();
    json!({
        "schema": "weighbridge/report/v1", "tool": {"version": "0.1.0"}, "evaluated_at": "2026-01-31T12:00:00Z",
        "judged_from": "content", "verdict": if failed { "failed" } else { "passed" }, "audit": false, "prefix": "ml/",
        "waivers": [], "errors": [], "artifacts": artifacts,
        "rules": [{
            "id": "pickle/unlisted-call", "title": "A function that is not listed is called", "level": "deny",
            "description": "It is called while the file is loaded.\n\nNobody has looked at what it does.",
            "message": "`{callee}` is called.", "remedy": "Look at what the function does.", "since": "0.1.0", "effective_on": null,
            "related_resources": ["https://docs.python.org/3/library/pickle.html", "javascript:alert(1)"]
        }],
        "policy": {
            "digest": format!("sha256:{}", "c".repeat(64)),
            "sources": [{"name": "embedded", "layer": "embedded", "digest": format!("sha256:{}", "d".repeat(64)), "rules": 30}]
        },
        "summary": {"artifacts": count, "passed": 0, "failed": count, "denied": 0, "warned": 0, "waived": 0, "incomplete": 0, "excluded": 0}
    })
}

fn read(value: &Value) -> Report {
    serde_json::from_value(value.clone()).unwrap()
}

/// A directory and a file, with findings of every sort, unread content and a path that was not judged.
fn mixed() -> Value {
    let mut waived = finding("container/duplicate-name", "deny", "models/a.pt", "", 0);
    waived["waived"] =
        json!({"reason": "reviewed", "approver": "a team", "approver_proof": "declared", "expires": "2026-12-31"});
    let mut early = finding("ours/rule", "warn", "models/a.pt", "data.pkl", 7);
    early["denies_from"] = "2026-06-01".into();
    let call = finding("pickle/unlisted-call", "deny", "models/a.pt", "archive/data.pkl", 42);
    let mut top = finding("pickle/unlisted-call", "deny", "models/a.pt", "", 9);
    top["not_waived"] = "a waiver by a team (weighbridge-waivers.yaml:9) expired on 2026-01-15".into();
    let mut directory = artifact("models", "failed", &[call, top, waived, early], &[unread("models/a.pt", "extra")]);
    directory["kind"] = "directory".into();
    directory["formats"] = json!(["directory"]);
    directory["excluded"] = json!(["models/notes.md"]);
    let file = |name: &str| json!({"path": name, "digest": digest("e"), "size": 3, "formats": ["text"]});
    directory["files"] = json!([file("models/a.pt"), file("models/b.safetensors"), file("models/notes.md")]);
    let mut value = report(&[directory, artifact("./weights.safetensors", "passed", &[], &[])]);
    value["errors"] =
        json!([{"path": "locked", "kind": "unreadable", "message": "locked: cannot be opened; check its permissions"}]);
    value["waivers"] = json!([{
        "rule": "container/duplicate-name", "digest": digest("b"), "path": "models/a.pt", "reason": "reviewed", "approver": "a team",
        "approver_proof": "declared", "created": "2026-01-01", "expires": "2026-12-31", "file": "weighbridge-waivers.yaml", "line": 2,
        "state": "used", "why": null
    }]);
    value
}

fn text(write: fn(&Report, &mut Vec<u8>) -> std::io::Result<()>, report: &Value) -> String {
    let mut out = Vec::new();
    write(&read(report), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn sarif(report: &Value) -> String {
    text(|report, out| report::sarif(report, Findings::All, out), report)
}

fn junit(report: &Value) -> String {
    text(|report, out| report::junit(&report::suites(report), out), report)
}

fn gitlab(report: &Value) -> String {
    text(report::gitlab, report)
}

fn cyclonedx(report: &Value) -> String {
    text(report::cyclonedx, report)
}

fn run(report: &Value) -> Value {
    let log: Value = serde_json::from_str(&sarif(report)).unwrap();
    log["runs"][0].clone()
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name].as_array().unwrap()
}

#[test]
fn sarif_of_every_sort() {
    insta::assert_snapshot!(sarif(&mixed()));
}

#[test]
fn junit_of_every_sort() {
    insta::assert_snapshot!(junit(&mixed()));
}

#[test]
fn gitlab_of_every_sort() {
    insta::assert_snapshot!(gitlab(&mixed()));
}

#[test]
fn cyclonedx_of_every_sort() {
    let bom = cyclonedx(&mixed());
    assert_eq!(bom, cyclonedx(&mixed()));
    // The serial number is the report's alone.
    let mut other = mixed();
    other["evaluated_at"] = "2026-01-31T12:00:01Z".into();
    let serial = |bom: &str| serde_json::from_str::<Value>(bom).unwrap()["serialNumber"].as_str().unwrap().to_owned();
    assert_ne!(serial(&bom), serial(&cyclonedx(&other)));
    let shape = serial(&bom).replace(|c: char| c.is_ascii_hexdigit(), "x");
    assert_eq!(shape, "xrn:xxix:xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx".replace("xrn:xxix", "urn:uuix"));
    insta::assert_snapshot!(bom);
}

#[test]
fn hostile_text_stays_text() {
    let mut value = mixed();
    poison(&mut value, HOSTILE);
    let mut long = mixed();
    poison(&mut long, &HOSTILE.repeat(600));
    for report in [&value, &long] {
        let outputs = [sarif(report), junit(report), gitlab(report), cyclonedx(report)];
        for (index, text) in outputs.iter().enumerate() {
            let steering = |c: char| c != '\n' && weighbridge::place::deceives(c);
            assert!(!text.contains(steering), "{index}: {text}");
            assert!(!text.contains("##["), "{index}: {text}");
            assert!(!text.lines().any(|line| line.trim_start().starts_with("::")), "{index}: {text}");
            if index != 1 {
                serde_json::from_str::<Value>(text).unwrap();
            }
        }
        assert!(!outputs[1].contains(['\u{fffe}', '\0']), "{}", outputs[1]);
    }
    // The links of SARIF's plain texts, and addresses that are none.
    for result in list(&run(&value), "results") {
        assert!(!result["message"]["text"].as_str().unwrap().contains("link]("), "{result}");
    }
    assert!(!sarif(&mixed()).contains("javascript:"));
    // A text of 30 kB is cut.
    for result in list(&run(&long), "results") {
        assert!(result["message"]["text"].as_str().unwrap().len() < 30_000, "{}", result["message"]);
    }
}

/// Replaces every text that is not an enumeration's word.
fn poison(value: &mut Value, hostile: &str) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let words = [
                    "schema",
                    "judged_from",
                    "verdict",
                    "level",
                    "kind",
                    "layer",
                    "state",
                    "approver_proof",
                    "formats",
                ];
                if !words.contains(&name.as_str()) {
                    poison(value, hostile);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| poison(item, hostile)),
        Value::String(text) => hostile.clone_into(text),
        _ => {}
    }
}

/// The fingerprints of a report with these findings, in their order.
fn prints(findings: &[Value]) -> Vec<String> {
    let report = report(&[artifact("m.pt", "failed", findings, &[])]);
    let run = run(&report);
    let of = |result: &Value| result["partialFingerprints"]["weighbridgeFinding/v1"].as_str().unwrap().to_owned();
    let all: Vec<String> = list(&run, "results").iter().map(of).collect();
    let of_github =
        |result: &Value| result["partialFingerprints"]["primaryLocationLineHash"].as_str().unwrap().to_owned();
    assert_eq!(list(&run, "results").iter().map(of_github).collect::<BTreeSet<_>>().len(), all.len());
    all
}

#[test]
fn a_fingerprint_stays_when_content_moves_and_words_change() {
    let call = || finding("pickle/unlisted-call", "deny", "m.pt", "data.pkl", 42);
    let one = prints(&[call()]);
    let mut moved = finding("pickle/unlisted-call", "deny", "m.pt", "data.pkl", 4_711);
    moved["message"] = "When the file is loaded, `mylib.load` is called (byte 4711).".into();
    moved["member_digest"] = digest("f");
    moved["level"] = "warn".into();
    moved["remedy"] = "Something else.".into();
    assert_eq!(prints(&[moved]), one);
    // Another finding beside it, in front of it or behind it.
    let other = || finding("container/gap", "deny", "m.pt", "", 1);
    assert_eq!(prints(&[other(), call()])[1..], one);
    assert_eq!(prints(&[call(), other()])[..1], one);
    // The same file, whatever way leads to it.
    let mut value = report(&[artifact(
        "./a/../m.pt",
        "failed",
        &[finding("pickle/unlisted-call", "deny", "./a/../m.pt", "data.pkl", 1)],
        &[],
    )]);
    let print = |value: &Value| {
        run(value)["results"][0]["partialFingerprints"]["weighbridgeFinding/v1"].as_str().unwrap().to_owned()
    };
    assert_eq!(print(&value), one[0]);
    value["prefix"] = "".into();
    value["artifacts"][0]["findings"][0]["file"] = "ml/m.pt".into();
    value["artifacts"][0]["findings"][0]["place"] = "ml/m.pt!data.pkl".into();
    assert_eq!(print(&value), one[0]);
    value["tool"]["version"] = "9.0.0".into();
    assert_eq!(print(&value), one[0]);
}

#[test]
fn fingerprints_of_different_findings_differ() {
    let base = || finding("pickle/unlisted-call", "deny", "m.pt", "data.pkl", 42);
    let mut callee = base();
    callee["message"] = "`mylib.save` is called at byte 42 when the file is loaded.".into();
    let findings = [
        base(),
        base(),
        finding("pickle/unlisted-call", "deny", "m.pt", "data.pkl", 43),
        finding("pickle/unlisted-import", "deny", "m.pt", "data.pkl", 42),
        finding("pickle/unlisted-call", "deny", "m.pt", "other.pkl", 42),
        finding("pickle/unlisted-call", "deny", "n.pt", "data.pkl", 42),
        finding("pickle/unlisted-call", "deny", "m.pt", "", 42),
        callee,
    ];
    let prints = prints(&findings);
    assert_eq!(prints.iter().collect::<BTreeSet<_>>().len(), findings.len(), "{prints:?}");
    // What is alike but for its offset is counted.
    let counts: Vec<&str> = prints[..3].iter().map(|print| print.rsplit_once(':').unwrap().1).collect();
    assert_eq!(counts, ["1", "2", "3"]);
    let report = report(&[artifact("m.pt", "failed", &findings, &[])]);
    let found: Vec<Value> = serde_json::from_str(&gitlab(&report)).unwrap();
    let prints: BTreeSet<&str> = found.iter().map(|one| one["fingerprint"].as_str().unwrap()).collect();
    assert_eq!(prints.len(), findings.len());
}

#[test]
fn what_is_over_githubs_limits_is_cut_worst_kept_and_said() {
    let mut findings: Vec<Value> =
        (0..5_990).map(|at| finding("container/gap", "warn", "m.pt", &format!("member-{at}"), at)).collect();
    findings.extend((0..20).map(|at| finding("pickle/unlisted-call", "deny", "m.pt", &format!("data-{at}"), at)));
    let many = run(&report(&[artifact("m.pt", "failed", &findings, &[])]));
    let results = list(&many, "results");
    assert_eq!(results.len(), 5_001);
    let levels: Vec<&str> = results.iter().map(|result| result["level"].as_str().unwrap()).collect();
    assert!(
        levels[..20].iter().all(|level| *level == "error") && levels[20..5_000].iter().all(|level| *level == "warning")
    );
    assert_eq!(results[5_000]["ruleId"], "weighbridge/left-out");
    let said = results[5_000]["message"]["text"].as_str().unwrap();
    assert!(said.starts_with("1010 results are left out"), "{said}");
    let notified = many["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"].as_str().unwrap();
    assert!(notified.starts_with("1010 results are left out"), "{notified}");

    // GitHub takes 10 MB, and text that does not compress is not much smaller when it is compressed.
    for finding in &mut findings {
        finding["evidence"] = "0123456789abcdef".repeat(300).into();
    }
    let long = report(&[artifact("m.pt", "failed", &findings, &[])]);
    let mut out = Vec::new();
    report::json_line(&run(&long), &mut out).unwrap();
    assert!((8_000_000..10_000_000).contains(&out.len()), "{}", out.len());
    let results = run(&long)["results"].as_array().unwrap().len();
    assert!((1_000..5_000).contains(&results), "{results}");
}

#[test]
fn rules_keep_githubs_limits() {
    let mut value =
        report(&[artifact("m.pt", "failed", &[finding("pickle/unlisted-call", "deny", "m.pt", "", 1)], &[])]);
    for field in ["title", "description", "remedy"] {
        value["rules"][0][field] = "a重".repeat(2_000).into();
    }
    let rule = run(&value)["tool"]["driver"]["rules"][0].clone();
    for field in ["shortDescription", "fullDescription"] {
        let text = rule[field]["text"].as_str().unwrap();
        assert!(text.chars().count() == 1_024 && text.ends_with("..."), "{text}");
    }
    // Nothing that GitHub requires is empty.
    for field in ["title", "description", "remedy"] {
        value["rules"][0][field] = "".into();
    }
    value["artifacts"][0]["findings"][0]["message"] = "".into();
    let run = run(&value);
    let rule = &run["tool"]["driver"]["rules"][0];
    for text in [&rule["shortDescription"], &rule["fullDescription"], &rule["help"], &run["results"][0]["message"]] {
        assert!(!text["text"].as_str().unwrap().trim().is_empty(), "{rule}");
    }
}

#[test]
fn no_gap_is_taken_for_a_pass() {
    let levels = |value: &Value| -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        list(&run(value), "results").iter().map(|result| (text(&result["ruleId"]), text(&result["level"]))).collect()
    };
    let pair = |rule: &str, level: &str| (rule.to_owned(), level.to_owned());
    let failed = |findings: &[Value], unread: &[Value]| report(&[artifact("m.pt", "failed", findings, unread)]);
    // Unread content that no finding speaks of, and that one speaks of.
    assert_eq!(levels(&failed(&[], &[unread("m.pt", "")])), [pair("weighbridge/not-read", "error")]);
    let speaks = finding("core/incomplete", "deny", "m.pt", "", 0);
    assert_eq!(
        levels(&failed(std::slice::from_ref(&speaks), &[unread("m.pt", "")])),
        [pair("core/incomplete", "error")]
    );
    // One that is waived speaks of no other gap at its place.
    let mut waived = speaks;
    waived["waived"] = json!({"reason": "r", "approver": "a", "approver_proof": "declared", "expires": "2027-01-01"});
    let both = levels(&failed(&[waived.clone()], &[unread("m.pt", "")]));
    assert_eq!(both, [pair("weighbridge/not-read", "error"), pair("core/incomplete", "note")]);
    let mut covered = unread("m.pt", "");
    covered["waived"] = true.into();
    let passed = report(&[artifact("m.pt", "passed", &[waived.clone()], &[covered])]);
    assert_eq!(levels(&passed), [pair("core/incomplete", "note")]);
    let of = run(&passed);
    assert_eq!(of["results"][0]["suppressions"][0]["justification"], "r (by a, until 2027-01-01)");
    assert_eq!(of["tool"]["driver"]["rules"][0]["properties"]["security-severity"], "1.0");
    // What is uploaded to GitHub leaves it out.
    let open = text(|report, out| report::sarif(report, Findings::Open, out), &passed);
    assert_eq!(serde_json::from_str::<Value>(&open).unwrap()["runs"][0]["results"], json!([]));
    // Failed by its warnings, and by nothing that is told.
    let warned = finding("container/gap", "warn", "m.pt", "", 0);
    assert_eq!(levels(&failed(std::slice::from_ref(&warned), &[])), [pair("container/gap", "error")]);
    assert_eq!(levels(&failed(&[], &[])), [pair("weighbridge/not-read", "error")]);
    let passed = report(&[artifact("m.pt", "passed", &[warned], &[])]);
    assert_eq!(levels(&passed), [pair("container/gap", "warning")]);
    // An audit stops nothing, but for what could not be judged.
    let mut audit = mixed();
    audit["audit"] = true.into();
    let told = levels(&audit);
    let errors: Vec<_> = told.iter().filter(|(_, level)| level == "error").collect();
    assert_eq!(errors, [&pair("weighbridge/not-judged", "error")]);
    assert!(!junit(&audit).contains("<failure"));
    assert_eq!(run(&audit)["invocations"][0]["executionSuccessful"], false);
}

#[test]
fn a_location_is_the_repositorys() {
    let uri = |file: &str, prefix: Value| {
        let mut value = report(&[artifact(file, "failed", &[finding("a/b", "deny", file, "", 0)], &[])]);
        value["prefix"] = prefix;
        run(&value)["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"].clone()
    };
    let inside = |uri: &str| json!({"uri": uri, "uriBaseId": "%SRCROOT%"});
    assert_eq!(uri("./models//a b.pt", json!("ml/")), inside("ml/models/a%20b.pt"));
    assert_eq!(uri("../a\\x1b.pt", Value::Null), json!({"uri": "../a%5Cx1b.pt"}));
    assert_eq!(uri("../a.pt", json!("ml/team/")), inside("ml/a.pt"));
    assert_eq!(uri("/srv/a\\u{7f}.pt", Value::Null), json!({"uri": "file:///srv/a%7F.pt"}));
    let long = "a/".repeat(20_000);
    assert_eq!(uri(&long, Value::Null), json!({"uri": "."}));
}

/// A folder with a model that fails, by a warning for who asks, and its facts.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "models/a.pkl", b"cposix\nsystem\n(S'id'\ntR.");
    write(folder.path(), "models/notes.txt", "notes\n");
    let (code, _, error) = ran(folder.path(), &["facts", "models", "--output", "facts.json"]);
    assert_eq!(code, 0, "{error}");
    folder
}

const FORMATS: [&str; 7] = ["terminal", "json", "sarif", "junit", "markdown", "gitlab", "cyclonedx"];

#[test]
fn one_run_writes_every_format_and_the_exit_code_stays() {
    let folder = folder();
    let time = ["--evaluated-at", "2026-01-31T12:00:00Z"];
    for command in [["check", "models"], ["eval", "facts.json"]] {
        let files: Vec<String> = FORMATS.iter().map(|format| format!("{format}={}-{format}", command[0])).collect();
        let mut arguments: Vec<&str> = command.iter().chain(&time).copied().collect();
        arguments.extend(files.iter().flat_map(|file| ["--report", file.as_str()]));
        let (code, stdout, error) = ran(folder.path(), &arguments);
        assert_eq!(code, 1, "{error}");
        assert!(stdout.contains("pickle/dangerous-call"), "{stdout}");
        for format in FORMATS {
            let written = std::fs::read_to_string(folder.path().join(format!("{}-{format}", command[0]))).unwrap();
            assert!(written.contains("pickle/dangerous-call") || format == "markdown", "{format}: {written}");
            assert!(written.ends_with('\n'), "{format}: {written}");
            // On standard output it is the same.
            let one: Vec<&str> = command.iter().chain(&time).chain(&["--format", format]).copied().collect();
            let (code, stdout, _) = ran(folder.path(), &one);
            assert_eq!((code, &stdout), (1, &written), "{format}");
        }
    }
    // An audit lets it through, and everything is written.
    let (code, ..) = ran(folder.path(), &["check", "models", "--audit", "--report", "sarif=audit.sarif"]);
    assert_eq!(code, 0);
    let log: Value = serde_json::from_slice(&std::fs::read(folder.path().join("audit.sarif")).unwrap()).unwrap();
    assert_eq!(log["runs"][0]["results"][0]["level"], "warning");
}

#[test]
fn outputs_keep_off_inputs_and_each_other_and_a_failed_one_is_said() {
    let folder = folder();
    let refused = |arguments: &[&str], words: &str| {
        let (code, stdout, error) = ran(folder.path(), &[&["check"], arguments].concat());
        assert_eq!((code, stdout.as_str()), (2, ""), "{error}");
        assert!(error.contains(words), "{error}");
    };
    refused(&["models/a.pkl", "--report", "json=./models/../models/a.pkl"], "is read and cannot be written too");
    write(folder.path(), "weighbridge.yaml", "waivers: accepted.yaml\n");
    write(folder.path(), "accepted.yaml", "waivers: []\n");
    for own in ["json=weighbridge.yaml", "json=./accepted.yaml"] {
        refused(&["models", "--report", own], "is read and cannot be written too");
    }
    refused(&["models", "--report", "json=r", "--report", "sarif=./r"], "is to be written twice");
    refused(&["models", "--report", "json=r", "--output", "models/../r"], "is to be written twice");
    refused(&["models", "--report", "pdf=r"], "not one of terminal, json, sarif, junit, markdown, gitlab, cyclonedx");
    for not in ["json", "json=", "=r", ""] {
        refused(&["models", "--report", not], "--report");
    }
    assert!(!folder.path().join("r").exists());
    let model = std::fs::read(folder.path().join("models/a.pkl")).unwrap();
    assert!(model.starts_with(b"cposix"));

    // What can be written is, the report is still one document, and the exit code says that something is missing.
    let arguments = ["check", "models", "--format", "json", "--report", "sarif=nowhere/r", "--report", "gitlab=r"];
    let (code, stdout, error) = ran(folder.path(), &arguments);
    assert_eq!(code, 2);
    assert!(error.contains("nowhere/r: cannot be written"), "{error}");
    assert_eq!(serde_json::from_str::<Value>(&stdout).unwrap()["verdict"], "failed");
    assert!(folder.path().join("r").exists());
}
