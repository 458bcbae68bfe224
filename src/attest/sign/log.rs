//! Entering a signature into a transparency log (Rekor, versions 1 and 2), and its answer as a bundle has it. What the log proves is not
//! asked here: whoever verifies asks it.

use crate::attest::oms::unhex;
use crate::attest::sign::keyless::{KeylessError, pem_of, post};
use crate::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};
use sigstore_verify::types::bundle::TransparencyLogEntry;
use std::collections::BTreeMap;

/// What is told when no entry was made.
const WHAT: &str = "no entry in the transparency log";

/// What to do when a log refuses.
const HINT: &str = "; check the log's address and its version, and try again later";

/// Version 2 (rekor-tiles, `CreateEntryRequest`): a `hashedrekord` over the digest of the envelope's encoding.
pub(super) fn enter_v2(log: &str, certificate: &[u8], encoded: &[u8], signature: &[u8]) -> Result<Value, KeylessError> {
    let url = format!("{}/api/v2/log/entries", log.trim_end_matches('/'));
    let digest = unhex(&digest::of(encoded).sha256).unwrap_or_default();
    let request = json!({"hashedRekordRequestV002": {
        "digest": STANDARD.encode(digest),
        "signature": {
            "content": STANDARD.encode(signature),
            "verifier": {
                "x509Certificate": {"rawBytes": STANDARD.encode(certificate)},
                "keyDetails": "PKIX_ECDSA_P256_SHA_256",
            },
        },
    }});
    let body = post(WHAT, &url, "application/json", request.to_string().as_bytes(), HINT)?;
    // It answers with the entry of a bundle; what is not a part of one is left out.
    serde_json::from_slice::<TransparencyLogEntry>(&body)
        .and_then(serde_json::to_value)
        .map_err(|error| wrong(&url, &error))
}

/// Version 1 (rekor, `openapi.yaml`): an entry of kind `dsse`, 0.0.1, which keeps the digests of envelope and payload.
pub(super) fn enter_v1(
    log: &str,
    certificate: &[u8],
    payload_type: &str,
    payload: &[u8],
    signature: &[u8],
) -> Result<Value, KeylessError> {
    let url = format!("{}/api/v1/log/entries", log.trim_end_matches('/'));
    let envelope = json!({
        "payload": STANDARD.encode(payload),
        "payloadType": payload_type,
        "signatures": [{"sig": STANDARD.encode(signature)}],
    });
    let verifier = STANDARD.encode(pem_of("CERTIFICATE", certificate));
    let request = json!({"apiVersion": "0.0.1", "kind": "dsse",
        "spec": {"proposedContent": {"envelope": envelope.to_string(), "verifiers": [verifier]}}});
    let body = post(WHAT, &url, "application/json", request.to_string().as_bytes(), HINT)?;
    let entries: BTreeMap<String, Entry> = serde_json::from_slice(&body).map_err(|error| wrong(&url, &error))?;
    let entry = entries.into_values().next().and_then(Entry::in_bundle);
    entry.ok_or_else(|| KeylessError::Answer { what: WHAT, url, why: "no entry with its proof".to_owned() })
}

fn wrong(url: &str, error: &serde_json::Error) -> KeylessError {
    let why = format!("not its JSON, line {}, column {}", error.line(), error.column());
    KeylessError::Answer { what: WHAT, url: url.to_owned(), why }
}

/// An entry in version 1's answer.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    body: String,
    integrated_time: u64,
    #[serde(rename = "logID")]
    log_id: String,
    log_index: u64,
    verification: Verification,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Verification {
    signed_entry_timestamp: String,
    inclusion_proof: Proof,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Proof {
    checkpoint: String,
    hashes: Vec<String>,
    log_index: u64,
    root_hash: String,
    tree_size: u64,
}

impl Entry {
    /// The same as a bundle has it: base64 for hexadecimal, and numbers of 64 bits as text.
    fn in_bundle(self) -> Option<Value> {
        let base64 = |hex: &str| unhex(hex).map(|bytes| STANDARD.encode(bytes));
        let Proof { checkpoint, hashes, log_index, root_hash, tree_size } = self.verification.inclusion_proof;
        let hashes = hashes.iter().map(|hash| base64(hash)).collect::<Option<Vec<String>>>()?;
        Some(json!({
            "logIndex": self.log_index.to_string(),
            "logId": {"keyId": base64(&self.log_id)?},
            "kindVersion": {"kind": "dsse", "version": "0.0.1"},
            "integratedTime": self.integrated_time.to_string(),
            "inclusionPromise": {"signedEntryTimestamp": self.verification.signed_entry_timestamp},
            "inclusionProof": {
                "logIndex": log_index.to_string(),
                "rootHash": base64(&root_hash)?,
                "treeSize": tree_size.to_string(),
                "hashes": hashes,
                "checkpoint": {"envelope": checkpoint},
            },
            "canonicalizedBody": self.body,
        }))
    }
}
