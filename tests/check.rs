//! Holds `weighbridge policy check` against the folders of `tests/cases/policy`: each has policies and, in `expected.txt`, what is
//! said about them. `WEIGHBRIDGE_WRITE=1 cargo test` writes those anew.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test that cannot go on ends with a panic"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use weighbridge::files::Disk;
use weighbridge::policy::{FlawKind, Judge, PolicyCheck, PolicySet};

fn cases() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/policy");
    let mut cases: Vec<PathBuf> = std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    cases
}

fn name(case: &Path) -> &str {
    case.file_name().unwrap().to_str().unwrap()
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_weighbridge"))
        .args(["policy", "check"])
        .args(arguments)
        .current_dir(folder)
        .env_remove("CLICOLOR_FORCE")
        .output()
        .unwrap()
}

#[test]
fn every_flaw_is_named_and_nothing_else() {
    let (mut wrong, mut flaws, mut right) = (Vec::new(), 0, 0);
    for case in cases() {
        let output = run(case.parent().unwrap(), &[name(&case)]);
        let text = String::from_utf8(output.stdout).unwrap();
        let path = case.join("expected.txt");
        if std::env::var_os("WEIGHBRIDGE_WRITE").is_some() {
            std::fs::write(&path, &text).unwrap();
        }
        if std::fs::read_to_string(&path).unwrap_or_default() != text {
            wrong.push(format!("{} is stale; write it anew with WEIGHBRIDGE_WRITE=1 cargo test", path.display()));
        }
        let is_right = name(&case).starts_with("right-");
        let code = output.status.code().unwrap();
        if code != i32::from(!is_right) || text.ends_with(", no flaw\n") != is_right {
            wrong.push(format!("{}: exit {code}:\n{text}", name(&case)));
        }
        if is_right { right += 1 } else { flaws += 1 }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(flaws >= 40 && right >= 15, "{flaws} flaws, {right} right");
}

#[test]
fn what_is_right_can_judge() {
    for case in cases().iter().filter(|case| name(case).starts_with("right-")) {
        let set = PolicySet::embedded().unwrap().with_path(case, &Disk).unwrap();
        Judge::here(&set).unwrap_or_else(|error| panic!("{}: {error}", name(case)));
    }
}

#[test]
fn flaws_as_json_have_the_published_shape() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/policy");
    let schema = Command::new(env!("CARGO_BIN_EXE_weighbridge")).args(["schema", "policy-check"]).output().unwrap();
    let schema: serde_json::Value = serde_json::from_slice(&schema.stdout).unwrap();
    for (case, exit) in [("flaw-several", 1), ("flaw-hostile-text", 1), ("right-aliases", 0)] {
        let output = run(&root, &[case, "--format", "json"]);
        assert_eq!(output.status.code(), Some(exit), "{case}");
        assert!(!output.stdout.contains(&0x1b), "{case}");
        let found: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        jsonschema::validate(&schema, &found).unwrap_or_else(|error| panic!("{case}: {error}"));
        assert_eq!(found["schema"], "weighbridge/policy-check/v1");
        assert_eq!(found["summary"]["flaws"], found["flaws"].as_array().unwrap().len());
    }
    let output = run(&root, &["flaw-path-field", "--format", "json"]);
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        found["flaws"][0],
        serde_json::json!({
            "file": "flaw-path-field/trial.rego", "line": 14, "column": 9, "kind": "unknown-path", "rule": "own/trial",
            "message": "`member` has no field `pth`", "hint": "did you mean `member.path`?",
            "source": "\tmember.pth == \"x\"", "length": 3,
        })
    );
}

#[test]
fn a_directory_that_cannot_be_read_is_no_answer() {
    let folder = tempfile::TempDir::new().unwrap();
    for arguments in [&["nowhere"][..], &["."], &[]] {
        assert_eq!(run(folder.path(), arguments).status.code(), Some(2), "{arguments:?}");
    }
}

/// A rule that is right, and whatever else.
fn hostile(more: &str) -> PolicyCheck {
    let folder = tempfile::TempDir::new().unwrap();
    let right = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/policy/right-rule-without-body");
    for name in ["trial.rego", "trial_test.rego"] {
        let text = std::fs::read_to_string(right.join(name)).unwrap();
        let more = if name == "trial.rego" { more } else { "" };
        std::fs::write(folder.path().join(name), format!("{text}\n{more}\n")).unwrap();
    }
    // What takes time without measure would not end here.
    weighbridge::policy::check(folder.path()).unwrap()
}

fn lines(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn hostile_policies_end_in_time() {
    // Three calls with other kinds of arguments, sixty times inside each other.
    let calls = lines(60, |n| format!("f{n}(x) := [f{0}({{\"a\": x}}), f{0}({{\"b\": x}}), f{0}([x])]", n + 1));
    hostile(&format!("{calls}\nf60(x) := x\nq := f0(input.members[0])"));
    // A value with four copies of the next, two hundred times.
    let values = lines(200, |n| format!("r{n} := {{\"l\": r{0}, \"r\": r{0}, \"m\": [r{0}, r{0}]}}", n + 1));
    hostile(&format!("{values}\nr200 := input"));
    // Statements in the worst order.
    hostile(&format!("q if {{\n{}\n\tx600 = 1\n}}", lines(600, |n| format!("\tx{n} = x{}", n + 1))));
    // Comprehensions inside each other.
    hostile(&format!("q := {}input.members{}", "[x | some x in ".repeat(11), "]".repeat(11)));
    // Chains that are deeper than is followed.
    for chain in [
        format!("{}\nr4000 := 1", lines(4000, |n| format!("r{n} := r{}", n + 1))),
        format!("{}\ng4000(x) := x\nq := g0(1)", lines(4000, |n| format!("g{n}(x) := g{}(x)", n + 1))),
        format!("q if 1 == {}1", "- - - - - - - - - -\n".repeat(300)),
    ] {
        let found = hostile(&chain);
        let limits = found.flaws.iter().filter(|flaw| flaw.kind == FlawKind::Limit).count();
        assert_eq!(limits, 1, "{:?}", found.flaws);
    }
}
