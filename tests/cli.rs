//! The real binary from end to end: exit codes, streams, errors.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test that cannot go on ends with a panic"
)]

use serde_json::Value;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// A run of the binary in a folder of its own, with nothing inherited that changes output.
fn weighbridge(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_weighbridge"));
    command.args(arguments).current_dir(folder).env("LANG", "C.UTF-8");
    for name in
        ["LC_ALL", "LC_CTYPE", "NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "TERM", "GITHUB_BASE_REF", "GITHUB_EVENT_NAME"]
    {
        command.env_remove(name);
    }
    command
}

fn run(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    told(&weighbridge(folder, arguments).output().unwrap())
}

fn told(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// A folder with a file that passes and one that nothing recognises.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("notes.txt"), "plain text\n").unwrap();
    std::fs::write(folder.path().join("unknown.weights"), b"\x93\x00\xff\xfe\x01\x02").unwrap();
    folder
}

#[test]
fn exit_codes_are_those_of_the_contract() {
    let folder = folder();
    let code = |arguments: &[&str]| run(folder.path(), arguments).0;
    std::fs::create_dir(folder.path().join("empty")).unwrap();
    assert_eq!(code(&["check", "notes.txt"]), 0);
    assert_eq!(code(&["check", "unknown.weights"]), 1);
    assert_eq!(code(&["check", "notes.txt", "unknown.weights"]), 1);
    assert_eq!(code(&["check"]), 2);
    assert_eq!(code(&["check", "notes.txt", "--no-such-option"]), 2);
    assert_eq!(code(&["check", "notes.txt", "--policy", "nowhere"]), 2);
    assert_eq!(code(&["check", "notes.txt", "--evaluated-at", "yesterday"]), 2);
    assert_eq!(code(&["check", "nowhere.pt"]), 3);
    assert_eq!(code(&["check", "*.none", "notes.txt"]), 3);
    // A failed artifact is not hidden behind a missing path.
    assert_eq!(code(&["check", "*.none", "unknown.weights"]), 1);
    assert_eq!(code(&["facts", "unknown.weights"]), 0);
    assert_eq!(code(&["facts", "nowhere.pt"]), 3);
    assert_eq!(code(&["eval", "nowhere.json"]), 2);
    assert_eq!(code(&["rules", "explain", "no/such-rule"]), 2);
    assert_eq!(code(&["--help"]), 0);
    assert_eq!(code(&["--version"]), 0);
}

#[test]
fn the_format_never_changes_the_exit_code() {
    let folder = folder();
    for arguments in
        [&["check", "notes.txt"][..], &["check", "unknown.weights"], &["check", "nowhere"], &["check", "--x"]]
    {
        let terminal = run(folder.path(), arguments).0;
        let json = run(folder.path(), &[arguments, &["--format", "json"]].concat()).0;
        assert_eq!(terminal, json, "{arguments:?}");
    }
}

#[test]
fn what_was_finished_is_reported_beside_what_could_not_be_opened() {
    let folder = folder();
    let (code, stdout, stderr) = run(folder.path(), &["check", "notes.txt", "nowhere.pt", "--format", "json"]);
    assert_eq!(code, 3);
    let report = json(&stdout);
    assert_eq!(report["verdict"], "failed");
    assert_eq!(report["artifacts"][0]["verdict"], "passed");
    assert_eq!(report["errors"][0]["path"], "nowhere.pt");
    assert_eq!(report["errors"][0]["kind"], "missing");
    assert!(stderr.starts_with("error: nowhere.pt: no such file"), "{stderr}");
}

#[test]
fn a_pattern_that_matches_nothing_is_told_as_one() {
    let folder = folder();
    let (code, _, stderr) = run(folder.path(), &["check", "models/*.pt"]);
    assert_eq!(code, 3);
    assert!(stderr.starts_with("error: models/*.pt: the pattern matches nothing here"), "{stderr}");
}

#[test]
fn the_list_of_formats_is_wrapped_and_tells_what_lies_within_what() {
    let folder = folder();
    for arguments in [&["formats"][..], &["formats", "--verbose"]] {
        let (code, stdout, _) = run(folder.path(), arguments);
        assert_eq!(code, 0);
        assert!(stdout.contains("within `zip`: ") && stdout.contains("within `pickle`: "), "{stdout}");
        for line in stdout.lines() {
            assert!(line.chars().count() <= 100, "{line}");
        }
    }
    let (_, stdout, _) = run(folder.path(), &["formats", "--verbose"]);
    assert!(stdout.contains("27 of `container`"), "{stdout}");
}

#[test]
fn the_report_holds_to_its_schema() {
    let folder = folder();
    let schema = json(&run(folder.path(), &["schema", "report"]).1);
    let (_, report, _) = run(folder.path(), &["check", "notes.txt", "unknown.weights", "x", "--format", "json"]);
    jsonschema::validate(&schema, &json(&report)).unwrap();
    let schema = json(&run(folder.path(), &["schema", "facts"]).1);
    let (_, facts, _) = run(folder.path(), &["facts", "."]);
    jsonschema::validate(&schema, &json(&facts)).unwrap();
    let schema = json(&run(folder.path(), &["schema", "config"]).1);
    let config = serde_json::json!({"fail-on": "warn", "limits": {"depth": 3}, "policy": ["policies"]});
    jsonschema::validate(&schema, &config).unwrap();
    assert!(jsonschema::validate(&schema, &serde_json::json!({"fail_on": "warn"})).is_err());
}

#[test]
fn an_error_is_an_object_where_json_was_asked_for() {
    let folder = folder();
    for arguments in [
        &["check", "notes.txt", "--policy", "nowhere"][..],
        &["check", "--no-such"],
        &["eval", "notes.txt"],
        &["facts", "x"],
    ] {
        let (code, stdout, stderr) = run(folder.path(), &[arguments, &["--format", "json"]].concat());
        let error = &json(&stdout)["error"];
        assert_eq!(error["exit"], code, "{stdout}");
        let first = error["message"].as_str().unwrap().lines().next().unwrap();
        assert!(stderr.starts_with(&format!("error: {first}")), "{stderr} {first}");
    }
    let (code, stdout, _) = run(folder.path(), &["eval", "notes.txt", "--format", "json", "--output", "report.json"]);
    assert_eq!((code, stdout.as_str()), (2, ""));
    let written = std::fs::read_to_string(folder.path().join("report.json")).unwrap();
    assert!(json(&written)["error"]["message"].as_str().unwrap().contains("not facts"));
}

#[cfg(unix)]
#[test]
fn a_fifo_and_a_device_are_no_artifacts() {
    let folder = folder();
    let fifo = folder.path().join("fifo");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    for path in ["fifo", "/dev/null"] {
        let (code, _, stderr) = run(folder.path(), &["check", path]);
        assert_eq!(code, 2, "{stderr}");
        assert!(stderr.contains("not a file or directory"), "{stderr}");
    }
    // Below a named path the same is a fact, and the artifact fails.
    let (code, stdout, _) = run(folder.path(), &["check", ".", "--format", "json"]);
    assert_eq!(code, 1);
    let unread = json(&stdout)["artifacts"][0]["incomplete"].clone();
    assert!(unread.as_array().unwrap().iter().any(|record| record["kind"] == "not-a-file"), "{unread}");
    for arguments in [&["eval", "fifo"][..], &["check", "notes.txt", "--config", "fifo"]] {
        assert_eq!(run(folder.path(), arguments).0, 2);
    }
}

#[cfg(unix)]
#[test]
fn a_path_that_cannot_be_opened_is_no_judgement() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = folder();
    // Links in a circle cannot be opened by anyone, the superuser included.
    std::os::unix::fs::symlink("circle", folder.path().join("circle")).unwrap();
    let (code, _, stderr) = run(folder.path(), &["check", "circle"]);
    assert_eq!(code, 2, "{stderr}");
    assert!(stderr.contains("cannot be opened"), "{stderr}");

    // A folder without permission refuses everyone but the superuser, for whom it is a folder as any other.
    let locked = folder.path().join("locked");
    std::fs::create_dir(&locked).unwrap();
    std::fs::write(locked.join("model.pt"), "x").unwrap();
    std::fs::set_permissions(&locked, std::fs::Permissions::from_mode(0o000)).unwrap();
    let refused = std::fs::read_dir(&locked).is_err();
    let (named, _, stderr) = run(folder.path(), &["check", "locked"]);
    let (below, stdout, _) = run(folder.path(), &["check", ".", "--format", "json"]);
    std::fs::set_permissions(&locked, std::fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(below, 1);
    if refused {
        assert_eq!(named, 2, "{stderr}");
        assert!(stdout.contains("\"unreadable\""), "{stdout}");
    } else {
        assert_ne!(named, 2, "{stderr}");
    }
}

#[test]
fn a_file_that_changes_while_it_is_read_fails() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("growing.txt");
    std::fs::write(&path, "a line of text\n".repeat(2 << 20)).unwrap();
    let child = weighbridge(folder.path(), &["check", "growing.txt", "--format", "json"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let done = std::sync::atomic::AtomicBool::new(false);
    let output = std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut file = std::fs::OpenOptions::new().append(true).open(&path).unwrap();
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                file.write_all(b"x").unwrap();
                std::thread::sleep(std::time::Duration::from_millis(1));
            }
        });
        let output = child.wait_with_output();
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        output.unwrap()
    });
    let (code, stdout, _) = told(&output);
    assert_eq!(code, 1, "{stdout}");
    let unread = json(&stdout)["artifacts"][0]["incomplete"].clone();
    assert!(unread.as_array().unwrap().iter().any(|record| record["kind"] == "changed"), "{unread}");
}

#[test]
fn an_unknown_key_of_the_configuration_is_shown_on_its_line() {
    let folder = folder();
    std::fs::write(folder.path().join("weighbridge.yaml"), "policy: []\nfail_on: warn\n").unwrap();
    let (code, stdout, stderr) = run(folder.path(), &["check", "notes.txt"]);
    assert_eq!((code, stdout.as_str()), (2, ""));
    for part in ["weighbridge.yaml:2", "fail_on: warn", "did you mean `fail-on`?"] {
        assert!(stderr.contains(part), "{part}: {stderr}");
    }
    assert_eq!(run(folder.path(), &["check", "notes.txt", "--no-config"]).0, 0);
    std::fs::write(folder.path().join("other.yaml"), "limits: {depth: 2}\n").unwrap();
    assert_eq!(run(folder.path(), &["check", "notes.txt", "--config", "other.yaml"]).0, 0);
    assert_eq!(run(folder.path(), &["check", "notes.txt", "--config", "nowhere.yaml"]).0, 2);
}

#[test]
fn colours_come_only_where_they_are_wanted() {
    let folder = folder();
    let styled = |arguments: &[&str], name: &str, value: &str| {
        let mut command = weighbridge(folder.path(), &[&["check", "notes.txt"], arguments].concat());
        told(&command.env(name, value).output().unwrap()).1.contains('\x1b')
    };
    assert!(!styled(&[], "A", ""));
    assert!(!styled(&[], "NO_COLOR", "1"));
    assert!(styled(&[], "CLICOLOR_FORCE", "1"));
    assert!(styled(&["--color", "always"], "NO_COLOR", "1"));
    assert!(!styled(&["--color", "never"], "CLICOLOR_FORCE", "1"));
    run(folder.path(), &["check", "notes.txt", "--color", "always", "--output", "report.txt"]);
    assert!(!std::fs::read_to_string(folder.path().join("report.txt")).unwrap().contains('\x1b'));
}

#[test]
fn another_locale_gets_ascii() {
    let folder = folder();
    let mut command = weighbridge(folder.path(), &["check", "notes.txt", "unknown.weights"]);
    let (_, stdout, _) = told(&command.env("LC_ALL", "C").output().unwrap());
    assert!(stdout.is_ascii() && stdout.contains("unknown.weights  failed"), "{stdout}");
}

#[test]
fn facts_judged_again_give_the_same_findings() {
    let folder = folder();
    let time = ["--evaluated-at", "2026-01-31T12:00:00Z"];
    let (_, checked, _) =
        run(folder.path(), &[&["check", "notes.txt", "unknown.weights", "--format", "json"], &time[..]].concat());
    let (_, facts, _) =
        run(folder.path(), &[&["facts", "notes.txt", "unknown.weights", "--format", "jsonl"], &time[..]].concat());
    assert_eq!(facts.lines().count(), 2);
    std::fs::write(folder.path().join("facts.jsonl"), facts).unwrap();
    let (code, again, _) = run(folder.path(), &["eval", "facts.jsonl", "--format", "json"]);
    assert_eq!(code, 1);
    let (checked, mut again) = (json(&checked), json(&again));
    assert_eq!(again["judged_from"], "facts");
    again["judged_from"] = "content".into();
    assert_eq!(checked, again);
    let (_, stdout, _) = run(folder.path(), &["eval", "facts.jsonl"]);
    assert!(stdout.contains("No content was read"), "{stdout}");
}

#[test]
fn facts_come_through_a_pipe_too() {
    let folder = folder();
    let (_, facts, _) = run(folder.path(), &["facts", "notes.txt"]);
    let mut child = weighbridge(folder.path(), &["eval", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(facts.as_bytes()).unwrap();
    let (code, stdout, stderr) = told(&child.wait_with_output().unwrap());
    assert_eq!(code, 0, "{stdout}{stderr}");
}

#[test]
fn hostile_facts_steer_no_terminal() {
    let folder = folder();
    let (_, facts, _) = run(folder.path(), &["facts", "unknown.weights"]);
    let mut facts = json(&facts);
    let hostile = "a\x1b]0;owned\x07\u{202e}\n::add-mask::x";
    facts["artifact"]["path"] = hostile.into();
    facts["members"][0]["path"] = hostile.into();
    facts["incomplete"][0]["what"] = hostile.into();
    std::fs::write(folder.path().join("facts.json"), facts.to_string()).unwrap();
    for format in ["terminal", "json"] {
        let (code, stdout, _) = run(folder.path(), &["eval", "facts.json", "--format", format, "--verbose"]);
        assert_eq!(code, 1);
        assert!(!stdout.contains(['\x1b', '\x07', '\u{202e}']), "{stdout}");
        assert!(!stdout.lines().any(|line| line.trim_start().starts_with("::")), "{stdout}");
    }
}

#[test]
fn arguments_are_shown_as_carefully_as_artifacts() {
    let folder = folder();
    let (code, _, stderr) = run(folder.path(), &["check", "--\x1b[2J\u{202e}"]);
    assert_eq!(code, 2);
    assert!(stderr.contains("\\u{202e}") && !stderr.contains(['\x1b', '\u{202e}']), "{stderr}");
}

#[test]
fn what_is_read_is_not_written_over() {
    let folder = folder();
    for command in ["check", "facts"] {
        let (code, _, stderr) = run(folder.path(), &[command, "notes.txt", "--output", "./notes.txt"]);
        assert_eq!(code, 2);
        assert!(stderr.contains("cannot be written too"), "{stderr}");
    }
    assert_eq!(std::fs::read_to_string(folder.path().join("notes.txt")).unwrap(), "plain text\n");
}

#[test]
fn a_closed_pipe_is_quiet() {
    let folder = folder();
    let mut child =
        weighbridge(folder.path(), &["schema", "facts"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let (code, _, stderr) = told(&child.wait_with_output().unwrap());
    assert_eq!((code, stderr.as_str()), (0, ""));
}

#[test]
fn quiet_and_verbose_do_what_they_say() {
    let folder = folder();
    let (_, stdout, _) = run(folder.path(), &["check", "notes.txt", "--quiet"]);
    assert_eq!(stdout, "");
    let (_, stdout, _) = run(folder.path(), &["check", "notes.txt", "unknown.weights", "--quiet"]);
    assert_eq!(stdout.lines().count(), 2, "{stdout}");
    assert!(!stdout.contains("notes.txt"), "{stdout}");
    let (_, stdout, _) = run(folder.path(), &["check", "notes.txt", "--verbose"]);
    assert!(stdout.contains("policy set sha256:"), "{stdout}");
}

#[test]
fn init_writes_what_check_accepts_and_replaces_nothing() {
    let folder = folder();
    assert_eq!(run(folder.path(), &["init"]).0, 0);
    assert_eq!(run(folder.path(), &["check", "notes.txt"]).0, 0);
    let config = folder.path().join("weighbridge.yaml");
    std::fs::write(&config, "fail-on: warn\n").unwrap();
    let (code, _, stderr) = run(folder.path(), &["init"]);
    assert_eq!(code, 2);
    assert!(stderr.contains("nothing was written"), "{stderr}");
    assert_eq!(std::fs::read_to_string(&config).unwrap(), "fail-on: warn\n");
    assert_eq!(run(folder.path(), &["init", "--force"]).0, 0);
    assert_ne!(std::fs::read_to_string(&config).unwrap(), "fail-on: warn\n");
    let workflow = std::fs::read_to_string(folder.path().join(".github/workflows/weighbridge.yml")).unwrap();
    // The commit is a person's to set: none is invented, and the job fails until then.
    assert!(workflow.contains(&format!("uses: weighbridge/weighbridge@{}\n", "0".repeat(40))), "{workflow}");
}

#[test]
fn completions_name_every_command() {
    let folder = folder();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let (code, stdout, _) = run(folder.path(), &["completions", shell]);
        assert_eq!(code, 0);
        for command in ["check", "facts", "eval", "waive", "rules", "formats", "init", "schema", "completions"] {
            assert!(stdout.contains(command), "{shell}: {command}");
        }
    }
}

#[test]
fn a_misspelt_rule_is_met_with_the_nearest() {
    let folder = folder();
    let (_, list, _) = run(folder.path(), &["rules", "list", "--format", "json"]);
    let rules = json(&list);
    let rules = rules.as_array().unwrap();
    assert!(!rules.is_empty());
    for rule in rules {
        let id = rule["id"].as_str().unwrap();
        let (code, stdout, _) = run(folder.path(), &["rules", "explain", id]);
        assert_eq!(code, 0);
        assert!(stdout.contains(id) && stdout.contains("remedy"), "{stdout}");
    }
    let id = rules[0]["id"].as_str().unwrap();
    let (_, _, stderr) = run(folder.path(), &["rules", "explain", &id[..id.len() - 1]]);
    assert!(stderr.contains(&format!("did you mean `{id}`")), "{stderr}");
}
