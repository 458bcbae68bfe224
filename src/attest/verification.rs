//! What came of a verification, as plain data with a JSON Schema.

use crate::attest::Signer;
use crate::attest::bundle::{Bundle, Signed};
use crate::attest::reason::Refusal;
use crate::attest::statement::{Claim, Subject};
use crate::facts::{Claimed, SignedSubject, SigningTime};
use crate::place;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The name and version of the JSON shape. A key may be added; none is renamed or removed without a new version.
pub const SCHEMA: &str = "weighbridge/verification/v1";

/// Names kept of one kind; the count is whole.
const NAMES: usize = 1_000;

/// Bytes kept of one text of a bundle.
const TEXT: usize = 1_024;

/// What came of a verification. Every field is always present; absent is `null` or `[]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Verification {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// The model, as it was named.
    pub path: String,
    /// The bundle's file; `null` when none was found.
    pub bundle: Option<String>,
    /// Whether everything holds; true exactly when `refusals` is empty.
    pub verified: bool,
    /// What was claimed.
    pub claimed: Option<Claimed>,
    /// The URI of what an attestation says.
    pub predicate_type: Option<String>,
    /// Of what it says so.
    pub subjects: Vec<SignedSubject>,
    /// Who signed; `null` when that does not hold.
    pub signed_by: Option<SignedBy>,
    /// The verdict that was attested; `null` where none is asked for or none holds.
    #[serde(default)]
    pub verdict: Option<AttestedVerdict>,
    /// Which files are covered; `null` when nobody's signature holds.
    pub coverage: Option<Coverage>,
    /// The trust root that was used; `null` where none is needed.
    pub trust_root: Option<TrustRootAge>,
    /// Why it is refused.
    pub refusals: Vec<Refusal>,
}

/// Who signed, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignedBy {
    /// SHA-256 of the key's SubjectPublicKeyInfo in DER.
    pub key: String,
    /// The certificate's subject, where an authority gave one.
    pub subject: Option<String>,
    /// The identity, keyless.
    pub identity: Option<String>,
    /// Who vouched for it.
    pub issuer: Option<String>,
    /// What the issuer said of the work that signed (Fulcio's claims), by name.
    pub claims: BTreeMap<String, String>,
    /// When it was signed; empty when nothing proves that.
    pub times: Vec<SigningTime>,
}

/// The verdict that was attested.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AttestedVerdict {
    /// The URI of the program that judged.
    pub verifier: String,
    /// Its version.
    pub version: Option<String>,
    /// `sha256:...` of the policies that judged.
    pub policies: Vec<String>,
    /// When it was judged, as the signer says: RFC 3339.
    pub at: String,
    /// What was found to hold.
    pub properties: Vec<String>,
}

/// Which files are covered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Coverage {
    /// How many files are what was signed.
    pub covered: u64,
    /// Not what was signed.
    pub changed: Named,
    /// Git LFS pointers in the place of what was signed.
    #[serde(default)]
    pub pointers: Named,
    /// Signed and not here.
    pub missing: Named,
    /// Here and not signed.
    pub uncovered: Named,
    /// Symbolic links; none is followed.
    pub links: Named,
    /// Not read whole.
    pub unreadable: Named,
    /// Not signed, and accepted by the verifier by name.
    pub ignored: Named,
    /// Empty files, which a manifest of shards cannot list.
    pub empty: Named,
}

/// Some files.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// How many.
    pub count: u64,
    /// The first thousand names, escaped.
    pub names: Vec<String>,
}

/// How old a trust root is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TrustRootAge {
    /// Where it comes from.
    pub source: String,
    /// Since when its newest key or authority is valid, RFC 3339 in UTC; `null` when none says so.
    pub newest: Option<String>,
    /// When it was fetched, or was current as it became a part of this program, RFC 3339 in UTC; `null` for one that was given.
    pub as_of: Option<String>,
}

impl Named {
    /// One more.
    pub(super) fn push(&mut self, shown: &str) {
        self.count = self.count.saturating_add(1);
        if self.names.len() < NAMES {
            self.names.push(shown.to_owned());
        }
    }
}

impl Verification {
    fn empty() -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            path: String::new(),
            bundle: None,
            verified: false,
            claimed: None,
            predicate_type: None,
            subjects: Vec::new(),
            signed_by: None,
            verdict: None,
            coverage: None,
            trust_root: None,
            refusals: Vec::new(),
        }
    }

    /// Of a model without a bundle that can be read.
    #[must_use]
    pub fn refused(refusal: Refusal) -> Self {
        Self { refusals: vec![refusal], ..Self::empty() }
    }

    /// Says of which files this speaks.
    #[must_use]
    pub fn of(self, path: &std::path::Path, bundle: Option<&std::path::Path>) -> Self {
        Self { path: place::shown(path), bundle: bundle.map(place::shown), ..self }
    }

    /// What a bundle claims, before anything of it was verified.
    pub(super) fn begun(bundle: &Bundle, signer: &Signer) -> Self {
        let claim = bundle.shown_claim();
        let subjects = match claim {
            Some(Claim::Model(manifest)) => std::slice::from_ref(&manifest.subject),
            Some(Claim::Statement(statement)) => statement.subjects.as_slice(),
            Some(Claim::Content(_)) | None => &[],
        };
        Self {
            claimed: match (claim, &bundle.signed) {
                (Some(Claim::Model(_)), _) => Some(Claimed::Model),
                (Some(Claim::Statement(_)), _) => Some(Claimed::Statement),
                (Some(Claim::Content(_)), _) | (None, Signed::Content { .. }) => Some(Claimed::Content),
                (None, Signed::Envelope { .. }) => None,
            },
            predicate_type: claim.and_then(Claim::predicate_type).map(text),
            subjects: subjects.iter().take(NAMES).map(SignedSubject::from).collect(),
            trust_root: match signer {
                Signer::Keyless(keyless) => Some(keyless.root.age()),
                Signer::Key(_) | Signer::Certificate(_) => None,
            },
            ..Self::empty()
        }
    }
}

impl From<&Subject> for SignedSubject {
    fn from(subject: &Subject) -> Self {
        Self { name: subject.name.as_deref().map(text), sha256: subject.sha256.as_deref().map(text) }
    }
}

/// Text of a bundle, escaped and bounded.
pub(super) fn text(text: &str) -> String {
    place::escape_cut(text.as_bytes(), TEXT)
}
