//! Signatures beside an artifact or in it: who signed, what of it, and what of what is here is not what was signed. Whether the signer
//! is trusted is for policies to say.

use crate::facts::{MemberId, Reason};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One bundle. Who signed is told only when that is proven (`authentic`); what is claimed is told in any case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    /// The signature's own file; the artifact when that lies beside it.
    pub member: MemberId,
    /// The signature's file, escaped.
    pub path: String,
    /// Which bundle of that file, from 0.
    pub index: u64,
    /// The file or folder that it lies by, and that it is held against, escaped.
    pub of: String,
    /// How the signer is proven; `null` when the file is no bundle that can be read.
    pub kind: Option<SignatureKind>,
    /// What is claimed; `null` when that cannot be read.
    pub claimed: Option<Claimed>,
    /// Whether the signature is by the signer that is named below. Without it nobody is named.
    pub authentic: bool,
    /// Whether it is authentic and nothing is refused.
    pub verified: bool,
    /// Why it is refused.
    pub refusals: Vec<Refused>,
    /// SHA-256 of the signer's key, its SubjectPublicKeyInfo in DER.
    pub key: Option<String>,
    /// The certificate's subject, where an authority gave one.
    pub subject: Option<String>,
    /// The identity, keyless.
    pub identity: Option<String>,
    /// Who vouched for it.
    pub issuer: Option<String>,
    /// What the issuer said of the work that signed (Fulcio's claims), by name.
    pub claims: BTreeMap<String, String>,
    /// When it was signed, with what proves it; empty when nothing does.
    pub times: Vec<SigningTime>,
    /// What vouches for the signer: `public` (Sigstore's public instance), `github` (GitHub's own), or `sha256:...` of the configured
    /// trust root or authority; `null` for a bare key.
    pub trust_root: Option<String>,
    /// The URI of what an attestation says.
    pub predicate_type: Option<String>,
    /// Of what it says so; the first thousand.
    pub subjects: Vec<SignedSubject>,
    /// What an authentic SLSA provenance says of the build.
    pub provenance: Option<Provenance>,
    /// Files that are what was signed.
    pub covered: Vec<MemberId>,
    /// Files that are not what was signed.
    pub changed: Vec<MemberId>,
    /// Files that nobody signed here, hidden ones included; other signatures are not among them.
    pub uncovered: Vec<MemberId>,
    /// Empty files, which a manifest of shards cannot list.
    pub empty: Vec<MemberId>,
    /// Links, and files that were not read whole.
    pub unread: Vec<MemberId>,
    /// How many files were signed that are not here.
    pub missing: u64,
    /// Whether every digest that was compared is of the bytes that these facts were read from.
    pub extracted: bool,
}

/// How a signer is proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SignatureKind {
    /// By a key that is known.
    Key,
    /// By a certificate that leads to an authority.
    Certificate,
    /// By an identity, a transparency log and a proven time.
    Keyless,
}

/// Why a signature is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Refused {
    /// Why.
    pub reason: Reason,
    /// What was found, in words; text of the model or the bundle is escaped.
    pub what: String,
}

/// What SLSA provenance (v1 or v0.2) says of a build, escaped.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// Who built: `builder.id`.
    pub builder: Option<String>,
    /// How: `buildType`.
    pub build_type: Option<String>,
    /// The repository that the build was asked to take, by its URI.
    pub source: Option<String>,
    /// Its commit.
    pub commit: Option<String>,
}

/// What a bundle claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Claimed {
    /// A model with all its files.
    Model,
    /// Something about some content: an in-toto statement.
    Statement,
    /// One content, by a signature over it.
    Content,
}

/// A subject of a statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignedSubject {
    /// Its name.
    pub name: Option<String>,
    /// Its SHA-256; of a model the digest over its manifest.
    pub sha256: Option<String>,
}

/// A time of signing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SigningTime {
    /// RFC 3339 in UTC.
    pub at: String,
    /// What proves it.
    pub proof: Proof,
}

/// What proves a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Proof {
    /// A timestamp authority (RFC 3161).
    Timestamp,
    /// The promise of a transparency log (Rekor v1).
    TransparencyLog,
}
