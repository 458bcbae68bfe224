//! The commands for policies from end to end: new, test, docs, build, and judging with what was built.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test that cannot go on ends with a panic"
)]

mod binary;

use binary::{run, write};
use serde_json::{Value, json};
use std::fs;
use std::io::Write as _;
use std::path::Path;

const RULE: &str = r#"# METADATA
# title: A name is *bad* | <b>
# description: The name `bad|name` is in use, and it should not be.
# custom:
#   id: own/bad-name
#   level: deny
#   message: "The name is `{name}`."
#   remedy: "Change it."
#   since: "1.2.0"
# related_resources:
#   - https://example.com/names
package weighbridge.own.bad_name

deny contains {"at": member.id, "offset": null, "with": {"name": member.name}} if {
	some member in input.members
	member.name in data.names.bad
}
"#;

const TEST: &str = r#"package weighbridge.own.bad_name_test

import data.weighbridge.lib.fixture
import data.weighbridge.own.bad_name

test_fires if {
	count(bad_name.deny) == 1 with input as fixture.one({"name": "bad"}) with data.names.bad as ["bad"]
}

test_silent if {
	count(bad_name.deny) == 0 with input as fixture.one({"name": "good"})
}
"#;

/// A folder with a policy in `own`.
fn policy() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "own/bad_name/bad_name.rego", RULE);
    write(folder.path(), "own/bad_name/bad_name_test.rego", TEST);
    write(folder.path(), "own/data/names.yaml", "bad: [bad.txt]\n");
    write(folder.path(), "bad.txt", "plain text\n");
    folder
}

fn digest_of(folder: &Path, policy: &str) -> String {
    let (code, stdout, stderr) = run(folder, &["check", "bad.txt", "--policy", policy, "--format", "json"]);
    assert_eq!(code, 1, "{stdout}{stderr}");
    let report: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(report["artifacts"][0]["findings"][0]["rule"], "own/bad-name", "{stdout}");
    report["policy"]["sources"][1]["digest"].as_str().unwrap().to_owned()
}

#[test]
fn passing_tests_are_summed_in_one_line() {
    let folder = policy();
    let (code, stdout, stderr) = run(folder.path(), &["policy", "test", "own"]);
    assert_eq!((code, stdout.as_str()), (0, "2 tests, 2 passed, 1 rule, 1 seen firing, 100 % of lines\n"), "{stderr}");
    let (code, stdout, _) = run(folder.path(), &["policy", "test", "own", "--quiet"]);
    assert_eq!((code, stdout.as_str()), (0, ""));
    let (code, stdout, _) = run(folder.path(), &["policy", "test", "own", "--run", "test_silent"]);
    assert_eq!(code, 0);
    assert!(stdout.starts_with("1 test, 1 passed, 1 not chosen"), "{stdout}");
    let (code, _, stderr) = run(folder.path(), &["policy", "test", "own", "--run", "no_such"]);
    assert_eq!(code, 2);
    assert!(stderr.contains("no test is called `no_such`"), "{stderr}");
    assert_eq!(run(folder.path(), &["policy", "test", "own", "--run", "("]).0, 2);
    assert_eq!(run(folder.path(), &["policy", "test", "nowhere"]).0, 2);
}

#[test]
fn only_what_is_exactly_true_passes() {
    let folder = policy();
    let more = r#"package weighbridge.own.more_test

test_true if true

test_false := false

test_undefined if 1 == 2

test_text := "yes"

test_object[name] := true if some name in ["a"]

test_error := 1 / 0 if true

test_prints if {
	print("seen", 3)
	1 == 2
}

todo_test_later if false

test_function(x) if x

test_two if true

test_two if 1 == 2
"#;
    write(folder.path(), "own/more_test.rego", more);
    let (code, stdout, stderr) = run(folder.path(), &["policy", "test", "own"]);
    assert_eq!(code, 1, "{stderr}");
    for line in [
        "failed  own/more_test.rego:5  test_false: it came to false, not to true",
        "failed  own/more_test.rego:7  test_undefined: it came to undefined, not to true",
        "failed  own/more_test.rego:9  test_text: it came to \"yes\", not to true",
        "failed  own/more_test.rego:11  test_object: it came to {",
        "own/more_test.rego:13  test_error: ",
        "failed  own/more_test.rego:15  test_prints: it came to undefined, not to true",
        "        print own/more_test.rego:16: seen 3",
        "error  own/more_test.rego:22  test_function: a function, which nothing calls",
        "error  own/more_test.rego:26  test_two: a second test of this name; the first is in own/more_test.rego:24",
        "13 tests, 4 passed, 8 failed, 1 todo, 1 rule, 1 seen firing, 100 % of lines",
    ] {
        assert!(stdout.contains(line), "{line}:\n{stdout}");
    }
    assert_eq!(stdout.lines().filter(|line| line.starts_with("failed") || line.starts_with("error")).count(), 8);
    assert!(!stderr.contains("seen 3"), "{stderr}");
}

#[test]
fn a_rule_that_never_fires_and_lines_that_are_not_reached_are_named() {
    let folder = policy();
    let rule = r#"# METADATA
# title: On one line
# description: Head and body are on one line, which a test comes to without a finding.
# custom: {id: own/one-line, level: deny, message: x, remedy: y, since: "1"}
package weighbridge.own.one_line

deny contains {"at": 0, "offset": null, "with": {}} if count(input.members) > 7

unused(x) := y if {
	y := x + 1
}
"#;
    write(folder.path(), "own/one_line/one_line.rego", rule);
    let test = "package weighbridge.own.one_line_test\n\nimport data.weighbridge.lib.fixture\n\
                import data.weighbridge.own.one_line\n\ntest_silent if count(one_line.deny) == 0 with input as fixture.one({})\n";
    write(folder.path(), "own/one_line/one_line_test.rego", test);
    // No test comes to this module at all.
    write(folder.path(), "own/lib/far.rego", "package weighbridge.lib.far\n\nfar := 1 if {\n\tinput.schema\n}\n");
    let (code, stdout, stderr) = run(folder.path(), &["policy", "test", "own", "--coverage"]);
    assert_eq!(code, 1, "{stderr}");
    assert!(stdout.contains("silent  own/one_line/one_line.rego  own/one-line: no test makes it fire"), "{stdout}");
    for line in ["own/one_line/one_line.rego:9", "own/one_line/one_line.rego:10", "own/lib/far.rego:4"] {
        assert!(stdout.contains(&format!("missed  {line}: no test comes to this line")), "{line}: {stdout}");
    }
    assert!(!stdout.contains("one_line.rego:7:"), "{stdout}");
    assert!(stdout.contains("2 rules, 1 seen firing, 50 % of lines"), "{stdout}");
    let (_, chosen, _) = run(folder.path(), &["policy", "test", "own", "--run", "one_line"]);
    assert!(!chosen.contains("silent "), "{chosen}");
}

#[test]
fn json_holds_to_its_schema_and_junit_is_xml() {
    let folder = policy();
    write(folder.path(), "own/bad_test.rego", "package weighbridge.own.bad_test\n\ntest_no := \"<&]]>\\u001b\"\n");
    let (code, stdout, _) = run(folder.path(), &["policy", "test", "own", "--format", "json"]);
    assert_eq!(code, 1);
    let (_, schema, _) = run(folder.path(), &["schema", "policy-test"]);
    let outcome: Value = serde_json::from_str(&stdout).unwrap();
    jsonschema::validate(&serde_json::from_str(&schema).unwrap(), &outcome).unwrap();
    assert_eq!(outcome["passed"], false);
    assert_eq!(outcome["summary"]["failed"], 1);
    assert_eq!(outcome["rules"], json!([{"id": "own/bad-name", "file": "own/bad_name/bad_name.rego", "seen": true}]));
    assert_eq!(outcome["files"][0]["not_covered"], json!([]));

    let (code, _, _) = run(folder.path(), &["policy", "test", "own", "--format", "junit", "--output", "tests.xml"]);
    assert_eq!(code, 1);
    let xml = fs::read_to_string(folder.path().join("tests.xml")).unwrap();
    for part in [
        "<testsuites tests=\"4\" failures=\"1\" errors=\"0\" time=",
        "classname=\"weighbridge.own.bad_test\" name=\"test_no\" time=",
        ">own/bad_test.rego:3: it came to ",
        "<failure type=\"failure\" message=\"it came to &quot;&lt;&amp;]]&gt;",
        "name=\"own/bad-name is seen firing\"",
    ] {
        assert!(xml.contains(part), "{part}: {xml}");
    }
    assert!(!xml.contains('\x1b'), "{xml}");
}

#[test]
fn an_error_where_json_was_asked_for_is_json() {
    let folder = policy();
    write(folder.path(), "own/broken.rego", "package weighbridge.lib.broken\n\nx := \n");
    let (code, stdout, stderr) = run(folder.path(), &["policy", "test", "own", "--format", "json"]);
    assert_eq!(code, 2);
    assert!(stderr.contains("own/broken.rego:"), "{stderr}");
    assert_eq!(serde_json::from_str::<Value>(&stdout).unwrap()["error"]["exit"], 2);
}

#[test]
fn the_shipped_directory_is_tested_alone_and_builds_to_the_embedded_digest() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (code, stdout, stderr) = run(root, &["policy", "test", "policies"]);
    assert_eq!(code, 0, "{stdout}{stderr}");
    assert!(stdout.ends_with(" seen firing, 100 % of lines\n"), "{stdout}");
    let folder = policy();
    let target = folder.path().join("set.tar.gz");
    let (code, stdout, stderr) = run(root, &["policy", "build", "policies", "-o", target.to_str().unwrap()]);
    assert_eq!(code, 0, "{stderr}");
    let embedded = weighbridge::policy::PolicySet::embedded().unwrap();
    assert!(stdout.contains(&embedded.sources()[0].digest), "{stdout}");
}

#[test]
fn a_new_rule_passes_its_tests_and_replaces_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (code, stdout, stderr) = run(folder.path(), &["policy", "new", "pickle/my-rule", "--in", "ours"]);
    assert_eq!(code, 0, "{stderr}");
    for part in ["wrote ours/pickle/my_rule/my_rule.rego", "my_rule_test.rego", "next: "] {
        assert!(stdout.contains(part), "{part}: {stdout}");
    }
    let (code, stdout, stderr) = run(folder.path(), &["policy", "test", "ours", "--coverage"]);
    assert_eq!((code, stdout.as_str()), (0, "2 tests, 2 passed, 1 rule, 1 seen firing, 100 % of lines\n"), "{stderr}");
    write(folder.path(), "notes.txt", "plain text\n");
    assert_eq!(run(folder.path(), &["check", "notes.txt", "--policy", "ours"]).0, 0);

    let rule = folder.path().join("ours/pickle/my_rule/my_rule.rego");
    fs::write(&rule, "changed").unwrap();
    let (code, _, stderr) = run(folder.path(), &["policy", "new", "pickle/my-rule", "--in", "ours"]);
    assert_eq!(code, 2);
    assert!(stderr.contains("already there, nothing was written"), "{stderr}");
    assert_eq!(fs::read_to_string(&rule).unwrap(), "changed");
    for (id, why) in [
        ("my-rule", "no rule's id"),
        ("../x/y", "no group"),
        ("own/", "no rule's name"),
        ("own/My", "no rule's name"),
        ("own/a--b", "no rule's name"),
        ("own/a_b", "no rule's name"),
        ("lib/x", "for helpers"),
        ("own/import", "a word of Rego"),
        ("own/my-test", "taken for tests"),
        ("pickle/unlisted-call", "already there"),
    ] {
        let (code, _, stderr) = run(folder.path(), &["policy", "new", id]);
        assert_eq!(code, 2, "{id}");
        assert!(stderr.contains(why), "{id}: {stderr}");
    }
}

#[test]
fn pages_say_what_the_rule_says_and_replace_nothing_that_a_person_wrote() {
    let folder = policy();
    let (code, stdout, stderr) = run(folder.path(), &["policy", "docs", "own"]);
    assert_eq!(code, 0, "{stderr}");
    assert!(stdout.contains("wrote 1 page and the index own/README.md"), "{stdout}");
    let page = fs::read_to_string(folder.path().join("own/bad_name/README.md")).unwrap();
    for part in [
        "# A name is \\*bad\\* \\| \\<b\\>\n",
        "`own/bad-name` | **deny**",
        "since 1.2.0",
        "The name `bad|name` is in use",
        "## What to do\n\nChange it.",
        "> The name is `{name}`.",
        "```text\ndeny[own/bad-name] A name is *bad* | <b>\n  The name is `bad`.\n  remedy: Change it.\n```",
        "- <https://example.com/names>",
        "[The rule itself](bad_name.rego), [its tests](bad_name_test.rego), [all rules](../README.md)",
    ] {
        assert!(page.contains(part), "{part}:\n{page}");
    }
    let index = fs::read_to_string(folder.path().join("own/README.md")).unwrap();
    assert!(
        index.contains("| [`own/bad-name`](bad_name/README.md) | deny | A name is \\*bad\\* \\| \\<b\\> |"),
        "{index}"
    );
    let (code, _, stderr) = run(folder.path(), &["policy", "docs", "own"]);
    assert_eq!(code, 0, "{stderr}");

    assert_eq!(run(folder.path(), &["policy", "docs", "own", "-o", "site/rules"]).0, 0);
    let page = fs::read_to_string(folder.path().join("site/rules/own/bad-name.md")).unwrap();
    assert!(page.contains("(../../../own/bad_name/bad_name.rego)"), "{page}");
    assert!(folder.path().join("site/rules/own/../../../own/bad_name/bad_name.rego").is_file());

    fs::write(folder.path().join("own/README.md"), "# Ours\n").unwrap();
    fs::remove_file(folder.path().join("own/bad_name/README.md")).unwrap();
    let (code, _, stderr) = run(folder.path(), &["policy", "docs", "own"]);
    assert_eq!(code, 2);
    assert!(stderr.contains("own/README.md: already there and not written by this command"), "{stderr}");
    assert!(!folder.path().join("own/bad_name/README.md").exists());
}

#[test]
fn an_archive_is_the_same_every_time_and_judges_as_its_directory() {
    let folder = policy();
    let build = |target: &str, more: &[&str]| {
        let (code, stdout, stderr) = run(folder.path(), &[&["policy", "build", "own", "-o", target], more].concat());
        assert_eq!(code, 0, "{stderr}");
        (fs::read(folder.path().join(target)).unwrap(), stdout)
    };
    let (first, stdout) = build("a.tar.gz", &[]);
    assert!(
        stdout.contains("1 module, 1 data document\n") && stdout.contains("left out 1 module: tests judge nothing"),
        "{stdout}"
    );
    // Other times, modes and places give the same bytes.
    let copy = tempfile::tempdir().unwrap();
    for name in ["data/names.yaml", "bad_name/bad_name.rego"] {
        write(copy.path(), name, fs::read(folder.path().join("own").join(name)).unwrap());
    }
    let target = folder.path().join("b.tar.gz");
    let (code, _, stderr) = run(copy.path(), &["policy", "build", ".", "-o", target.to_str().unwrap()]);
    assert_eq!(code, 0, "{stderr}");
    assert_eq!(first, fs::read(target).unwrap());
    let (revised, stdout) = build("c.tar.gz", &["--revision", "v7"]);
    assert!(revised != first && stdout.contains("revision  v7"), "{stdout}");

    let digest = digest_of(folder.path(), "own");
    for archive in ["a.tar.gz", "c.tar.gz"] {
        assert_eq!(digest_of(folder.path(), archive), digest);
    }
    let (code, stdout, _) = run(folder.path(), &["rules", "explain", "own/bad-name", "--policy", "a.tar.gz"]);
    assert_eq!(code, 0);
    assert!(stdout.contains("own/bad-name"), "{stdout}");
    let entries = listed(&first);
    assert_eq!(entries, [".manifest", "bad_name/bad_name.rego", "names/data.json"]);
}

#[test]
fn what_cannot_judge_is_not_built() {
    let folder = policy();
    write(
        folder.path(),
        "own/wrong/wrong.rego",
        RULE.replace("bad-name", "wrong")
            .replace("bad_name", "wrong")
            .replace("member.name in", "no_such(member.name) in"),
    );
    let (code, _, stderr) = run(folder.path(), &["policy", "build", "own", "-o", "set.tar.gz"]);
    assert_eq!(code, 2);
    assert!(stderr.contains("no function `no_such`"), "{stderr}");
    assert!(!folder.path().join("set.tar.gz").exists());
}

fn listed(bytes: &[u8]) -> Vec<String> {
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(bytes));
    let name = |entry: std::io::Result<tar::Entry<'_, flate2::read::GzDecoder<&[u8]>>>| {
        let entry = entry.unwrap();
        let header = entry.header();
        assert_eq!((header.mtime().unwrap(), header.uid().unwrap(), header.gid().unwrap()), (0, 0, 0));
        assert_eq!(header.mode().unwrap(), 0o644);
        entry.path().unwrap().to_string_lossy().into_owned()
    };
    archive.entries().unwrap().map(name).collect()
}

/// A gzipped tar file of these entries, written without the checks of the tar crate.
fn packed(entries: &[(&str, tar::EntryType, &[u8])]) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    for (name, kind, content) in entries {
        let mut header = tar::Header::new_gnu();
        header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(*kind);
        header.set_size(u64::try_from(content.len()).unwrap());
        header.set_mode(0o600);
        header.set_cksum();
        gzip.write_all(header.as_bytes()).unwrap();
        gzip.write_all(content).unwrap();
        gzip.write_all(&vec![0; (512 - content.len() % 512) % 512]).unwrap();
    }
    gzip.write_all(&[0; 1024]).unwrap();
    gzip.finish().unwrap()
}

const FILE: tar::EntryType = tar::EntryType::Regular;

#[test]
fn a_bundle_in_the_layout_of_opa_loads() {
    let folder = policy();
    // What `opa build -b DIR` writes: names from the root, data of all files in one, a manifest with the version of Rego.
    let manifest = br#"{"revision":"","roots":[""],"rego_version":1,"metadata":{"by":"us"}}"#;
    let data = br#"{"names":{"bad":["bad.txt"]},"allow":{"ours":{"library":"ours","classes":{},"entries":[]}}}"#;
    let bundle = packed(&[
        ("/data.json", FILE, data),
        ("/own/bad_name/bad_name.rego", FILE, RULE.as_bytes()),
        ("/own/bad_name/bad_name_test.rego", FILE, TEST.as_bytes()),
        ("/.manifest", FILE, manifest),
        ("/.signatures.json", FILE, br#"{"signatures":["x"]}"#),
    ]);
    write(folder.path(), "bundle.tar.gz", &bundle);
    digest_of(folder.path(), "bundle.tar.gz");
    let (code, stdout, stderr) = run(folder.path(), &["policy", "test", "bundle.tar.gz"]);
    assert_eq!((code, stdout.as_str()), (0, "2 tests, 2 passed, 1 rule, 1 seen firing, 100 % of lines\n"), "{stderr}");
    // What `tar czf` of a folder writes.
    let bundle = packed(&[
        ("./", tar::EntryType::Directory, b""),
        ("./names/", tar::EntryType::Directory, b""),
        ("./names/data.yaml", FILE, b"bad: [bad.txt]\n"),
        ("./LICENSE", FILE, b"words"),
        ("./rule.rego", FILE, RULE.as_bytes()),
    ]);
    write(folder.path(), "bundle.tar.gz", &bundle);
    digest_of(folder.path(), "bundle.tar.gz");
}

#[test]
fn what_is_no_such_archive_is_refused_in_words() {
    let folder = policy();
    let rule = ("own.rego", FILE, RULE.as_bytes());
    let good = packed(&[rule]);
    let mut behind = good.clone();
    behind.extend_from_slice(b"x");
    let mut hidden = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let mut plain = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(good.as_slice()), &mut plain).unwrap();
    hidden.write_all(&plain).unwrap();
    hidden.write_all(b"something").unwrap();
    let manifest = |text: &'static str| packed(&[(".manifest", FILE, text.as_bytes()), rule]);
    let with = |name: &'static str| packed(&[rule, (name, FILE, b"{}")]);
    let many: Vec<(String, tar::EntryType, &[u8])> = (0..10_001).map(|n| (format!("{n}"), FILE, &b""[..])).collect();
    let many: Vec<_> = many.iter().map(|(name, kind, content)| (name.as_str(), *kind, *content)).collect();
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (b"plain".to_vec(), "not a gzipped tar file"),
        (Vec::new(), "not a gzipped tar file"),
        (good[..good.len() / 2].to_vec(), "not a gzipped tar file"),
        (behind, "bytes behind the gzip stream"),
        (hidden.finish().unwrap(), "content behind the end"),
        (packed(&[]), "no module and no data"),
        (packed(&[rule, rule]), "own.rego: twice"),
        (packed(&[rule, ("/own.rego", FILE, b"")]), "own.rego: twice"),
        (packed(&[rule, ("link", tar::EntryType::Symlink, b"")]), "link: a link"),
        (packed(&[rule, ("pipe", tar::EntryType::Fifo, b"")]), "pipe: neither a file nor a folder"),
        (packed(&[rule, ("sparse", tar::EntryType::GNUSparse, b"")]), "not a gzipped tar file"),
        (with("../x"), "leads elsewhere"),
        (with("a/../x"), "leads elsewhere"),
        (with("//x"), "leads elsewhere"),
        (with("a\\x"), "read differently"),
        (with("a\u{202e}x"), "read differently"),
        (with("policy.wasm"), "compiled policies are not run"),
        (with("plan.json"), "compiled policies are not run"),
        (with("patch.json"), "delta bundle"),
        (with("own/rule.Rego"), "small letters"),
        (with("own/DATA.JSON"), "data stands as data.json"),
        (with("data/names.json"), "data stands as data.json"),
        (packed(&[rule, ("own/x.rego", FILE, b"\xff")]), "not UTF-8"),
        (packed(&[rule, ("data.json", FILE, b"[]")]), "no object"),
        (packed(&[rule, ("data.json", FILE, b"{")]), "data.json"),
        (
            packed(&[rule, ("a/data.json", FILE, b"{}"), ("data.json", FILE, b"{\"a\": {}}")]),
            "two documents for `data.a`",
        ),
        (manifest("[]"), "not a JSON object"),
        (manifest(r#"{"wasm": [{"entrypoint": "x", "module": "/policy.wasm"}]}"#), "compiled policies are not run"),
        (manifest(r#"{"rego_version": 0}"#), "another version than v1"),
        (manifest(r#"{"rego_version": 1, "file_rego_versions": {"/own.rego": 0}}"#), "another version than v1"),
        (manifest(r#"{"roots": "x"}"#), "no list of paths"),
        (manifest(r#"{"roots": ["weighbridge/other"]}"#), "outside of the manifest's `roots`"),
        (manifest(r#"{"roots": []}"#), "outside of the manifest's `roots`"),
        (
            packed(&[
                (".manifest", FILE, br#"{"roots": ["weighbridge", "a/b"]}"#),
                rule,
                ("data.json", FILE, br#"{"a": {"b": 1, "c": 2}}"#),
            ]),
            "`data.a.c` is outside",
        ),
        (packed(&many), "more than 10000 files"),
    ];
    for (bytes, why) in cases {
        write(folder.path(), "set.tar.gz", &bytes);
        let (code, stdout, stderr) = run(folder.path(), &["check", "bad.txt", "--policy", "set.tar.gz"]);
        assert_eq!(code, 2, "{why}: {stdout}");
        assert!(stderr.contains(why) && stderr.contains("set.tar.gz"), "{why}: {stderr}");
    }
    // Below a root, and leading to one, data loads.
    let manifest = br#"{"roots": ["weighbridge/own/bad_name", "names/bad"]}"#;
    let bundle =
        packed(&[(".manifest", FILE, manifest), rule, ("data.json", FILE, br#"{"names": {"bad": ["bad.txt"]}}"#)]);
    write(folder.path(), "set.tar.gz", &bundle);
    digest_of(folder.path(), "set.tar.gz");
}

#[test]
fn a_bomb_is_stopped_at_its_bound() {
    let folder = policy();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let mut header = tar::Header::new_gnu();
    header.set_path("data.json").unwrap();
    header.set_size(1 << 40);
    header.set_cksum();
    gzip.write_all(header.as_bytes()).unwrap();
    let block = vec![b' '; 1 << 20];
    for _ in 0..300 {
        gzip.write_all(&block).unwrap();
    }
    write(folder.path(), "set.tar.gz", gzip.finish().unwrap());
    let (code, _, stderr) = run(folder.path(), &["check", "bad.txt", "--policy", "set.tar.gz"]);
    assert_eq!(code, 2);
    assert!(stderr.contains("256 MiB"), "{stderr}");
}

#[test]
fn eval_explains_which_facts_a_rule_fired_on_and_which_lines_it_came_to() {
    let folder = policy();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    fs::copy(root.join("examples/quickstart/checkpoint.pkl"), folder.path().join("checkpoint.pkl")).unwrap();
    let (_, facts, _) = run(folder.path(), &["facts", "checkpoint.pkl"]);
    write(folder.path(), "facts.json", &facts);
    let facts: Value = serde_json::from_str(&facts).unwrap();
    let explain = ["eval", "facts.json", "--policy", "own", "--explain"];
    let (code, stdout, stderr) = run(folder.path(), &[&explain[..], &["--format", "json"]].concat());
    assert_eq!(code, 1, "{stderr}");
    let report: Value = serde_json::from_str(&stdout).unwrap();
    let (_, schema, _) = run(folder.path(), &["schema", "report"]);
    jsonschema::validate(&serde_json::from_str(&schema).unwrap(), &report).unwrap();
    let explanations = report["explanations"].as_array().unwrap();
    let of = |rule: &str| explanations.iter().find(|one| one["rule"] == rule).unwrap_or_else(|| panic!("{stdout}"));

    // Every finding of the report is explained, and each record is the one that stands at its pointer.
    for finding in report["artifacts"][0]["findings"].as_array().unwrap() {
        let fired = of(finding["rule"].as_str().unwrap())["fired"].as_array().unwrap();
        assert!(
            fired
                .iter()
                .any(|fired| ["level", "place", "offset", "message"].iter().all(|key| fired[key] == finding[key]))
        );
        for fact in fired.iter().flat_map(|fired| fired["facts"].as_array().unwrap()) {
            assert_eq!(facts.pointer(fact["pointer"].as_str().unwrap()), Some(&fact["record"]));
        }
    }
    let called = of("pickle/dangerous-call");
    let fact = &called["fired"][0]["facts"][0];
    assert!(fact["pointer"].as_str().unwrap().starts_with("/pickles/0/calls/"), "{called}");
    assert_eq!(fact["decisive"], true);
    assert_eq!(fact["record"]["callee"]["global"], "posix.system");
    assert!(called["lines"].as_array().unwrap().iter().any(|line| line["reached"] == true));

    // A rule of one's own is explained also when it is silent: its condition was reached, its head was not.
    let silent = of("own/bad-name");
    assert_eq!(silent["fired"], json!([]));
    let reached: Vec<bool> =
        silent["lines"].as_array().unwrap().iter().map(|line| line["reached"].as_bool().unwrap()).collect();
    assert_eq!(reached, [false, true, true]);

    let (code, stdout, _) = run(folder.path(), &explain);
    assert_eq!(code, 1);
    let (verdict, why) = stdout.split_once("Why: checkpoint.pkl").unwrap_or_else(|| panic!("{stdout}"));
    assert!(verdict.contains("failed"), "{stdout}");
    for part in [
        "pickle/dangerous-call fired  policies/pickle/dangerous_call/dangerous_call.rego",
        "/pickles/0/calls/0  without it the rule does not say this",
        "own/bad-name did not fire",
        "lines: 2 of 3 reached",
        "+   15      some member in input.members",
    ] {
        assert!(why.contains(part), "{part}: {why}");
    }
    let (_, without, _) = run(folder.path(), &["eval", "facts.json", "--format", "json"]);
    assert!(!without.contains("explanations"), "{without}");
}

#[test]
fn what_a_rule_prints_while_it_judges_goes_nowhere() {
    let folder = policy();
    let rule = RULE.replace(
        "\tsome member in input.members\n",
        "\tsome member in input.members\n\tprint(\"seen\", member.name)\n",
    );
    write(folder.path(), "own/bad_name/bad_name.rego", rule);
    let (code, stdout, stderr) = run(folder.path(), &["check", "bad.txt", "--policy", "own"]);
    assert_eq!((code, stderr.as_str()), (1, ""), "{stdout}");
    assert!(!stdout.contains("seen"), "{stdout}");
}

#[test]
#[cfg(target_os = "linux")]
fn a_test_that_takes_all_memory_ends_no_more_than_its_own_process() {
    let folder = policy();
    let bomb = "package weighbridge.own.bomb_test\n\ntest_bomb if count(sprintf(\"%2000000000d\", [1])) == 0\n";
    write(folder.path(), "own/bomb_test.rego", bomb);
    let (code, stdout, stderr) = run(folder.path(), &["policy", "test", "own", "--format", "json"]);
    assert_eq!(code, 2, "{stdout}{stderr}");
    assert!(stderr.contains("ended the process that judged them"), "{stderr}");
    assert_eq!(serde_json::from_str::<Value>(&stdout).unwrap()["error"]["exit"], 2);
}
