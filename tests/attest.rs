//! Models signed by the format's reference implementation (tests/fixtures/attest/make.py), verified by the real binary; and each way to
//! tamper with them refused for its own reason.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test that cannot go on ends with a panic"
)]

mod binary;

use binary::{run, write};
use serde_json::Value;
use std::path::{Path, PathBuf};

const IDENTITY: &str = "https://github.com/acme/models/.github/workflows/gate.yml@refs/heads/main";
const ISSUER: &str = "https://token.actions.githubusercontent.com";

/// The fixtures, copied, so that they can be tampered with.
struct Signed(tempfile::TempDir);

impl Signed {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/attest"), folder.path());
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Changes a bundle's JSON.
    fn edit(&self, name: &str, edit: impl FnOnce(&mut Value)) {
        let mut bundle: Value = serde_json::from_slice(&std::fs::read(self.path(name)).unwrap()).unwrap();
        edit(&mut bundle);
        std::fs::write(self.path(name), bundle.to_string()).unwrap();
    }

    /// Exit code and JSON of `verify`.
    fn verify(&self, arguments: &[&str]) -> (i32, Value) {
        let (code, out, error) = run(self.0.path(), &[&["verify", "--format", "json"], arguments].concat());
        let value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{arguments:?}: {out}{error}"));
        (code, value)
    }

    fn accepted(&self, arguments: &[&str]) -> Value {
        let (code, value) = self.verify(arguments);
        assert_eq!((code, &value["verified"]), (0, &Value::Bool(true)), "{arguments:?}: {value:#}");
        value
    }

    /// The reasons of a refusal, joined.
    fn refused(&self, arguments: &[&str]) -> String {
        let (code, value) = self.verify(arguments);
        assert_eq!((code, &value["verified"]), (1, &Value::Bool(false)), "{arguments:?}: {value:#}");
        let reasons: Vec<&str> =
            value["refusals"].as_array().unwrap().iter().map(|one| one["reason"].as_str().unwrap()).collect();
        reasons.join(" ")
    }

    fn by_key(&self, model: &str, bundle: &str) -> String {
        self.refused(&[model, "--bundle", bundle, "--key", "test-key-p256.pub.pem"])
    }

    fn by_certificate(&self, bundle: &str) -> String {
        self.refused(&["model", "--bundle", bundle, "--ca", "test-root.pem"])
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

#[test]
fn every_key_serialization_and_hash_of_the_reference_is_verified() {
    let signed = Signed::new();
    for curve in ["p256", "p384", "p521"] {
        let (bundle, key) = (format!("key-{curve}.sig"), format!("test-key-{curve}.pub.pem"));
        let value = signed.accepted(&["model", "--bundle", &bundle, "--key", &key]);
        assert_eq!(value["coverage"]["covered"], 6, "{value:#}");
        assert_eq!(value["signed_by"]["times"], Value::Array(vec![]), "nothing proves the time of a signature by key");
    }
    for kind in ["files-sha256", "files-blake2", "files-blake3", "shards-sha256", "shards-blake2"] {
        let bundle = format!("{kind}.sig");
        let value = signed.accepted(&["model", "--bundle", &bundle, "--key", "test-key-p256.pub.pem"]);
        // A manifest of shards cannot list an empty file; it is told.
        let empty = usize::from(kind.starts_with("shards"));
        assert_eq!(value["coverage"]["covered"], 6 - empty, "{kind}");
        assert_eq!(value["coverage"]["empty"]["count"], empty, "{kind}");
    }
    for bundle in ["file.sig", "file-shards.sig"] {
        signed.accepted(&["model/weights.bin", "--bundle", bundle, "--key", "test-key-p256.pub.pem"]);
    }
}

#[test]
fn a_signature_is_found_where_it_lies_by_habit() {
    let signed = Signed::new();
    let key = ["--key", "test-key-p256.pub.pem"];
    assert_eq!(signed.refused(&[&["model"], &key[..]].concat()), "unsigned");
    std::fs::copy(signed.path("key-p256.sig"), signed.path("model/model.sig")).unwrap();
    signed.accepted(&[&["model"], &key[..]].concat());
    signed.accepted(&[&["model/"], &key[..]].concat());
    std::fs::copy(signed.path("file.sig"), signed.path("model/weights.bin.sig")).unwrap();
    signed.accepted(&[&["model/weights.bin"], &key[..]].concat());
    assert_eq!(signed.refused(&[&["model"], &key[..]].concat()), "file-uncovered", "another file's signature");
    std::fs::copy(signed.path("key-p256.sig"), signed.path("model.sigstore.json")).unwrap();
    let (code, _, error) = run(signed.0.path(), &["verify", "model", "--key", "test-key-p256.pub.pem"]);
    assert!(code == 2 && error.contains("several signatures") && error.contains("--bundle"), "{code} {error}");
}

#[test]
fn files_that_differ_are_each_told() {
    for bundle in ["key-p256.sig", "files-blake3.sig", "shards-sha256.sig"] {
        let signed = Signed::new();
        let mut weights = std::fs::read(signed.path("model/weights.bin")).unwrap();
        weights[39] ^= 1;
        std::fs::write(signed.path("model/weights.bin"), &weights).unwrap();
        assert_eq!(signed.by_key("model", bundle), "file-changed", "one bit");
        weights.pop();
        std::fs::write(signed.path("model/weights.bin"), &weights).unwrap();
        assert_eq!(signed.by_key("model", bundle), "file-changed", "cut");
        std::fs::rename(signed.path("model/weights.bin"), signed.path("model/renamed.bin")).unwrap();
        assert_eq!(signed.by_key("model", bundle), "file-missing file-uncovered", "renamed");
        std::fs::remove_file(signed.path("model/renamed.bin")).unwrap();
        assert_eq!(signed.by_key("model", bundle), "file-missing", "removed");
    }
}

#[test]
fn hidden_files_are_not_hidden() {
    for added in [".github/hook.pkl", ".git/config", ".gitignore", ".hidden", "layers/.x/y"] {
        let signed = Signed::new();
        write(signed.0.path(), &format!("model/{added}"), "x");
        assert_eq!(signed.by_key("model", "key-p256.sig"), "file-uncovered", "{added}");
        let top = added.split('/').next().unwrap();
        let by = ["--key", "test-key-p256.pub.pem", "--ignore"];
        let value = signed.accepted(&[&["model", "--bundle", "key-p256.sig"], &by[..], &[top]].concat());
        // What is covered stays compared, even below a path that may hold more.
        assert_eq!(value["coverage"]["ignored"]["names"], serde_json::json!([added]), "{value:#}");
        assert_eq!(value["coverage"]["covered"], 6);
    }
    let signed = Signed::new();
    write(signed.0.path(), "model/layers/a/b.bin", "other bytes!");
    let ignored = ["model", "--bundle", "key-p256.sig", "--key", "test-key-p256.pub.pem", "--ignore", "layers"];
    assert_eq!(signed.refused(&ignored), "file-changed");
}

#[cfg(unix)]
#[test]
fn links_are_refused_wherever_they_lead() {
    let signed = Signed::new();
    std::os::unix::fs::symlink("config.json", signed.path("model/link.json")).unwrap();
    assert_eq!(signed.by_key("model", "key-p256.sig"), "link");
    let signed = Signed::new();
    std::fs::rename(signed.path("model/weights.bin"), signed.path("weights.bin")).unwrap();
    std::os::unix::fs::symlink("../weights.bin", signed.path("model/weights.bin")).unwrap();
    assert_eq!(
        signed.by_key("model", "key-p256.sig"),
        "link",
        "the same bytes behind a link are not a part of the model"
    );
}

#[test]
fn manifests_that_the_reference_takes_are_refused() {
    let signed = Signed::new();
    let expected = [
        ("refused-empty.sig", "manifest-empty"),
        ("refused-repeated.sig", "name-repeated"),
        ("refused-parent.sig", "name-unsafe"),
        ("refused-absolute.sig", "name-unsafe"),
        ("refused-root.sig", "root-mismatch"),
        ("refused-hash.sig", "serialization-unknown"),
        ("refused-mixed.sig", "serialization-unknown"),
        ("refused-shards.sig", "shards-broken"),
        ("refused-shard-size.sig", "serialization-unknown"),
        ("subset.sig", "file-uncovered"),
        ("missing.sig", "file-missing"),
        ("v0.2.sig", "legacy-format"),
    ];
    for (bundle, reason) in expected {
        assert_eq!(signed.by_key("model", bundle), reason, "{bundle}");
    }
    signed.accepted(&["model", "--bundle", "v0.2.sig", "--key", "test-key-p256.pub.pem", "--legacy"]);
}

#[test]
fn a_bundle_that_was_tampered_with_is_refused() {
    let reason = |edit: &dyn Fn(&mut Value)| {
        let signed = Signed::new();
        signed.edit("key-p256.sig", edit);
        signed.by_key("model", "key-p256.sig")
    };
    let signed = Signed::new();
    let other: Value = serde_json::from_slice(&std::fs::read(signed.path("subset.sig")).unwrap()).unwrap();
    assert_eq!(
        reason(&|bundle| bundle["dsseEnvelope"]["payload"] = other["dsseEnvelope"]["payload"].clone()),
        "signature-invalid"
    );
    assert_eq!(
        reason(&|bundle| bundle["dsseEnvelope"]["signatures"] = other["dsseEnvelope"]["signatures"].clone()),
        "signature-invalid"
    );
    assert_eq!(reason(&|bundle| bundle["dsseEnvelope"]["signatures"] = Value::Array(vec![])), "signature-count");
    assert_eq!(reason(&|bundle| bundle["dsseEnvelope"]["payloadType"] = "text/plain".into()), "payload-type");
    assert_eq!(reason(&|bundle| bundle["mediaType"] = "application/json".into()), "bundle-unsupported");
    assert_eq!(reason(&|bundle| bundle["dsseEnvelope"] = Value::Null), "bundle-malformed");
    // A hint is no proof: without one, or with a wrong one, a good signature stays good.
    for hint in [Value::Null, "".into(), "00".into()] {
        let signed = Signed::new();
        signed.edit("key-p256.sig", |bundle| bundle["verificationMaterial"]["publicKey"]["hint"] = hint);
        signed.edit("key-p256.sig", |bundle| bundle["dsseEnvelope"]["signatures"][0]["keyid"] = Value::Null);
        signed.accepted(&["model", "--bundle", "key-p256.sig", "--key", "test-key-p256.pub.pem"]);
    }
    assert_eq!(signed.by_key("model", "key-p384.sig"), "wrong-key");
    assert_eq!(signed.by_key("model", "certificate-leaf.sig"), "method-mismatch");
    assert_eq!(signed.by_certificate("key-p256.sig"), "method-mismatch");
    assert_eq!(
        signed.by_key("model", "file.sig"),
        "other-model file-missing file-uncovered",
        "a signature of one file"
    );
    assert_eq!(signed.by_key("model/config.json", "file.sig"), "file-changed", "another file's");
    std::fs::write(signed.path("not.sig"), "PK\u{3}\u{4}").unwrap();
    assert_eq!(signed.by_key("model", "not.sig"), "bundle-malformed");
    std::fs::write(signed.path("nested.sig"), "[".repeat(1 << 20)).unwrap();
    assert_eq!(signed.by_key("model", "nested.sig"), "bundle-malformed");
    std::fs::write(signed.path("large.sig"), vec![b' '; (100 << 20) + 1]).unwrap();
    assert_eq!(signed.by_key("model", "large.sig"), "bundle-too-large");
}

#[test]
fn certificates_are_held_to_their_use_and_their_dates() {
    let signed = Signed::new();
    for bundle in ["certificate-leaf.sig", "certificate-leaf521.sig", "certificate-whole-chain.sig"] {
        let value = signed.accepted(&["model", "--bundle", bundle, "--ca", "test-root.pem"]);
        assert!(value["signed_by"]["subject"].as_str().unwrap().contains("Test signer"), "{value:#}");
    }
    let expected = [
        ("certificate-expired.sig", "certificate-expired"),
        ("certificate-future.sig", "certificate-not-yet-valid"),
        ("certificate-tls.sig", "certificate-use"),
        ("certificate-plain.sig", "certificate-use"),
        ("certificate-authority.sig", "certificate-authority"),
        ("certificate-no-middle.sig", "certificate-untrusted"),
    ];
    for (bundle, reason) in expected {
        assert_eq!(signed.by_certificate(bundle), reason, "{bundle}");
    }
    let other = ["model", "--bundle", "certificate-leaf.sig", "--ca", "test-other-root.pem"];
    assert_eq!(signed.refused(&other), "certificate-untrusted");
    signed.edit("certificate-leaf.sig", |bundle| {
        bundle["verificationMaterial"]["x509CertificateChain"]["certificates"] = Value::Array(vec![]);
    });
    assert_eq!(signed.by_certificate("certificate-leaf.sig"), "certificate-malformed");
}

fn keyless<'a>(bundle: &'a str, identity: &'a str, issuer: &'a str) -> Vec<&'a str> {
    ["model", "--bundle", bundle, "--identity", identity, "--issuer", issuer].into()
}

#[test]
fn identities_are_proven_by_log_and_time() {
    let signed = Signed::new();
    let root = ["--trusted-root", "keyless/test-trusted-root.json"];
    let with_root = |arguments: Vec<&'static str>| [&arguments[..], &root].concat();
    for (bundle, proofs) in [
        ("keyless/model.sig", vec!["timestamp"]),
        ("keyless/model-rekor-v1.sig", vec!["timestamp", "transparency-log"]),
    ] {
        let value = signed.accepted(&with_root(keyless(bundle, IDENTITY, ISSUER)));
        assert_eq!(value["signed_by"]["identity"], IDENTITY);
        assert_eq!(
            value["signed_by"]["claims"]["source-repository-uri"], "https://github.com/acme/models",
            "{value:#}"
        );
        let found: Vec<&Value> =
            value["signed_by"]["times"].as_array().unwrap().iter().map(|time| &time["proof"]).collect();
        assert_eq!(found, proofs);
    }
    let bundle = "keyless/model.sig";
    assert_eq!(
        signed.refused(&with_root(keyless(bundle, &IDENTITY[1..], ISSUER))),
        "wrong-identity",
        "a part is not the whole"
    );
    assert_eq!(signed.refused(&with_root(keyless(bundle, IDENTITY, "https://example.org"))), "wrong-issuer");
    assert_eq!(
        signed.refused(&keyless(bundle, IDENTITY, ISSUER)),
        "trust-root-too-old",
        "the public instance does not know it"
    );
    // GitHub's own root is no fallback, and knows nobody else's authorities.
    assert_eq!(signed.refused(&["model", "--bundle", bundle, "--identity", IDENTITY, "--github"]), "time-invalid");
    assert_eq!(signed.refused(&with_root(keyless("key-p256.sig", IDENTITY, ISSUER))), "method-mismatch");
    assert_eq!(signed.by_certificate(bundle), "method-mismatch");
    write(signed.0.path(), "model/config.json", "{}");
    assert_eq!(signed.refused(&with_root(keyless(bundle, IDENTITY, ISSUER))), "file-changed");
}

#[test]
fn bundles_of_other_tools_are_verified() {
    let signed = Signed::new();
    let by = |model: &str, bundle: &str| {
        let root = "keyless/test-trusted-root.json";
        [model, "--bundle", bundle, "--identity", IDENTITY, "--issuer", ISSUER, "--trusted-root", root]
            .map(str::to_owned)
    };
    let accepted = |model: &str, bundle: &str| {
        let arguments = by(model, bundle);
        signed.accepted(&arguments.each_ref().map(String::as_str))
    };
    let refused = |model: &str, bundle: &str| {
        let arguments = by(model, bundle);
        signed.refused(&arguments.each_ref().map(String::as_str))
    };
    for bundle in ["file.sigstore.json", "file-rekor-v1.sigstore.json", "file-cosign.sig"] {
        let bundle = format!("keyless/{bundle}");
        assert_eq!(accepted("model/weights.bin", &bundle)["claimed"], "content", "{bundle}");
        assert_eq!(refused("model/config.json", &bundle), "file-changed", "{bundle}");
        assert_eq!(refused("model", &bundle), "other-model", "{bundle}");
    }
    let provenance = "keyless/provenance.sigstore.json";
    let value = accepted("model/weights.bin", provenance);
    assert_eq!(
        (&value["claimed"], &value["predicate_type"]),
        (&"statement".into(), &"https://slsa.dev/provenance/v1".into())
    );
    assert_eq!(refused("model/config.json", provenance), "other-model file-uncovered");
    assert_eq!(refused("model", provenance), "file-uncovered", "a statement about one of the files");

    // One a line: the first that holds counts.
    let line = |name: &str| {
        let value: Value = serde_json::from_slice(&std::fs::read(signed.path(name)).unwrap()).unwrap();
        value.to_string()
    };
    write(signed.0.path(), "all.jsonl", [line("keyless/model.sig"), line(provenance)].join("\n"));
    assert_eq!(accepted("model/weights.bin", "all.jsonl")["claimed"], "statement");
    assert_eq!(accepted("model", "all.jsonl")["claimed"], "model");
    write(signed.0.path(), "bad.jsonl", [&line(provenance), "{}"].join("\n"));
    assert_eq!(refused("model/weights.bin", "bad.jsonl"), "bundle-malformed");
    // A bare envelope has nobody but a key to speak for it.
    let bundle: Value = serde_json::from_str(&line("key-p256.sig")).unwrap();
    write(signed.0.path(), "bare.intoto.jsonl", bundle["dsseEnvelope"].to_string());
    signed.accepted(&["model", "--bundle", "bare.intoto.jsonl", "--key", "test-key-p256.pub.pem"]);
    assert_eq!(refused("model", "bare.intoto.jsonl"), "method-mismatch");
}

#[test]
fn each_proof_of_a_log_and_a_time_is_looked_at() {
    let reason = |bundle: &'static str, edit: &dyn Fn(&mut Value)| {
        let signed = Signed::new();
        signed.edit(bundle, edit);
        signed.refused(
            &[&keyless(bundle, IDENTITY, ISSUER)[..], &["--trusted-root", "keyless/test-trusted-root.json"]].concat(),
        )
    };
    let (v1, v2) = ("keyless/model-rekor-v1.sig", "keyless/model.sig");
    fn entry(bundle: &mut Value) -> &mut Value {
        &mut bundle["verificationMaterial"]["tlogEntries"][0]
    }
    let other = |name: &str, what: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/attest/keyless").join(name);
        let bundle: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        bundle["verificationMaterial"][what].clone()
    };
    // The proofs of another signature by the same identity, each good by itself.
    let swap = |what: &'static str| {
        reason(v2, &|bundle| bundle["verificationMaterial"][what] = other("provenance.sigstore.json", what))
    };
    assert_eq!(swap("tlogEntries"), "log-mismatch");
    assert_eq!(swap("timestampVerificationData"), "time-invalid");
    let times = |bundle: &mut Value| bundle["verificationMaterial"]["timestampVerificationData"] = Value::Null;
    assert_eq!(
        reason(v2, &|bundle| bundle["verificationMaterial"]["tlogEntries"] = Value::Array(vec![])),
        "log-missing"
    );
    assert_eq!(
        reason(v2, &|bundle| entry(bundle)["logId"]["keyId"] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=".into()),
        "log-unknown"
    );
    assert_eq!(reason(v2, &times), "time-missing");
    let hash = Value::from("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    let found = reason(v1, &|bundle| entry(bundle)["inclusionProof"]["rootHash"] = hash.clone());
    assert_eq!(found, "log-proof", "not the root of its own checkpoint");
    for bundle in [v1, v2] {
        let found =
            reason(bundle, &|bundle| entry(bundle)["inclusionProof"]["hashes"] = Value::Array(vec![hash.clone()]));
        assert_eq!(found, "log-proof", "{bundle}");
    }
    assert_eq!(
        reason(v1, &|bundle| entry(bundle)["integratedTime"] = "1700000000".into()),
        "log-proof",
        "the promise is over the time"
    );
}

#[test]
fn what_is_given_wrong_is_told_and_nothing_is_judged() {
    let signed = Signed::new();
    let told = |arguments: &[&str]| {
        let (code, out, error) = run(signed.0.path(), &[&["verify"], arguments].concat());
        assert_eq!((code, out.as_str()), (2, ""), "{arguments:?}: {error}");
        error
    };
    assert!(told(&["model", "--key", "make.py"]).contains("no public key in PEM"));
    assert!(told(&["model", "--key", "test-root.pem"]).contains("--ca"));
    assert!(
        told(&["model", "--ca", "test-key-p256.pub.pem"]).contains("this is a public key: give a signer's with --key")
    );
    // RFC 8410, section 10.1.
    let edwards = "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=";
    write(signed.0.path(), "ed.pem", format!("-----BEGIN PUBLIC KEY-----\n{edwards}\n-----END PUBLIC KEY-----\n"));
    assert!(told(&["model", "--key", "ed.pem"]).contains("an Ed25519 key, and signatures of models"));
    write(signed.0.path(), "key.der", b"\x30\x59\x30\x13\x06\x07\x2a\x86\x48");
    assert!(told(&["model", "--key", "key.der"]).contains("openssl pkey -pubin -inform DER"));
    assert!(told(&["model", "--ca", "key.der"]).contains("openssl x509 -inform DER"));
    write(signed.0.path(), "long.pem", vec![b'x'; (8 << 20) + 1]);
    assert!(told(&["model", "--key", "long.pem"]).contains("more than 8388608 bytes; give the signer's public key"));
    assert!(told(&["model", "--key", "gone.pem"]).contains("gone.pem"));
    assert!(told(&["model", "--ca", "test-key-p256.pub.pem"]).contains("no certificate in PEM"));
    assert!(told(&["model", "--bundle", "gone.sig", "--key", "test-key-p256.pub.pem"]).contains("gone.sig"));
    assert!(
        told(&[&keyless("key-p256.sig", IDENTITY, ISSUER)[..], &["--trusted-root", "key-p256.sig"]].concat())
            .contains("trusted_root.json")
    );
    assert!(told(&["model"]).contains("--key"));
    assert!(told(&["model", "--identity", IDENTITY]).contains("--issuer"));
    assert!(
        told(&["model", "--key", "test-key-p256.pub.pem", "--ca", "test-root.pem"]).contains("cannot be used with")
    );
    let (code, _, error) = run(signed.0.path(), &["verify", "gone", "--key", "test-key-p256.pub.pem"]);
    assert!(code == 3 && error.contains("gone"), "{code} {error}");
}

#[test]
fn the_json_has_the_shape_of_its_schema() {
    let signed = Signed::new();
    let (code, schema, _) = run(signed.0.path(), &["schema", "verification"]);
    assert_eq!(code, 0);
    let schema = jsonschema::validator_for(&serde_json::from_str(&schema).unwrap()).unwrap();
    let root = ["--trusted-root", "keyless/test-trusted-root.json"];
    let all = [
        vec!["model", "--bundle", "key-p256.sig", "--key", "test-key-p256.pub.pem"],
        vec!["model", "--bundle", "refused-empty.sig", "--key", "test-key-p256.pub.pem"],
        vec!["model", "--key", "test-key-p256.pub.pem"],
        [&keyless("keyless/model.sig", IDENTITY, ISSUER)[..], &root].concat(),
    ];
    for arguments in all {
        let (_, value) = signed.verify(&arguments);
        assert!(
            schema.is_valid(&value),
            "{value:#}: {:?}",
            schema.iter_errors(&value).next().map(|error| error.to_string())
        );
    }
}
