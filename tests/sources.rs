//! Where policy comes from, with the real binary: the tip of the target branch in a pull request, addresses on a network, registries.
//! What the branch under judgement says about its own judgement is not heeded.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test that cannot go on ends with a panic"
)]

mod binary;

use binary::{OLD_WEIGHTS as RULE, ended, remove, weighbridge, write};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use tempfile::TempDir;
use weighbridge::digest;

const TIME: &str = "2026-02-01T12:00:00Z";

/// A repository with the branches `main` and `head`, cloned as a workflow does; the binary runs in the clone, where `head` is checked out.
struct Place(TempDir);

impl Place {
    /// A folder with a repository that has what judges on `main`.
    fn new(configuration: &str) -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        std::fs::create_dir(place.at("origin")).unwrap();
        place.git("origin", &["init", "-q"]);
        place.write("origin/models/notes.txt", "plain text\n");
        place.write("origin/models/old.weights", "plain text\n");
        place.write("origin/policies/old_weights.rego", RULE);
        place.write("origin/weighbridge.yaml", configuration);
        place.commit();
        place.git("origin", &["checkout", "-q", "-b", "head"]);
        place
    }

    /// Commits what lies in the repository.
    fn commit(&self) {
        self.git("origin", &["add", "-A"]);
        self.git("origin", &["commit", "-q", "--allow-empty", "-m", "a change"]);
    }

    /// Commits, and clones as `actions/checkout` does with `fetch-depth: 0`, or without.
    fn clone(&self, shallow: bool) {
        self.commit();
        let origin = format!("file://{}", self.at("origin").display());
        self.remove("repository");
        let depth: &[&str] = if shallow { &["--depth=1"] } else { &[] };
        self.git("", &[&["clone", "-q"], depth, &["--branch", "head", &origin, "repository"]].concat());
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        write(self.0.path(), name, text);
    }

    fn remove(&self, name: &str) {
        remove(self.0.path(), name);
    }

    fn git(&self, folder: &str, arguments: &[&str]) -> String {
        let named = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main"];
        let mut command = Command::new("git");
        let done = command.arg("-C").arg(self.at(folder)).args(named).args(arguments).output().unwrap();
        assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap().trim().to_owned()
    }

    /// Runs the binary in the clone as in a pull request to `main`, or without one.
    fn run(&self, target: Option<&str>, arguments: &[&str]) -> (i32, String, String) {
        let mut command = weighbridge(&self.at("repository"), arguments);
        command.env("DOCKER_CONFIG", self.at("docker"));
        command.env("NO_PROXY", "127.0.0.1").env_remove("HTTP_PROXY").env_remove("http_proxy");
        if let Some(target) = target {
            command.env("GITHUB_BASE_REF", target);
        }
        ended(&mut command)
    }

    fn check(&self, target: Option<&str>, arguments: &[&str]) -> (i32, Value, String) {
        let all = [&["check", "models", "--evaluated-at", TIME, "--format", "json"], arguments].concat();
        let (code, stdout, stderr) = self.run(target, &all);
        (code, serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{error}: {stdout}{stderr}")), stderr)
    }

    /// A check in the pull request that ends without a judgement: the error.
    fn refused(&self, arguments: &[&str]) -> String {
        let (code, _, stderr) = self.check(Some("main"), arguments);
        assert_eq!(code, 2, "{stderr}");
        stderr
    }

    /// The bytes of an archive of a folder.
    fn archive(&self, folder: &str) -> Vec<u8> {
        let (from, to) = (self.at(folder), self.at("built.tar.gz"));
        let (code, _, stderr) =
            self.run(None, &["policy", "build", from.to_str().unwrap(), "-o", to.to_str().unwrap()]);
        assert_eq!(code, 0, "{stderr}");
        std::fs::read(to).unwrap()
    }
}

/// The rules of all findings that are not waived.
fn rules(report: &Value) -> Vec<&str> {
    let findings = report["artifacts"][0]["findings"].as_array().unwrap().iter();
    findings.filter(|finding| finding["waived"].is_null()).map(|finding| finding["rule"].as_str().unwrap()).collect()
}

/// A file of waivers that accepts the finding about `old.weights`.
fn waiver() -> String {
    format!(
        "waivers:\n  - rule: ours/old-weights\n    digest: {}\n    path: models/old.weights\n    reason: ours\n    approver: a\n    \
         created: 2026-01-01\n    expires: 2026-03-01\n",
        digest::of(b"plain text\n").sha256
    )
}

#[test]
fn a_pull_request_is_judged_by_its_target_branch() {
    let place = Place::new("policy: [policies]\n");
    place.clone(false);
    let (code, report, stderr) = place.check(Some("main"), &[]);
    assert_eq!((code, rules(&report)), (1, vec!["ours/old-weights"]), "{stderr}");
    let tip = place.git("repository", &["rev-parse", "refs/remotes/origin/main"]);
    assert_eq!(report["policy"]["base"], json!(tip));
    let (_, stdout, _) = place.run(Some("main"), &["check", "models", "--verbose"]);
    assert!(stdout.contains(&format!("policies and waivers of the commit {tip}")), "{stdout}");
    let (_, report, _) = place.check(None, &[]);
    assert_eq!(report["policy"]["base"], Value::Null);
    // The empty value is what other events have.
    assert_eq!(place.check(Some(""), &[]).1["policy"]["base"], Value::Null);

    // Each way in which the branch could speak about its own judgement.
    for (name, text) in [
        ("weighbridge.yaml", Some("exclude: ['*.weights']\n".to_owned())),
        ("weighbridge.yaml", Some("policy: []\n".to_owned())),
        ("weighbridge.yaml", Some("fail-on: dney\n".to_owned())),
        ("weighbridge.yaml", None),
        ("weighbridge-waivers.yaml", Some(waiver())),
        (
            "policies/old_weights.rego",
            Some(RULE.replace("level: deny", "level: warn").replace("deny contains", "warn contains")),
        ),
        ("policies/old_weights.rego", Some("no rego".to_owned())),
        ("policies/old_weights.rego", None),
        ("policies/more.rego", Some(RULE.replace("ours/old-weights", "ours/more").replace("old_weights", "more"))),
    ] {
        place.git("origin", &["reset", "-q", "--hard", "main"]);
        match &text {
            Some(text) => place.write(&format!("origin/{name}"), text),
            None => place.remove(&format!("origin/{name}")),
        }
        place.clone(false);
        let alone = place.check(None, &[]);
        assert!(alone.0 != 1 || rules(&alone.1) != ["ours/old-weights"], "{name} {text:?} changes nothing");
        let (code, report, stderr) = place.check(Some("main"), &[]);
        assert_eq!((code, rules(&report)), (1, vec!["ours/old-weights"]), "{name} {text:?}: {stderr}");
        // What is named on the command line and lies inside comes from there too.
        for named in [
            &["--config", "weighbridge.yaml"][..],
            &["--no-config", "--policy", "policies"],
            &["--no-config", "--policy", "./models/../policies"],
            &["--no-config", "--organisation", "policies"],
        ] {
            let (code, report, stderr) = place.check(Some("main"), named);
            assert_eq!((code, rules(&report)), (1, vec!["ours/old-weights"]), "{name} {named:?}: {stderr}");
        }
        let (code, report, _) = place.check(None, &["--base", "origin/main"]);
        assert_eq!((code, rules(&report)), (1, vec!["ours/old-weights"]), "{name}");
    }
}

#[test]
fn waivers_count_once_they_are_merged() {
    let place = Place::new("policy: [policies]\n");
    place.git("origin", &["checkout", "-q", "main"]);
    place.write("origin/weighbridge-waivers.yaml", waiver());
    place.commit();
    place.git("origin", &["checkout", "-q", "-B", "head"]);
    place.remove("origin/weighbridge-waivers.yaml");
    place.clone(false);
    assert_eq!(place.check(Some("main"), &[]).0, 0);
    assert_eq!(place.check(None, &[]).0, 1);
}

#[test]
fn the_other_commands_read_the_same_commit() {
    let place = Place::new("policy: [policies]\n");
    place.write("origin/weighbridge.yaml", "limits: {depth: nothing}\n");
    place.clone(false);
    let (code, facts, stderr) = place.run(Some("main"), &["facts", "models"]);
    assert_eq!(code, 0, "{stderr}");
    std::fs::write(place.at("facts.json"), facts).unwrap();
    let (code, stdout, stderr) = place.run(Some("main"), &["eval", "../facts.json", "--format", "json"]);
    let report: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!((code, rules(&report)), (1, vec!["ours/old-weights"]), "{stderr}");
    assert!(report["policy"]["base"].is_string());
    for arguments in [&["rules", "list"][..], &["rules", "explain", "ours/old-weights"]] {
        let (code, stdout, _) = place.run(Some("main"), arguments);
        assert!(code == 0 && stdout.contains("ours/old-weights"), "{stdout}");
        assert_eq!(place.run(None, arguments).0, 2);
    }
}

#[test]
fn what_is_not_merged_is_said_to_be_so() {
    let place = Place::new("policy: [policies]\n");
    place.write("origin/new/rule.rego", RULE);
    place.write("origin/new.yaml", "fail-on: deny\n");
    place.clone(false);
    for arguments in [
        &["--no-config", "--policy", "new"][..],
        &["--config", "new.yaml"],
        &["--organisation", "new"],
        &["--no-config", "--policy", "new/set.tar.gz"],
    ] {
        let error = place.refused(arguments);
        assert!(error.contains("not in the target branch yet") && error.contains("have it merged first"), "{error}");
    }
    // A repository that had no configuration has the defaults until one is merged.
    let place = Place::new("");
    place.git("origin", &["checkout", "-q", "main"]);
    place.remove("origin/weighbridge.yaml");
    place.commit();
    place.git("origin", &["checkout", "-q", "-B", "head"]);
    place.write("origin/weighbridge.yaml", "policy: [policies]\n");
    place.clone(false);
    assert_eq!((place.check(Some("main"), &[]).0, place.check(None, &[]).0), (0, 1));
    // Waivers that the configuration names have to be there.
    let place = Place::new("waivers: ours.yaml\n");
    place.write("origin/ours.yaml", waiver());
    place.clone(false);
    assert!(place.refused(&[]).contains("not in the target branch yet"));
}

#[test]
fn a_shallow_clone_and_no_repository_end_with_a_remedy() {
    let place = Place::new("policy: [policies]\n");
    place.clone(true);
    let error = place.refused(&[]);
    assert!(error.contains("fetch-depth: 0"), "{error}");
    let remedy = "git fetch --depth=1 origin +main:refs/remotes/origin/main";
    assert!(error.contains(remedy), "{error}");
    for arguments in
        [&["facts", "models"][..], &["rules", "list"], &["check", "models", "--no-config", "--policy", "../x"]]
    {
        assert_eq!(place.run(Some("main"), arguments).0, 2, "{arguments:?}");
    }
    // Audits let artifacts through, not a policy that is not known.
    place.refused(&["--audit"]);
    // The embedded policies alone need no commit.
    assert_eq!(place.check(Some("main"), &["--no-config"]).0, 0);
    place.git("repository", &remedy.split(' ').skip(1).collect::<Vec<_>>());
    assert_eq!(place.check(Some("main"), &[]).0, 1);
    assert!(place.check(None, &["--base", "nowhere"]).2.contains("is not here"));
    assert!(place.check(None, &["--base", "--all"]).0 == 2);

    std::fs::remove_dir_all(place.at("repository/.git")).unwrap();
    assert!(place.refused(&[]).contains("no git repository"));
    assert_eq!(place.check(Some("main"), &["--no-config"]).0, 0);
    place.refused(&["--no-config", "--policy", "policies"]);
}

#[cfg(unix)]
#[test]
fn links_lead_nowhere() {
    use std::os::unix::fs::symlink;
    let place = Place::new("policy: [policies]\n");
    // The branch turns what judges into links to what it brings itself, or to what lies on the machine.
    place.write("outside/weighbridge.yaml", "exclude: ['*.weights']\n");
    place.write("origin/own/weighbridge.yaml", "exclude: ['*.weights']\n");
    for (name, target) in [
        ("weighbridge.yaml", place.at("outside/weighbridge.yaml")),
        ("weighbridge.yaml", "own/weighbridge.yaml".into()),
        ("weighbridge.yaml", "nowhere.yaml".into()),
        ("policies", place.at("outside")),
        ("policies", "own".into()),
    ] {
        place.git("origin", &["reset", "-q", "--hard", "main"]);
        place.write("origin/own/weighbridge.yaml", "exclude: ['*.weights']\n");
        place.remove(&format!("origin/{name}"));
        symlink(&target, place.at("origin").join(name)).unwrap();
        place.clone(false);
        let (code, report, stderr) = place.check(Some("main"), &[]);
        assert_eq!((code, rules(&report)), (1, vec!["ours/old-weights"]), "{name} {target:?}: {stderr}");
    }
    // The folder in which the check runs is the one that the shell was told, although it is a link now.
    let place = Place::new("");
    place.git("origin", &["checkout", "-q", "main"]);
    place.write("origin/part/weighbridge.yaml", "policy: [../policies]\n");
    place.commit();
    place.git("origin", &["checkout", "-q", "-B", "head"]);
    place.remove("origin/part");
    symlink("models", place.at("origin/part")).unwrap();
    place.clone(false);
    let part = place.at("repository/part");
    let mut command = Command::new(env!("CARGO_BIN_EXE_weighbridge"));
    command.args(["check", "."]).current_dir(&part).env("PWD", &part).env("GITHUB_BASE_REF", "main");
    let output = command.output().unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.code() == Some(1) && stdout.contains("ours/old-weights"), "{stdout}");
    // Links that are merged are refused in words.
    let place = Place::new("policy: [policies]\n");
    place.git("origin", &["checkout", "-q", "main"]);
    symlink("../models/notes.txt", place.at("origin/policies/more.rego")).unwrap();
    place.commit();
    place.git("origin", &["checkout", "-q", "-B", "head"]);
    place.clone(false);
    let error = place.refused(&[]);
    assert!(error.contains("`more.rego`, a link"), "{error}");
}

#[test]
fn a_submodule_does_not_speak_for_the_repository_around_it() {
    let place = Place::new("policy: [policies]\n");
    place.clone(false);
    std::fs::rename(place.at("repository"), place.at("other")).unwrap();
    place.clone(false);
    let other = place.at("other");
    let add = ["-c", "protocol.file.allow=always", "submodule", "add", "-q", other.to_str().unwrap(), "part"];
    place.git("repository", &add);
    std::fs::rename(place.at("repository"), place.at("around")).unwrap();
    let run = |folder: &str, arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_weighbridge"));
        let output =
            command.args(arguments).current_dir(place.at(folder)).env("GITHUB_BASE_REF", "main").output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    assert_eq!(run("around", &["rules", "list"]).0, 0);
    place.git("around/part", &["update-ref", "refs/remotes/origin/main", "HEAD"]);
    let (code, stderr) = run("around/part", &["rules", "list"]);
    assert!(code == 2 && stderr.contains("is a submodule"), "{stderr}");
    // Policies are no submodule either.
    place.git("around", &["commit", "-q", "-m", "a part"]);
    let (code, stderr) = run("around", &["rules", "list", "--base", "HEAD", "--no-config", "--policy", "."]);
    assert!(code == 2 && stderr.contains("`part`, a submodule"), "{stderr}");
    assert!(run("around", &["rules", "list", "--base", "HEAD", "--policy", "part"]).1.contains("a submodule"));
}

#[test]
fn what_lies_outside_is_read_as_it_is() {
    let place = Place::new("");
    place.write("own/rule.rego", RULE);
    place.clone(false);
    for source in ["../own".to_owned(), place.at("own").to_str().unwrap().to_owned()] {
        for option in ["--policy", "--organisation"] {
            let (code, report, stderr) = place.check(Some("main"), &[option, &source]);
            assert_eq!((code, rules(&report)), (1, vec!["ours/old-weights"]), "{stderr}");
        }
    }
}

#[test]
fn an_archive_may_be_merged() {
    let place = Place::new("policy: [set.tar.gz]\n");
    place.clone(false);
    let archive = place.archive("origin/policies");
    place.git("origin", &["checkout", "-q", "main"]);
    place.write("origin/set.tar.gz", archive);
    place.commit();
    place.git("origin", &["checkout", "-q", "-B", "head"]);
    place.write("origin/set.tar.gz", "something else");
    place.clone(false);
    let (code, report, stderr) = place.check(Some("main"), &[]);
    assert_eq!((code, rules(&report)), (1, vec!["ours/old-weights"]), "{stderr}");
    assert_eq!(place.check(None, &[]).0, 2);
}

#[test]
fn a_directory_beyond_the_ceilings_is_refused() {
    let place = Place::new("");
    place.clone(false);
    place.write("large/rule.rego", vec![b'#'; 9 << 20]);
    for option in ["--policy", "--organisation"] {
        let (code, _, stderr) = place.check(None, &[option, "../large"]);
        assert!(code == 2 && stderr.contains("rule.rego: larger than 8 MiB"), "{stderr}");
    }
}

/// Path to status, header lines and body; a path with `+` behind is for who brings credentials.
type Pages = BTreeMap<String, (u16, String, Vec<u8>)>;

/// A server of this machine: its host and port, and the paths that were asked for with the credentials that came.
fn serve(pages: Pages) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = listener.local_addr().unwrap().to_string();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&seen);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut lines = BufReader::new(&stream).lines().map_while(Result::ok).take_while(|line| !line.is_empty());
            let path = lines.next().unwrap_or_default().split(' ').nth(1).unwrap_or_default().to_owned();
            let allowed = lines.find_map(|line| line.to_lowercase().strip_prefix("authorization: ").map(str::to_owned));
            noted.lock().unwrap().push(format!("{path} {}", allowed.clone().unwrap_or_default()));
            let page = allowed.and_then(|_| pages.get(&format!("{path}+"))).or_else(|| pages.get(&path));
            let (status, header, body) = page.cloned().unwrap_or((404, String::new(), b"none".to_vec()));
            let length = body.len();
            let head = format!("HTTP/1.1 {status} X\r\n{header}Content-Length: {length}\r\nConnection: close\r\n\r\n");
            let mut stream = &stream;
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
        }
    });
    (host, seen)
}

fn page(status: u16, header: &str, body: &[u8]) -> (u16, String, Vec<u8>) {
    (status, header.to_owned(), body.to_vec())
}

#[test]
fn a_policy_comes_by_its_address_and_digest() {
    let place = Place::new("");
    place.clone(false);
    let archive = place.archive("origin/policies");
    let sha256 = digest::of(&archive).sha256;
    let (host, seen) = serve([("/set.tar.gz".to_owned(), page(200, "", &archive))].into());
    let right = format!("http://{host}/set.tar.gz@sha256:{sha256}");
    let (code, report, stderr) = place.check(None, &["--policy", &right]);
    assert_eq!((code, rules(&report)), (1, vec!["ours/old-weights"]), "{stderr}");
    assert_eq!(report["policy"]["sources"][1]["name"], json!(right));
    let plain = place.check(None, &["--policy", "policies"]).1;
    assert_eq!(plain["policy"]["digest"], report["policy"]["digest"]);
    // In a configuration too, in whatever folder that lies.
    place.write("repository/ci/own.yaml", format!("policy: ['{right}', ../policies2]\n"));
    place.write("repository/policies2/data/nothing.json", "{}");
    let (code, report, stderr) = place.check(None, &["--config", "ci/own.yaml"]);
    assert_eq!((code, rules(&report)), (1, vec!["ours/old-weights"]), "{stderr}");

    for (source, wanted) in [
        (format!("http://{host}/set.tar.gz@sha256:{}", "0".repeat(64)), sha256.as_str()),
        (format!("http://{host}/set.tar.gz"), "has no digest"),
        (format!("http://{host}/none@sha256:{sha256}"), "404"),
        (format!("http://example.com/set.tar.gz@sha256:{sha256}"), "neither https:// nor oci://"),
        ("oci://example.com/policy:latest".to_owned(), "has no digest"),
    ] {
        for option in ["--policy", "--organisation"] {
            let (code, _, stderr) = place.check(None, &[option, &source]);
            assert!(code == 2 && stderr.contains(wanted), "{source}: {stderr}");
        }
        place.write("repository/weighbridge.yaml", format!("policy: ['{source}']\n"));
        let (code, _, stderr) = place.check(None, &[]);
        assert!(code == 2 && stderr.contains(wanted), "{source}: {stderr}");
        place.write("repository/weighbridge.yaml", "");
    }

    // A pull request cannot make the check ask anybody: its configuration is not read.
    seen.lock().unwrap().clear();
    place.write("origin/weighbridge.yaml", format!("policy: ['{right}']\n"));
    place.clone(false);
    assert_eq!(place.check(Some("main"), &[]).0, 0);
    assert!(seen.lock().unwrap().is_empty());
    assert_eq!(place.check(None, &[]).0, 1);
    assert_eq!(seen.lock().unwrap().len(), 1);
}

#[test]
fn an_organisation_comes_by_its_address_with_its_configuration() {
    let place = Place::new("");
    place.write(
        "organisation/old_weights.rego",
        RULE.replace("level: deny", "level: warn").replace("deny contains", "warn contains"),
    );
    place.write("organisation/weighbridge.yaml", "fail-on: warn\n");
    place.clone(false);
    let archive = place.archive("organisation");
    let (host, _) = serve([("/set".to_owned(), page(200, "", &archive))].into());
    let source = format!("http://{host}/set@sha256:{}", digest::of(&archive).sha256);
    let (code, report, stderr) = place.check(Some("main"), &["--organisation", &source]);
    assert_eq!((code, rules(&report)), (1, vec!["ours/old-weights"]), "{stderr}");
    assert_eq!(report["policy"]["sources"][1]["layer"], json!("organisation"));
    assert_eq!(report["policy"]["sources"][1]["name"], json!(source));
    let (code, _, stderr) = place.check(None, &["--organisation", &source, "--fail-on", "deny"]);
    assert!(code == 2 && stderr.contains(&format!("{source}!weighbridge.yaml")), "{stderr}");
}

#[test]
fn a_policy_comes_from_a_registry_with_the_credentials_of_docker() {
    let place = Place::new("");
    place.clone(false);
    let archive = place.archive("origin/policies");
    let blob = digest::of(&archive).sha256;
    let layer = json!({"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "digest": format!("sha256:{blob}"), "size": archive.len()});
    let manifest = json!({"schemaVersion": 2, "layers": [layer]}).to_string().into_bytes();
    let sha256 = digest::of(&manifest).sha256;
    let at = format!("/v2/org/policy/manifests/sha256:{sha256}");
    let blob = format!("/v2/org/policy/blobs/sha256:{blob}");
    let pages = [
        (at.clone(), page(401, "WWW-Authenticate: Basic realm=\"x\"\r\n", b"")),
        (format!("{at}+"), page(200, "", &manifest)),
        (format!("{blob}+"), page(200, "", &archive)),
    ];
    let (host, seen) = serve(pages.into());
    let source = format!("oci://{host}/org/policy@sha256:{sha256}");

    let (code, _, stderr) = place.check(None, &["--policy", &source]);
    assert!(code == 2 && stderr.contains("docker login"), "{stderr}");
    place.write("docker/config.json", r#"{"auths": {"example.com": {"auth": "bm90"}}, "credsStore": "desktop"}"#);
    let (code, _, stderr) = place.check(None, &["--policy", &source]);
    assert!(code == 2 && stderr.contains("docker-credential-desktop"), "{stderr}");
    assert!(seen.lock().unwrap().iter().all(|line| line.ends_with(' ')), "{seen:?}");

    seen.lock().unwrap().clear();
    place.write("docker/config.json", json!({"auths": {host.as_str(): {"auth": "eDp5"}}}).to_string());
    let (code, report, stderr) = place.check(None, &["--policy", &source]);
    assert_eq!((code, rules(&report)), (1, vec!["ours/old-weights"]), "{stderr}");
    assert_eq!(report["policy"]["sources"][1]["name"], json!(source));
    assert_eq!(*seen.lock().unwrap(), [format!("{at} "), format!("{at} basic edp5"), format!("{blob} basic edp5")]);
}

/// Files beside the tests that run the binary and must not depend on the event of the workflow that runs them.
#[test]
fn no_test_depends_on_the_event_that_runs_it() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let runs = text.contains("CARGO_BIN_EXE_weighbridge");
        let alone = ["readme.rs", "vocabulary.rs", "check.rs"].iter().any(|name| path.ends_with(name));
        assert!(!runs || alone || text.contains("GITHUB_BASE_REF"), "{}: clear GITHUB_BASE_REF", path.display());
    }
}
