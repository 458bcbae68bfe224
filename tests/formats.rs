//! Formats whose facts lie in several files, and those that only a rule makes a finding of, end to end: what the libraries save is silent,
//! and each hostile fixture is told by the rule that is about it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on ends with a panic")]

use std::collections::BTreeSet;
use std::path::Path;
use weighbridge::extract::{Extraction, extract};
use weighbridge::limits::Limits;
use weighbridge::policy::{Judge, PolicySet};
use weighbridge::verdict::Level;

/// The rules that find something in a fixture, and whether they deny.
fn found(judge: &Judge, name: &str) -> BTreeSet<(String, bool)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name);
    let limits = Limits::default();
    let extraction =
        Extraction { limits: &limits, evaluated_at: "2026-01-01T00:00:00Z", progress: &(), pointers: &|_, _| None };
    let facts = extract(&path, &extraction).unwrap();
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
