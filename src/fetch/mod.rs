//! Policy set archives from elsewhere: the only room with an HTTP client. A source is named with its digest, and nothing that does not
//! have that digest is handed on; so it does not matter who answered. A signature has no digest: it proves itself, or nothing.

mod client;
mod location;
mod oci;

pub use client::Credentials;
pub use location::{Location, LocationError};

use crate::digest;

/// Bytes that an archive may have; the shipped policies with all their lists have 2 MiB.
const LARGEST: u64 = 32 << 20;

/// Why an archive could not be had. The message says what, where, and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// The server cannot be reached, or broke off.
    #[error("{url}: cannot be fetched ({what}); check the network and the proxy (HTTPS_PROXY), and try again")]
    Unreachable {
        /// What was asked for.
        url: String,
        /// What happened.
        what: String,
    },
    /// The server answered with another status than 200.
    #[error("{url}: the server answered {status}; {hint}")]
    Status {
        /// What was asked for.
        url: String,
        /// The HTTP status.
        status: u16,
        /// What it means here.
        hint: &'static str,
    },
    /// What came is not what was named.
    #[error(
        "{url}: has the SHA-256 {found} and not {wanted}; it was changed, or the digest is of something else: do not use it before you know which"
    )]
    Digest {
        /// What was asked for.
        url: String,
        /// The digest that it is named with.
        wanted: String,
        /// The digest of what came.
        found: String,
    },
    /// A manifest of a registry that holds no policy set archive.
    #[error("{url}: {what}; push one layer that is a policy set archive, as `weighbridge policy build` writes it")]
    Manifest {
        /// What was asked for.
        url: String,
        /// What is wrong with it.
        what: String,
    },
}

/// The bytes of a policy set archive at a location on a network.
///
/// # Errors
/// [`FetchError`] when it cannot be had, or is another than the location names.
pub fn fetch(location: &Location, credentials: &Credentials<'_>) -> Result<Vec<u8>, FetchError> {
    match location {
        Location::Https { url, sha256 } => {
            let body = client::get(url, &[], None, LARGEST)?.body;
            verified(url, body, sha256)
        }
        Location::Oci { registry, repository, sha256 } => oci::fetch(registry, repository, sha256, credentials),
    }
}

/// Bytes that a signature may have; one of a policy set has some thousand.
const SIGNATURE: u64 = 1 << 20;

/// What is behind an archive's own name in that of its signature.
const SIGNED: &str = ".sigstore.json";

/// Where the signature of a location is looked for.
#[must_use]
pub fn signature_place(location: &Location) -> String {
    match location {
        Location::Https { url, .. } => {
            let end = url.find(['?', '#']).unwrap_or(url.len());
            let (path, rest) = url.split_at_checked(end).unwrap_or((url, ""));
            format!("{path}{SIGNED}{rest}")
        }
        Location::Oci { .. } => format!("{location}, a layer of type {}", oci::SIGNATURE),
    }
}

/// The bytes of a location's signature, which nothing has verified; `None` when there is none. Of an https address it lies beside it, of a
/// registry it is a layer of the same manifest, so that the digest which names the one names both.
///
/// # Errors
/// [`FetchError`] when it cannot be known whether there is one, or it cannot be had.
pub fn signature(location: &Location, credentials: &Credentials<'_>) -> Result<Option<Vec<u8>>, FetchError> {
    match location {
        Location::Https { .. } => match client::get(&signature_place(location), &[], None, SIGNATURE) {
            Ok(answer) => Ok(Some(answer.body)),
            Err(FetchError::Status { status: 404, .. }) => Ok(None),
            Err(error) => Err(error),
        },
        Location::Oci { registry, repository, sha256 } => {
            oci::signature(registry, repository, sha256, credentials, SIGNATURE)
        }
    }
}

/// The bytes, if their SHA-256 is the wanted one, in lower-case hexadecimal.
fn verified(url: &str, body: Vec<u8>, wanted: &str) -> Result<Vec<u8>, FetchError> {
    let found = digest::of(&body).sha256;
    if found == wanted {
        Ok(body)
    } else {
        Err(FetchError::Digest { url: url.to_owned(), wanted: wanted.to_owned(), found })
    }
}

#[cfg(test)]
mod tests;
