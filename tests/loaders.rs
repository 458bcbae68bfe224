//! Configurations that make their loader run something, end to end: every hostile one is told by the rule that is about it, and what
//! the libraries save themselves is silent.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on ends with a panic"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use weighbridge::extract::{Extraction, extract};
use weighbridge::limits::Limits;
use weighbridge::policy::{Judge, PolicySet};
use weighbridge::verdict::Level;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/loader")
}

fn found(judge: &Judge, path: &Path) -> BTreeSet<(String, bool)> {
    let limits = Limits::default();
    let extraction =
        Extraction { limits: &limits, evaluated_at: "2026-01-01T00:00:00Z", progress: &(), pointers: &|_, _| None };
    let facts = extract(path, &extraction).unwrap();
    let findings = judge.judge(&facts).unwrap();
    findings.into_iter().map(|finding| (finding.rule.clone(), finding.level == Level::Deny)).collect()
}

/// A copy of a fixture in which `dot-NAME` is `.NAME`: git and editors of this repository look for those names too.
fn dotted(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let to = to.join(name.strip_prefix("dot-").map_or(name.to_owned(), |rest| format!(".{rest}")));
        if path.is_dir() {
            dotted(&path, &to);
        } else {
            std::fs::copy(&path, to).unwrap();
        }
    }
}

/// Each hostile fixture, the rule that is about it, and whether it denies.
const HOSTILE: &[(&str, &str, bool)] = &[
    ("acting-assigned", "loader/acting-code", true),
    ("acting-base", "loader/acting-code", true),
    ("acting-body", "loader/acting-code", true),
    ("acting-call", "loader/acting-code", true),
    ("acting-constructor", "loader/acting-code", true),
    ("acting-decorator", "loader/acting-code", true),
    ("acting-default", "loader/acting-code", true),
    ("acting-endpoint", "loader/acting-code", true),
    ("acting-generate", "loader/acting-code", true),
    ("acting-getattr", "loader/acting-code", true),
    ("acting-hook", "loader/acting-code", true),
    ("acting-hub", "loader/acting-code", true),
    ("acting-hydra", "loader/acting-code", true),
    ("acting-import", "loader/acting-code", true),
    ("acting-import-absolute", "loader/acting-code", true),
    ("acting-import-later", "loader/acting-code", true),
    ("acting-metaclass", "loader/acting-code", true),
    ("acting-method", "loader/acting-code", true),
    ("acting-mlflow", "loader/acting-code", true),
    ("acting-package", "loader/acting-code", true),
    ("acting-passed", "loader/acting-code", true),
    ("acting-patched", "loader/acting-code", true),
    ("acting-reached", "loader/acting-code", true),
    ("acting-sentence", "loader/acting-code", true),
    ("acting-subclass", "loader/acting-code", true),
    ("acting-text", "loader/acting-code", true),
    ("acting-top", "loader/acting-code", true),
    ("acting-torchserve", "loader/acting-code", true),
    ("acting-triton", "loader/acting-code", true),
    ("adapter", "loader/unlisted-name", true),
    ("auto-map", "loader/remote-code", false),
    ("auto-map-elsewhere", "loader/other-repository", true),
    ("auto-map-twice", "loader/other-repository", true),
    ("custom-generate", "loader/code-file", false),
    ("custom-pipeline", "loader/remote-code", false),
    ("diffusers-component", "loader/unlisted-name", true),
    ("diffusers-library", "loader/acting-name", true),
    ("diffusers-pipeline", "loader/unlisted-name", true),
    ("endpoint", "loader/code-file", false),
    ("git", "loader/git-command", true),
    ("git", "loader/git-hook", true),
    ("hub", "loader/code-file", false),
    ("hydra", "loader/acting-name", true),
    ("hydra", "loader/unlisted-name", true),
    ("jsonpickle-object", "loader/object-tag", true),
    ("jsonpickle-reduce", "loader/object-tag", true),
    ("mlflow-code", "loader/code-file", true),
    ("mlflow-loader", "loader/unlisted-name", true),
    ("mlflow-outside", "loader/outside-file", true),
    ("nemo", "loader/acting-name", true),
    ("sentence-activation", "loader/acting-name", true),
    ("sentence-module", "loader/unlisted-name", true),
    ("speechbrain", "loader/acting-name", true),
    ("torchserve", "loader/unlisted-name", true),
    ("triton", "loader/unlisted-name", false),
    ("triton", "loader/code-file", false),
    ("triton-library", "loader/unlisted-name", true),
    ("trust", "loader/trust-switch", false),
    ("keras-module", "loader/unlisted-name", true),
    ("keras-module", "loader/acting-code", true),
    ("nemo-target", "loader/unlisted-name", true),
    ("torchserve-hidden", "loader/unlisted-name", true),
    ("triton-pytorch", "loader/code-file", false),
    ("unread-code", "loader/unread-code", true),
    ("conda", "loader/package-address", false),
    ("direnv", "loader/code-file", false),
    ("editor-container", "loader/editor-command", false),
    ("editor-program", "loader/editor-command", false),
    ("editor-task", "loader/editor-command", false),
    ("lightning", "loader/acting-name", true),
    ("lightning", "loader/unlisted-name", false),
    ("mlflow-hidden", "loader/hidden-module", true),
    ("mlflow-pickle-module", "loader/acting-code", true),
    ("mlflow-pickle-module", "loader/unlisted-name", true),
    ("mlserver", "loader/acting-code", true),
    ("mlserver", "loader/unlisted-name", true),
    ("mlserver-acting-name", "loader/acting-name", true),
    ("mlserver-environment", "loader/code-file", false),
    ("mlserver-hidden", "loader/hidden-module", true),
    ("mlserver-logging", "loader/code-file", true),
    ("mlserver-outside", "loader/outside-file", true),
    ("mlserver-settings", "loader/acting-name", true),
    ("mlserver-settings", "loader/unlisted-name", true),
    ("pyproject", "loader/package-address", false),
    ("python-env", "loader/package-address", false),
    ("requirements", "loader/package-address", false),
    ("setup-cfg", "loader/package-address", false),
    ("yaml-apply", "loader/object-tag", true),
    ("yaml-cut", "loader/object-tag", true),
    ("yaml-directive", "loader/object-tag", true),
    ("yaml-name", "loader/object-tag", true),
    ("usual-key", "loader/acting-name", false),
    ("steps-class", "loader/acting-name", true),
    ("pipeline-name", "loader/acting-name", true),
    ("pipeline-name", "loader/unlisted-name", true),
    ("network-class", "loader/acting-name", true),
    ("gluonts", "loader/acting-name", true),
    ("mmengine", "loader/code-file", true),
    ("mlx", "loader/code-file", true),
    ("modelscope", "loader/trust-switch", true),
    ("modelscope", "loader/code-file", false),
    ("monai", "loader/unlisted-name", true),
    ("monai", "loader/unlisted-name", false),
    ("outside-weights", "loader/outside-file", true),
    ("outside-vocabulary", "loader/outside-file", false),
    ("outside-library", "loader/outside-file", true),
    ("speechbrain-shell", "loader/acting-name", true),
    ("speechbrain-path", "loader/outside-file", true),
    ("backbone", "loader/unlisted-name", false),
    ("sagemaker", "loader/code-file", false),
    ("acting-sagemaker", "loader/acting-code", true),
    ("djl", "loader/code-file", false),
    ("acting-djl", "loader/acting-code", true),
    ("cog", "loader/code-file", false),
    ("bentoml", "loader/code-file", false),
    ("mindspore-hub", "loader/code-file", false),
    ("jupyter", "loader/acting-code", true),
    ("agent-server", "loader/editor-command", false),
    ("agent-hook", "loader/editor-command", false),
];

#[test]
fn every_hostile_configuration_is_told() {
    let judge = Judge::here(&PolicySet::embedded().unwrap()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    dotted(&fixtures().join("hostile"), folder.path());
    let mut tried = BTreeSet::new();
    for (name, rule, denies) in HOSTILE {
        let found = found(&judge, &folder.path().join(name));
        // Only Unix marks a file as a program.
        let denies = *denies && (cfg!(unix) || *rule != "loader/git-hook");
        assert!(found.contains(&((*rule).to_owned(), denies)), "{name}: {found:?}");
        tried.insert(*name);
    }
    for entry in std::fs::read_dir(fixtures().join("hostile")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(tried.contains(name.as_str()), "{name} is held by no line");
    }
}

#[test]
fn what_libraries_save_is_silent() {
    let judge = Judge::here(&PolicySet::embedded().unwrap()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    dotted(&fixtures().join("ordinary"), folder.path());
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(found(&judge, &path), BTreeSet::new(), "{}", path.display());
    }
}
