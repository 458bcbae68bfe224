//! What a bundle claims: a model's manifest, any other in-toto statement about some content, or one content by its signature alone.

use crate::attest::bundle::shape;
use crate::attest::oms::{self, Manifest};
use crate::attest::reason::{Reason, Refusal};
use crate::digest::{Algorithm, Measure};
use crate::place;
use serde::Deserialize;

/// The type of a statement (in-toto attestation framework, version 1).
const STATEMENT: &str = "https://in-toto.io/Statement/v1";

/// The same before the version was fixed; cosign and old SLSA provenance have it.
const STATEMENT_0: &str = "https://in-toto.io/Statement/v0.1";

/// What an attestation says when it says where content comes from: who built it, released it, or signed it. Others, such as test results and
/// lists of vulnerabilities, may say that the same content is bad. SLSA provenance (slsa.dev/spec), in-toto's release (in-toto/attestation,
/// spec/predicates/release.md), and what cosign 3 writes for a plain signature (sigstore/cosign, `CosignSignPredicateType`).
pub const ORIGINS: [&str; 6] = [
    "https://slsa.dev/provenance/v0.1",
    "https://slsa.dev/provenance/v0.2",
    "https://slsa.dev/provenance/v1",
    "https://in-toto.io/attestation/release/v0.1",
    "https://in-toto.io/attestation/release/v0.2",
    "https://sigstore.dev/cosign/sign/v1",
];

/// What is claimed.
#[derive(Debug)]
pub(super) enum Claim {
    /// A model with all its files.
    Model(Manifest),
    /// Something about some content.
    Statement(Statement),
    /// Content with that digest, when one stands in the bundle.
    Content(Option<(Algorithm, Vec<u8>)>),
}

/// An in-toto statement that is no manifest.
#[derive(Debug)]
pub(super) struct Statement {
    /// The URI of what is said.
    pub predicate_type: String,
    /// Of what it is said.
    pub subjects: Vec<Subject>,
    /// What their digests are of. Asked for every file of a model, which may have as many as there are subjects, so found once.
    measures: Vec<Measure>,
}

/// A subject.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Subject {
    /// Its name; need not be one.
    pub name: Option<String>,
    /// Its SHA-256, when it has one.
    pub sha256: Option<String>,
    /// Its SHA-512, when it has one.
    pub sha512: Option<String>,
}

impl Subject {
    /// The digest that it is known by: SHA-256 when it has one, as nearly all do, else SHA-512.
    pub(super) fn digest(&self) -> Option<(Algorithm, Vec<u8>)> {
        let read = |algorithm: Algorithm, text: &Option<String>| {
            let digest = text.as_deref().and_then(oms::unhex).filter(|digest| digest.len() == algorithm.size())?;
            Some((algorithm, digest))
        };
        read(Algorithm::Sha256, &self.sha256).or_else(|| read(Algorithm::Sha512, &self.sha512))
    }
}

#[derive(Deserialize)]
struct RawStatement {
    #[serde(rename = "_type")]
    kind: String,
    #[serde(rename = "predicateType")]
    predicate_type: String,
    subject: Vec<RawSubject>,
}

#[derive(Deserialize)]
struct RawSubject {
    name: Option<String>,
    digest: RawDigest,
}

#[derive(Deserialize)]
struct RawDigest {
    sha256: Option<String>,
    sha512: Option<String>,
}

impl Claim {
    /// Reads an envelope's payload.
    pub(super) fn read(payload: &[u8]) -> Result<Self, Refusal> {
        let raw: RawStatement = serde_json::from_slice(payload).map_err(|error| malformed(&shape(&error)))?;
        if raw.kind != STATEMENT && raw.kind != STATEMENT_0 {
            return Err(malformed(&format!("its type is `{}`", place::escape_cut(raw.kind.as_bytes(), 100))));
        }
        if raw.subject.is_empty() {
            // In the old layout the subjects are the manifest.
            let reason =
                if raw.predicate_type == oms::LEGACY { Reason::ManifestEmpty } else { Reason::StatementMalformed };
            return Err(Refusal::new(reason, "the statement has no subject"));
        }
        let subject =
            |raw: RawSubject| Subject { name: raw.name, sha256: raw.digest.sha256, sha512: raw.digest.sha512 };
        let subjects: Vec<Subject> = raw.subject.into_iter().map(subject).collect();
        match raw.predicate_type.as_str() {
            oms::PREDICATE if raw.kind == STATEMENT => Manifest::read(payload, &subjects).map(Self::Model),
            oms::LEGACY => Manifest::legacy(&subjects).map(Self::Model),
            _ => {
                let has = |wanted: &Algorithm| subjects.iter().filter_map(Subject::digest).any(|(of, _)| of == *wanted);
                let algorithms = [Algorithm::Sha256, Algorithm::Sha512].into_iter().filter(has);
                let measures = algorithms.map(|algorithm| Measure { algorithm, shard: None }).collect();
                Ok(Self::Statement(Statement { predicate_type: raw.predicate_type, subjects, measures }))
            }
        }
    }

    /// See [`crate::attest::Bundle::measures`].
    pub(super) fn measures(&self, name: &str, size: u64) -> Vec<Measure> {
        match self {
            Self::Model(manifest) => manifest.measure(name, size).into_iter().collect(),
            Self::Statement(statement) => statement.measures.clone(),
            Self::Content(digest) => {
                let algorithm = digest.as_ref().map_or(Algorithm::Sha256, |(algorithm, _)| *algorithm);
                vec![Measure { algorithm, shard: None }]
            }
        }
    }

    /// Refuses a statement of which no subject can be compared with a file.
    pub(super) fn comparable(&self) -> Result<(), Refusal> {
        match self {
            Self::Statement(statement) if statement.measures.is_empty() => {
                let what = "no subject has a SHA-256 or SHA-512, and other digests are not computed here";
                Err(Refusal::new(Reason::DigestUnsupported, what))
            }
            _ => Ok(()),
        }
    }

    /// Whether it speaks of where content comes from, as any signature without a statement does; `more` are what else is asked for.
    pub(super) fn of_origin(&self, more: &[String]) -> bool {
        match self {
            Self::Model(_) | Self::Content(_) => true,
            Self::Statement(statement) => {
                let said = &statement.predicate_type;
                ORIGINS.contains(&said.as_str()) || more.contains(said)
            }
        }
    }

    /// Whether it has the layout of model-signing 0.2.
    pub(super) fn legacy(&self) -> bool {
        matches!(self, Self::Model(manifest) if manifest.legacy)
    }

    /// The URI of what is said.
    pub(super) fn predicate_type(&self) -> Option<&str> {
        match self {
            Self::Model(manifest) if manifest.legacy => Some(oms::LEGACY),
            Self::Model(_) => Some(oms::PREDICATE),
            Self::Statement(statement) => Some(&statement.predicate_type),
            Self::Content(_) => None,
        }
    }
}

pub(super) fn malformed(what: &str) -> Refusal {
    Refusal::new(Reason::StatementMalformed, format!("the signed text is not a statement that is understood: {what}"))
}
