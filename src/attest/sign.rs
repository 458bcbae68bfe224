//! Signing: statements about a model that was approved become Sigstore bundles. Opens no file, asks no clock, and never signs a report.
//!
//! [`Signable`] says what is signed; whatever implements [`Sign`] says by whom.

mod certificate;
mod key;
mod keyless;
mod log;
mod manifest;
mod timestamp;
mod token;

pub use certificate::CertifiedKey;
pub use key::{PrivateKeyFile, SigningKey};
pub use keyless::{KeylessError, KeylessSigner, Services};
pub use manifest::Signable;
pub use token::{DeviceCode, IdentityToken};

use crate::place;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// The media type of the bundles that are written.
const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";

/// The payload type of an in-toto statement.
pub const IN_TOTO: &str = "application/vnd.in-toto+json";

/// Names in one message.
const SHOWN: usize = 5;

/// Who signs: a key, a key with a certificate, or an identity.
pub trait Sign {
    /// Signs a payload, and returns the JSON of a Sigstore bundle in one line: the payload in a DSSE envelope with one signature, and
    /// what speaks for the signer.
    ///
    /// # Errors
    /// When no signature could be made.
    fn sign(&self, payload_type: &str, payload: &[u8]) -> Result<String, SignError>;
}

/// Why nothing was signed: about the gate, not about the model, but for what changed since it was judged.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// No private key in PEM.
    #[error("no private key in PEM (`-----BEGIN PRIVATE KEY-----`) was found; {0}")]
    NoKey(&'static str),
    /// A private key that cannot be read.
    #[error(
        "the private key cannot be read; fetch it again, or write it anew with `openssl pkcs8 -topk8 -in FILE -out NEW`"
    )]
    KeyMalformed,
    /// A private key of a kind that signatures of models do not use.
    #[error(
        "{0} is not supported; make an elliptic-curve key on P-256, P-384 or P-521, as in `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -aes256 -out signer.pem`"
    )]
    KeyKind(String),
    /// An encryption that is not read.
    #[error(
        "the private key is encrypted by {0}, which is not supported; write it anew with `openssl pkcs8 -topk8 -v2 aes-256-cbc -in FILE -out NEW`"
    )]
    Encryption(&'static str),
    /// An encrypted key and nobody who knows its password.
    #[error(
        "the private key is encrypted and no password is here; set WEIGHBRIDGE_KEY_PASSWORD, give --password-file, or run in a terminal"
    )]
    NoPassword,
    /// A password that does not open the key.
    #[error("the password does not open the private key; check the password, and that this is the right key")]
    WrongPassword,
    /// A certificate that cannot be read.
    #[error(
        "no certificate in PEM (`-----BEGIN CERTIFICATE-----`) was found, or one that cannot be read; give the signer's certificate with --certificate and those between it and the authority with --chain (DER is written as PEM with `openssl x509 -inform DER -in FILE -out NEW`)"
    )]
    NoCertificate,
    /// A certificate that every verifier would refuse.
    #[error("the signer's certificate cannot sign models: {0}")]
    Certificate(String),
    /// A certificate of another key.
    #[error("the certificate is not of this private key; give the certificate that was issued for it")]
    OtherCertificate,
    /// What lies there is not what was judged.
    #[error(
        "changed since it was judged, nothing was signed: {0}; see that nothing writes to the model, and sign again"
    )]
    Changed(String),
    /// Git LFS pointers, judged by the content that they name.
    #[error(
        "Git LFS pointers lie in the place of their content, nothing was signed: {0}; a signature is over the files themselves: run `git lfs pull`, and sign again"
    )]
    Pointer(String),
    /// A name that a verifier would refuse.
    #[error(
        "{0}: on Windows the name leads out of the model, and no signature can hold it; rename the file and sign again"
    )]
    UnsafeName(String),
    /// A name that no signature can hold.
    #[error("{0}: the name is not UTF-8, and no signature can name it; rename the file and sign again")]
    Name(String),
    /// Nothing is left to sign.
    #[error("nothing to sign: there is no file, or only empty ones, which have no shard; sign by files")]
    Empty,
    /// No signature by an identity.
    #[error(transparent)]
    Keyless(#[from] KeylessError),
    /// The signature could not be made.
    #[error("no signature was made: {0}")]
    Failed(String),
}

/// A bundle in one line, from what speaks for the signer and a signature over the payload's encoding.
fn bundle(material: Value, payload_type: &str, payload: &[u8], signature: &[u8]) -> String {
    json!({
        "mediaType": BUNDLE,
        "verificationMaterial": material,
        "dsseEnvelope": {
            "payload": STANDARD.encode(payload),
            "payloadType": payload_type,
            "signatures": [{"sig": STANDARD.encode(signature)}],
        },
    })
    .to_string()
}

/// A few names, escaped, and how many more there are.
fn listing(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(SHOWN).map(|name| place::escape_cut(name.as_bytes(), 200)).collect();
    match names.len().saturating_sub(shown.len()) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
