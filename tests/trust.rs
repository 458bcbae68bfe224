//! `weighbridge trust`: what is shown, and what an update takes from a TUF repository and what it refuses. The repository is made here.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test that cannot go on ends with a panic"
)]

mod binary;
mod loopback;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use binary::{run, write};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

const LATER: &str = "2999-01-01T00:00:00Z";
const GONE: &str = "2020-01-01T00:00:00Z";

/// A key with the name that metadata gives it.
struct Key(Ed25519KeyPair);

impl Key {
    fn new() -> Self {
        Self(Ed25519KeyPair::generate().unwrap())
    }

    fn public(&self) -> String {
        hex(self.0.public_key().as_ref())
    }

    fn id(&self) -> String {
        hex(digest(&SHA256, self.public().as_bytes()).as_ref())
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Signed metadata. The keys of every object are sorted here and the text is ASCII, so that its JSON is the canonical one.
fn signed(content: &Value, by: &[&Key]) -> Vec<u8> {
    let content = sorted(content);
    let signatures: Vec<Value> = by
        .iter()
        .map(|key| json!({"keyid": key.id(), "sig": hex(key.0.sign(content.to_string().as_bytes()).as_ref())}))
        .collect();
    json!({"signatures": signatures, "signed": content}).to_string().into_bytes()
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let map: BTreeMap<&String, Value> = map.iter().map(|(name, value)| (name, sorted(value))).collect();
            json!(map)
        }
        Value::Array(items) => items.iter().map(sorted).collect(),
        other => other.clone(),
    }
}

/// A repository: what is served under which path.
#[derive(Clone, Default)]
struct Files(Arc<Mutex<BTreeMap<String, Vec<u8>>>>);

impl Files {
    fn put(&self, path: &str, bytes: impl Into<Vec<u8>>) {
        self.0.lock().unwrap().insert(format!("/{path}"), bytes.into());
    }

    fn serve(&self) -> String {
        let files = self.clone();
        loopback::serve(move |request| match files.0.lock().unwrap().get(&request.path) {
            Some(bytes) => (200, bytes.clone()),
            None => (404, b"nothing here".to_vec()),
        })
    }
}

fn root(version: u64, root: &Key, online: &Key, by: &[&Key]) -> Vec<u8> {
    let key = |key: &Key| json!({"keytype": "ed25519", "scheme": "ed25519", "keyval": {"public": key.public()}});
    let role = |key: &Key| json!({"keyids": [key.id()], "threshold": 1});
    let content = json!({
        "_type": "root", "spec_version": "1.0.31", "version": version, "expires": LATER, "consistent_snapshot": true,
        "keys": {root.id(): key(root), online.id(): key(online)},
        "roles": {"root": role(root), "timestamp": role(online), "snapshot": role(online), "targets": role(online)},
    });
    signed(&content, by)
}

/// What a repository says today.
struct Offer<'a> {
    version: u64,
    expires: &'a str,
    target: &'a [u8],
    by: &'a Key,
}

fn publish(files: &Files, offer: &Offer<'_>) {
    let Offer { version, expires, target, by } = *offer;
    let of = |bytes: &[u8]| json!({"sha256": hex(digest(&SHA256, bytes).as_ref())});
    let about = |kind: &str, more: (&str, Value)| {
        let mut content = json!({"_type": kind, "spec_version": "1.0.31", "version": version, "expires": expires});
        content[more.0] = more.1;
        signed(&content, &[by])
    };
    let targets =
        about("targets", ("targets", json!({"trusted_root.json": {"length": target.len(), "hashes": of(target)}})));
    let meta = |bytes: &[u8]| json!({"version": version, "length": bytes.len(), "hashes": of(bytes)});
    let snapshot = about("snapshot", ("meta", json!({"targets.json": meta(&targets)})));
    let timestamp = about("timestamp", ("meta", json!({"snapshot.json": meta(&snapshot)})));
    files.put(&format!("targets/{}.trusted_root.json", hex(digest(&SHA256, target).as_ref())), target);
    files.put(&format!("{version}.targets.json"), targets);
    files.put(&format!("{version}.snapshot.json"), snapshot);
    files.put("timestamp.json", timestamp);
}

/// A folder with the metadata to begin with, and a repository that offers version 5.
struct Instance {
    folder: tempfile::TempDir,
    files: Files,
    url: String,
    offline: Key,
    online: Key,
    target: Vec<u8>,
}

impl Instance {
    fn new() -> Self {
        let (offline, online) = (Key::new(), Key::new());
        let files = Files::default();
        let target = std::fs::read("tests/fixtures/attest/keyless/test-trusted-root.json").unwrap();
        publish(&files, &Offer { version: 5, expires: LATER, target: &target, by: &online });
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "root.json", root(1, &offline, &online, &[&offline]));
        let url = files.serve();
        Self { folder, files, url, offline, online, target }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn offer(&self, version: u64, expires: &str, by: &Key) {
        publish(&self.files, &Offer { version, expires, target: &self.target, by });
    }

    fn update(&self) -> (i32, String, String) {
        let given = ["--mirror", &self.url, "--root", "root.json", "--folder", "kept"];
        run(self.path(), &[&["trust", "update"], &given[..]].concat())
    }

    fn refused(&self, words: &str) {
        let (code, out, error) = self.update();
        assert!(code == 2 && error.contains(words), "{words}: {code} {out} {error}");
    }
}

#[test]
fn an_update_brings_the_trust_root_that_verifies() {
    let instance = Instance::new();
    let (code, out, error) = instance.update();
    assert_eq!(code, 0, "{out}{error}");
    assert!(out.contains("a given instance, updated") && out.contains("kept in"), "{out}");
    assert_eq!(std::fs::read(instance.path().join("kept/targets/trusted_root.json")).unwrap(), instance.target);
    let (code, out, _) = run(
        instance.path(),
        &["trust", "show", "--trusted-root", "kept/targets/trusted_root.json", "--format", "json"],
    );
    let shown: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, shown["logs"].as_array().unwrap().len()), (0, 1), "{out}");
    // The same again changes nothing, and a newer version is taken.
    assert_eq!(instance.update().0, 0);
    instance.offer(6, LATER, &instance.online);
    assert_eq!(instance.update().0, 0);
}

#[test]
fn what_is_embedded_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let (code, out, _) = run(folder.path(), &["trust", "show"]);
    assert_eq!(code, 0);
    insta::assert_snapshot!("trust-show", out);
    let (_, out, _) = run(folder.path(), &["trust", "show", "--github", "--format", "json"]);
    let shown: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(shown["source"], "GitHub's own instance, embedded");
    assert_eq!(shown["logs"], json!([]), "it has no public log");
    let (code, _, error) =
        run(folder.path(), &["verify", ".", "--key", "key.pem", "--trusted-root", "trusted_root.json"]);
    assert!(code == 2 && error.contains("--identity"), "{error}");
}

#[test]
fn what_is_old_held_back_or_forged_is_refused_and_changes_nothing() {
    let instance = Instance::new();
    assert_eq!(instance.update().0, 0);
    let kept = || snapshot(&instance.path().join("kept"));
    let before = kept();
    instance.offer(4, LATER, &instance.online);
    instance.refused("rollback");
    instance.offer(7, GONE, &instance.online);
    instance.refused("expired");
    instance.offer(7, LATER, &Key::new());
    instance.refused("threshold not met for role timestamp");
    // A genuine timestamp over a trust root that was changed on its way, to one as long.
    instance.offer(7, LATER, &instance.online);
    let name = format!("targets/{}.trusted_root.json", hex(digest(&SHA256, &instance.target).as_ref()));
    let mut changed = instance.target.clone();
    changed[100] ^= 1;
    instance.files.put(&name, changed);
    std::fs::remove_file(instance.path().join("kept/targets/trusted_root.json")).unwrap();
    instance.refused("changed on its way");
    write(instance.path(), "kept/targets/trusted_root.json", &instance.target);
    // Snapshot of another version than the timestamp names.
    instance.offer(8, LATER, &instance.online);
    instance.files.put("8.snapshot.json", "{}");
    instance.refused("changed on its way");
    assert_eq!(kept(), before, "a refused update changed what is kept");
}

#[test]
fn more_than_a_file_may_have_is_not_read() {
    let instance = Instance::new();
    instance.files.put("timestamp.json", vec![b' '; 20_000]);
    instance.refused("more than 16384 bytes");
    let huge = vec![b' '; 2 << 20];
    publish(&instance.files, &Offer { version: 9, expires: LATER, target: &huge, by: &instance.online });
    instance.refused("exceeds configured max");
    // More than the metadata says.
    instance.offer(9, LATER, &instance.online);
    let name = format!("targets/{}.trusted_root.json", hex(digest(&SHA256, &instance.target).as_ref()));
    instance.files.put(&name, huge);
    instance.refused("bytes; do not use this service");
}

#[test]
fn keys_are_replaced_only_by_those_they_replace() {
    let instance = Instance::new();
    let (offline, online) = (Key::new(), Key::new());
    instance.files.put("2.root.json", root(2, &offline, &online, &[&offline]));
    instance.refused("threshold not met for role root");
    instance.files.put("2.root.json", root(2, &offline, &online, &[&instance.offline, &offline]));
    instance.refused("threshold not met for role timestamp");
    instance.offer(5, LATER, &online);
    assert_eq!(instance.update().0, 0);
    // The old keys do no more.
    instance.offer(6, LATER, &instance.online);
    instance.refused("threshold not met for role timestamp");
    // A chain that skips a version.
    instance.files.put("3.root.json", root(4, &offline, &online, &[&offline]));
    instance.refused("root version must increment by one");
}

#[test]
fn what_was_kept_is_verified_anew() {
    use weighbridge::attest::Repositories;
    let instance = Instance::new();
    let folder = instance.path().join("kept");
    let begin = std::fs::read(instance.path().join("root.json")).unwrap();
    let repositories = Repositories::other(begin, &loopback::nobody());
    assert!(repositories.kept(&folder).unwrap().is_none());
    assert_eq!(instance.update().0, 0);
    let kept = repositories.kept(&folder).unwrap().unwrap();
    assert!(kept.age().as_of.is_some());
    assert!(kept.old(32_000_000_000).is_some_and(|days| days > 180), "a thousand years later");
    for name in ["targets/trusted_root.json", "snapshot.json", "timestamp.json"] {
        let whole = std::fs::read(folder.join(name)).unwrap();
        write(&folder, name, String::from_utf8_lossy(&whole).replacen('a', "b", 1));
        assert!(repositories.kept(&folder).is_err(), "{name}");
        write(&folder, name, whole);
    }
    assert!(repositories.kept(&folder).unwrap().is_some());
    // Another instance's folder is no trust root of this one.
    let key = Key::new();
    let other = Repositories::other(root(1, &key, &key, &[&key]), &loopback::nobody());
    assert!(other.kept(&folder).is_err());
}

#[test]
fn an_update_that_cannot_be_had_says_what_to_do() {
    let instance = Instance::new();
    let update = |mirror: &str| {
        let given = ["trust", "update", "--mirror", mirror, "--root", "root.json", "--folder", "kept"];
        let (code, _, error) = run(instance.path(), &given);
        assert_eq!(code, 2, "{error}");
        error
    };
    let unreachable = update(&loopback::nobody());
    assert!(unreachable.contains("cannot be reached") && unreachable.contains("HTTPS_PROXY"), "{unreachable}");
    assert!(update("http://tuf.example.org").contains("not an https:// address"));
    let broken = loopback::serve(|_| (500, b"down \x1b[31m".to_vec()));
    let broken = update(&broken);
    assert!(broken.contains("answered 500") && !broken.contains('\x1b'), "{broken}");
    // The metadata that stands in this program is sound: what is missing is the network.
    for github in [&["--github"][..], &[]] {
        let given = ["trust", "update", "--mirror", &loopback::nobody(), "--folder", "kept"];
        let (code, _, error) = run(instance.path(), &[&given[..], github].concat());
        assert!(code == 2 && error.contains("cannot be reached"), "{error}");
    }
    write(instance.path(), "root.json", "{}");
    assert!(update(&instance.url).contains("not TUF root metadata"));
}

fn snapshot(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.path().is_dir() {
            found.extend(snapshot(&entry.path()).into_iter().map(|(inner, bytes)| (format!("{name}/{inner}"), bytes)));
        } else {
            found.insert(name, std::fs::read(entry.path()).unwrap());
        }
    }
    found
}
