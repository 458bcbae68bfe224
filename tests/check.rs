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
use weighbridge::policy::{Judge, PolicySet};

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
        let set = PolicySet::embedded().unwrap().with_directory(case).unwrap();
        Judge::new(&set).unwrap_or_else(|error| panic!("{}: {error}", name(case)));
    }
}
