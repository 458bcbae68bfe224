//! A policy set that a configuration adds: a path or address, and perhaps who must have signed it.

use crate::config::signers;
use crate::verdict::{Signer, Signers};
use schemars::JsonSchema;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::PathBuf;

/// A policy set that is added to others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(into = "Written")]
#[schemars(with = "Written")]
pub struct Source {
    /// A path or an address.
    pub source: PathBuf,
    /// Who must have signed it; `None`: nobody.
    pub signers: Option<Signers>,
}

/// A policy set as it is written.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(untagged)]
enum Written {
    /// The path or address alone.
    Plain(PathBuf),
    /// With those who must have signed it.
    Signed(SignedSource),
}

/// A policy set, and who must have signed it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SignedSource {
    /// The path or address.
    source: PathBuf,
    /// Any of these; several while a key or an identity is replaced by the next.
    by: Vec<Signer>,
    /// Whether a time of signing must be proven, by a timestamp authority or a transparency log. Signatures by a bare key never are.
    #[serde(default)]
    timed: bool,
}

impl Source {
    /// What is wrong with those who must have signed it.
    pub(super) fn wrong(&self) -> Option<String> {
        signers::wrong(self.signers.as_slice())
    }
}

impl From<SignedSource> for Source {
    fn from(signed: SignedSource) -> Self {
        let signers = Signers { by: signed.by, timed: signed.timed, ..Signers::default() };
        Self { source: signed.source, signers: Some(signers) }
    }
}

impl From<Source> for Written {
    fn from(source: Source) -> Self {
        match source.signers {
            None => Self::Plain(source.source),
            Some(signers) => Self::Signed(SignedSource { source: source.source, by: signers.by, timed: signers.timed }),
        }
    }
}

/// Not derived: of an untagged enumeration no error says which key is wrong, and where.
impl<'de> Deserialize<'de> for Source {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Source;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a path or an address, or `source` with `by`")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Source, E> {
                Ok(Source { source: PathBuf::from(text), signers: None })
            }

            fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<Source, M::Error> {
                SignedSource::deserialize(MapAccessDeserializer::new(map)).map(Source::from)
            }
        }
        deserializer.deserialize_any(Either)
    }
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    #[test]
    fn a_source_says_who_must_have_signed_it_or_not() {
        let text = "policy:\n  - ours\n  - source: https://example.org/set@sha256:0\n    by: [{fingerprint: ";
        let text = format!("{text}{}}}]\n    timed: true\n", "ab".repeat(32));
        let config = Config::parse(&text, "x").unwrap();
        assert_eq!(config.policy[0].signers, None);
        let signers = config.policy[1].signers.as_ref().unwrap();
        assert!(signers.timed && signers.by.len() == 1 && signers.paths.is_empty());
        let back = serde_json::to_string(&config.policy).unwrap();
        assert!(back.starts_with("[\"ours\",{\"source\":"), "{back}");
        for (text, wanted) in [
            ("policy: [{source: a}]", "by"),
            ("policy: [{source: a, by: []}]", "names nobody"),
            ("policy:\n  - source: a\n    by: [{key: a.pem}]\n    path: x\n", "weighbridge.yaml:4"),
            ("policy: [{source: a, by: [{identity: x}]}]", "name the `issuer`"),
            ("policy: [{source: a, by: [{key: a.pem}], paths: [x]}]", "paths"),
            ("policy: [[a]]", "a path or an address"),
        ] {
            let error = Config::parse(text, "weighbridge.yaml").unwrap_err().to_string();
            assert!(error.contains(wanted), "{text}: {error}");
        }
    }
}
