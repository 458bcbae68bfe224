//! Other layouts of the same proofs, written anew as Sigstore bundles: cosign's before it wrote bundles, and a bare DSSE envelope. What
//! they lack stays lacking; nothing here says that a signature holds.

use crate::attest::bundle::{decode, malformed, shape};
use crate::attest::oms::unhex;
use crate::attest::reason::Refusal;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

/// The fields by which a layout is known.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Known {
    media_type: Option<IgnoredAny>,
    base64_signature: Option<IgnoredAny>,
    payload_type: Option<IgnoredAny>,
}

/// cosign, `pkg/cosign/fetch.go`: `LocalSignedPayload`.
#[derive(Deserialize)]
struct Cosign {
    #[serde(rename = "base64Signature")]
    signature: String,
    cert: Option<String>,
    #[serde(rename = "rekorBundle")]
    rekor: Option<Rekor>,
}

/// cosign, `pkg/cosign/bundle/rekor.go`: `RekorBundle`.
#[derive(Deserialize)]
struct Rekor {
    #[serde(rename = "SignedEntryTimestamp")]
    promise: String,
    #[serde(rename = "Payload")]
    payload: RekorPayload,
}

#[derive(Deserialize)]
struct RekorPayload {
    body: String,
    #[serde(rename = "integratedTime")]
    integrated_time: u64,
    #[serde(rename = "logIndex")]
    log_index: u64,
    #[serde(rename = "logID")]
    log_id: String,
}

/// A Rekor entry of kind `hashedrekord`, 0.0.1.
#[derive(Deserialize)]
struct Entry {
    kind: String,
    #[serde(rename = "apiVersion")]
    version: String,
    spec: Spec,
}

#[derive(Deserialize)]
struct Spec {
    data: Option<Data>,
}

#[derive(Deserialize)]
struct Data {
    hash: Hash,
}

#[derive(Deserialize)]
struct Hash {
    algorithm: String,
    value: String,
}

/// The same as a bundle; `None` when it is one already, or nothing that is known.
pub(super) fn adapt(text: &str) -> Result<Option<String>, Refusal> {
    let known: Known = serde_json::from_str(text).map_err(|error| malformed(&shape(&error)))?;
    let bundle = match (known.media_type, known.base64_signature, known.payload_type) {
        (None, Some(_), _) => cosign(text)?,
        (None, None, Some(_)) => envelope(text)?,
        _ => return Ok(None),
    };
    Ok(Some(bundle.to_string()))
}

fn cosign(text: &str) -> Result<Value, Refusal> {
    let cosign: Cosign = serde_json::from_str(text).map_err(|error| malformed(&shape(&error)))?;
    let mut material = match &cosign.cert {
        None => json!({"publicKey": {"hint": ""}}),
        Some(cert) => {
            let pem =
                if cert.starts_with("-----") { cert.clone().into_bytes() } else { decode(cert, "the certificate")? };
            let der = CertificateDer::from_pem_slice(&pem).map_err(|_| malformed("its certificate is not PEM"))?;
            json!({"x509CertificateChain": {"certificates": [{"rawBytes": STANDARD.encode(&der)}]}})
        }
    };
    let mut message = json!({"signature": cosign.signature});
    if let Some(Rekor { promise, payload }) = cosign.rekor {
        let body = decode(&payload.body, "the log's entry")?;
        let entry: Entry = serde_json::from_slice(&body).map_err(|error| malformed(&shape(&error)))?;
        let log = unhex(&payload.log_id).ok_or_else(|| malformed("the log's id is not hexadecimal"))?;
        if let (Some(Data { hash }), Some(material)) = (entry.spec.data, material.as_object_mut()) {
            let digest = unhex(&hash.value).ok_or_else(|| malformed("the entry's digest is not hexadecimal"))?;
            let algorithm = hash.algorithm.to_uppercase().replace("SHA", "SHA2_");
            message = json!({"signature": cosign.signature,
                "messageDigest": {"algorithm": algorithm, "digest": STANDARD.encode(digest)}});
            material.insert(
                "tlogEntries".to_owned(),
                json!([{
                    "logIndex": payload.log_index.to_string(),
                    "logId": {"keyId": STANDARD.encode(log)},
                    "kindVersion": {"kind": entry.kind, "version": entry.version},
                    "integratedTime": payload.integrated_time.to_string(),
                    "inclusionPromise": {"signedEntryTimestamp": promise},
                    "canonicalizedBody": payload.body,
                }]),
            );
        }
    }
    // Version 0.1 is the one whose log entries have a promise and need no proof of inclusion, as cosign's had.
    Ok(json!({"mediaType": "application/vnd.dev.sigstore.bundle+json;version=0.1",
        "verificationMaterial": material, "messageSignature": message}))
}

/// A line of `*.intoto.jsonl`: an envelope that only a key can speak for, since it brings neither certificate nor log.
fn envelope(text: &str) -> Result<Value, Refusal> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Envelope {
        payload: String,
        payload_type: String,
        signatures: Vec<Signature>,
    }
    #[derive(Deserialize)]
    struct Signature {
        sig: String,
    }
    let envelope: Envelope = serde_json::from_str(text).map_err(|error| malformed(&shape(&error)))?;
    let signatures: Vec<Value> = envelope.signatures.iter().map(|one| json!({"sig": one.sig})).collect();
    Ok(json!({"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": {"publicKey": {"hint": ""}},
        "dsseEnvelope": {"payload": envelope.payload, "payloadType": envelope.payload_type, "signatures": signatures}}))
}
