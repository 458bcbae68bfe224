//! The action's scripts, without a network: what they install, what they hand to the binary, what they say and how they end. The
//! programs that they start are stubs from `tests/action`, and a folder of links to bash and a dozen tools is the whole `PATH`.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on ends with a panic"
)]

use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

const TARGET: &str = "x86_64-unknown-linux-musl";
const FILE: &str = "weighbridge-x86_64-unknown-linux-musl";

/// A machine with a copy of the action, a work tree and stubs.
struct Stage(tempfile::TempDir);

/// How a script ended.
struct Ended {
    code: i32,
    /// Both streams.
    log: String,
    outputs: BTreeMap<String, String>,
}

impl Stage {
    fn new() -> Self {
        let stage = Self(tempfile::tempdir().unwrap());
        for folder in ["bin", "temp", "work tree", "stub/release", "action/.github/action"] {
            std::fs::create_dir_all(stage.at(folder)).unwrap();
        }
        for script in ["install.sh", "run.sh", "speech.sh", "releases.tsv"] {
            let from = project(&format!(".github/action/{script}"));
            std::fs::copy(from, stage.at(&format!("action/.github/action/{script}"))).unwrap();
        }
        let path = std::env::var_os("PATH").unwrap();
        for tool in TOOLS {
            let found = std::env::split_paths(&path).map(|folder| folder.join(tool)).find(|file| file.is_file());
            if let Some(found) = found {
                symlink(found, stage.at(&format!("bin/{tool}"))).unwrap();
            }
        }
        std::fs::copy(project("tests/action/weighbridge"), stage.at("stub/weighbridge")).unwrap();
        stage
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        std::fs::write(self.at(name), text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.at(name)).unwrap()
    }

    /// Puts a stub on the `PATH`.
    fn has(&self, program: &str) -> &Self {
        std::fs::copy(project(&format!("tests/action/{program}")), self.at(&format!("bin/{program}"))).unwrap();
        self
    }

    /// A release 1.2.3 of the stub, and its row with this digest; the stub's own without one.
    fn release(&self, digest: Option<&str>) -> &Self {
        let content = std::fs::read(project("tests/action/weighbridge")).unwrap();
        self.write(&format!("stub/release/{FILE}"), &content);
        let own: String = Sha256::digest(&content).iter().map(|byte| format!("{byte:02x}")).collect();
        let row = format!("# a comment\n1.2.3\t{TARGET}\t{FILE}\t{}\n", digest.unwrap_or(&own));
        self.write("action/.github/action/releases.tsv", row);
        self
    }

    fn run(&self, script: &str, inputs: &[(&str, &str)]) -> Ended {
        let _ = std::fs::remove_file(self.at("outputs"));
        let output = Command::new(self.at("bin/bash"))
            .arg(self.at(&format!("action/.github/action/{script}")))
            .current_dir(self.at("work tree"))
            .env_clear()
            .env("PATH", self.at("bin"))
            .env("STUB", self.at("stub"))
            .env("RUNNER_TEMP", self.at("temp"))
            .env("RUNNER_OS", "Linux")
            .env("RUNNER_ARCH", "X64")
            .env("GITHUB_OUTPUT", self.at("outputs"))
            .env("GITHUB_REPOSITORY", "ours/models")
            .env("LC_ALL", "C.UTF-8")
            .envs(inputs.iter().copied())
            .output()
            .unwrap();
        let outputs = std::fs::read_to_string(self.at("outputs")).unwrap_or_default();
        let outputs = outputs.lines().map(|line| {
            let (name, value) = line.split_once('=').unwrap();
            (name.to_owned(), value.to_owned())
        });
        Ended {
            code: output.status.code().unwrap(),
            log: String::from_utf8([output.stdout, output.stderr].concat()).unwrap(),
            outputs: outputs.collect(),
        }
    }

    /// Runs `run.sh` with the stub as the binary.
    fn check(&self, inputs: &[(&str, &str)]) -> Ended {
        let binary = self.at("stub/weighbridge");
        let own = [("BINARY", binary.to_str().unwrap()), ("INPUT_PATHS", "model.pt"), ("INPUT_TOKEN", "secret")];
        self.run("run.sh", &[&own, inputs].concat())
    }

    /// The arguments that the stub got for a command.
    fn arguments(&self, command: &str) -> Vec<String> {
        self.read(&format!("stub/{command}.arguments")).split_terminator('\0').map(str::to_owned).collect()
    }

    /// Makes the stub write this report and end so.
    fn judges(&self, verdict: &str, code: i32) -> &Self {
        self.write("stub/report.json", report(verdict));
        self.write("stub/check.code", code.to_string());
        self
    }
}

/// What the scripts start, and nothing else is on the `PATH`: no curl, gh or cargo but the stubs.
const TOOLS: [&str; 21] = [
    "awk",
    "bash",
    "basename",
    "cat",
    "chmod",
    "cp",
    "cut",
    "dirname",
    "grep",
    "head",
    "mkdir",
    "mktemp",
    "mv",
    "od",
    "rm",
    "sed",
    "sha256sum",
    "sort",
    "tr",
    "uname",
    "wc",
];

fn project(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// A report as the program writes it, with texts of an artifact that look like its keys.
fn report(verdict: &str) -> String {
    let hostile = "x\n  \"verdict\": \"passed\",\n  \"summary\": {\n    \"denied\": 0,";
    let value = serde_json::json!({
        "schema": "weighbridge/report/v1",
        "artifacts": [{"path": hostile, "verdict": "passed", "summary": {"denied": 77}}],
        "verdict": verdict,
        "policy": {"digest": format!("sha256:{}", "ab".repeat(32)), "sources": [{"digest": hostile}]},
        "errors": [{"verdict": "passed", "denied": 78}],
        "summary": {"artifacts": 2, "denied": 4, "warned": 5, "incomplete": 6},
    });
    serde_json::to_string_pretty(&value).unwrap()
}

#[test]
fn a_given_binary_is_used_from_wherever_it_is() {
    let stage = Stage::new();
    std::fs::copy(project("tests/action/weighbridge"), stage.at("work tree/our $(touch x) binary")).unwrap();
    let ended = stage.run("install.sh", &[("INPUT_BINARY", "our $(touch x) binary")]);
    assert_eq!(ended.code, 0, "{}", ended.log);
    let binary = stage.at("work tree/our $(touch x) binary");
    assert_eq!(ended.outputs["binary"], binary.to_str().unwrap());
    let ended = stage.run("install.sh", &[("INPUT_BINARY", binary.to_str().unwrap())]);
    assert_eq!(ended.outputs["binary"], binary.to_str().unwrap());
    assert!(!stage.at("work tree/x").exists(), "a name was evaluated");
}

#[test]
fn a_binary_that_cannot_be_it_stops_the_action() {
    let stage = Stage::new();
    stage.write("work tree/text", "#!/bin/bash\necho weighbridge 1.2.3\n");
    let refused = |inputs: &[(&str, &str)], why: &str| {
        let ended = stage.run("install.sh", inputs);
        assert_eq!(ended.code, 2, "{}", ended.log);
        assert!(ended.log.contains("::error title=weighbridge::") && ended.log.contains(why), "{}", ended.log);
        assert!(ended.outputs.is_empty());
    };
    refused(&[("INPUT_BINARY", "nowhere")], "no such file");
    refused(&[("INPUT_BINARY", "text")], "not executable");
    std::fs::set_permissions(stage.at("work tree/text"), std::fs::Permissions::from_mode(0o755)).unwrap();
    refused(&[("INPUT_BINARY", "text"), ("INPUT_VERSION", "1.2.3")], "exclude each other");
    stage.write("work tree/text", "#!/nowhere\n");
    refused(&[("INPUT_BINARY", "text")], "cannot be run");
    stage.write("work tree/text", "#!/bin/bash\necho 'another 1.2.3'\n");
    refused(&[("INPUT_BINARY", "text")], "is not weighbridge");
    // The message of a command is one line, whatever a name holds.
    let ended = stage.run("install.sh", &[("INPUT_BINARY", "a\n::set-output name=b::c%")]);
    assert!(ended.log.contains("a%0A::set-output name=b::c%25"), "{}", ended.log);
}

#[test]
fn a_release_is_downloaded_and_compared_before_it_runs() {
    let stage = Stage::new();
    stage.release(None).has("curl");
    for inputs in [&[][..], &[("INPUT_VERSION", "1.2.3")]] {
        let ended = stage.run("install.sh", inputs);
        assert_eq!(ended.code, 0, "{}", ended.log);
        assert!(ended.log.contains("weighbridge 1.2.3"), "{}", ended.log);
        let binary = Path::new(&ended.outputs["binary"]);
        assert!(binary.starts_with(stage.at("temp")) && binary.is_file(), "{}", binary.display());
    }
    let asked = stage.read("stub/curl.arguments");
    let asked: Vec<&str> = asked.lines().collect();
    assert_eq!(asked[..3], ["-q", "--proto", "=https"]);
    let address = format!("https://github.com/weighbridge/weighbridge/releases/download/v1.2.3/{FILE}");
    assert_eq!(asked.last(), Some(&address.as_str()));
}

#[test]
fn the_table_that_a_release_writes_is_the_one_that_is_read() {
    let stage = Stage::new();
    std::fs::create_dir(stage.at("action/.ci")).unwrap();
    std::fs::copy(project(".ci/release-table"), stage.at("action/.ci/release-table")).unwrap();
    let table = "action/.github/action/releases.tsv";
    let writes = |version: &str| {
        let mut command = Command::new(stage.at("bin/bash"));
        command.arg(stage.at("action/.ci/release-table")).args([version]).arg(stage.at("stub/release"));
        command.env_clear().env("PATH", stage.at("bin")).output().unwrap()
    };
    let before = stage.read(table);
    for target in
        ["aarch64-unknown-linux-musl", "x86_64-apple-darwin", "aarch64-apple-darwin", "x86_64-pc-windows-msvc.exe"]
    {
        stage.write(&format!("stub/release/weighbridge-{target}"), "another");
    }
    assert!(!writes("1.2.3").status.success(), "one target is missing");
    assert_eq!(stage.read(table), before);
    std::fs::copy(project("tests/action/weighbridge"), stage.at(&format!("stub/release/{FILE}"))).unwrap();
    assert!(!writes("v1.2.3").status.success(), "that is a tag and no version");
    let output = writes("1.2.3");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(stage.read(table).lines().count(), before.lines().count() + 5);
    let ended = stage.has("curl").run("install.sh", &[]);
    assert_eq!(ended.code, 0, "{}", ended.log);
    // A release is written once, and the last one is what is installed.
    assert!(!writes("1.2.3").status.success());
    assert!(writes("1.10.0").status.success());
    let ended = stage.run("install.sh", &[]);
    assert_eq!(ended.code, 0, "{}", ended.log);
    assert!(stage.read("stub/curl.arguments").contains("/v1.10.0/"));
}

#[test]
fn other_content_than_the_table_names_is_never_run() {
    let stage = Stage::new();
    stage.release(Some(&"0".repeat(64))).has("curl");
    // Were it run, it would leave a file.
    stage.write(&format!("stub/release/{FILE}"), "#!/bin/bash\ntouch \"$STUB/ran\"\necho weighbridge 1.2.3\n");
    let ended = stage.run("install.sh", &[]);
    assert_eq!(ended.code, 2, "{}", ended.log);
    assert!(ended.log.contains("has the SHA-256") && ended.log.contains(&"0".repeat(64)), "{}", ended.log);
    assert!(!stage.at("stub/ran").exists() && ended.outputs.is_empty());

    std::fs::remove_file(stage.at(&format!("stub/release/{FILE}"))).unwrap();
    let ended = stage.run("install.sh", &[]);
    assert_eq!(ended.code, 2, "{}", ended.log);
    assert!(ended.log.contains("cannot be downloaded"), "{}", ended.log);
}

#[test]
fn a_row_that_is_not_there_or_not_whole_is_no_download() {
    let stage = Stage::new();
    stage.release(None).has("curl");
    let ended = stage.run("install.sh", &[("INPUT_VERSION", "9.9.9")]);
    assert_eq!(ended.code, 2, "{}", ended.log);
    assert!(ended.log.contains("knows no release 9.9.9"), "{}", ended.log);
    let ended = stage.run("install.sh", &[("INPUT_VERSION", "1.2.3 || true")]);
    assert!(ended.code == 2 && ended.log.contains("is a number such as"), "{}", ended.log);
    // Another machine has no row: nothing of another target is taken for it.
    let ended = stage.run("install.sh", &[("RUNNER_ARCH", "ARM64")]);
    assert_eq!(ended.code, 2, "{}", ended.log);
    assert!(ended.log.contains("no released binary for aarch64-unknown-linux-musl"), "{}", ended.log);

    let whole = stage.read("action/.github/action/releases.tsv");
    let digest = "a".repeat(64);
    for broken in [
        format!("1.2.3\t{TARGET}\t{FILE}\n"),
        format!("1.2.3\t{TARGET}\t../{FILE}\t{digest}\n"),
        format!("1.2.3\t{TARGET}\t{FILE}\t{digest}a\n"),
        format!("1.2.3/x\t{TARGET}\t{FILE}\t{digest}\n"),
        format!("1.2.3 {TARGET} {FILE} {digest}\n"),
    ] {
        stage.write("action/.github/action/releases.tsv", format!("{whole}{broken}"));
        let ended = stage.run("install.sh", &[]);
        assert_eq!(ended.code, 2, "{broken}: {}", ended.log);
        assert!(ended.log.contains("line 3 of .github/action/releases.tsv"), "{broken}: {}", ended.log);
    }
    assert!(!stage.at("stub/curl.arguments").exists());
}

#[test]
fn without_a_release_the_actions_own_commit_is_built() {
    let stage = Stage::new();
    stage.write("action/.github/action/releases.tsv", "# nothing yet\n");
    let ended = stage.run("install.sh", &[]);
    assert_eq!(ended.code, 2, "{}", ended.log);
    assert!(ended.log.contains("there is no cargo"), "{}", ended.log);
    stage.has("cargo");
    let ended = stage.run("install.sh", &[]);
    assert_eq!(ended.code, 0, "{}", ended.log);
    assert!(ended.outputs["binary"].ends_with("/bin/weighbridge"));
    // Not in the work tree, whose .cargo/config.toml and rust-toolchain.toml belong to the pull request.
    assert_eq!(stage.read("stub/cargo.folder").trim(), stage.at("action").canonicalize().unwrap().to_str().unwrap());
    let asked = stage.read("stub/cargo.arguments");
    assert!(asked.contains("--locked\n--path\n.\n"), "{asked}");
    // A release that is asked for by its number is never replaced by something that was built.
    let ended = stage.run("install.sh", &[("INPUT_VERSION", "1.2.3")]);
    assert_eq!(ended.code, 2, "{}", ended.log);
    stage.release(None);
    let ended = stage.run("install.sh", &[("INPUT_VERSION", "source")]);
    assert_eq!(ended.code, 0, "{}", ended.log);
}

#[test]
fn an_attestation_holds_or_stops_and_one_that_cannot_be_had_is_said() {
    let stage = Stage::new();
    stage.release(None).has("curl");
    let installs = |state: &str, inputs: &[(&str, &str)]| {
        stage.write("stub/attestation", state);
        stage.run("install.sh", &[&[("INPUT_TOKEN", "secret")], inputs].concat())
    };
    let ended = installs("right", &[]);
    assert!(ended.code == 0 && ended.log.contains("there is no gh"), "{}", ended.log);
    stage.has("gh");

    let ended = installs("right", &[]);
    assert_eq!(ended.code, 0, "{}", ended.log);
    assert!(!ended.log.contains("::notice"), "{}", ended.log);
    let asked = stage.read("stub/gh.arguments");
    let verified = asked.lines().last().unwrap();
    assert!(verified.starts_with("secret attestation verify "), "{asked}");
    assert!(verified.contains("--repo weighbridge/weighbridge --bundle"), "{asked}");
    assert!(verified.ends_with("--signer-workflow weighbridge/weighbridge/.github/workflows/release.yml"), "{asked}");

    for state in ["none", "wrong"] {
        let ended = installs(state, &[]);
        assert_eq!(ended.code, 2, "{state}: {}", ended.log);
        assert!(ended.log.contains("so it is not run") && ended.outputs.is_empty(), "{state}: {}", ended.log);
    }

    let ended = installs("unreachable", &[]);
    assert_eq!(ended.code, 0, "{}", ended.log);
    assert!(ended.log.contains("::notice title=weighbridge::The attestation"), "{}", ended.log);
    assert!(ended.log.contains("gh: ::error::connection refused"), "{}", ended.log);

    // A token of another server is not shown to this one, and without a token gh is not asked.
    std::fs::remove_file(stage.at("stub/gh.arguments")).unwrap();
    for inputs in [("GITHUB_SERVER_URL", "https://github.example.org"), ("INPUT_TOKEN", "")] {
        let ended = installs("right", &[inputs]);
        assert_eq!(ended.code, 0, "{}", ended.log);
        assert!(ended.log.contains("was not checked"), "{}", ended.log);
    }
    assert!(!stage.at("stub/gh.arguments").exists());
}

#[test]
fn inputs_reach_the_binary_as_they_are() {
    let stage = Stage::new();
    stage.judges("passed", 0);
    std::fs::create_dir(stage.at("work tree/a b")).unwrap();
    let paths = "two words\n-rf\n--audit\nmodels/*.pt\n$(touch x)\n`touch x`\n\n; touch x\n'\"\\\n ~ \r\n*\n";
    let ended = stage.check(&[
        ("INPUT_PATHS", paths),
        ("INPUT_POLICY", "our policies\n--no-config\noci://example.org/a@sha256:b\n"),
        ("INPUT_ORGANISATION", "-v"),
        ("INPUT_POLICY_SIGNERS", "by:\n  - {identity: $(touch x), issuer: y}"),
        ("INPUT_CONFIG", "$HOME/a b"),
        ("INPUT_FAIL_ON", "warn"),
        ("INPUT_CHANGED_ONLY", "true"),
        ("INPUT_AUDIT", "true"),
        ("INPUT_WORKING_DIRECTORY", "a b"),
    ]);
    assert_eq!(ended.code, 0, "{}", ended.log);
    let asked = stage.arguments("check");
    let (options, paths) = asked.split_at(asked.iter().position(|argument| argument == "--").unwrap());
    assert_eq!(
        paths[1..],
        ["two words", "-rf", "--audit", "models/*.pt", "$(touch x)", "`touch x`", "; touch x", "'\"\\", " ~ ", "*"]
    );
    assert_eq!(options[1], "--report");
    let signers = options[6].strip_prefix("--policy-signers=").unwrap();
    assert_eq!(std::fs::read_to_string(signers).unwrap(), "by:\n  - {identity: $(touch x), issuer: y}\n");
    assert!(!Path::new(signers).starts_with(stage.at("work tree")), "what is judged must not speak for it");
    assert_eq!(
        [&options[5..6], &options[7..]].concat(),
        [
            "--organisation=-v",
            "--config=$HOME/a b",
            "--fail-on=warn",
            "--changed-only",
            "--audit",
            "--policy=our policies",
            "--policy=--no-config",
            "--policy=oci://example.org/a@sha256:b"
        ]
    );
    assert!(stage.read("stub/check.folder").trim().ends_with("work tree/a b"));
    assert!(!stage.at("work tree/x").exists() && !stage.at("work tree/a b/x").exists(), "a name was evaluated");

    for (input, value) in [("INPUT_AUDIT", "yes"), ("INPUT_COMMENT", "True"), ("INPUT_PATHS", "\n\n")] {
        let ended = stage.check(&[(input, value)]);
        assert_eq!(ended.code, 2, "{input}: {}", ended.log);
        assert!(ended.log.contains("::error title=weighbridge::the input "), "{}", ended.log);
    }
    let ended = stage.check(&[("INPUT_WORKING_DIRECTORY", "nowhere")]);
    assert!(ended.code == 2 && ended.log.contains("there is no such folder"), "{}", ended.log);
}

#[test]
fn the_check_decides_how_the_step_ends() {
    let stage = Stage::new();
    for (verdict, code, ends) in
        [("passed", 0, 0), ("failed", 1, 1), ("failed", 2, 2), ("failed", 3, 3), ("failed", 0, 0), ("failed", 134, 2)]
    {
        let ended = stage.judges(verdict, code).check(&[]);
        assert_eq!(ended.code, ends, "{verdict} {code}: {}", ended.log);
        assert_eq!(ended.outputs["verdict"], verdict);
        assert_eq!(ended.outputs["denied"], "4");
        assert_eq!(ended.outputs["warned"], "5");
        assert_eq!(ended.outputs["not-scanned"], "6");
        assert_eq!(ended.outputs["policy-digest"], format!("sha256:{}", "ab".repeat(32)));
        assert_eq!(std::fs::read_to_string(&ended.outputs["report-json"]).unwrap(), report(verdict));
        assert!(Path::new(&ended.outputs["sarif"]).is_file());
        let asked = stage.arguments("publish");
        assert_eq!(asked[1..], ["--name=weighbridge", "--to", "summary", "--", &ended.outputs["report-json"]]);
        std::fs::remove_file(stage.at("stub/publish.arguments")).unwrap();
    }
}

#[test]
fn a_check_that_broke_off_behind_its_report_is_no_success() {
    let stage = Stage::new();
    let (whole, nothing) = (report("passed"), std::collections::BTreeMap::new());
    for (report, code) in [(whole.as_str(), 137), (&whole, 2), (&whole, 1), (&whole[..whole.len() / 2], 137)] {
        stage.write("stub/report.json", report);
        stage.write("stub/check.code", code.to_string());
        let ended = stage.check(&[]);
        assert_eq!((ended.code, &ended.outputs), (2, &nothing), "{code}: {}", ended.log);
        assert!(!stage.at("stub/publish.arguments").exists());
    }
}

#[test]
fn a_publishing_failure_has_words_of_its_own_and_leaves_the_verdict() {
    let stage = Stage::new();
    stage.write("stub/publish.code", "2");
    for (verdict, code) in [("passed", 0), ("failed", 1)] {
        let ended = stage.judges(verdict, code).check(&[]);
        assert_eq!(ended.code, 2, "{}", ended.log);
        assert_eq!(ended.outputs["verdict"], verdict);
        assert!(ended.log.contains("the result was not published"), "{}", ended.log);
    }
}

#[test]
fn what_is_asked_for_is_published_and_only_publishing_has_the_token() {
    let stage = Stage::new();
    stage.judges("passed", 0);
    let all = [("INPUT_CHECK_RUN", "true"), ("INPUT_COMMENT", "true"), ("INPUT_SARIF", "true")];
    let ended = stage.check(&[&all[..], &[("GITHUB_TOKEN", "another")]].concat());
    assert_eq!(ended.code, 0, "{}", ended.log);
    assert_eq!(stage.arguments("publish")[3], "summary,check-run,comment,review,sarif");
    assert_eq!(stage.read("stub/check.token"), "unset unset");
    assert_eq!(stage.read("stub/publish.token"), "secret unset");
    stage.check(&[("INPUT_CHECK_RUN", "false"), ("INPUT_TOKEN", ""), ("INPUT_NAME", "--to=status")]);
    assert_eq!(stage.arguments("publish")[1..4], ["--name=--to=status", "--to", "summary"]);
    assert_eq!(stage.read("stub/publish.token"), " unset");
}

#[test]
fn what_check_prints_is_no_command() {
    let stage = Stage::new();
    stage.judges("failed", 1);
    stage.write("stub/says", "::error::from a model\n::add-mask::x");
    let words = |log: &str| {
        let (before, after) = log.split_once("::error::from a model\n::add-mask::x").unwrap();
        let word = before.lines().last().unwrap().strip_prefix("::stop-commands::").unwrap().to_owned();
        assert!(word.len() == 32 && after.starts_with(&format!("\n::{word}::\n")), "{log}");
        word
    };
    let (first, second) = (words(&stage.check(&[]).log), words(&stage.check(&[]).log));
    assert_ne!(first, second);
}

#[test]
fn without_a_report_or_with_another_one_nothing_is_an_output() {
    let stage = Stage::new();
    let nothing = |code: &str, why: &str| {
        stage.write("stub/check.code", code);
        let ended = stage.check(&[]);
        assert_eq!(ended.code, 2, "{}", ended.log);
        assert!(ended.log.contains(why) && ended.outputs.is_empty(), "{}", ended.log);
        assert!(!stage.at("stub/publish.arguments").exists());
    };
    for code in ["0", "2", "101"] {
        nothing(code, "nothing was judged");
    }
    let summary = stage.at("summary");
    assert_eq!(stage.check(&[("GITHUB_STEP_SUMMARY", summary.to_str().unwrap())]).code, 2);
    assert!(stage.read("summary").starts_with("## weighbridge: nothing was judged\n"));
    stage.write("stub/report.json", "{\n  \"error\": \"no policy\"\n}\n");
    nothing("2", "nothing was judged");
    nothing("0", "no readable verdict");
    stage.write("stub/report.json", report("allowed"));
    nothing("1", "no readable verdict");
    stage.write("stub/report.json", serde_json::json!({"verdict": "passed"}).to_string());
    nothing("0", "no readable verdict");
}

#[test]
fn a_fork_under_pull_request_target_is_refused() {
    let stage = Stage::new();
    stage.judges("passed", 0);
    let under = |head: &str, allowed: &str| {
        stage.check(&[
            ("GITHUB_EVENT_NAME", "pull_request_target"),
            ("HEAD_REPOSITORY", head),
            ("INPUT_ALLOW_FORK_HEAD", allowed),
        ])
    };
    for head in ["theirs/models", ""] {
        let ended = under(head, "false");
        assert_eq!(ended.code, 2, "{}", ended.log);
        assert!(ended.log.contains("pull_request_target judges a fork"), "{}", ended.log);
        assert!(!stage.at("stub/check.arguments").exists() && ended.outputs.is_empty());
    }
    assert_eq!(under("ours/models", "false").code, 0);
    assert_eq!(stage.arguments("publish")[1], "--name=weighbridge");
    assert_eq!(under("theirs/models", "true").code, 0);
    assert!(stage.arguments("publish").contains(&"--allow-fork-head".to_owned()));
}

#[test]
fn a_given_report_is_published_and_trusted_for_nothing() {
    let stage = Stage::new();
    stage.write("work tree/their report.json", report("passed"));
    let inputs = [("INPUT_REPORT", "their report.json"), ("INPUT_CHECK_RUN", "true")];
    let ended = stage.check(&inputs);
    assert_eq!(ended.code, 0, "{}", ended.log);
    assert!(ended.outputs.is_empty() && !stage.at("stub/check.arguments").exists());
    let asked = stage.arguments("publish");
    assert_eq!(asked[1..], ["--name=weighbridge", "--to", "summary,check-run", "--", "their report.json"]);
    stage.write("stub/publish.code", "2");
    assert_eq!(stage.check(&inputs).code, 2);
    assert_eq!(stage.check(&[("INPUT_REPORT", "gone.json")]).code, 2);
    assert_eq!(stage.check(&[&inputs[..], &[("INPUT_SARIF", "true")]].concat()).code, 2);
}

/// What stands in quotes in a text, one after the other.
fn quoted(text: &str) -> Vec<&str> {
    text.split('"').skip(1).step_by(2).collect()
}

#[test]
fn the_targets_are_the_same_wherever_they_stand() {
    let read = |name: &str| std::fs::read_to_string(project(name)).unwrap();
    let table = read(".ci/release-table");
    let targets = table.split_once("for target in ").unwrap().1.split_once(';').unwrap().0;
    let (installed, built) = (read(".github/action/install.sh"), read(".github/workflows/release.yml"));
    assert_eq!(targets.split(' ').count(), 5);
    for target in targets.split(' ') {
        assert!(installed.contains(&format!("echo {target} ;;")), "install.sh does not know {target}");
        assert!(built.contains(&format!("- target: {target}\n")), "release.yml does not build {target}");
    }
}

#[test]
fn the_hook_takes_every_name_that_promises_a_model() {
    let hooks = std::fs::read_to_string(project(".pre-commit-hooks.yaml")).unwrap();
    let taken: Vec<&str> = hooks.split_once(r"\.(").unwrap().1.split_once(")$").unwrap().0.split('|').collect();
    let promises = std::fs::read_to_string(project("src/extract/format/promise.rs")).unwrap();
    let promised = quoted(promises.split_once("Promises(&[").unwrap().1.split_once("]);").unwrap().0);
    // Text, images, sound, film, scripts, programs and tables: other hooks and the hook of the whole repository look at them.
    let others = [
        "json", "ipynb", "txt", "md", "rst", "csv", "tsv", "yaml", "yml", "toml", "cfg", "ini", "log", "html", "xml",
        "css", "svg", "jinja", "jinja2", "j2", "png", "jpg", "jpeg", "gif", "webp", "bmp", "ico", "sh", "bash", "py",
        "pyw", "pyi", "bat", "cmd", "ps1", "rb", "pl", "js", "exe", "dll", "pyd", "so", "elf", "dylib", "wasm",
        "parquet", "arrow", "feather", "pdf", "sqlite", "db", "wav", "avi", "ogg", "oga", "opus", "mp3", "flac", "mp4",
        "m4a", "mov", "mkv", "webm",
    ];
    for name in &promised {
        assert!(
            taken.contains(name) != others.contains(name),
            ".{name} belongs into .pre-commit-hooks.yaml or to the others"
        );
    }
    assert!(taken.iter().all(|name| promised.contains(name)), "{taken:?}");
}
