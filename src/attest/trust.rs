//! Whose logs and authorities are trusted: roots that stand in this program, that TUF fetched, or that were given. Asks no network.

use crate::attest::GivenError;
use crate::attest::verification::TrustRootAge;
use crate::place;
use schemars::JsonSchema;
use serde::Serialize;
use sigstore_trust_root::{SigstoreInstance, TrustedRoot};
use sigstore_verify::Verifier;
use sigstore_verify::types::TimeRange;

/// The day on which sigstore-trust-root 0.15.1 was released with the embedded roots (its CHANGELOG: "refresh embedded TUF data").
const EMBEDDED: &str = "2026-10-23T00:00:00Z";

/// Days after which a root is told to be old. GitHub's instance replaces its authorities about every seven months and Sigstore's public
/// instance its logs about twice a year (the times of validity in their own roots), each weeks before it is needed.
const OLD: u64 = 180;

/// An instance of Sigstore whose trust root stands in this program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Instance {
    /// Sigstore's public instance.
    Public,
    /// GitHub's own, which signs attestations of private repositories and has no public log.
    GitHub,
}

impl Instance {
    /// Its name in a folder of trust roots.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::GitHub => "github",
        }
    }

    /// Whose it is, in words.
    fn words(self) -> &'static str {
        match self {
            Self::Public => "Sigstore's public instance",
            Self::GitHub => "GitHub's own instance",
        }
    }

    fn embedded(self) -> SigstoreInstance {
        match self {
            Self::Public => SigstoreInstance::PublicGood,
            Self::GitHub => SigstoreInstance::GitHub,
        }
    }
}

/// Keys of logs and authorities.
#[derive(Clone)]
pub struct TrustRoot {
    pub(super) root: TrustedRoot,
    source: String,
    /// Since when it stands: RFC 3339 in UTC, and seconds since 1970. `None` for one that was given.
    as_of: Option<(String, i64)>,
    /// Whether certificates come without a public log and are proven by timestamps alone: GitHub's own instance.
    pub(super) unlogged: bool,
}

/// What a trust root holds.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TrustRootShown {
    /// Which it is, and how old.
    #[serde(flatten)]
    pub age: TrustRootAge,
    /// Logs of signatures.
    pub logs: Vec<Trusted>,
    /// Logs of certificates.
    pub certificate_logs: Vec<Trusted>,
    /// Who gives certificates.
    pub certificate_authorities: Vec<Trusted>,
    /// Who says what time it is.
    pub timestamp_authorities: Vec<Trusted>,
}

/// One log or authority.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Trusted {
    /// Its address or name, escaped.
    pub name: String,
    /// Since when it is valid, RFC 3339 in UTC.
    pub start: Option<String>,
    /// Until when; `null` while nobody has said.
    pub end: Option<String>,
}

impl TrustRoot {
    /// An instance's, as this program was built with it.
    ///
    /// # Errors
    /// Never for a program that was built right.
    pub fn embedded(instance: Instance) -> Result<Self, GivenError> {
        let root = TrustedRoot::from_embedded(instance.embedded())
            .map_err(|error| GivenError::TrustRoot(error.to_string()))?;
        Ok(Self {
            root,
            source: format!("{}, embedded", instance.words()),
            as_of: crate::time::instant(EMBEDDED).map(|at| (EMBEDDED.to_owned(), at.as_second())),
            unlogged: instance == Instance::GitHub,
        })
    }

    /// A given trusted_root.json; `source` says whose. `unlogged`: as GitHub's own instance, without a public log.
    ///
    /// # Errors
    /// When it is none, or holds keys that cannot be used.
    pub fn read(json: &str, source: &str, unlogged: bool) -> Result<Self, GivenError> {
        let told =
            |error: &dyn std::fmt::Display| GivenError::TrustRoot(place::escape_cut(error.to_string().as_bytes(), 300));
        let root = TrustedRoot::from_json(json).map_err(|error| told(&error))?;
        // Every field of it may be left out, so that other JSON of Sigstore parses as an empty one. A root of logs alone is one: it holds
        // what keys signed.
        let named = root.media_type.starts_with("application/vnd.dev.sigstore.trustedroot");
        if !named || (root.certificate_authorities.is_empty() && root.tlogs.is_empty()) {
            return Err(GivenError::TrustRoot("it names no certificate authority and no log".to_owned()));
        }
        Verifier::new(&root).map_err(|error| told(&error))?;
        Ok(Self { root, source: source.to_owned(), as_of: None, unlogged })
    }

    /// One that TUF fetched at that time, RFC 3339 in UTC.
    pub(super) fn fetched(json: &str, instance: Option<Instance>, at: &str) -> Result<Self, GivenError> {
        let whose = instance.map_or("a given instance", Instance::words);
        let read = Self::read(json, &format!("{whose}, updated"), instance == Some(Instance::GitHub))?;
        let as_of = crate::time::instant(at).map(|moment| (at.to_owned(), moment.as_second()));
        Ok(Self { as_of, ..read })
    }

    /// Whether this one stands since a later time.
    #[must_use]
    pub fn newer_than(&self, other: &Self) -> bool {
        let since = |root: &Self| root.as_of.as_ref().map(|(_, seconds)| *seconds);
        since(self) > since(other)
    }

    /// Days since it was fetched or embedded, when that is so long ago that logs and authorities may have been replaced. `now` in
    /// seconds since 1970.
    #[must_use]
    pub fn old(&self, now: u64) -> Option<u64> {
        let (_, since) = self.as_of.as_ref()?;
        let days = now.checked_sub(u64::try_from(*since).ok()?)? / 86_400;
        (days > OLD).then_some(days)
    }

    /// How old it is.
    #[must_use]
    pub fn age(&self) -> TrustRootAge {
        TrustRootAge {
            source: self.source.clone(),
            newest: self.newest(),
            as_of: self.as_of.as_ref().map(|(at, _)| at.clone()),
        }
    }

    /// All that is trusted.
    #[must_use]
    pub fn show(&self) -> TrustRootShown {
        let root = &self.root;
        TrustRootShown {
            age: self.age(),
            logs: root.tlogs.iter().map(|log| trusted(&log.base_url, log.public_key.valid_for)).collect(),
            certificate_logs: root.ctlogs.iter().map(|log| trusted(&log.base_url, log.public_key.valid_for)).collect(),
            certificate_authorities: root
                .certificate_authorities
                .iter()
                .map(|authority| trusted(&authority.uri, authority.valid_for))
                .collect(),
            timestamp_authorities: root
                .timestamp_authorities
                .iter()
                .map(|authority| trusted(authority.uri.as_deref().unwrap_or_default(), authority.valid_for))
                .collect(),
        }
    }

    /// Since when the newest key or authority is valid.
    fn newest(&self) -> Option<String> {
        let root = &self.root;
        let logs = root.tlogs.iter().map(|log| log.public_key.valid_for);
        let certificate_logs = root.ctlogs.iter().map(|log| log.public_key.valid_for);
        let authorities = root.certificate_authorities.iter().map(|authority| authority.valid_for);
        let clocks = root.timestamp_authorities.iter().map(|authority| authority.valid_for);
        let starts = logs.chain(certificate_logs).chain(authorities).chain(clocks).flatten().map(|range| range.start);
        starts.max().map(|start| start.to_string())
    }

    /// Whether it was embedded or fetched before that time, seconds since 1970, and when; never so for one that was given.
    pub(super) fn before(&self, seconds: i64) -> Option<&str> {
        self.as_of.as_ref().filter(|(_, since)| seconds > *since).map(|(at, _)| at.as_str())
    }
}

fn trusted(name: &str, valid: Option<TimeRange>) -> Trusted {
    Trusted {
        name: place::escape_cut(name.as_bytes(), 200),
        start: valid.map(|range| range.start.to_string()),
        end: valid.and_then(|range| range.end).map(|end| end.to_string()),
    }
}
