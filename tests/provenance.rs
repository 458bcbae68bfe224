//! Signatures inside `check` and `facts`, with the real binary: models signed by the format's reference implementation
//! (tests/fixtures/attest/make.py), held to the signers that a configuration names.
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
use std::path::{Path, PathBuf};

const IDENTITY: &str = "https://github.com/acme/models/.github/workflows/gate.yml@refs/heads/main";
const ISSUER: &str = "https://token.actions.githubusercontent.com";
const TIME: &str = "2027-06-01T12:00:00Z";
const KEY: &str = "test-key-p256.pub.pem";

/// A model with its signatures and a configuration, copied, so that they can be changed.
struct Place(tempfile::TempDir);

impl Place {
    /// With a bundle of the fixtures as `model/model.sig`, and a configuration that names these signers.
    fn new(bundle: Option<&str>, signers: &str) -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/attest"), place.0.path());
        if let Some(bundle) = bundle {
            std::fs::copy(place.path(bundle), place.path("model/model.sig")).unwrap();
        }
        // The weights are of no format that is known, and are left out so that a model can pass; a signature is held against them all the same.
        let signers = if signers.is_empty() { String::new() } else { format!("signers:\n{signers}\n") };
        write(place.0.path(), "weighbridge.yaml", format!("exclude: ['*.bin', '**/*.bin']\n{signers}"));
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn check(&self, artifact: &str) -> (i32, Value) {
        let arguments = ["check", artifact, "--format", "json", "--evaluated-at", TIME];
        let (code, out, error) = run(self.0.path(), &arguments);
        (code, serde_json::from_str(&out).unwrap_or_else(|_| panic!("{out}{error}")))
    }

    /// The rules of provenance that fire, each with the place below the artifact; and that the exit code agrees.
    fn found(&self, artifact: &str) -> Vec<String> {
        let (code, report) = self.check(artifact);
        let findings = report["artifacts"][0]["findings"].as_array().unwrap().clone();
        let told = |finding: &Value| {
            let place = finding["place"].as_str().unwrap().to_owned();
            (finding["rule"].as_str().unwrap().to_owned(), place)
        };
        let found: Vec<(String, String)> =
            findings.iter().map(told).filter(|(rule, _)| rule.starts_with("provenance/")).collect();
        if artifact == "model" {
            assert_eq!(code, i32::from(!found.is_empty()), "{findings:#?}");
        }
        found
            .into_iter()
            .map(|(rule, place)| match place.strip_prefix("model/") {
                Some(below) => format!("{} {below}", rule.trim_start_matches("provenance/")),
                None => rule.trim_start_matches("provenance/").to_owned(),
            })
            .collect()
    }

    fn signatures(&self, artifact: &str) -> Vec<Value> {
        let (code, out, error) = run(self.0.path(), &["facts", artifact, "--evaluated-at", TIME]);
        assert_eq!(code, 0, "{error}");
        serde_json::from_str::<Value>(&out).unwrap()["signatures"].as_array().unwrap().clone()
    }

    fn message(&self, artifact: &str) -> String {
        let (_, report) = self.check(artifact);
        let findings = report["artifacts"][0]["findings"].as_array().unwrap().clone();
        let of = findings.iter().find(|finding| finding["rule"].as_str().unwrap().starts_with("provenance/"));
        of.unwrap()["message"].as_str().unwrap().to_owned()
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn by(signers: &[&str]) -> String {
    format!("  - by: [{}]", signers.join(", "))
}

fn key(name: &str) -> String {
    format!("{{key: {name}}}")
}

fn identity(identity: &str, issuer: &str) -> String {
    format!("{{identity: '{identity}', issuer: '{issuer}', root: keyless/test-trusted-root.json}}")
}

#[test]
fn a_model_signed_by_a_trusted_key_passes() {
    for bundle in ["key-p256.sig", "files-blake2.sig", "files-blake3.sig", "shards-sha256.sig", "shards-blake2.sig"] {
        let place = Place::new(Some(bundle), &by(&[&key(KEY)]));
        assert_eq!(place.found("model"), [""; 0], "{bundle}");
        let signatures = place.signatures("model");
        let [signature] = signatures.as_slice() else { panic!("{signatures:#?}") };
        assert_eq!(signature["verified"], true, "{bundle}: {signature:#}");
        assert_eq!(signature["kind"], "key");
        let empty = usize::from(bundle.starts_with("shards"));
        assert_eq!(signature["covered"].as_array().unwrap().len(), 6 - empty, "{bundle}");
        assert_eq!(signature["empty"].as_array().unwrap().len(), empty);
        assert_eq!((&signature["extracted"], &signature["times"]), (&json!(true), &json!([])));
    }
    for curve in ["p384", "p521"] {
        let place = Place::new(Some(&format!("key-{curve}.sig")), &by(&[&key(&format!("test-key-{curve}.pub.pem"))]));
        assert_eq!(place.found("model"), [""; 0], "{curve}");
    }
    let place = Place::new(Some("certificate-leaf.sig"), &by(&["{authority: test-root.pem}"]));
    assert_eq!(place.found("model"), [""; 0]);
    assert!(place.signatures("model")[0]["subject"].as_str().unwrap().contains("Test signer"));
}

#[test]
fn who_is_to_sign_must_have_signed() {
    let place = Place::new(None, &by(&[&key(KEY)]));
    assert_eq!(place.found("model"), ["unsigned"]);
    // Beside the model is as good as in it.
    std::fs::copy(place.path("key-p256.sig"), place.path("model.sig")).unwrap();
    assert_eq!(place.found("model"), [""; 0]);
    let place = Place::new(Some("key-p384.sig"), &by(&[&key(KEY)]));
    assert_eq!(place.found("model"), ["untrusted-signer"]);
    // The key is known, and another one is to sign.
    let other = "  - {paths: [else], by: [{key: test-key-p384.pub.pem}]}";
    let place = Place::new(Some("key-p384.sig"), &format!("{}\n{other}", by(&[&key(KEY)])));
    assert_eq!(place.found("model"), ["untrusted-signer"]);
    assert!(place.message("model").contains("is by key sha256:"), "{}", place.message("model"));
    let place = Place::new(Some("certificate-leaf.sig"), &by(&["{authority: test-other-root.pem}"]));
    assert_eq!(place.found("model"), ["untrusted-signer"]);
    let place = Place::new(Some("key-p256.sig"), "  - {paths: [models/**], by: [{key: test-key-p384.pub.pem}]}");
    assert_eq!(place.found("model"), [""; 0], "another path's signer");
    // A folder above is no way around the paths.
    std::fs::create_dir(place.path("models")).unwrap();
    std::fs::rename(place.path("model"), place.path("models/model")).unwrap();
    for artifact in ["models/model", "models", "models/model/config.json"] {
        let found = place.found(artifact).join(" ");
        assert!(found.contains("untrusted-signer") || found.contains("unsigned"), "{artifact}: {found}");
    }
}

#[test]
fn without_signers_only_what_is_broken_is_told() {
    assert_eq!(Place::new(None, "").found("model"), [""; 0]);
    let place = Place::new(Some("key-p256.sig"), "");
    assert_eq!(place.found("model"), [""; 0], "a key that nobody knows proves nothing and breaks nothing");
    assert_eq!(place.signatures("model")[0]["refusals"][0]["reason"], "signer-unknown");
    assert_eq!(place.signatures("model")[0]["authentic"], false);
    write(place.0.path(), "model/config.json", "{\"hidden_size\": 65}\n");
    assert_eq!(place.found("model"), ["invalid-signature"]);
    assert!(place.message("model").contains("config.json"), "{}", place.message("model"));
}

#[test]
fn files_that_differ_and_files_that_nobody_signed_are_told() {
    for signers in [by(&[&key(KEY)]), String::new()] {
        let place = Place::new(Some("key-p256.sig"), &signers);
        write(place.0.path(), "model/config.json", "{}\n");
        assert_eq!(place.found("model"), ["invalid-signature"]);
        let place = Place::new(Some("key-p256.sig"), &signers);
        std::fs::remove_file(place.path("model/config.json")).unwrap();
        assert_eq!(place.found("model"), ["invalid-signature"]);
        for added in [".github/hook.yml", ".hidden", "layers/.x/y", "more.json"] {
            let place = Place::new(Some("key-p256.sig"), &signers);
            write(place.0.path(), &format!("model/{added}"), "{}\n");
            assert_eq!(place.found("model"), [format!("uncovered-file {added}")], "{signers}");
        }
        let place = Place::new(Some("key-p256.sig"), &signers);
        write(place.0.path(), "model/.gitattributes", "*.bin filter=lfs\n");
        assert_eq!(place.found("model"), [""; 0]);
        // A name is no place to hide: what is called a signature and is none has to be signed too.
        write(place.0.path(), "model/notes.sig", "plain text\n");
        let found = place.found("model");
        assert_eq!(found, ["uncovered-file notes.sig", "unread-signature"]);
    }
    let accepted = format!("{}\n    uncovered: ['.github']", by(&[&key(KEY)]));
    let place = Place::new(Some("key-p256.sig"), &accepted);
    write(place.0.path(), "model/.github/hook.yml", "{}\n");
    assert_eq!(place.found("model"), [""; 0]);
}

#[test]
fn another_models_signature_is_told() {
    let place = Place::new(Some("file.sig"), "");
    std::fs::remove_file(place.path("model/weights.bin")).unwrap();
    let found = place.found("model");
    assert!(found.contains(&"other-model".to_owned()), "{found:?}");
    for bundle in ["refused-empty.sig", "refused-repeated.sig", "refused-parent.sig", "refused-root.sig"] {
        assert_eq!(Place::new(Some(bundle), "").found("model"), ["invalid-signature"], "{bundle}");
    }
}

#[test]
fn a_signer_counts_for_a_time_and_several_at_once() {
    let (old, new) = (format!("{{key: {KEY}, until: 2027-03-01}}"), "{key: test-key-p384.pub.pem, from: 2027-02-01}");
    let place = Place::new(Some("key-p256.sig"), &by(&[&old]));
    assert_eq!(place.found("model"), ["expired-signer"]);
    assert!(place.message("model").contains(TIME), "{}", place.message("model"));
    let place = Place::new(Some("key-p256.sig"), &by(&[&format!("{{key: {KEY}, from: 2028-01-01}}")]));
    assert_eq!(place.found("model"), ["expired-signer"]);
    let place = Place::new(Some("key-p384.sig"), &by(&[&old, new]));
    assert_eq!(place.found("model"), [""; 0]);
    let both = by(&[&format!("{{key: {KEY}, until: 2027-07-01}}"), new]);
    for bundle in ["key-p256.sig", "key-p384.sig"] {
        assert_eq!(Place::new(Some(bundle), &both).found("model"), [""; 0], "{bundle}");
    }
    let timed = format!("{}\n    timed: true", by(&[&key(KEY)]));
    assert_eq!(Place::new(Some("key-p256.sig"), &timed).found("model"), ["weak-time"]);
    let timed = format!("{}\n    timed: true", by(&[&identity(IDENTITY, ISSUER)]));
    assert_eq!(Place::new(Some("keyless/model.sig"), &timed).found("model"), [""; 0]);
}

#[test]
fn identity_and_issuer_are_held_exactly() {
    let keyless = |signer: &str| Place::new(Some("keyless/model.sig"), &by(&[signer]));
    let place = keyless(&identity(IDENTITY, ISSUER));
    assert_eq!(place.found("model"), [""; 0]);
    let signature = &place.signatures("model")[0];
    assert_eq!((&signature["identity"], &signature["issuer"]), (&json!(IDENTITY), &json!(ISSUER)), "{signature:#}");
    assert_eq!(signature["claims"]["source-repository-uri"], "https://github.com/acme/models");
    assert_eq!(signature["times"][0]["proof"], "timestamp");
    assert!(signature["trust_root"].as_str().unwrap().starts_with("sha256:"));
    assert_eq!(keyless(&identity(&IDENTITY[..IDENTITY.len() - 1], ISSUER)).found("model"), ["wrong-identity"]);
    assert_eq!(keyless(&identity(IDENTITY, "https://example.org")).found("model"), ["wrong-issuer"]);
    let pattern = |pattern: &str| {
        keyless(&identity("X", ISSUER).replace("identity: 'X'", &format!("pattern: '{pattern}'"))).found("model")
    };
    assert_eq!(pattern("^https://github\\.com/acme/[^@]+@refs/heads/main$"), [""; 0]);
    assert_eq!(pattern("^https://github\\.com/acme|main$"), ["wrong-identity"], "anchored as a whole");
    // The public instance does not know it, whoever it says it is.
    let public = format!("{{identity: '{IDENTITY}', issuer: '{ISSUER}'}}");
    let place = keyless(&public);
    assert_eq!(place.found("model"), ["untrusted-signer", "unread-signature"]);
    assert_eq!(place.signatures("model")[0]["identity"], Value::Null, "nobody is named who is not proven");
}

#[test]
fn one_file_has_its_signature_beside_it() {
    for name in ["weights.bin.sig", "weights.sig", "model.sig"] {
        let place = Place::new(None, &by(&[&key(KEY)]));
        assert_eq!(place.found("model/weights.bin"), ["unsigned weights.bin"]);
        std::fs::copy(place.path("file.sig"), place.path(&format!("model/{name}"))).unwrap();
        assert_eq!(place.found("model/weights.bin"), [""; 0], "{name}");
        // In the folder it speaks of that file alone.
        let found = place.found("model");
        assert!(found.contains(&"uncovered-file config.json".to_owned()), "{name}: {found:?}");
        std::fs::write(place.path("model/weights.bin"), "other").unwrap();
        assert_eq!(place.found("model/weights.bin"), ["invalid-signature weights.bin"], "{name}");
    }
    // A folder's signature is one of each of its files, and no other file's.
    let place = Place::new(Some("key-p256.sig"), &by(&[&key(KEY)]));
    assert_eq!(place.found("model/weights.bin"), [""; 0]);
    write(place.0.path(), "model/added.json", "{}");
    assert_eq!(place.found("model/added.json"), ["unsigned added.json"]);
    std::fs::write(place.path("model/weights.bin"), "other").unwrap();
    assert_eq!(place.found("model/weights.bin"), ["invalid-signature weights.bin"]);
}

#[test]
fn provenance_is_facts() {
    let place = Place::new(None, &by(&[&identity(IDENTITY, ISSUER)]));
    std::fs::copy(place.path("keyless/provenance.sigstore.json"), place.path("model/weights.bin.sigstore.json"))
        .unwrap();
    let signatures = place.signatures("model");
    let signature = &signatures[0];
    assert_eq!(signature["claimed"], "statement", "{signature:#}");
    assert_eq!(signature["of"], "model/weights.bin");
    assert_eq!(signature["verified"], true, "{signature:#}");
    assert_eq!(signature["predicate_type"], "https://slsa.dev/provenance/v1");
    let expected = json!({"builder": "https://example.org/builder", "build_type": "https://example.org/training/v1",
        "source": null, "commit": null});
    assert_eq!(signature["provenance"], expected);
    assert_eq!(signature["subjects"][0]["name"], "weights.bin");
    // Without a signer that is known, nothing that it says is believed.
    write(place.0.path(), "weighbridge.yaml", "");
    assert_eq!(place.signatures("model")[0]["provenance"], Value::Null);
}

#[test]
fn the_policies_and_verify_take_the_same_attestations_for_signatures() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies/data/signatures.json");
    let data: Value = serde_json::from_slice(&std::fs::read(data).unwrap()).unwrap();
    let mut origins = weighbridge::attest::ORIGINS.map(str::to_owned);
    origins.sort();
    let mut listed: Vec<String> = data["origins"].as_object().unwrap().keys().cloned().collect();
    listed.sort();
    assert_eq!(listed, origins);
}

#[test]
fn an_organisation_says_who_is_to_sign() {
    let place = Place::new(None, "");
    let pem = std::fs::read_to_string(place.path(KEY)).unwrap();
    let indented: String = pem.lines().map(|line| format!("          {line}\n")).collect();
    write(
        place.0.path(),
        "organisation/weighbridge.yaml",
        format!("exclude: ['*.bin', '**/*.bin']\nsigners:\n  - by:\n      - key: |\n{indented}"),
    );
    std::fs::remove_file(place.path("weighbridge.yaml")).unwrap();
    let check = || run(place.0.path(), &["check", "model", "--organisation", "organisation", "--evaluated-at", TIME]);
    let (code, out, error) = check();
    assert!(code == 1 && out.contains("provenance/unsigned"), "{code} {out}{error}");
    std::fs::copy(place.path("key-p256.sig"), place.path("model/model.sig")).unwrap();
    let (code, out, error) = check();
    assert_eq!(code, 0, "{out}{error}");
    // A repository cannot name signers of its own beside it.
    write(place.0.path(), "weighbridge.yaml", format!("signers: [{{by: [{{key: {KEY}}}]}}]\n"));
    let (code, _, error) = check();
    assert!(code == 2 && error.contains("`signers`") && error.contains("organisation"), "{code} {error}");
}

#[test]
fn a_mistake_in_the_signers_is_told() {
    let told = |signers: &str| {
        let (code, _, error) = run(Place::new(None, signers).0.path(), &["check", "model"]);
        assert_eq!(code, 2, "{error}");
        error
    };
    assert!(told(&by(&["{key: gone.pem}"])).contains("gone.pem"));
    assert!(told(&by(&["{key: test-root.pem}"])).contains("this is a certificate"));
    assert!(told(&by(&["{authority: test-key-p256.pub.pem}"])).contains("no certificate in PEM"));
    let root = "{identity: x, issuer: y, root: key-p256.sig}";
    assert!(told(&by(&[root])).contains("trusted_root.json"), "{}", told(&by(&[root])));
    assert!(told(&by(&["{pattern: '^(a$', issuer: y}"])).contains("no regular expression"));
    assert!(told(&by(&["{key: test-key-p256.pub.pem, fingerprint: \"00\"}"])).contains("SHA-256"));
}

#[test]
fn the_report_of_a_failed_signature_reads_well() {
    let place = Place::new(Some("key-p256.sig"), &by(&[&key("test-key-p384.pub.pem")]));
    write(place.0.path(), "model/more.json", "{}");
    let (_, out, _) = run(place.0.path(), &["check", "model", "--evaluated-at", TIME]);
    let place = Place::new(Some("key-p256.sig"), &by(&[&key(KEY)]));
    write(place.0.path(), "model/more.json", "{}");
    write(place.0.path(), "model/config.json", "{}");
    let (_, tampered, _) = run(place.0.path(), &["check", "model", "--evaluated-at", TIME]);
    let shown = format!("{out}\n{tampered}");
    let hidden = |line: &str| if line.contains("policy") { "(the policy's digest)" } else { line }.to_owned();
    insta::assert_snapshot!(shown.lines().map(hidden).collect::<Vec<_>>().join("\n"));
}
