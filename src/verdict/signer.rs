//! Who is to have signed: as `weighbridge.yaml` says it, and as the policies see it in `data.signers`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What artifacts are to be signed, and by whom. An artifact is held to every entry whose paths match it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Signers {
    /// Patterns of artifacts, as `models/prod/**`; matched against the path that is judged and every part of it, so that it matters
    /// little from where it is named. Left out: all artifacts.
    pub paths: Vec<String>,
    /// Any of these; several while a key or an identity is replaced by the next.
    pub by: Vec<Signer>,
    /// Patterns of files below the artifact that nobody needs to sign.
    pub uncovered: Vec<String>,
    /// Whether a time of signing must be proven, by a timestamp authority or a transparency log. Signatures by a bare key never are.
    pub timed: bool,
}

/// One signer: a `key`, an `identity` with its `issuer`, or whom an `authority` gave a certificate.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Signer {
    /// A public key: PEM, or a file of it relative to this one.
    pub key: Option<String>,
    /// SHA-256 of the signer's key (its SubjectPublicKeyInfo in DER), whoever vouches for it. With `key` it is filled in.
    pub fingerprint: Option<String>,
    /// The identity of a keyless signature, exactly.
    pub identity: Option<String>,
    /// A regular expression over the whole identity: it begins with `^` and ends with `$`.
    pub pattern: Option<String>,
    /// Who vouches for the identity, exactly.
    pub issuer: Option<String>,
    /// Whose logs and authorities prove the identity: `public` (Sigstore's public instance, also when it is left out), `github` (GitHub's
    /// own, for private repositories), or a trusted_root.json relative to this file.
    pub root: Option<String>,
    /// The certificates of an authority: PEM, or a file of it relative to this one.
    pub authority: Option<String>,
    /// The subject of the certificate that the authority gave, exactly; left out: any.
    pub subject: Option<String>,
    /// The day or time (RFC 3339) from which its signatures count.
    pub from: Option<String>,
    /// The day or time (RFC 3339) from which they no longer count. Held against the proven time of signing, and where nothing proves one
    /// against the time of the judgement.
    pub until: Option<String>,
}
