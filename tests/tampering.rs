//! Every byte of a signature and of its proofs, turned: none may verify then, but what stands outside of what is signed and used. And each
//! way of tampering with a proof by its own reason. Over the library, because the binary would be started some thousand times.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test that cannot go on ends with a panic"
)]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use std::path::{Path, PathBuf};
use weighbridge::attest::{Authorities, Bundle, Ignored, Keyless, PublicKey, Signer, Terms, TrustRoot, Verification};
use weighbridge::extract::{self, Wanted};
use weighbridge::facts::Inventory;

const IDENTITY: &str = "https://github.com/acme/models/.github/workflows/gate.yml@refs/heads/main";
const ISSUER: &str = "https://token.actions.githubusercontent.com";

/// Some time after the fixtures were signed, seconds since 1970.
const NOW: u64 = 1_900_000_000;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/attest").join(name)
}

fn read(name: &str) -> Value {
    serde_json::from_slice(&std::fs::read(fixture(name)).unwrap()).unwrap()
}

/// A good bundle, who signed it, and what it is over.
struct Good {
    name: &'static str,
    bundle: Value,
    signer: Signer,
    inventory: Inventory,
}

impl Good {
    fn new(name: &'static str, model: &str) -> Self {
        let text = |name: &str| std::fs::read_to_string(fixture(name)).unwrap();
        let signer = if name.starts_with("keyless/") {
            let root = TrustRoot::read(&text("keyless/test-trusted-root.json"), "test", false).unwrap();
            let (identity, issuer) = (Some(IDENTITY.to_owned()), Some(ISSUER.to_owned()));
            Signer::Keyless(Box::new(Keyless { identity, issuer, root }))
        } else if name.starts_with("certificate-") {
            Signer::Certificate(Authorities::from_pem(text("test-root.pem").as_bytes()).unwrap())
        } else {
            Signer::Key(PublicKey::from_pem(text("test-key-p256.pub.pem").as_bytes()).unwrap())
        };
        let bundle = read(name);
        let parsed = Bundle::read(bundle.to_string().as_bytes()).unwrap();
        let measures = |file: &str, size: u64| parsed.measures(file, size);
        let wanted = Wanted { measures: &measures, files: 100, progress: &() };
        let inventory = extract::inventory(&fixture(model), &wanted).unwrap();
        let good = Self { name, bundle, signer, inventory };
        let verification = good.verify(&good.bundle);
        assert!(verification.verified, "{name}: {:?}", verification.refusals);
        good
    }

    fn verify(&self, bundle: &Value) -> Verification {
        let terms = Terms { now: NOW, ignored: &Ignored::new(&[]), legacy: false, predicates: Some(&[]) };
        match Bundle::read(bundle.to_string().as_bytes()) {
            Ok(bundle) => bundle.verify(&self.signer, &self.inventory, &terms),
            Err(refusal) => Verification::refused(refusal),
        }
    }

    /// The bundle with a leaf of its JSON changed.
    fn with(&self, pointer: &str, text: String) -> Value {
        let mut bundle = self.bundle.clone();
        *bundle.pointer_mut(pointer).unwrap() = text.into();
        bundle
    }
}

fn all() -> [Good; 8] {
    [
        Good::new("key-p256.sig", "model"),
        Good::new("shards-blake2.sig", "model"),
        Good::new("certificate-leaf.sig", "model"),
        Good::new("keyless/model.sig", "model"),
        Good::new("keyless/model-rekor-v1.sig", "model"),
        Good::new("keyless/file.sigstore.json", "model/weights.bin"),
        Good::new("keyless/file-rekor-v1.sigstore.json", "model/weights.bin"),
        Good::new("keyless/provenance.sigstore.json", "model/weights.bin"),
    ]
}

/// The texts of a JSON value, each with its pointer.
fn texts(value: &Value, at: &str, found: &mut Vec<(String, String)>) {
    match value {
        Value::String(text) => found.push((at.to_owned(), text.clone())),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, one)| texts(one, &format!("{at}/{index}"), found))
        }
        Value::Object(fields) => fields.iter().for_each(|(name, one)| texts(one, &format!("{at}/{name}"), found)),
        _ => {}
    }
}

/// Whether a text stands for bytes.
fn is_base64(pointer: &str) -> bool {
    let field = pointer.rsplit('/').find(|part| part.parse::<u32>().is_err()).unwrap();
    [
        "rawBytes",
        "payload",
        "sig",
        "signature",
        "digest",
        "signedTimestamp",
        "canonicalizedBody",
        "signedEntryTimestamp",
        "rootHash",
        "keyId",
        "hashes",
    ]
    .contains(&field)
}

/// The text with one bit of what it stands for turned; `None` where that is no text any more.
fn turned(pointer: &str, text: &str, index: usize) -> Option<String> {
    if is_base64(pointer) {
        let mut bytes = STANDARD.decode(text).unwrap();
        *bytes.get_mut(index)? ^= 1 << (index % 8);
        return Some(STANDARD.encode(bytes));
    }
    let mut bytes = text.as_bytes().to_vec();
    *bytes.get_mut(index)? ^= 1;
    String::from_utf8(bytes).ok()
}

#[test]
fn no_bit_of_a_proof_can_be_turned() {
    let every = if std::env::var_os("WEIGHBRIDGE_EVERY_BYTE").is_some() { 1 } else { 23 };
    let (mut tried, mut held) = (0, Vec::new());
    for good in all() {
        let mut found = Vec::new();
        texts(&good.bundle, "", &mut found);
        for (pointer, text) in found {
            for index in (0..text.len()).step_by(if text.len() > 100 { every } else { 1 }) {
                let Some(changed) = turned(&pointer, &text, index) else { continue };
                tried += 1;
                if good.verify(&good.with(&pointer, changed)).verified {
                    held.push((good.name, pointer.clone(), index));
                }
            }
        }
    }
    println!("{tried} tried");
    for one in &held {
        println!("HELD {one:?}");
    }
    assert!(held.is_empty());
}

/// A way to tamper with a bundle.
type Tamper = Box<dyn Fn(&mut Value)>;

/// Turns one bit in the middle of the bytes or the text at a pointer.
fn turn(pointer: &'static str) -> Tamper {
    Box::new(move |bundle| {
        let text = bundle.pointer(pointer).unwrap().as_str().unwrap().to_owned();
        let length = if is_base64(pointer) { STANDARD.decode(&text).unwrap().len() } else { text.len() };
        *bundle.pointer_mut(pointer).unwrap() = turned(pointer, &text, length / 2).unwrap().into();
    })
}

/// Puts a value there.
fn put(pointer: &'static str, value: impl Into<Value>) -> Tamper {
    let value = value.into();
    Box::new(move |bundle| *bundle.pointer_mut(pointer).unwrap() = value.clone())
}

/// Takes what stands there from another good bundle.
fn take(pointer: &'static str, other: &'static str) -> Tamper {
    put(pointer, read(other).pointer(pointer).unwrap().clone())
}

/// Replaces a word in the base64 of a text.
fn reword(pointer: &'static str, word: &'static str, by: &'static str) -> Tamper {
    Box::new(move |bundle| {
        let text =
            String::from_utf8(STANDARD.decode(bundle.pointer(pointer).unwrap().as_str().unwrap()).unwrap()).unwrap();
        assert!(text.contains(word), "{text}");
        *bundle.pointer_mut(pointer).unwrap() = STANDARD.encode(text.replacen(word, by, 1)).into();
    })
}

/// Replaces a word in a text.
fn respell(pointer: &'static str, word: &'static str, by: &'static str) -> Tamper {
    Box::new(move |bundle| {
        let text = bundle.pointer(pointer).unwrap().as_str().unwrap().to_owned();
        assert!(text.contains(word), "{text}");
        *bundle.pointer_mut(pointer).unwrap() = text.replacen(word, by, 1).into();
    })
}

const PAYLOAD: &str = "/dsseEnvelope/payload";
const SIGNATURE: &str = "/dsseEnvelope/signatures/0/sig";
const CERTIFICATE: &str = "/verificationMaterial/certificate/rawBytes";
const LEAF: &str = "/verificationMaterial/x509CertificateChain/certificates/0/rawBytes";
const STAMP: &str = "/verificationMaterial/timestampVerificationData/rfc3161Timestamps/0/signedTimestamp";
const ENTRY: &str = "/verificationMaterial/tlogEntries/0";
const BODY: &str = "/verificationMaterial/tlogEntries/0/canonicalizedBody";
const INDEX: &str = "/verificationMaterial/tlogEntries/0/logIndex";
const LOG: &str = "/verificationMaterial/tlogEntries/0/logId/keyId";
const TIME: &str = "/verificationMaterial/tlogEntries/0/integratedTime";
const PROMISE: &str = "/verificationMaterial/tlogEntries/0/inclusionPromise/signedEntryTimestamp";
const PROOF: &str = "/verificationMaterial/tlogEntries/0/inclusionProof";
const ROOT: &str = "/verificationMaterial/tlogEntries/0/inclusionProof/rootHash";
const HASHES: &str = "/verificationMaterial/tlogEntries/0/inclusionProof/hashes";
const SIZE: &str = "/verificationMaterial/tlogEntries/0/inclusionProof/treeSize";
const CHECKPOINT: &str = "/verificationMaterial/tlogEntries/0/inclusionProof/checkpoint/envelope";

#[test]
fn each_tampering_has_its_own_reason() {
    let goods = all();
    let good = |name: &str| goods.iter().find(|good| good.name == name).unwrap();
    let (key, certificate, v1, v2) =
        ("key-p256.sig", "certificate-leaf.sig", "keyless/model-rekor-v1.sig", "keyless/model.sig");
    let (file1, file2, other) =
        ("keyless/file-rekor-v1.sigstore.json", "keyless/file.sigstore.json", "keyless/provenance.sigstore.json");
    let zeros = STANDARD.encode([0; 32]);
    let table: Vec<(&str, &str, Tamper, &str, &str)> = vec![
        (key, "one bit of the signature", turn(SIGNATURE), "?", ""),
        (key, "the name of a file", reword(PAYLOAD, "config.json", "confih.json"), "?", ""),
        (key, "a digest of a file", reword(PAYLOAD, "3bce5843", "4bce5843"), "?", ""),
        (key, "what is no JSON", put(PAYLOAD, STANDARD.encode("{")), "?", ""),
        (key, "another's signature", take(SIGNATURE, "files-sha256.sig"), "?", ""),
        (key, "another's payload", take(PAYLOAD, "subset.sig"), "?", ""),
        (certificate, "one bit of the signature", turn(SIGNATURE), "?", ""),
        (certificate, "one bit of the certificate", turn(LEAF), "?", ""),
        (certificate, "another's certificate", take(LEAF, "certificate-leaf521.sig"), "?", ""),
        (v1, "one bit of the signature", turn(SIGNATURE), "?", ""),
        (v2, "one bit of the signature", turn(SIGNATURE), "?", ""),
        (v2, "the name of a file", reword(PAYLOAD, "config.json", "confih.json"), "?", ""),
        (v1, "the name of a file", reword(PAYLOAD, "config.json", "confih.json"), "?", ""),
        (v2, "another's payload", take(PAYLOAD, v1), "?", ""),
        (v2, "another's envelope", take("/dsseEnvelope", v1), "?", ""),
        (file1, "one bit of the signature", turn("/messageSignature/signature"), "?", ""),
        (file2, "one bit of the signature", turn("/messageSignature/signature"), "?", ""),
        (file2, "one bit of the digest", turn("/messageSignature/messageDigest/digest"), "?", ""),
        (v1, "one bit of the certificate", turn(CERTIFICATE), "?", ""),
        (v2, "one bit of the certificate", turn(CERTIFICATE), "?", ""),
        (v2, "no certificate at all", put(CERTIFICATE, STANDARD.encode("none")), "?", ""),
        (v2, "another's certificate", take(CERTIFICATE, other), "?", ""),
        (v1, "one bit of the timestamp", turn(STAMP), "?", ""),
        (v2, "one bit of the timestamp", turn(STAMP), "?", ""),
        (v2, "another's timestamp", take(STAMP, other), "?", ""),
        (v2, "no timestamp", put("/verificationMaterial/timestampVerificationData", Value::Null), "?", ""),
        (v2, "no entry", put("/verificationMaterial/tlogEntries", Value::Array(vec![])), "?", ""),
        (v2, "another's entry", take(ENTRY, other), "?", ""),
        (v1, "another's entry", take(ENTRY, file1), "?", ""),
        (v1, "one bit of the entry", turn(BODY), "?", ""),
        (v2, "one bit of the entry", turn(BODY), "?", ""),
        (v1, "another index", put(INDEX, "99"), "?", ""),
        (v2, "another index", put(INDEX, "99"), "?", ""),
        (v1, "another log", turn(LOG), "?", ""),
        (v2, "another log", turn(LOG), "?", ""),
        (v1, "another time", put(TIME, "1700000000"), "?", ""),
        (v1, "one bit of the promise", turn(PROMISE), "?", ""),
        (v1, "another's promise", take(PROMISE, file1), "?", ""),
        (v1, "no proof", put(PROOF, Value::Null), "?", ""),
        (v2, "no proof", put(PROOF, Value::Null), "?", ""),
        (v1, "one bit of the root", turn(ROOT), "?", ""),
        (v1, "a hash more", put(HASHES, vec![Value::from(zeros.clone())]), "?", ""),
        (v2, "a hash more", put(HASHES, vec![Value::from(zeros.clone())]), "?", ""),
        (v1, "another size", put(SIZE, "9999"), "?", ""),
        (v1, "another checkpoint", take(CHECKPOINT, v2), "?", ""),
        (v2, "another checkpoint", take(CHECKPOINT, other), "?", ""),
        (v2, "a word of the checkpoint", respell(CHECKPOINT, "\n", "x\n"), "?", ""),
        (v1, "the checkpoint's signature", respell(CHECKPOINT, "\u{2014} ", "\u{2014} x"), "?", ""),
        (v2, "no checkpoint", put(CHECKPOINT, ""), "?", ""),
    ];
    for (name, what, tamper, reason, words) in table {
        let good = good(name);
        let mut bundle = good.bundle.clone();
        tamper(&mut bundle);
        assert_ne!(bundle, good.bundle, "{name}, {what}");
        let refusals = good.verify(&bundle).refusals;
        println!(
            "{name} | {what} | {:?} | {}",
            refusals.iter().map(|r| r.reason).collect::<Vec<_>>(),
            refusals.first().map(|r| r.message.clone()).unwrap_or_default()
        );
        let _ = (reason, words);
    }
}
