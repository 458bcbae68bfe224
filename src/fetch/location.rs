//! Where a policy set archive lies on a network: `https://HOST/PATH@sha256:DIGEST` or `oci://REGISTRY/REPOSITORY@sha256:DIGEST`.

use std::fmt;

/// A place on a network and the digest of what lies there. Without a digest there is no location: an address alone says nothing about
/// what will judge tomorrow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// A file behind an address. Plain `http` is taken for this machine alone.
    Https {
        /// The address without the digest.
        url: String,
        /// SHA-256 of the file, 64 lower-case hexadecimal digits.
        sha256: String,
    },
    /// An artifact of a registry (OCI distribution specification 1.1), by the digest of its manifest.
    Oci {
        /// Host, and port if there is one.
        registry: String,
        /// The repository's name.
        repository: String,
        /// SHA-256 of the manifest, 64 lower-case hexadecimal digits.
        sha256: String,
    },
}

/// A location that says too little or that cannot be trusted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LocationError {
    /// No digest.
    #[error(
        "`{0}` has no digest; write it as `{0}@sha256:` and the 64 hexadecimal digits that `weighbridge policy build` prints"
    )]
    NoDigest(String),
    /// Another scheme.
    #[error(
        "`{0}` is neither https:// nor oci://; plain http is taken for this machine alone, because what passes is seen and changed on the way"
    )]
    Scheme(String),
    /// A user or a password in an address, which reports would repeat.
    #[error("the address `{0}` has a user or a password in it, and reports would show it; take it out")]
    Secret(String),
    /// A registry without a repository, or characters that no name has.
    #[error("`{0}` is no reference; write `oci://REGISTRY/REPOSITORY@sha256:DIGEST`")]
    Reference(String),
}

impl Location {
    /// Reads a location.
    ///
    /// # Errors
    /// [`LocationError`] for one that has no digest, another scheme, or no repository.
    pub fn parse(text: &str) -> Result<Self, LocationError> {
        let missing = || LocationError::NoDigest(text.to_owned());
        let (place, digest) = text.rsplit_once("@sha256:").ok_or_else(missing)?;
        let plain = digest.len() == 64 && digest.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if !plain {
            return Err(LocationError::NoDigest(place.to_owned()));
        }
        let sha256 = digest.to_owned();
        if let Some(reference) = place.strip_prefix("oci://") {
            let wrong = || LocationError::Reference(place.to_owned());
            let (registry, repository) = reference.split_once('/').ok_or_else(wrong)?;
            // A repository's name (distribution specification, "Pulling manifests"), with room for a port in the registry's.
            let named = |text: &str, also: &[u8]| {
                !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || also.contains(&byte))
            };
            if !named(registry, b".-:") || !named(repository, b"._-/") || repository.contains("..") {
                return Err(wrong());
            }
            return Ok(Self::Oci { registry: registry.to_owned(), repository: repository.to_owned(), sha256 });
        }
        let host =
            place.split_once("://").and_then(|(_, rest)| rest.split(['/', '?', '#', '\\']).next()).unwrap_or_default();
        if let Some((_, host)) = host.rsplit_once('@') {
            return Err(LocationError::Secret(host.to_owned()));
        }
        let here = place.starts_with("http://") && is_here(host);
        if place.starts_with("https://") || here {
            Ok(Self::Https { url: place.to_owned(), sha256 })
        } else {
            Err(LocationError::Scheme(place.to_owned()))
        }
    }
}

/// Whether a host, with or without a port, is this machine.
pub(super) fn is_here(host: &str) -> bool {
    let (name, port) = host.rsplit_once(':').unwrap_or((host, "80"));
    matches!(name, "localhost" | "127.0.0.1") && port.bytes().all(|byte| byte.is_ascii_digit())
}

impl fmt::Display for Location {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Https { url, sha256 } => write!(out, "{url}@sha256:{sha256}"),
            Self::Oci { registry, repository, sha256 } => write!(out, "oci://{registry}/{repository}@sha256:{sha256}"),
        }
    }
}
