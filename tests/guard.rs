//! Policies that are not shipped are hostile input: whatever they do, the gate ends by itself, with exit code 2 and a reason.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test that cannot go on ends with a panic"
)]

mod binary;

use binary::{run, weighbridge, write};
use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;
use tempfile::TempDir;

const METADATA: &str = "\
# METADATA
# title: A trial
# description: Only for a test.
# custom: {id: own/trial, level: deny, message: \"Found {what}.\", remedy: Nothing., since: \"0.1.0\"}
package weighbridge.own.trial

";

/// Exit code and standard error of `check` on a plain text with one more policy.
fn checked(rule: &str) -> (i32, String) {
    let folder = TempDir::new().unwrap();
    write(folder.path(), "own/trial.rego", format!("{METADATA}{rule}\n"));
    write(folder.path(), "model.txt", "plain text\n");
    let (code, _, told) = run(folder.path(), &["check", "--no-config", "--policy", "own", "model.txt"]);
    (code, told)
}

fn deny(body: &str) -> String {
    format!("deny contains {{\"at\": 0, \"offset\": null, \"with\": {{\"what\": x}}}} if {{\n\t{body}\n}}")
}

#[test]
fn a_policy_that_is_fine_judges() {
    assert_eq!(checked(&deny("x := \"it\"")).0, 1);
    assert_eq!(checked(&deny("x := input.members[0].name\n\tx == \"other\"")), (0, String::new()));
}

#[test]
#[cfg(target_os = "linux")]
fn a_policy_that_takes_all_memory_ends_its_own_process() {
    let doubled: String = (0..40).map(|n| format!("s{} := array.concat(s{n}, s{n})\n\n", n + 1)).collect();
    for rule in [
        deny("some x in numbers.range(1, 1000000000)\n\tx == -1"),
        deny("x := sprintf(\"%2000000000d\", [1])"),
        format!("s0 := numbers.range(1, 1000)\n\n{doubled}{}", deny("x := count(s40)")),
    ] {
        let (code, told) = checked(&rule);
        assert_eq!(code, 2, "{told}");
        assert!(told.contains("ended the process that judged them (it ran out of memory or of stack)"), "{told}");
    }
}

#[test]
fn what_the_engine_cannot_be_given_is_refused_before_it_runs() {
    let long: String = (0..9_000).map(|n| format!("\n\tx != {n}")).collect();
    for (rule, reason) in [
        (deny(&format!("x := {}1{}", "[".repeat(20), "]".repeat(20))), "brackets nest more than 12 deep"),
        (deny(&format!("x := {}1{}", "{\"a\": ".repeat(20), "}".repeat(20))), "brackets nest more than 12 deep"),
        (deny(&format!("x := \"{}\"", "a".repeat(1 << 20))), "longer than 32 KiB"),
        (deny(&format!("x := 1{long}")), "longer than 32 KiB"),
        (format!("f(n) := f(n + 1)\n\n{}", deny("x := f(1)")), "comes back to itself"),
        (format!("a := b\n\nb := a\n\n{}", deny("x := a")), "comes back to itself"),
        (deny("x := regex.match(\"(((a{1000}){1000}){1000})\", \"a\")"), "regex"),
    ] {
        let (code, told) = checked(&rule);
        assert_eq!(code, 2, "{told}");
        assert!(told.contains(reason), "{told}");
    }
}

#[test]
fn the_guarded_process_takes_nothing_but_frames() {
    for sent in [&b"hello"[..], &[0xff; 64], &[3, 0, 0, 0, 0, 0, 0, 0, b'x'], &[2, 0, 0, 0, 0, 0, 0, 0, b'{', b'}']] {
        let mut child = weighbridge(Path::new("."), &["judge-apart"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(sent).unwrap();
        let output = child.wait_with_output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(!told.contains("this is a defect"), "{told}");
        assert!(output.status.code() == Some(2) || output.stdout.ends_with(b"}"), "{told}");
    }
}
