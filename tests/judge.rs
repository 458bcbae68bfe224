//! The judge over the shipped rules: every rule comes to a finding with its words, and nothing that was seen is dropped.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test that cannot go on ends with a panic"
)]

use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use weighbridge::facts::{Facts, SCHEMA};
use weighbridge::policy::{Judge, PolicySet, Settings};
use weighbridge::verdict::{AllowEntry, AllowedUse, Finding, Layer, Level, Parameters, Signers};

fn judge() -> Judge {
    Judge::here(&PolicySet::embedded().unwrap()).unwrap()
}

fn member(id: u32, differs: &Value) -> Value {
    let mut member = json!({
        "id": id, "parent": null, "path": format!("model-{id}"), "name": format!("model-{id}"), "origin": "named", "size": 1,
        "digest": {"sha256": "00"}, "formats": [], "extension": null, "promised": [], "executable": false, "pointer": null, "link": null,
    });
    set(&mut member, differs);
    member
}

fn set(value: &mut Value, differs: &Value) {
    for (key, new) in differs.as_object().unwrap() {
        value[key] = new.clone();
    }
}

fn facts(differs: &Value) -> Facts {
    let mut facts = json!({
        "schema": SCHEMA, "evaluated_at": "2026-01-01T00:00:00Z", "tool": {"version": "0.0.0"},
        "artifact": {"path": "model", "kind": "file", "digest": null, "size": 1},
        "members": [member(0, &json!({}))], "incomplete": [], "deviations": [], "archives": [], "pickles": [], "tensors": [],
        "graphs": [], "references": [], "declarations": [], "layers": [], "mentions": [], "objects": [], "templates": [], "code": [], "executables": [], "signatures": [],
    });
    set(&mut facts, differs);
    serde_json::from_value(facts).unwrap()
}

fn incomplete(kind: &str, what: &str) -> Value {
    json!({"member": 0, "kind": kind, "format": null, "what": what, "offset": null, "count": 1})
}

fn deviation(format: &str, kind: &str) -> Value {
    json!({"member": 0, "format": format, "kind": kind, "name": "a", "field": null, "expected": "1", "found": "2", "offset": 3, "count": 1})
}

fn call(kind: &str, callee: Value, differs: &Value) -> Value {
    let mut call = json!({
        "as": kind, "callee": callee, "opcode": "REDUCE", "offset": 12, "count": 1, "arity": 0, "arguments": [], "keywords": null,
        "evidence": "12: REDUCE", "after_stop": false,
    });
    set(&mut call, differs);
    call
}

fn global(kind: &str, module: &str, name: &str) -> Value {
    json!({"kind": kind, "module": module, "name": name, "global": format!("{module}.{name}")})
}

fn import(module: &str, name: &str) -> Value {
    json!({"module": module, "name": name, "global": format!("{module}.{name}"), "opcode": "GLOBAL", "offset": 2, "count": 1, "passed": false, "evidence": "2: GLOBAL"})
}

fn pickle(differs: &Value) -> Value {
    let mut pickle = json!({
        "member": 0, "reading": "cpython", "stream": 0, "offset": 0, "size": 9, "protocols": [4], "opcodes": 9, "imports": [],
        "calls": [], "persistent": [], "extensions": [], "ended": {"kind": "stop", "offset": 9, "opcode": "STOP", "what": null},
    });
    set(&mut pickle, differs);
    pickle
}

const KINDS: [&str; 25] = [
    "header-disagreement",
    "hidden-entry",
    "duplicate-name",
    "case-collision",
    "overlap",
    "gap",
    "prefix-bytes",
    "suffix-bytes",
    "count-mismatch",
    "size-mismatch",
    "checksum-mismatch",
    "several-ends",
    "traversal",
    "link",
    "special-file",
    "deceptive-name",
    "encrypted",
    "unusual-method",
    "several-streams",
    "duplicate-key",
    "invalid-value",
    "out-of-range",
    "overflow",
    "missing-file",
    "misaligned",
];

fn fired(facts: &Facts) -> Vec<Finding> {
    judge().judge(facts).unwrap()
}

#[test]
fn no_deviation_is_dropped() {
    let judge = judge();
    for format in [
        "zip",
        "tar",
        "gzip",
        "torch",
        "safetensors",
        "safetensors-index",
        "npy",
        "npz",
        "pickle",
        "joblib",
        "torch-legacy",
    ] {
        for kind in KINDS.iter().chain(&["object-data"]) {
            let found = judge.judge(&facts(&json!({"deviations": [deviation(format, kind)]}))).unwrap();
            assert_eq!(found.len(), 1, "{format} {kind}: {found:?}");
            assert!(found[0].message.contains('a') && !found[0].message.contains('{'), "{found:?}");
        }
    }
}

#[test]
fn no_incomplete_fact_is_dropped() {
    let judge = judge();
    for kind in [
        "limit",
        "truncated",
        "malformed",
        "encrypted",
        "unsupported",
        "unknown-format",
        "pointer",
        "unreadable",
        "changed",
        "not-a-file",
        "internal",
    ] {
        for what in ["depth", "ratio", "records"] {
            let found = judge.judge(&facts(&json!({"incomplete": [incomplete(kind, what)]}))).unwrap();
            assert_eq!(found.len(), 1, "{kind} {what}: {found:?}");
            assert_eq!(found[0].level, Level::Deny);
        }
    }
}

/// Facts in which everything is wrong: those below, and the rows of each table in `cases/worst`, a file a group of rules.
fn worst() -> Facts {
    let mut facts = serde_json::to_value(pickled()).unwrap();
    for file in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases/worst")).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        for (table, rows) in serde_json::from_str::<Value>(&text).unwrap().as_object().unwrap() {
            facts[table].as_array_mut().unwrap().extend(rows.as_array().unwrap().iter().cloned());
        }
    }
    facts["members"].as_array_mut().unwrap().sort_by_key(|member| member["id"].as_u64());
    serde_json::from_value(facts).unwrap()
}

/// Pickles and containers in which everything is wrong.
fn pickled() -> Facts {
    let mut deviations: Vec<Value> =
        ["zip", "safetensors", "pickle"].iter().flat_map(|format| KINDS.map(|kind| deviation(format, kind))).collect();
    deviations.extend([
        deviation("npy", "object-data"),
        deviation("npz", "object-data"),
        deviation("torch", "missing-file"),
    ]);
    let unknown = json!({"kind": "unknown", "module": null, "name": null, "global": null});
    let calls = json!([
        call("call", global("global", "os", "system"), &json!({})),
        call("call", global("global", "unlisted", "thing"), &json!({"offset": 20, "after_stop": true})),
        call("call", global("result", "unlisted", "thing"), &json!({"offset": 30})),
        call("call", unknown, &json!({"offset": 40})),
    ]);
    let stream = pickle(&json!({
        "reading": "cpython-c", "calls": calls,
        "imports": [import("os", "popen"), import("os", "system"), import("unlisted", "other"), import("unlisted", "thing")],
        "persistent": [{"opcode": "PERSID", "offset": 1, "count": 1, "kind": "dict", "parts": []}],
        "extensions": [{"opcode": "EXT1", "code": 7, "offset": 1, "count": 1}],
        "ended": {"kind": "truncated", "offset": 50, "opcode": null, "what": null},
    }));
    facts(&json!({
        "members": [
            member(0, &json!({"formats": ["zip", "pickle"], "promised": ["safetensors"], "name": "a\\u{202e}b"})),
            member(1, &json!({"formats": ["elf"]})),
            member(2, &json!({"formats": ["text", "script"], "promised": ["safetensors"]})),
            member(3, &json!({"formats": ["zip", "torch", "torchscript"]})),
            member(4, &json!({"path": "model/.git/hooks/update", "name": "update", "executable": true, "link": {"target": "../x", "escapes": true}})),
            member(5, &json!({"parent": 3, "path": "model.pt!m/.data/extern_modules"})),
            member(6, &json!({"parent": 3, "path": "net.py", "name": "net.py", "extension": "py", "origin": "file"})),
        ],
        "incomplete": [
            incomplete("limit", "depth"), incomplete("limit", "ratio"), incomplete("limit", "records"), incomplete("unknown-format", "x"),
            incomplete("changed", "size"), incomplete("pointer", "x"), incomplete("encrypted", "x"),
        ],
        "deviations": deviations,
        "pickles": [stream],
        "executables": [{"member": 1, "format": "elf", "machine": null, "kind": "executable"}],
    }))
}

#[test]
fn every_rule_comes_to_a_finding_with_its_words() {
    let (set, parameters) = (
        PolicySet::embedded().unwrap(),
        Parameters { largest: Some(0), formats: Some(Vec::new()), ..Parameters::default() },
    );
    let (refuse, levels) = (["os.system".to_owned()], BTreeMap::new());
    let identity = |identity: &str, issuer: &str| json!({"identity": identity, "issuer": issuer, "root": "public"});
    let (gate, issuer, key) = ("https://example.org/gate", "https://issuer.example.org", "a".repeat(64));
    let signers: Vec<Signers> = serde_json::from_value(json!([
        {"by": [{"fingerprint": key}]},
        {"by": [{"fingerprint": key, "until": "2025-12-01T00:00:00Z"}]},
        {"by": [{"fingerprint": key}], "timed": true},
        {"by": [{"fingerprint": "b".repeat(64)}]},
        {"by": [identity("https://example.org/other", issuer)]},
        {"by": [identity(gate, "https://other.example.org")]},
        {"by": [{"fingerprint": key}], "paths": ["net.py"]},
    ]))
    .unwrap();
    let settings = Settings {
        allow: &[],
        parameters: &parameters,
        refuse: &refuse,
        signers: &signers,
        levels: &levels,
        decides: None,
    };
    let settled = set.clone().with_settings(Layer::Repository, "weighbridge.yaml", &settings).unwrap();
    let found = Judge::here(&settled).unwrap().judge(&worst()).unwrap();
    let ids: BTreeSet<&str> = found.iter().map(|finding| finding.rule.as_str()).collect();
    let missing: Vec<&str> = set.rules().iter().map(|rule| rule.id.as_str()).filter(|id| !ids.contains(id)).collect();
    assert!(missing.is_empty(), "no finding of {missing:?}");
    for finding in &found {
        let message = finding.message.replace("\\u{202e}", "");
        assert!(!message.contains(['{', '}']) && !finding.remedy.contains(['{', '}']), "{finding:?}");
        assert!(!finding.title.is_empty() && finding.message.ends_with('.'), "{finding:?}");
    }
    let first_warn = found.iter().position(|finding| finding.level == Level::Warn).unwrap();
    assert!(found[first_warn..].iter().all(|finding| finding.level == Level::Warn), "denied findings come first");
}

#[test]
fn ordinary_facts_have_no_finding() {
    let found = fired(&facts(
        &json!({"members": [member(0, &json!({"formats": ["safetensors"], "promised": ["safetensors"]}))]}),
    ));
    assert_eq!(found, []);
}

#[test]
fn a_call_is_told_once_and_an_offered_entry_lets_it_pass() {
    let stream = pickle(&json!({
        "imports": [import("library.module", "rebuild")],
        "calls": [call("call", global("global", "library.module", "rebuild"), &json!({
            "arity": 1, "arguments": [{"kind": "text", "values": ["x"], "distinct": 1, "complete": true, "items": [], "keys": []}],
        }))],
    }));
    let facts = facts(&json!({"pickles": [stream]}));
    let found = fired(&facts);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].rule, "pickle/unlisted-call");
    assert_eq!(found[0].evidence.as_deref(), Some("12: REDUCE"));
    insta::assert_snapshot!(found[0].allow.as_deref().unwrap());
    let entry = AllowEntry {
        global: "library.module.rebuild".to_owned(),
        uses: vec![AllowedUse::Call],
        arguments: Some(vec!["text".to_owned()]),
        state: None,
        reason: "read and found harmless".to_owned(),
        source: None,
    };
    let settings = Settings {
        allow: &[entry],
        parameters: &Parameters::default(),
        refuse: &[],
        signers: &[],
        levels: &BTreeMap::new(),
        decides: None,
    };
    let set = PolicySet::embedded().unwrap().with_settings(Layer::Repository, "weighbridge.yaml", &settings).unwrap();
    assert_eq!(Judge::here(&set).unwrap().judge(&facts).unwrap(), []);
}

#[test]
fn facts_whose_ids_are_no_index_are_refused() {
    let facts = facts(&json!({"members": [member(1, &json!({}))]}));
    assert!(matches!(judge().judge(&facts), Err(weighbridge::policy::PolicyError::Facts { index: 0 })));
}

#[test]
fn large_tables_are_judged_in_time() {
    let many = 1_500;
    let calls: Vec<Value> = (0..many)
        .map(|n| call("call", global("global", "unlisted", &format!("f{n}")), &json!({"offset": n})))
        .collect();
    let imports: Vec<Value> = (0..many).map(|n| import("unlisted", &format!("f{n}"))).collect();
    let facts = facts(&json!({
        "members": (0..many).map(|n| member(n, &json!({"parent": if n == 0 { Value::Null } else { json!(0) }, "origin": "entry"}))).collect::<Vec<_>>(),
        "incomplete": (0..many).map(|n| { let mut one = incomplete("unknown-format", "x"); set(&mut one, &json!({"member": n})); one }).collect::<Vec<_>>(),
        "deviations": (0..many).map(|n| { let mut one = deviation("zip", "deceptive-name"); set(&mut one, &json!({"offset": n})); one }).collect::<Vec<_>>(),
        "pickles": [pickle(&json!({"calls": calls, "imports": imports}))],
    }));
    let found = fired(&facts);
    assert_eq!(found.len(), 4_500);
}
