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

/// The parts of a DER element: for each its tag, where its content begins, and where it ends.
fn parts(der: &[u8], from: usize, to: usize) -> Vec<(u8, usize, usize)> {
    let (mut parts, mut at) = (Vec::new(), from);
    while at < to {
        let (long, first) = (der[at + 1] & 0x80 != 0, usize::from(der[at + 1] & 0x7f));
        let (start, length) = match long {
            false => (at + 2, first),
            true => {
                (at + 2 + first, der[at + 2..at + 2 + first].iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)))
            }
        };
        parts.push((der[at], start, start + length));
        at = start + length;
    }
    parts
}

/// What of a timestamp is signed and used: the time and what it is of, the signed attributes, and the signature (RFC 3161, RFC 5652). Its
/// status, the algorithms' names and the clock's certificate, which is the trust root's here, are none of it.
fn signed_of_timestamp(der: &[u8]) -> Vec<std::ops::Range<usize>> {
    let inside = |part: (u8, usize, usize)| parts(der, part.1, part.2);
    let response = inside(parts(der, 0, der.len())[0]);
    let content = inside(inside(response[1])[1]);
    let data = inside(content[0]);
    let signer = inside(inside(*data.last().unwrap())[0]);
    let attributes = signer.iter().find(|part| part.0 == 0xa0).unwrap();
    let signature = signer.iter().find(|part| part.0 == 4).unwrap();
    [&data[2], attributes, signature].map(|part| part.1..part.2).into()
}

/// Whether a byte stands outside of what is signed and used.
fn is_outside(good: &Good, pointer: &str, text: &str, index: usize) -> bool {
    let entry = good.bundle.pointer(ENTRY);
    let version_2 = entry.is_some_and(|entry| entry["kindVersion"]["version"] == "0.0.2");
    match pointer {
        // It helps to find the key, and is no part of what the key signed.
        "/verificationMaterial/publicKey/hint" => true,
        // Rekor's second version proves no time, and says the others in the signed checkpoint: here they are its copies.
        TIME | PROOF_INDEX | ROOT | SIZE => version_2,
        // A log is known by its key, not by the name in front of its signature; and the line's end.
        CHECKPOINT => {
            let name = text.rfind('\u{2014}').unwrap() + '\u{2014}'.len_utf8() + 1;
            (name..name + text[name..].find(' ').unwrap()).contains(&index) || index + 1 == text.len()
        }
        STAMP => {
            let der = STANDARD.decode(text).unwrap();
            !signed_of_timestamp(&der).iter().any(|range| range.contains(&index))
        }
        _ => false,
    }
}

/// Bytes between those that are turned in a long text; `WEIGHBRIDGE_EVERY_BYTE=1` turns each.
const STEP: usize = 5;

#[test]
fn no_bit_of_a_proof_can_be_turned() {
    let step = if std::env::var_os("WEIGHBRIDGE_EVERY_BYTE").is_some() { 1 } else { STEP };
    let (mut tried, mut held) = (0, Vec::new());
    for good in all() {
        let mut found = Vec::new();
        texts(&good.bundle, "", &mut found);
        for (pointer, text) in found {
            for index in (0..text.len()).step_by(if text.len() > 100 { step } else { 1 }) {
                let Some(changed) = turned(&pointer, &text, index) else { continue };
                tried += 1;
                let verified = good.verify(&good.with(&pointer, changed)).verified;
                if verified && !is_outside(&good, &pointer, &text, index) {
                    held.push((good.name, pointer.clone(), index));
                }
            }
        }
    }
    assert!(tried > 5_000, "{tried}");
    assert!(held.is_empty(), "{held:?}");
}

/// A way to tamper with a bundle.
type Tamper = Box<dyn Fn(&mut Value)>;

/// Turns one bit in the middle of the bytes or the text at a pointer.
fn turn(pointer: &'static str) -> Tamper {
    turn_at(pointer, |length| length / 2)
}

/// Turns one bit so many bytes before the end.
fn turn_near_end(pointer: &'static str, back: usize) -> Tamper {
    turn_at(pointer, move |length| length - back)
}

fn turn_at(pointer: &'static str, place: impl Fn(usize) -> usize + 'static) -> Tamper {
    Box::new(move |bundle| {
        let text = bundle.pointer(pointer).unwrap().as_str().unwrap().to_owned();
        let length = if is_base64(pointer) { STANDARD.decode(&text).unwrap().len() } else { text.len() };
        *bundle.pointer_mut(pointer).unwrap() = turned(pointer, &text, place(length)).unwrap().into();
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
const PROOF_INDEX: &str = "/verificationMaterial/tlogEntries/0/inclusionProof/logIndex";
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
        (key, "one bit of the signature", turn(SIGNATURE), "signature-invalid", "the signature does not hold"),
        (
            key,
            "the name of a file",
            reword(PAYLOAD, "config.json", "confih.json"),
            "signature-invalid",
            "does not hold",
        ),
        (
            key,
            "a digest of a file",
            reword(PAYLOAD, "3bce5843", "4bce5843"),
            "root-mismatch",
            "not that of the listed files",
        ),
        (key, "what is no JSON", put(PAYLOAD, STANDARD.encode("{")), "statement-malformed", "not a statement"),
        (key, "another's signature", take(SIGNATURE, "subset.sig"), "signature-invalid", "does not hold"),
        (key, "another's payload", take(PAYLOAD, "subset.sig"), "signature-invalid", "does not hold"),
        (certificate, "one bit of the signature", turn(SIGNATURE), "signature-invalid", "does not hold"),
        (certificate, "one bit of the certificate", turn(LEAF), "certificate-untrusted", "InvalidSignature"),
        (
            certificate,
            "another's certificate",
            take(LEAF, "certificate-leaf521.sig"),
            "signature-invalid",
            "does not hold",
        ),
        (v1, "one bit of the signature", turn(SIGNATURE), "signature-invalid", "does not hold"),
        (v2, "one bit of the signature", turn(SIGNATURE), "signature-invalid", "does not hold"),
        (
            v2,
            "the name of a file",
            reword(PAYLOAD, "config.json", "confih.json"),
            "signature-invalid",
            "DSSE signature",
        ),
        (
            v1,
            "the name of a file",
            reword(PAYLOAD, "config.json", "confih.json"),
            "signature-invalid",
            "DSSE signature",
        ),
        (v2, "another's payload", take(PAYLOAD, v1), "signature-invalid", "DSSE signature"),
        (v2, "another's envelope", take("/dsseEnvelope", v1), "signature-invalid", "does not hold"),
        (file1, "one bit of the signature", turn("/messageSignature/signature"), "signature-invalid", "does not hold"),
        (file2, "one bit of the signature", turn("/messageSignature/signature"), "signature-invalid", "does not hold"),
        (
            file2,
            "one bit of the digest",
            turn("/messageSignature/messageDigest/digest"),
            "file-changed",
            "not what was signed",
        ),
        (v1, "one bit of the certificate", turn(CERTIFICATE), "certificate-untrusted", "InvalidSignature"),
        (v2, "one bit of the certificate", turn(CERTIFICATE), "certificate-untrusted", "InvalidSignature"),
        (
            v2,
            "no certificate at all",
            put(CERTIFICATE, STANDARD.encode("none")),
            "certificate-malformed",
            "malformed certificate",
        ),
        (v2, "another's certificate", take(CERTIFICATE, other), "certificate-not-yet-valid", "the time that is proven"),
        (v1, "one bit of the timestamp", turn_near_end(STAMP, 10), "time-invalid", "RFC 3161"),
        (v2, "one bit of the timestamp", turn_near_end(STAMP, 10), "time-invalid", "RFC 3161"),
        (v2, "another's timestamp", take(STAMP, other), "time-invalid", "message hash mismatch"),
        (
            v2,
            "no timestamp",
            put("/verificationMaterial/timestampVerificationData", Value::Null),
            "time-missing",
            "no verified timestamp",
        ),
        (v2, "no entry", put("/verificationMaterial/tlogEntries", Value::Array(vec![])), "log-missing", "no entry"),
        (v2, "another's entry", take(ENTRY, other), "log-mismatch", "hash mismatch"),
        (v1, "another's entry", take(ENTRY, file1), "log-mismatch", "hash mismatch"),
        (v1, "one bit of the entry", turn(BODY), "log-proof", "inclusion promise"),
        (v2, "one bit of the entry", turn(BODY), "log-proof", "root hash mismatch"),
        (v1, "another index", put(INDEX, "99"), "log-proof", "inclusion promise"),
        (v2, "another index", put(INDEX, "99"), "log-proof", "out of range"),
        (v1, "another log", turn(LOG), "log-unknown", "does not know"),
        (v2, "another log", turn(LOG), "log-unknown", "does not know"),
        (v1, "another time", put(TIME, "1700000000"), "log-proof", "at integrated time"),
        (v1, "one bit of the promise", turn(PROMISE), "log-proof", "SET verification failed"),
        (v1, "another's promise", take(PROMISE, file1), "log-proof", "SET verification failed"),
        (v1, "no proof", put(PROOF, Value::Null), "log-missing", "must have an inclusion proof"),
        (v2, "no proof", put(PROOF, Value::Null), "log-missing", "must have an inclusion proof"),
        (v1, "one bit of the root", turn(ROOT), "log-proof", "root hash does not match"),
        (v1, "a hash more", put(HASHES, vec![Value::from(zeros.clone())]), "log-proof", "proof hashes"),
        (v2, "a hash more", put(HASHES, vec![Value::from(zeros.clone())]), "log-proof", "proof hashes"),
        (v1, "another size", put(SIZE, "9999"), "log-proof", "proof hashes"),
        (v1, "another checkpoint", take(CHECKPOINT, v2), "log-proof", "root hash does not match"),
        (v2, "another checkpoint", take(CHECKPOINT, other), "log-proof", "root hash mismatch"),
        (v2, "a word of the checkpoint", respell(CHECKPOINT, "\n", "x\n"), "log-proof", "No valid Rekor signature"),
        (v1, "the checkpoint's signature", turn_near_end(CHECKPOINT, 12), "log-proof", "checkpoint"),
        (v2, "no checkpoint", put(CHECKPOINT, ""), "log-proof", "no checkpoint"),
    ];
    for (name, what, tamper, reason, words) in table {
        let good = good(name);
        let mut bundle = good.bundle.clone();
        tamper(&mut bundle);
        assert_ne!(bundle, good.bundle, "{name}, {what}");
        let told = told(&good.verify(&bundle));
        assert_eq!(told.0, reason, "{name}, {what}: {}", told.1);
        assert!(told.1.contains(words), "{name}, {what}: {}", told.1);
    }
}

/// The reasons of a refusal, joined, and its first message.
fn told(verification: &Verification) -> (String, String) {
    let word = |reason| serde_json::to_value(reason).unwrap().as_str().unwrap().to_owned();
    let reasons: Vec<String> = verification.refusals.iter().map(|refusal| word(refusal.reason)).collect();
    (reasons.join(" "), verification.refusals.first().map(|refusal| refusal.message.clone()).unwrap_or_default())
}

#[test]
fn each_part_of_a_trust_root_is_needed() {
    let good = Good::new("keyless/model.sig", "model");
    let root = read("keyless/test-trusted-root.json");
    let under = |edit: &dyn Fn(&mut Value)| {
        let mut root = root.clone();
        edit(&mut root);
        let root = TrustRoot::read(&root.to_string(), "test", false).unwrap();
        let (identity, issuer) = (Some(IDENTITY.to_owned()), Some(ISSUER.to_owned()));
        let signer = Signer::Keyless(Box::new(Keyless { identity, issuer, root }));
        let under = Good { name: good.name, bundle: Value::Null, signer, inventory: good.inventory.clone() };
        let told = told(&under.verify(&good.bundle));
        told.0
    };
    let ended = || serde_json::json!({"start": "2020-01-01T00:00:00Z", "end": "2021-01-01T00:00:00Z"});
    let none = || Value::Array(vec![]);
    let others = |name: &str| root[name][0]["certChain"].clone();
    assert_eq!(under(&|_| {}), "");
    assert_eq!(under(&|root| root["tlogs"] = none()), "log-unknown");
    assert_eq!(under(&|root| root["ctlogs"] = none()), "log-unknown");
    assert_eq!(under(&|root| root["timestampAuthorities"] = none()), "time-invalid");
    for authority in ["certificateAuthorities", "timestampAuthorities"] {
        let reason = if authority.starts_with('c') { "certificate-untrusted" } else { "time-invalid" };
        assert_eq!(under(&|root| each(root, authority, &|one| one["validFor"] = ended())), reason, "{authority}");
    }
    // The right keys in the wrong places.
    let (signers, clocks) = (others("certificateAuthorities"), others("timestampAuthorities"));
    assert_eq!(
        under(&|root| each(root, "certificateAuthorities", &|one| one["certChain"] = clocks.clone())),
        "certificate-untrusted"
    );
    assert_eq!(
        under(&|root| each(root, "timestampAuthorities", &|one| one["certChain"] = signers.clone())),
        "time-invalid"
    );
}

fn each(root: &mut Value, name: &str, edit: &dyn Fn(&mut Value)) {
    root[name].as_array_mut().unwrap().iter_mut().for_each(edit);
}
