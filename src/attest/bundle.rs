//! A Sigstore bundle from untrusted JSON: what was signed, by what signature, and what speaks for the signer. Verifies nothing.

use crate::attest::adapter;
use crate::attest::reason::{Reason, Refusal};
use crate::attest::sign::IN_TOTO;
use crate::attest::statement::Claim;
use crate::digest::{Algorithm, Measure};
use crate::place;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde::de::IgnoredAny;

/// Bytes of a bundle that are read. A manifest spends some 150 bytes on a file, so this is one of 150,000 files or shards.
pub const LARGEST: u64 = 32 << 20;

/// Bundles in one file.
const LINES: usize = 1_000;

/// A bundle that was read, and not yet verified.
#[derive(Debug)]
pub struct Bundle {
    /// As it was read, or as an adapter wrote it anew.
    pub(super) text: String,
    pub(super) material: Material,
    pub(super) signed: Signed,
    /// Entries of transparency logs.
    pub(super) logged: usize,
    /// RFC 3161 timestamps.
    pub(super) timestamps: usize,
    claim: Result<Claim, Refusal>,
}

/// What speaks for the signer.
#[derive(Debug)]
pub(super) enum Material {
    /// A key that the verifier has; the hint only helps to find it.
    Key { hint: Option<String> },
    /// Certificates in DER, the signer's first.
    Chain(Vec<Vec<u8>>),
    /// The signer's certificate alone, as keyless bundles have it.
    Certificate,
}

/// What was signed, and the signature.
#[derive(Debug)]
pub(super) enum Signed {
    /// A DSSE envelope.
    Envelope { payload: Vec<u8>, signature: Vec<u8> },
    /// The content itself.
    Content { signature: Vec<u8> },
}

impl Bundle {
    /// Reads a bundle.
    ///
    /// # Errors
    /// The reason why this is no bundle that can be verified.
    pub fn read(bytes: &[u8]) -> Result<Self, Refusal> {
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > LARGEST {
            return Err(Refusal::new(Reason::BundleTooLarge, format!("more than {LARGEST} bytes")));
        }
        let text = std::str::from_utf8(bytes).map_err(|_| malformed("it is not UTF-8"))?;
        // serde_json refuses what nests over 128 deep; a field that stands twice is refused by the shapes below.
        let adapted = adapter::adapt(text)?;
        let text = adapted.as_deref().unwrap_or(text);
        let raw: RawBundle = serde_json::from_str(text).map_err(|error| malformed(&shape(&error)))?;
        raw.bundle(text)
    }

    /// Reads a file of one bundle, or of one a line (`*.jsonl`).
    ///
    /// # Errors
    /// As [`Self::read`], for the first that is none.
    pub fn read_all(bytes: &[u8]) -> Result<Vec<Self>, Refusal> {
        let alone = Self::read(bytes);
        let lines: Vec<&[u8]> =
            bytes.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()).collect();
        match alone {
            Err(refusal) if refusal.reason == Reason::BundleMalformed && lines.len() > 1 => {
                if lines.len() > LINES {
                    return Err(Refusal::new(Reason::BundleTooLarge, format!("more than {LINES} bundles")));
                }
                // A bundle over several lines is none by its first line; then it is told what is wrong with the whole.
                let all: Result<Vec<Self>, Refusal> = lines.into_iter().map(Self::read).collect();
                all.map_err(|of_line| if of_line.reason == Reason::BundleMalformed { refusal } else { of_line })
            }
            one => one.map(|bundle| vec![bundle]),
        }
    }

    /// Which digests of a file of that name and size are needed; none when the file is not meant at all.
    #[must_use]
    pub fn measures(&self, name: &str, size: u64) -> Vec<Measure> {
        self.claim.as_ref().map(|claim| claim.measures(name, size)).unwrap_or_default()
    }

    /// What is claimed. The layout of model-signing 0.2 only where that is asked for.
    pub(super) fn claim(&self, legacy: bool) -> Result<&Claim, Refusal> {
        match &self.claim {
            Ok(claim) if claim.legacy() && !legacy => {
                Err(Refusal::new(Reason::LegacyFormat, "a signature in the layout of model-signing 0.2"))
            }
            Ok(claim) => Ok(claim),
            Err(refusal) => Err(refusal.clone()),
        }
    }

    /// What is claimed, to be shown.
    pub(super) fn shown_claim(&self) -> Option<&Claim> {
        self.claim.as_ref().ok()
    }

    /// The bytes that an envelope's signature is over: DSSE's pre-authentication encoding, version 1.
    pub(super) fn encoding(payload_type: &str, payload: &[u8]) -> Vec<u8> {
        [format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len()).as_bytes(), payload].concat()
    }
}

pub(super) fn malformed(what: &str) -> Refusal {
    Refusal::new(Reason::BundleMalformed, format!("not a Sigstore bundle: {what}"))
}

/// What serde says of a shape, without text of the file.
pub(super) fn shape(error: &serde_json::Error) -> String {
    place::escape_cut(error.to_string().as_bytes(), 200)
}

/// Standard base64 with padding, as protobuf's JSON has it.
pub(super) fn decode(text: &str, what: &str) -> Result<Vec<u8>, Refusal> {
    STANDARD.decode(text).map_err(|_| malformed(&format!("{what} is not base64")))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawBundle {
    media_type: String,
    verification_material: RawMaterial,
    message_signature: Option<RawMessage>,
    dsse_envelope: Option<RawEnvelope>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawMaterial {
    public_key: Option<RawKey>,
    x509_certificate_chain: Option<RawChain>,
    certificate: Option<RawBytes>,
    tlog_entries: Option<Vec<IgnoredAny>>,
    timestamp_verification_data: Option<RawTimestamps>,
}

#[derive(Deserialize)]
struct RawKey {
    hint: Option<String>,
}

#[derive(Deserialize)]
struct RawChain {
    certificates: Vec<RawBytes>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawBytes {
    raw_bytes: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawTimestamps {
    rfc3161_timestamps: Option<Vec<IgnoredAny>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawMessage {
    message_digest: Option<RawDigest>,
    signature: String,
}

#[derive(Deserialize)]
struct RawDigest {
    algorithm: String,
    digest: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawEnvelope {
    payload: String,
    payload_type: String,
    signatures: Vec<RawSignature>,
}

#[derive(Deserialize)]
struct RawSignature {
    sig: String,
}

impl RawBundle {
    fn bundle(self, text: &str) -> Result<Bundle, Refusal> {
        // https://github.com/sigstore/protobuf-specs, sigstore_bundle.proto: the media types of versions 0.1 to 0.3.
        let known = self.media_type.strip_prefix("application/vnd.dev.sigstore.bundle").is_some_and(|version| {
            matches!(version, ".v0.3+json" | "+json;version=0.1" | "+json;version=0.2" | "+json;version=0.3")
        });
        if !known {
            let kind = place::escape_cut(self.media_type.as_bytes(), 100);
            return Err(Refusal::new(Reason::BundleUnsupported, format!("a bundle of media type `{kind}`")));
        }
        let material = self.verification_material;
        let (logged, timestamps) = (
            material.tlog_entries.as_ref().map_or(0, Vec::len),
            material
                .timestamp_verification_data
                .as_ref()
                .and_then(|data| data.rfc3161_timestamps.as_ref())
                .map_or(0, Vec::len),
        );
        let material = material.one()?;
        let (signed, claim) = match (self.dsse_envelope, self.message_signature) {
            (Some(envelope), None) => envelope.signed()?,
            (None, Some(message)) => message.signed()?,
            _ => return Err(malformed("it must hold either an envelope or a message signature")),
        };
        Ok(Bundle { text: text.to_owned(), material, signed, logged, timestamps, claim })
    }
}

impl RawMaterial {
    fn one(self) -> Result<Material, Refusal> {
        match (self.public_key, self.x509_certificate_chain, self.certificate) {
            (Some(key), None, None) => Ok(Material::Key { hint: key.hint.filter(|hint| !hint.is_empty()) }),
            (None, Some(chain), None) => {
                let decoded: Result<Vec<_>, _> =
                    chain.certificates.iter().map(|one| decode(&one.raw_bytes, "a certificate")).collect();
                decoded.map(Material::Chain)
            }
            (None, None, Some(one)) => decode(&one.raw_bytes, "the certificate").map(|_| Material::Certificate),
            _ => Err(malformed("it must name exactly one of a public key, a certificate and a chain of certificates")),
        }
    }
}

/// A claim that cannot be read does not keep the rest of the bundle from being read: the refusal is told when it is verified.
type SignedClaim = (Signed, Result<Claim, Refusal>);

impl RawEnvelope {
    fn signed(self) -> Result<SignedClaim, Refusal> {
        let [signature] = self.signatures.as_slice() else {
            let count = self.signatures.len();
            return Err(Refusal::new(Reason::SignatureCount, format!("the envelope holds {count} signatures")));
        };
        if self.payload_type != IN_TOTO {
            let kind = place::escape_cut(self.payload_type.as_bytes(), 100);
            return Err(Refusal::new(Reason::PayloadType, format!("an envelope of payload type `{kind}`")));
        }
        let signature = decode(&signature.sig, "the signature")?;
        let payload = decode(&self.payload, "the payload")?;
        let claim = Claim::read(&payload);
        Ok((Signed::Envelope { payload, signature }, claim))
    }
}

impl RawMessage {
    fn signed(self) -> Result<SignedClaim, Refusal> {
        let signature = decode(&self.signature, "the signature")?;
        let digest = match self.message_digest {
            None => None,
            Some(RawDigest { algorithm, digest }) => {
                let algorithm = match algorithm.as_str() {
                    "SHA2_256" => Algorithm::Sha256,
                    "SHA2_384" => Algorithm::Sha384,
                    "SHA2_512" => Algorithm::Sha512,
                    _ => {
                        let name = place::escape_cut(algorithm.as_bytes(), 40);
                        return Err(Refusal::new(Reason::BundleUnsupported, format!("a message digest by `{name}`")));
                    }
                };
                let digest = decode(&digest, "the message digest")?;
                if digest.len() != algorithm.size() {
                    return Err(malformed("the message digest is not of its algorithm's length"));
                }
                Some((algorithm, digest))
            }
        };
        Ok((Signed::Content { signature }, Ok(Claim::Content(digest))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> Reason {
        Bundle::read(text.as_bytes()).unwrap_err().reason
    }

    fn bundle(material: &str, content: &str) -> String {
        let kind = "application/vnd.dev.sigstore.bundle.v0.3+json";
        format!(r#"{{"mediaType":"{kind}","verificationMaterial":{{{material}}},{content}}}"#)
    }

    const KEY: &str = r#""publicKey":{"hint":"x"}"#;
    const MESSAGE: &str = r#""messageSignature":{"signature":"AA=="}"#;

    #[test]
    fn what_is_no_bundle_is_refused() {
        for text in ["", "{}", "[]", "\u{1}", &"[".repeat(10_000), r#"{"mediaType":1}"#] {
            assert_eq!(refused(text), Reason::BundleMalformed, "{text}");
        }
        assert_eq!(refused(&bundle(KEY, MESSAGE).replace("v0.3", "v9")), Reason::BundleUnsupported);
        assert_eq!(refused(&bundle("", MESSAGE)), Reason::BundleMalformed, "nobody");
        let both = format!(r#"{KEY},"certificate":{{"rawBytes":"AA=="}}"#);
        assert_eq!(refused(&bundle(&both, MESSAGE)), Reason::BundleMalformed, "two at once");
        assert_eq!(refused(&bundle(KEY, &format!("{MESSAGE},{MESSAGE}"))), Reason::BundleMalformed, "a field twice");
        assert_eq!(refused(&bundle(KEY, &MESSAGE.replace("AA==", "A*"))), Reason::BundleMalformed);
        assert!(Bundle::read(bundle(KEY, MESSAGE).as_bytes()).is_ok());
    }

    #[test]
    fn an_envelope_holds_one_signature_over_a_statement() {
        let envelope = |kind: &str, signatures: &str| {
            bundle(
                KEY,
                &format!(r#""dsseEnvelope":{{"payload":"e30=","payloadType":"{kind}","signatures":[{signatures}]}}"#),
            )
        };
        let one = r#"{"sig":"AA==","keyid":null}"#;
        assert_eq!(refused(&envelope(IN_TOTO, "")), Reason::SignatureCount);
        assert_eq!(refused(&envelope(IN_TOTO, &format!("{one},{one}"))), Reason::SignatureCount);
        assert_eq!(refused(&envelope("text/plain", one)), Reason::PayloadType);
        let read = Bundle::read(envelope(IN_TOTO, one).as_bytes()).unwrap();
        assert_eq!(read.claim(false).unwrap_err().reason, Reason::StatementMalformed);
    }
}
