//! Hostile and ordinary pickles as reviewable text: `tests/cases/pickle/NAME/input.pickleasm` is assembled, read, and its facts
//! are compared with `facts.json` beside it. Adding a case edits no Rust. `WEIGHBRIDGE_WRITE=1 cargo test --test pickle` writes the
//! facts anew, to be reviewed.
//!
//! A folder that also holds a file `denied` is judged by the shipped policies, and must not pass: what was put together of listed parts so
//! that it acts, and did act in its loader (`tests/corpus/malicious/listed.py`). The file says in a line what it did.
//!
//! A first line `# name: labels.txt` gives the file another name than `input.pkl`; `limits.json` gives other limits.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a test may fail by panic"
)]

mod assemble;
mod mutate;

use assemble::assemble;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use weighbridge::extract::{Extraction, disassemble, extract};
use weighbridge::limits::Limits;
use weighbridge::policy::{Judge, PolicySet};
use weighbridge::verdict::Level;

fn facts(path: &Path, limits: &Limits) -> Value {
    let extraction = Extraction { limits, evaluated_at: "2026-01-01T00:00:00Z", progress: &(), pointers: &|_, _| None };
    serde_json::to_value(extract(path, &extraction).unwrap()).unwrap()
}

/// What a case is about.
fn essence(facts: &Value) -> Value {
    let members: Vec<Value> = facts["members"]
        .as_array()
        .unwrap()
        .iter()
        .map(|member| json!({"name": member["name"], "origin": member["origin"], "formats": member["formats"]}))
        .collect();
    json!({
        "members": members,
        "pickles": facts["pickles"],
        "incomplete": facts["incomplete"],
        "deviations": facts["deviations"],
    })
}

fn folders() -> Vec<PathBuf> {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/pickle");
    let mut folders: Vec<PathBuf> = fs::read_dir(cases).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.retain(|path| path.is_dir());
    folders.sort();
    folders
}

fn input(folder: &Path) -> (String, Vec<u8>) {
    let text = fs::read_to_string(folder.join("input.pickleasm")).unwrap();
    let name = text.lines().next().and_then(|line| line.strip_prefix("# name: ")).unwrap_or("input.pkl");
    let bytes = assemble(&text).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    (name.to_owned(), bytes)
}

#[test]
fn every_case_has_its_facts() {
    let update = std::env::var_os("WEIGHBRIDGE_WRITE").is_some();
    let work = tempfile::tempdir().unwrap();
    let mut wrong = Vec::new();
    let folders = folders();
    assert!(folders.len() >= 60, "{} cases", folders.len());
    for folder in &folders {
        let (name, bytes) = input(folder);
        let path = work.path().join(name);
        fs::write(&path, bytes).unwrap();
        let limits = match fs::read_to_string(folder.join("limits.json")) {
            Ok(text) => serde_json::from_str(&text).unwrap(),
            Err(_) => Limits::default(),
        };
        let found = serde_json::to_string_pretty(&essence(&facts(&path, &limits))).unwrap() + "\n";
        let expected = folder.join("facts.json");
        if update {
            fs::write(&expected, found).unwrap();
        } else if fs::read_to_string(&expected).unwrap_or_default() != found {
            wrong.push(format!("{}:\n{found}", folder.display()));
        }
    }
    assert!(wrong.is_empty(), "{} cases differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn what_acts_by_listed_parts_is_denied() {
    let judge = Judge::here(&PolicySet::embedded().unwrap()).unwrap();
    let work = tempfile::tempdir().unwrap();
    let mut passed = Vec::new();
    let mut judged = 0;
    for folder in folders().iter().filter(|folder| folder.join("denied").exists()) {
        let (name, bytes) = input(folder);
        let path = work.path().join(name);
        fs::write(&path, bytes).unwrap();
        let facts = serde_json::from_value(facts(&path, &Limits::default())).unwrap();
        judged += 1;
        if !judge.judge(&facts).unwrap().iter().any(|finding| finding.level == Level::Deny) {
            passed.push(folder.display().to_string());
        }
    }
    assert!(judged >= 8, "{judged} judged");
    assert!(passed.is_empty(), "passed: {passed:?}");
}

#[test]
fn a_disassembly_assembles_to_the_same_bytes() {
    let work = tempfile::tempdir().unwrap();
    let mut compared = 0;
    for folder in folders() {
        let (name, bytes) = input(&folder);
        let path = work.path().join(name);
        fs::write(&path, &bytes).unwrap();
        let mut text = String::new();
        let end = disassemble(&path, 0, &mut text).unwrap() as usize;
        assert!(text.chars().all(|character| character == '\n' || (' '..='~').contains(&character)), "{text}");
        // Cut operands cannot be written again.
        if !text.contains("... #") {
            assert_eq!(assemble(&text).unwrap(), bytes[..end], "{}", folder.display());
            compared += 1;
        }
    }
    assert!(compared > 50, "{compared} compared");
}

#[test]
fn no_mutation_panics_or_takes_long() {
    let work = tempfile::tempdir().unwrap();
    let path = work.path().join("input.pkl");
    let limits = Limits { opcodes: 200_000, ..Limits::default() };
    let mut random = mutate::Random::new(0x5eed);
    let inputs: Vec<Vec<u8>> =
        folders().iter().map(|folder| input(folder).1).filter(|bytes| bytes.len() < 4096).collect();
    for round in 0..3000 {
        let bytes = mutate::mutate(&mut random, &inputs);
        fs::write(&path, &bytes).unwrap();
        let facts = facts(&path, &limits);
        let broken = facts["incomplete"].as_array().unwrap().iter().any(|one| one["kind"] == "internal");
        assert!(!broken, "round {round}: {}", bytes.escape_ascii());
    }
}
