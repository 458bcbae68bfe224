//! Formats whose facts lie in several files, and those that only a rule makes a finding of, end to end: what the libraries save is silent,
//! and each hostile fixture is told by the rule that is about it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on ends with a panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use weighbridge::extract::{Extraction, extract};
use weighbridge::facts::{DeviationKind, Facts, FormatId};
use weighbridge::limits::Limits;
use weighbridge::policy::{Judge, PolicySet};
use weighbridge::verdict::Level;

/// The facts of a fixture.
fn facts(name: &str) -> Facts {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name);
    let limits = Limits::default();
    let extraction =
        Extraction { limits: &limits, evaluated_at: "2026-01-01T00:00:00Z", progress: &(), pointers: &|_, _| None };
    extract(&path, &extraction).unwrap()
}

/// The rules that find something in a fixture, and whether they deny.
fn found(judge: &Judge, name: &str) -> BTreeSet<(String, bool)> {
    let facts = facts(name);
    let findings = judge.judge(&facts).unwrap();
    let found = findings.into_iter().map(|finding| (finding.rule.clone(), finding.level == Level::Deny)).collect();
    // What was not read cannot pass, whatever the rules say.
    assert_eq!(facts.incomplete.is_empty(), !incomplete(&found), "{name}: {:?}", facts.incomplete);
    found
}

fn incomplete(found: &BTreeSet<(String, bool)>) -> bool {
    found
        .iter()
        .any(|(rule, _)| matches!(rule.as_str(), "core/incomplete" | "core/unknown-format" | "pickle/broken-stream"))
}

#[test]
fn what_libraries_save_is_silent() {
    let judge = Judge::here(&PolicySet::embedded().unwrap()).unwrap();
    for name in [
        "beside/agent",
        "beside/array.zarr.zip",
        "beside/ctranslate2.bin",
        "beside/events.out.tfevents.1",
        "beside/fasttext.bin",
        "beside/fasttext.ftz",
        "beside/multi-vector",
        "beside/openvino",
        "beside/sharded",
        "beside/sound",
        "beside/train.tfrecord",
        "beside/trained",
        "beside/words",
        "darknet/network.cfg",
        "darknet/network.weights",
        "darknet/old.weights",
        "ggml/ggjt-v1.bin",
        "ggml/ggjt-v2.bin",
        "ggml/ggjt-v3.bin",
        "ggml/ggmf.bin",
        "ggml/ggml.bin",
        "engines/ordinary/openvino",
        "faiss/flat.faiss",
        "faiss/hnsw.faiss",
        "faiss/ids.faiss",
        "faiss/ivf.faiss",
        "faiss/ivfpq.faiss",
        "faiss/on-disk",
        "faiss/pca.faiss",
        "h2o/ordinary/ensemble.zip",
        "h2o/ordinary/gbm.zip",
        "h2o/ordinary/pca.zip",
        "h2o/ordinary/xgboost.zip",
        "keras/yaml/small.yaml",
        "keras/yaml/wide.yaml",
        "ocdbt/ordinary/chunks",
        "ocdbt/ordinary/many",
        "ocdbt/ordinary/one",
        "ocdbt/ordinary/orbax",
    ] {
        assert_eq!(found(&judge, name), BTreeSet::new(), "{name}");
    }
}

#[test]
fn every_hostile_one_is_told() {
    let judge = Judge::here(&PolicySet::embedded().unwrap()).unwrap();
    for (name, rule, denies) in [
        ("beside/hostile-openvino", "pickle/broken-stream", true),
        ("beside/hostile-openvino", "pickle/dangerous-import", true),
        ("beside/hostile-sound", "container/suffix-bytes", false),
        ("beside/hostile-sound", "pickle/dangerous-call", true),
        ("beside/papers", "core/incomplete", false),
        ("beside/papers/paper.pdf", "core/incomplete", true),
        ("darknet/outside.cfg", "graph/outside-reference", true),
        ("darknet/tree.cfg", "graph/outside-reference", true),
        ("darknet/unknown.cfg", "graph/unlisted-operator", false),
        ("engines/hostile/beyond", "container/out-of-range", true),
        ("ggml/program.bin", "executable/native-program", true),
        ("ggml/program.bin", "tensor/embedded-content", false),
        ("h2o/hostile/Gbm.java", "executable/java-code", true),
        ("h2o/hostile/Run.class", "executable/java-code", true),
        ("h2o/hostile/outside.zip", "graph/outside-reference", true),
        ("h2o/hostile/run.jar", "executable/java-code", true),
        ("keras/yaml/lambda.txt", "keras/lambda-code", true),
        ("keras/yaml/lambda.yaml", "keras/lambda-code", true),
        ("ocdbt/hostile/codec", "serialization/acting-extension", true),
        ("ocdbt/hostile/nothing", "core/incomplete", true),
        ("ocdbt/hostile/range", "tensor/out-of-range", true),
        ("ocdbt/hostile/tree", "graph/outside-reference", true),
        ("ocdbt/hostile/value", "graph/outside-reference", true),
    ] {
        let found = found(&judge, name);
        assert!(found.contains(&(rule.to_owned(), denies)), "{name}: {rule} is not among {found:?}");
    }
}

/// What `weighbridge formats` says of a format's rules is so for everything that the fixtures hold.
#[test]
fn a_rule_that_finds_something_stands_at_the_format_that_it_found_it_in() {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_weighbridge"))
        .args(["formats", "--format", "json"])
        .env_remove("GITHUB_BASE_REF")
        .output()
        .unwrap();
    let formats: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout).unwrap();
    let listed: BTreeMap<String, BTreeSet<String>> = formats
        .iter()
        .map(|format| {
            let of = |key: &str| serde_json::from_value(format.get(key).unwrap().clone()).unwrap();
            (format.get("id").unwrap().as_str().unwrap().to_owned(), of("rules"))
        })
        .collect();
    let stands = |format: &FormatId, rule: &str| listed.get(&format.name()).unwrap().contains(rule);
    let judge = Judge::here(&PolicySet::embedded().unwrap()).unwrap();
    let mut missing = BTreeSet::new();
    let folders = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").read_dir().unwrap();
    for folder in folders.map(|folder| folder.unwrap().file_name().into_string().unwrap()) {
        let facts = facts(&folder);
        for finding in judge.judge(&facts).unwrap() {
            let rule = finding.rule.as_str();
            let (group, name) = rule.split_once('/').unwrap();
            // These speak of every format.
            if matches!(group, "core" | "provenance") {
                continue;
            }
            let member = facts.members.iter().find(|member| member.path == finding.place).unwrap();
            let kind: Result<DeviationKind, _> = serde_json::from_value(name.into());
            let here = facts.deviations.iter().filter(|seen| seen.member == member.id);
            // A deviation says which of a member's formats it is one of.
            let mut seen: Vec<FormatId> = match kind {
                Ok(kind) => here.filter(|seen| seen.kind == kind).map(|seen| seen.format).collect(),
                Err(_) => Vec::new(),
            };
            if rule == "tensor/embedded-content" {
                // It is told of what hides, and is of the format that holds it, or that says what lies in that file.
                let holder = facts.members.iter().find(|one| Some(one.id) == member.parent).unwrap();
                let named = facts.references.iter().filter(|one| one.to == Some(holder.id));
                seen = holder.formats.iter().copied().chain(named.map(|one| one.format)).collect();
            } else if seen.is_empty() {
                seen.clone_from(&member.formats);
            }
            let as_listed = seen.iter().any(|format| stands(format, rule));
            if !as_listed {
                missing.insert(format!("{rule}: {seen:?}, {}", finding.place));
            }
        }
    }
    assert_eq!(missing, BTreeSet::new());
}
