//! A small Sigstore on this machine for tests: it gives certificates, keeps a log of three entries (Rekor, version 2), and stamps the time.
//! Every key is of this run alone. DER is written by hand: a tag, a length, what is in it.
#![allow(dead_code, reason = "each test uses a part")]

use super::loopback::{self, Request};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::sync::Arc;
use weighbridge::digest::hex;

pub const IDENTITY: &str = "https://github.com/acme/models/.github/workflows/release.yml@refs/heads/main";
pub const ISSUER: &str = "https://issuer.example.org";

struct Key(EcdsaKeyPair);

impl Key {
    fn new() -> Self {
        Self(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap())
    }

    fn spki(&self) -> Vec<u8> {
        self.0.public_key().as_der().unwrap().as_ref().to_vec()
    }

    fn sign(&self, bytes: &[u8]) -> Vec<u8> {
        self.0.sign(&SystemRandom::new(), bytes).unwrap().as_ref().to_vec()
    }
}

fn sha256(bytes: &[u8]) -> Vec<u8> {
    digest(&SHA256, bytes).as_ref().to_vec()
}

fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let mut out = vec![tag];
    match length {
        0..=0x7f => out.push(u8::try_from(length).unwrap()),
        0x80..=0xff => out.extend([0x81, u8::try_from(length).unwrap()]),
        _ => {
            out.push(0x82);
            out.extend(u16::try_from(length).unwrap().to_be_bytes());
        }
    }
    out.extend(content);
    out
}

fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    tlv(0x30, &parts.concat())
}

/// An object identifier, from its numbers.
fn oid(text: &str) -> Vec<u8> {
    let numbers: Vec<u64> = text.split('.').map(|number| number.parse().unwrap()).collect();
    let mut bytes = vec![u8::try_from(numbers[0] * 40 + numbers[1]).unwrap()];
    for number in &numbers[2..] {
        let mut septets = vec![u8::try_from(number & 0x7f).unwrap()];
        let mut rest = number >> 7;
        while rest > 0 {
            septets.push(u8::try_from(rest & 0x7f).unwrap() | 0x80);
            rest >>= 7;
        }
        bytes.extend(septets.iter().rev());
    }
    tlv(6, &bytes)
}

fn utc(seconds: i64) -> Vec<u8> {
    let at = Timestamp::from_second(Timestamp::now().as_second() + seconds).unwrap();
    tlv(0x17, at.strftime("%y%m%d%H%M%SZ").to_string().as_bytes())
}

fn named(name: &str) -> Vec<u8> {
    sequence(&[&tlv(0x31, &sequence(&[&oid("2.5.4.3"), &tlv(0x0c, name.as_bytes())]))])
}

fn extension(id: &str, critical: bool, value: &[u8]) -> Vec<u8> {
    let critical = if critical { tlv(1, &[0xff]) } else { Vec::new() };
    sequence(&[&oid(id), &critical, &tlv(4, value)])
}

const ECDSA_SHA256: &str = "1.2.840.10045.4.3.2";

/// The part of a certificate that is signed.
fn content(serial: u8, issuer: &str, subject: &[u8], spki: &[u8], extensions: &[Vec<u8>]) -> Vec<u8> {
    content_valid((-120, 600), serial, issuer, subject, spki, extensions)
}

/// The same, valid from and until so many seconds from now.
fn content_valid(
    (from, until): (i64, i64),
    serial: u8,
    issuer: &str,
    subject: &[u8],
    spki: &[u8],
    extensions: &[Vec<u8>],
) -> Vec<u8> {
    sequence(&[
        &tlv(0xa0, &tlv(2, &[2])),
        &tlv(2, &[serial]),
        &sequence(&[&oid(ECDSA_SHA256)]),
        &named(issuer),
        &sequence(&[&utc(from), &utc(until)]),
        subject,
        spki,
        &tlv(0xa3, &tlv(0x30, &extensions.concat())),
    ])
}

fn certificate(content: &[u8], by: &Key) -> Vec<u8> {
    let signature = by.sign(content);
    sequence(&[content, &sequence(&[&oid(ECDSA_SHA256)]), &tlv(3, &[&[0], &signature[..]].concat())])
}

fn authority(name: &str, key: &Key) -> Vec<u8> {
    let extensions = [
        extension("2.5.29.19", true, &sequence(&[&tlv(1, &[0xff])])),
        extension("2.5.29.15", true, &tlv(3, &[1, 6])),
        extension("2.5.29.14", false, &tlv(4, &sha256(&key.spki())[..20])),
    ];
    certificate(&content(1, name, &named(name), &key.spki(), &extensions), key)
}

/// The instance's keys.
struct Keys {
    authority: Key,
    certificate_log: Key,
    log: Key,
    clock_authority: Key,
    clock: Key,
    clock_certificate: Vec<u8>,
}

/// What goes wrong on purpose.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    Nothing,
    /// Nothing, but that the log is of the first version, and keeps envelopes by their digest (`hashedrekord` 0.0.1).
    FirstVersion,
    /// The log's proof is over another entry.
    Proof,
    /// The timestamp is over another signature.
    Stamp,
    /// The certificate is of another key.
    Certificate,
    /// The certificate is for servers.
    Use,
    /// The certificate had expired when the time was stamped.
    Late,
    /// The certificate is not valid yet when the time is stamped.
    Early,
    /// The certificate is not promised to a log.
    Unpromised,
    /// The services answer this status.
    Status(u16),
    /// The services answer no JSON.
    Words,
}

/// Where it is served, and its trust root.
pub struct Sigstore {
    pub url: String,
    pub trusted_root: Value,
}

/// Serves an instance until the test ends.
pub fn serve(wrong: Wrong) -> Sigstore {
    let (authority_key, clock_authority, clock) = (Key::new(), Key::new(), Key::new());
    let extensions = [
        extension("2.5.29.15", true, &tlv(3, &[7, 0x80])),
        extension("2.5.29.37", true, &sequence(&[&oid("1.3.6.1.5.5.7.3.8")])),
    ];
    let clock_certificate =
        certificate(&content(2, "clocks", &named("clock"), &clock.spki(), &extensions), &clock_authority);
    let keys = Keys {
        authority: authority_key,
        certificate_log: Key::new(),
        log: Key::new(),
        clock_authority,
        clock,
        clock_certificate,
    };
    let trusted_root = trusted_root(&keys);
    let keys = Arc::new(keys);
    let url = loopback::serve(move |request| answer(&keys, wrong, request));
    Sigstore { url, trusted_root }
}

fn trusted_root(keys: &Keys) -> Value {
    let valid = json!({"start": "2020-01-01T00:00:00Z"});
    let log = |key: &Key| {
        json!([{
            "baseUrl": "https://log.example.org", "hashAlgorithm": "SHA2_256",
            "publicKey": {"rawBytes": STANDARD.encode(key.spki()), "keyDetails": "PKIX_ECDSA_P256_SHA_256", "validFor": valid},
            "logId": {"keyId": STANDARD.encode(sha256(&key.spki()))},
        }])
    };
    let authority = |chain: &[Vec<u8>]| {
        let certificates: Vec<Value> = chain.iter().map(|der| json!({"rawBytes": STANDARD.encode(der)})).collect();
        json!([{
            "subject": {"organization": "tests", "commonName": "tests"}, "uri": "https://authority.example.org",
            "certChain": {"certificates": certificates}, "validFor": valid,
        }])
    };
    json!({
        "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
        "tlogs": log(&keys.log),
        "ctlogs": log(&keys.certificate_log),
        "certificateAuthorities": authority(&[authority_certificate("authority", &keys.authority)]),
        "timestampAuthorities":
            authority(&[keys.clock_certificate.clone(), authority_certificate("clocks", &keys.clock_authority)]),
    })
}

fn authority_certificate(name: &str, key: &Key) -> Vec<u8> {
    authority(name, key)
}

/// A token that names a workflow, for `audience`, valid for so many seconds.
pub fn token(audience: &str, seconds: i64) -> String {
    let exp = Timestamp::now().as_second() + seconds;
    let claims = json!({"iss": ISSUER, "sub": IDENTITY, "aud": audience, "exp": exp});
    format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims.to_string()))
}

fn answer(keys: &Keys, wrong: Wrong, request: &Request) -> (u16, Vec<u8>) {
    match wrong {
        Wrong::Status(status) => return (status, b"{\"message\": \"no \x1b[31mway\"}".to_vec()),
        Wrong::Words => return (200, b"hello".to_vec()),
        _ => {}
    }
    match (request.method.as_str(), request.path.as_str()) {
        ("POST", "/api/v2/signingCert") => issue(keys, wrong, &request.body),
        ("POST", "/api/v2/log/entries") => enter(keys, wrong, &request.body),
        ("POST", "/api/v1/timestamp") => (201, stamp(keys, wrong, &request.body)),
        ("GET", path) if path.starts_with("/ambient") => {
            assert_eq!(request.authorization.as_deref(), Some("Bearer runner"));
            assert!(path.ends_with("&audience=sigstore"), "{path}");
            (200, json!({"value": token("sigstore", 600)}).to_string().into_bytes())
        }
        _ => (404, b"nothing here".to_vec()),
    }
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("{pointer} in {value}"))
}

fn issue(keys: &Keys, wrong: Wrong, body: &[u8]) -> (u16, Vec<u8>) {
    let request: Value = serde_json::from_slice(body).unwrap();
    let pem = text(&request, "/publicKeyRequest/publicKey/content");
    let spki = STANDARD.decode(pem.lines().filter(|line| !line.starts_with('-')).collect::<String>()).unwrap();
    let proof = STANDARD.decode(text(&request, "/publicKeyRequest/proofOfPossession")).unwrap();
    let public = aws_lc_rs::signature::ParsedPublicKey::new(&aws_lc_rs::signature::ECDSA_P256_SHA256_ASN1, &spki);
    public.unwrap().verify_sig(IDENTITY.as_bytes(), &proof).expect("the key is in the hands of whom the token names");
    let spki = if wrong == Wrong::Certificate { Key::new().spki() } else { spki };
    let valid = match wrong {
        Wrong::Late => (-600, -300),
        Wrong::Early => (300, 600),
        _ => (-120, 600),
    };
    let purpose = if wrong == Wrong::Use { "1.3.6.1.5.5.7.3.1" } else { "1.3.6.1.5.5.7.3.3" };
    let mut extensions = vec![
        extension("2.5.29.15", true, &tlv(3, &[7, 0x80])),
        extension("2.5.29.37", false, &sequence(&[&oid(purpose)])),
        extension("2.5.29.17", true, &sequence(&[&tlv(0x86, IDENTITY.as_bytes())])),
        extension("1.3.6.1.4.1.57264.1.8", false, &tlv(0x0c, ISSUER.as_bytes())),
    ];
    let unlogged = content_valid(valid, 3, "authority", &sequence(&[]), &spki, &extensions);
    let log = sha256(&keys.certificate_log.spki());
    let at = u64::try_from(Timestamp::now().as_millisecond()).unwrap().to_be_bytes();
    // RFC 6962, section 3.2: what a log promises of a certificate that does not yet hold the promise.
    let length = u32::try_from(unlogged.len()).unwrap().to_be_bytes();
    let promised =
        [&[0, 0], &at[..], &[0, 1], &sha256(&keys.authority.spki()), &length[1..], &unlogged, &[0, 0]].concat();
    let signature = keys.certificate_log.sign(&promised);
    let size = |bytes: &[u8]| u16::try_from(bytes.len()).unwrap().to_be_bytes().to_vec();
    let promise = [&[0], &log[..], &at, &[0, 0, 4, 3], &size(&signature), &signature].concat();
    let listed = [&size(&promise)[..], &promise].concat();
    let list = [&size(&listed)[..], &listed].concat();
    if wrong != Wrong::Unpromised {
        extensions.push(extension("1.3.6.1.4.1.11129.2.4.2", false, &tlv(4, &list)));
    }
    let leaf = content_valid(valid, 3, "authority", &sequence(&[]), &spki, &extensions);
    let leaf = certificate(&leaf, &keys.authority);
    let pem =
        |der: &[u8]| format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", STANDARD.encode(der));
    let chain = [pem(&leaf), pem(&authority("authority", &keys.authority))];
    (200, json!({"signedCertificateEmbeddedSct": {"chain": {"certificates": chain}}}).to_string().into_bytes())
}

fn enter(keys: &Keys, wrong: Wrong, body: &[u8]) -> (u16, Vec<u8>) {
    let request: Value = serde_json::from_slice(body).unwrap();
    let part = |pointer: &str| text(&request["hashedRekordRequestV002"], pointer).to_owned();
    // The keys in the order of RFC 8785.
    let entry = json!({"apiVersion": "0.0.2", "kind": "hashedrekord", "spec": {"hashedRekordV002": {
        "data": {"algorithm": "SHA2_256", "digest": part("/digest")},
        "signature": {"content": part("/signature/content"), "verifier": {
            "keyDetails": part("/signature/verifier/keyDetails"),
            "x509Certificate": {"rawBytes": part("/signature/verifier/x509Certificate/rawBytes")},
        }},
    }}});
    let first = wrong == Wrong::FirstVersion;
    let entry = if first {
        let certificate = part("/signature/verifier/x509Certificate/rawBytes");
        let pem = format!("-----BEGIN CERTIFICATE-----\n{certificate}\n-----END CERTIFICATE-----\n");
        json!({"apiVersion": "0.0.1", "kind": "hashedrekord", "spec": {
            "data": {"hash": {"algorithm": "sha256", "value": hex(&STANDARD.decode(part("/digest")).unwrap())}},
            "signature": {"content": part("/signature/content"), "publicKey": {"content": STANDARD.encode(pem)}},
        }})
    } else {
        entry
    };
    let entry = entry.to_string();
    let proven = if wrong == Wrong::Proof { "another" } else { &entry };
    // RFC 9162, section 2.1: the entry stands between two others, so the way to the root has a hash on each side.
    let (leaf, pair) = (
        |entry: &[u8]| sha256(&[&[0], entry].concat()),
        |left: &[u8], right: &[u8]| sha256(&[&[1], left, right].concat()),
    );
    let (before, after) = (leaf(b"one before"), leaf(b"one after"));
    let root = STANDARD.encode(pair(&pair(&before, &leaf(proven.as_bytes())), &after));
    let id = sha256(&keys.log.spki());
    let note = format!("log.example.org\n3\n{root}\n");
    let signature = STANDARD.encode([&id[..4], &keys.log.sign(note.as_bytes())].concat());
    let checkpoint = format!("{note}\n\u{2014} log.example.org {signature}\n");
    let mut answer = json!({
        "logIndex": "1", "logId": {"keyId": STANDARD.encode(&id)},
        "kindVersion": {"kind": "hashedrekord", "version": "0.0.2"},
        "inclusionProof":
            {"logIndex": "1", "rootHash": root, "treeSize": "3", "hashes": [STANDARD.encode(before), STANDARD.encode(after)],
                "checkpoint": {"envelope": checkpoint}},
        "canonicalizedBody": STANDARD.encode(entry),
    });
    if first {
        // What the first version promises: the entry and its time, in the order of RFC 8785.
        let time = Timestamp::now().as_second();
        let promised =
            json!({"body": answer["canonicalizedBody"], "integratedTime": time, "logID": hex(&id), "logIndex": 1});
        let promise = STANDARD.encode(keys.log.sign(promised.to_string().as_bytes()));
        answer["kindVersion"]["version"] = "0.0.1".into();
        answer["integratedTime"] = time.to_string().into();
        answer["inclusionPromise"] = json!({"signedEntryTimestamp": promise});
    }
    (201, answer.to_string().into_bytes())
}

/// RFC 3161 and RFC 5652: a signed statement of the time.
fn stamp(keys: &Keys, wrong: Wrong, query: &[u8]) -> Vec<u8> {
    // Where `timestamp.rs` puts them; its own test holds the layout.
    let (imprint, nonce) = (&query[5..56], &query[56..66]);
    let mut imprint = imprint.to_vec();
    if wrong == Wrong::Stamp {
        imprint[50] ^= 1;
    }
    let algorithm = sequence(&[&oid("2.16.840.1.101.3.4.2.1")]);
    let kind = oid("1.2.840.113549.1.9.16.1.4");
    let now = Timestamp::now().strftime("%Y%m%d%H%M%SZ").to_string();
    let stated = sequence(&[
        &tlv(2, &[1]),
        &oid("1.3.6.1.4.1.57264.2"),
        &imprint,
        &tlv(2, &[1]),
        &tlv(0x18, now.as_bytes()),
        nonce,
    ]);
    let attributes = [
        sequence(&[&oid("1.2.840.113549.1.9.3"), &tlv(0x31, &kind)]),
        sequence(&[&oid("1.2.840.113549.1.9.4"), &tlv(0x31, &tlv(4, &sha256(&stated)))]),
    ]
    .concat();
    let signature = keys.clock.sign(&tlv(0x31, &attributes));
    let signer = sequence(&[
        &tlv(2, &[1]),
        &sequence(&[&named("clocks"), &tlv(2, &[2])]),
        &algorithm,
        &tlv(0xa0, &attributes),
        &sequence(&[&oid(ECDSA_SHA256)]),
        &tlv(4, &signature),
    ]);
    let signed = sequence(&[
        &tlv(2, &[3]),
        &tlv(0x31, &algorithm),
        &sequence(&[&kind, &tlv(0xa0, &tlv(4, &stated))]),
        &tlv(0xa0, &keys.clock_certificate),
        &tlv(0x31, &signer),
    ]);
    let token = sequence(&[&oid("1.2.840.113549.1.7.2"), &tlv(0xa0, &signed)]);
    sequence(&[&sequence(&[&tlv(2, &[0])]), &token])
}
