//! What hides in weights and their metadata: content of other formats becomes members, addresses and credentials are facts, and ordinary
//! weights and words leave no trace.
#![allow(missing_docs, reason = "tests are read, not linked")]
#![allow(clippy::arithmetic_side_effects, clippy::as_conversions, reason = "a test may fail by panic")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panic")]

use serde_json::{Value, json};
use std::process::Command;
use weighbridge::facts::{Facts, MentionKind};

/// A safetensors file with tensors of bytes.
fn safetensors(metadata: &Value, tensors: &[(&str, &[u8])]) -> Vec<u8> {
    let mut header = json!({"__metadata__": metadata});
    let mut data = Vec::new();
    for (name, bytes) in tensors {
        let begin = data.len();
        data.extend_from_slice(bytes);
        header[*name] = json!({"dtype": "U8", "shape": [bytes.len()], "data_offsets": [begin, data.len()]});
    }
    let header = header.to_string();
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &data].concat()
}

fn run(command: &str, bytes: &[u8]) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    std::fs::write(&path, bytes).unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_weighbridge"));
    let output = program
        .args([command, "--no-config", "--format", "json"])
        .arg(&path)
        .env_remove("GITHUB_BASE_REF")
        .output()
        .unwrap();
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
}

fn facts(bytes: &[u8]) -> Facts {
    let value = run("facts", bytes);
    serde_json::from_value(value).unwrap()
}

fn rules(bytes: &[u8]) -> Vec<(String, String)> {
    let report = run("check", bytes);
    let findings = report["artifacts"][0]["findings"].as_array().unwrap().clone();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    findings.iter().map(|finding| (text(&finding["level"]), text(&finding["rule"]))).collect()
}

fn held(bytes: &[u8]) -> Vec<String> {
    facts(bytes).members.iter().skip(1).map(|member| format!("{} {:?}", member.name, member.formats)).collect()
}

/// A pickle of protocol 2 that calls `os.system`.
const PICKLE: &[u8] = b"\x80\x02cos\nsystem\nX\x02\x00\x00\x00id\x85R.";

fn elf() -> Vec<u8> {
    let mut elf = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0\x3e\0\x01\0\0\0".to_vec();
    elf.resize(256, 0);
    elf
}

fn denied(bytes: &[u8], rule: &str) -> bool {
    rules(bytes).contains(&("deny".to_owned(), rule.to_owned()))
}

#[test]
fn programs_and_pickles_in_tensors_are_judged() {
    let none = json!({});
    assert!(denied(&safetensors(&none, &[("a", &[0; 64]), ("b", &elf())]), "executable/native-program"));
    assert!(denied(&safetensors(&none, &[("a", PICKLE)]), "pickle/dangerous-call"));
    // gzip of `hello hello`, and a tensor behind it.
    let archive = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xcb\x48\xcd\xc9\xc9\x57\xc8\x00\x91\x00\x40\xa6\x2d\x01\x0b\x00\x00\x00";
    let found = rules(&safetensors(&none, &[("a", archive), ("b", &[1; 64])]));
    assert!(found.contains(&("warn".to_owned(), "tensor/embedded-content".to_owned())), "{found:?}");
    assert_eq!(held(&safetensors(&none, &[("a", b"#!/bin/sh\nid\n")]))[0], "tensor a [Script]");
}

#[test]
fn what_metadata_encode_is_a_member() {
    let hexadecimal: String = elf().iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(denied(&safetensors(&json!({"thumbnail": hexadecimal}), &[]), "executable/native-program"));
    // `python3 -c "print(base64...)"` of the pickle above, behind words that make it long enough.
    let script = "IyEvYmluL3NoCmVjaG8gYSBzY3JpcHQgdGhhdCBpcyBsb25nIGVub3VnaCB0byBiZSB0YWtlbiBmb3IgYW4gZW5jb2Rpbmcgb2Ygc29tZXRoaW5nIGVsc2UK";
    assert_eq!(held(&safetensors(&json!({"note": script}), &[]))[0], "value of note [Script]");
}

#[test]
fn addresses_and_credentials_are_told_and_masked() {
    let token = format!("ghp_{}", "a1".repeat(18));
    let bytes = safetensors(&json!({"training": format!("from http://203.0.113.7/x by {token}")}), &[]);
    let mentions = facts(&bytes).mentions;
    let kinds: Vec<MentionKind> = mentions.iter().map(|mention| mention.kind).collect();
    assert_eq!(kinds, [MentionKind::Url, MentionKind::IpAddress, MentionKind::Credential]);
    assert!(mentions.iter().all(|mention| !mention.value.contains("a1a1")));
    let found: Vec<String> = rules(&bytes).into_iter().map(|(level, rule)| format!("{level} {rule}")).collect();
    assert_eq!(found, ["warn text/credential", "warn text/numbered-address"]);
}

#[test]
fn ordinary_weights_and_words_leave_no_trace() {
    let mut state = 1u64;
    let mut noise = || {
        let numbers = std::iter::repeat_with(|| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as u8
        });
        numbers.take(64).collect::<Vec<u8>>()
    };
    let tensors: Vec<(String, Vec<u8>)> = (0..2_000).map(|number| (format!("t{number}"), noise())).collect();
    let mut named: Vec<(&str, &[u8])> = tensors.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    named.push(("tokenizer", br#"{"model": {"type": "BPE"}, "version": "1.0"}"#));
    named.push(("zeros", &[0; 512]));
    let metadata =
        json!({"format": "pt", "modelspec.hash_sha256": "ab".repeat(32), "url": "https://example.org/model"});
    let bytes = safetensors(&metadata, &named);
    assert_eq!(held(&bytes), Vec::<String>::new());
    assert_eq!(rules(&bytes), []);
}
