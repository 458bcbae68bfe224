//! Python beside weights: what runs by itself and hides or acts is denied or warned of, by its rule; ordinary sources are silent.
#![allow(missing_docs, reason = "tests are read, not linked")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panic")]

mod binary;

use binary::{run, write};
use serde_json::Value;
use std::path::{Path, PathBuf};
use weighbridge::extract::{Extraction, extract};
use weighbridge::facts::{CodeForm, Facts, FormatId, IncompleteKind, Runs};
use weighbridge::limits::Limits;
use weighbridge::repository::lfs_object;

fn cases(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/python").join(folder)
}

/// The files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

/// Verdict, and the level and rule of every finding, of one file.
fn judged(file: &Path) -> (String, Vec<(String, String)>) {
    let folder = tempfile::tempdir().unwrap();
    let (_, out, error) = run(folder.path(), &["check", "--format", "json", file.to_str().unwrap()]);
    let report: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(report["errors"], serde_json::json!([]), "{error}");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let [artifact] = report["artifacts"].as_array().unwrap().as_slice() else { panic!("{report}") };
    let findings = artifact["findings"].as_array().unwrap();
    (text(&artifact["verdict"]), findings.iter().map(|one| (text(&one["level"]), text(&one["rule"]))).collect())
}

fn facts(name: &str, content: &[u8]) -> Facts {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), name, content);
    let limits = Limits::default();
    let extraction =
        Extraction { limits: &limits, evaluated_at: "2026-01-01T00:00:00Z", progress: &(), pointers: &lfs_object };
    extract(&folder.path().join(name), &extraction).unwrap()
}

#[test]
fn what_runs_by_itself_is_found_by_its_rule() {
    for level in ["deny", "warn"] {
        let root = cases(level);
        let mut count = 0;
        for file in files(&root) {
            let inside = file.strip_prefix(&root).unwrap().to_str().unwrap();
            let rule = inside.split('/').take(2).collect::<Vec<_>>().join("/");
            let (verdict, findings) = judged(&file);
            assert!(findings.contains(&(level.to_owned(), rule)), "{inside}: {verdict} {findings:?}");
            assert_eq!(verdict == "failed", level == "deny", "{inside}: {findings:?}");
            count += 1;
        }
        assert!(count >= 4, "{level}: {count}");
    }
}

#[test]
fn ordinary_sources_are_silent() {
    let files = files(&cases("ordinary"));
    assert!(files.len() >= 8);
    for file in files {
        assert_eq!(judged(&file), ("passed".to_owned(), Vec::new()), "{}", file.display());
    }
}

#[test]
fn what_was_not_read_is_incomplete() {
    let deep = format!("x = {}", "(".repeat(100_000));
    let long = "x = 1\n".repeat(1 << 20);
    let utf_7: &[u8] = b"# coding: utf-7\n+AGkAbQBwAG8AcgB0- os\n";
    for (content, kind) in [
        (deep.as_bytes(), IncompleteKind::Unsupported),
        (long.as_bytes(), IncompleteKind::Limit),
        (utf_7, IncompleteKind::Unsupported),
        (b"x = '\xff'\n", IncompleteKind::Unsupported),
    ] {
        let facts = facts("a.py", content);
        assert!(facts.incomplete.iter().any(|one| one.kind == kind), "{:?}", facts.incomplete);
        assert!(facts.code.iter().all(|code| !code.parsed) && facts.code.len() == 1, "{:?}", facts.code);
    }
}

#[test]
fn a_source_has_one_record_wherever_it_stands() {
    for (name, form) in [("a.py", CodeForm::Text), ("a.pth", CodeForm::Site), ("a", CodeForm::Text)] {
        let facts = facts(name, b"#!/usr/bin/python3\nimport os\n");
        let [code] = facts.code.as_slice() else { panic!("{name}: {:?}", facts.code) };
        assert_eq!((code.language.as_str(), code.imports.len()), ("python", 1), "{name}");
        assert!(code.form == form && code.imports[0].runs == Runs::Import, "{name}: {code:?}");
    }
    let archive = std::fs::read(cases("../flat/script.pt")).unwrap();
    let facts = facts("script.pt", &archive);
    let mut members: Vec<u64> = facts.code.iter().map(|code| u64::from(code.member)).collect();
    assert!(!members.is_empty() && facts.code.iter().all(|code| code.language == "torchscript"), "{:?}", facts.code);
    members.dedup();
    assert_eq!(members.len(), facts.code.len());
    assert!(facts.members.iter().all(|member| !member.formats.contains(&FormatId::Python)));
}
