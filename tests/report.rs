//! What a person sees of a report: snapshots of hand-made ones, hostile text among them.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test that cannot go on ends with a panic"
)]

use serde_json::{Value, json};
use weighbridge::report::{Look, Shown};
use weighbridge::verdict::Report;

const LOOK: Look = Look { width: 100, unicode: true, shown: Shown::Normal };

fn digest(digit: &str) -> Value {
    json!({"sha256": digit.repeat(64)})
}

fn finding(rule: &str, level: &str, place: &str, offset: u64) -> Value {
    json!({
        "rule": rule, "level": level, "title": "A function that is not listed is called",
        "message": format!("Loading this file would call `mylib.load` at byte {offset}, and no list says that this is safe."),
        "place": place, "file": place.split('!').next(), "member_digest": digest("b"), "offset": offset,
        "evidence": format!("{offset}: GLOBAL 'mylib load'\n{}: REDUCE mylib.load('weights', 3)", offset + 9),
        "remedy": "Look at what the function does. If it only builds data, list it and merge that first.",
        "allow": "allow:\n  - global: mylib.load\n    as: [call]\n    reason: why it is safe", "denies_from": null, "waived": null,
        "not_waived": null
    })
}

fn artifact(path: &str, verdict: &str, findings: &[Value], incomplete: &[Value]) -> Value {
    json!({
        "path": path, "kind": "file", "digest": digest("a"), "size": 1_234_567, "formats": ["zip", "torch"], "verdict": verdict,
        "findings": findings, "incomplete": incomplete, "excluded": [], "members": 5, "files": []
    })
}

fn report(artifacts: &[Value], errors: &[Value], summary: Value) -> Report {
    let failed = !errors.is_empty() || artifacts.iter().any(|artifact| artifact["verdict"] == "failed");
    serde_json::from_value(json!({
        "schema": "weighbridge/report/v1", "tool": {"version": "0.1.0"}, "evaluated_at": "2026-01-31T12:00:00Z",
        "judged_from": "content", "verdict": if failed { "failed" } else { "passed" },
        "audit": false, "waivers": [], "rules": [],
        "policy": {
            "digest": format!("sha256:{}", "c".repeat(64)),
            "sources": [{"name": "embedded", "layer": "embedded", "digest": format!("sha256:{}", "d".repeat(64)), "rules": 30}]
        },
        "artifacts": artifacts, "errors": errors, "summary": summary
    }))
    .unwrap()
}

fn summary(artifacts: u64, failed: u64, denied: u64, warned: u64, waived: u64, incomplete: u64) -> Value {
    json!({"artifacts": artifacts, "passed": artifacts - failed, "failed": failed, "denied": denied, "warned": warned,
        "waived": waived, "incomplete": incomplete, "excluded": 0})
}

fn shown(report: &Report, look: Look) -> String {
    let mut out = Vec::new();
    weighbridge::report::terminal(report, look, &mut out).unwrap();
    anstream::adapter::strip_str(&String::from_utf8(out).unwrap()).to_string()
}

fn mixed() -> Report {
    let place = "models/model.pt!archive/data.pkl";
    let unread = json!({"place": "models/model.pt!archive/extra", "file": "models/model.pt", "kind": "encrypted", "what": "AES-256", "offset": 77, "waived": false});
    let mut waived = finding("container/duplicate-name", "deny", "models/model.pt", 0);
    waived["waived"] = json!({"reason": "reviewed by hand", "approver": "a team", "approver_proof": "declared", "expires": "2026-12-31T00:00:00Z"});
    waived["allow"] = Value::Null;
    let mut warned = finding("core/name-disagrees", "warn", "models/model.pt", 0);
    for field in ["offset", "evidence", "allow"] {
        warned[field] = Value::Null;
    }
    let findings = [finding("pickle/unlisted-call", "deny", place, 42), waived, warned];
    report(
        &[
            artifact("models/model.pt", "failed", &findings, &[unread]),
            artifact("models/weights.safetensors", "passed", &[], &[]),
        ],
        &[json!({"path": "models/locked", "kind": "unreadable", "message": "models/locked: cannot be opened"})],
        summary(2, 1, 1, 1, 1, 1),
    )
}

#[test]
fn findings_of_every_sort() {
    insta::assert_snapshot!(shown(&mixed(), LOOK));
}

/// An audit under an organisation's policy, with waivers in every state.
fn governed() -> Report {
    let waiver = |state: &str, why: Value| {
        json!({
            "rule": "core/unknown-format", "digest": digest("b"), "path": format!("models/{state}"), "reason": "looked at",
            "approver": "a@example.org", "approver_proof": "declared", "created": "2026-01-01", "expires": "2026-03-01",
            "file": "weighbridge-waivers.yaml", "line": 2, "state": state, "why": why
        })
    };
    let states = ["used", "unused", "expired", "expiring", "refused"];
    let waivers =
        states.map(|state| waiver(state, if state == "used" { Value::Null } else { "a reason for that".into() }));
    let mut early = finding("ours/rule", "warn", "models/a", 1);
    early["denies_from"] = "2026-06-01".into();
    let mut over = finding("pickle/unlisted-call", "deny", "models/b", 2);
    over["not_waived"] = "a waiver by a@example.org (weighbridge-waivers.yaml:9) expired on 2026-01-15".into();
    let mut one = artifact("models", "failed", &[over, early], &[]);
    one["excluded"] = json!(["models/docs/x.md", "models/docs/y.md"]);
    let mut counts = summary(1, 1, 1, 1, 0, 0);
    counts["excluded"] = 2.into();
    let mut value = serde_json::to_value(report(&[one], &[], counts)).unwrap();
    value["audit"] = true.into();
    value["waivers"] = json!(waivers);
    for (layer, name) in [("organisation", "../policy"), ("repository", "weighbridge.yaml")] {
        let source = json!({"name": name, "layer": layer, "digest": format!("sha256:{}", "e".repeat(64)), "rules": 2});
        value["policy"]["sources"].as_array_mut().unwrap().push(source);
    }
    serde_json::from_value(value).unwrap()
}

#[test]
fn layers_waivers_and_an_audit() {
    insta::assert_snapshot!(shown(&governed(), LOOK));
}

#[test]
fn layers_waivers_and_an_audit_in_full() {
    insta::assert_snapshot!(shown(&governed(), Look { shown: Shown::Verbose, ..LOOK }));
}

#[test]
fn a_narrow_terminal_that_knows_ascii_alone() {
    let text = shown(&mixed(), Look { width: 48, unicode: false, ..LOOK });
    assert!(text.is_ascii(), "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn quiet() {
    insta::assert_snapshot!(shown(&mixed(), Look { shown: Shown::Quiet, ..LOOK }));
}

#[test]
fn many_alike_are_counted_and_verbose_shows_them_all() {
    let mut findings: Vec<Value> =
        (0..9).map(|index| finding("pickle/unlisted-call", "deny", "m.pt!archive/data.pkl", index * 100)).collect();
    for index in 0..6 {
        let mut other = finding("pickle/unlisted-import", "deny", "m.pt!archive/data.pkl", 5000 + index);
        other["allow"] = format!("allow:\n  - global: other{index}\n    as: [reference]").into();
        findings.push(other);
    }
    let report = report(&[artifact("m.pt", "failed", &findings, &[])], &[], summary(1, 1, 15, 0, 0, 0));
    insta::assert_snapshot!(shown(&report, LOOK));
    let all = shown(&report, Look { shown: Shown::Verbose, ..LOOK });
    assert_eq!(all.matches("REDUCE").count(), 15, "{all}");
    assert!(!all.contains("--verbose"), "{all}");
}

#[test]
fn everything_passed() {
    let artifacts = [artifact("a.safetensors", "passed", &[], &[]), artifact("b.safetensors", "passed", &[], &[])];
    insta::assert_snapshot!(shown(&report(&artifacts, &[], summary(2, 0, 0, 0, 0, 0)), LOOK));
}

#[test]
fn judged_from_facts() {
    let mut report = report(&[artifact("a.safetensors", "passed", &[], &[])], &[], summary(1, 0, 0, 0, 0, 0));
    report.judged_from = weighbridge::verdict::JudgedFrom::Facts;
    insta::assert_snapshot!(shown(&report, LOOK));
}

/// Every text of a report is hostile; nothing of it may reach the terminal as more than text.
#[test]
fn hostile_text() {
    let hostile = "x\x1b[31m\u{9b}2J\r\n::stop-commands::y ##[error]\u{202e}\u{e0041}z";
    let mut value = serde_json::to_value(mixed()).unwrap();
    let governed = serde_json::to_value(governed()).unwrap();
    for key in ["audit", "waivers", "policy"] {
        value[key] = governed[key].clone();
    }
    poison(&mut value, hostile);
    let report: Report = serde_json::from_value(value).unwrap();
    for shown_as in [Shown::Quiet, Shown::Normal, Shown::Verbose] {
        let mut out = Vec::new();
        weighbridge::report::terminal(&report, Look { shown: shown_as, ..LOOK }, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let own = ["\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[34m", "\x1b[36m"];
        let rest = own.iter().fold(text.clone(), |text, code| text.replace(code, ""));
        let steering = |c: char| c != '\n' && weighbridge::place::deceives(c);
        assert!(!rest.contains(steering), "{text:?}");
        // The hostile text asks for red; our own red is always bold.
        assert!(!text.replace("\x1b[1m\x1b[31m", "").contains("\x1b[31m"), "{text:?}");
        assert!(!rest.contains("##["), "{text}");
        assert!(!rest.lines().any(|line| line.trim_start().starts_with("::")), "{text}");
    }
    insta::assert_snapshot!(shown(&report, LOOK));
}

/// Replaces every text that is not an enumeration's word.
fn poison(value: &mut Value, hostile: &str) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                if !["schema", "judged_from", "verdict", "level", "kind", "layer", "state", "approver_proof"]
                    .contains(&name.as_str())
                {
                    poison(value, hostile);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| poison(item, hostile)),
        Value::String(text) => hostile.clone_into(text),
        _ => {}
    }
}
