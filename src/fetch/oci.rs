//! An artifact of a registry, by the digest of its manifest (OCI distribution specification 1.1, "Pulling manifests" and "Pulling blobs";
//! OCI image specification 1.1, "Image Manifest"). Reads one layer, and that one whole; one more
//! where a signature is asked for.

use crate::fetch::client::{self, Credentials};
use crate::fetch::{FetchError, LARGEST, location, verified};
use serde::Deserialize;

/// Bytes that a manifest may have; registries take up to 4 MiB.
const MANIFEST: u64 = 4 << 20;

/// Bytes of a token's answer.
const TOKEN: u64 = 64 << 10;

/// Manifests with layers. An index would leave open which of its manifests judges.
const MANIFESTS: [&str; 2] =
    ["application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json"];

/// Layers that are a tar file in gzip: what OPA and ORAS push a bundle as.
const LAYERS: [&str; 3] = [
    "application/vnd.oci.image.layer.v1.tar+gzip",
    "application/vnd.weighbridge.policy.set.v1.tar+gzip",
    "application/vnd.docker.image.rootfs.diff.tar.gzip",
];

/// A layer that is a Sigstore bundle (sigstore protobuf-specs, `sigstore_bundle.proto`; cosign's "Bundle Specification").
pub(super) const SIGNATURE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";

#[derive(Deserialize)]
struct Manifest {
    layers: Vec<Layer>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Layer {
    media_type: String,
    digest: String,
}

#[derive(Deserialize)]
struct Token {
    token: Option<String>,
    access_token: Option<String>,
}

/// The layer's bytes.
pub(super) fn fetch(
    registry: &str,
    repository: &str,
    sha256: &str,
    credentials: &Credentials<'_>,
) -> Result<Vec<u8>, FetchError> {
    let mut session = Session::new(registry, repository, credentials);
    let (url, layers) = session.layers(sha256)?;
    let mut sets = layers.iter().filter(|layer| LAYERS.contains(&layer.media_type.as_str()));
    let (Some(layer), None) = (sets.next(), sets.next()) else {
        let what = "the manifest does not have exactly one layer that is a tar file in gzip";
        return Err(FetchError::Manifest { url, what: what.to_owned() });
    };
    session.blob(&url, layer, LARGEST)
}

/// The bytes of the layer that is a signature, if there is one.
pub(super) fn signature(
    registry: &str,
    repository: &str,
    sha256: &str,
    credentials: &Credentials<'_>,
    largest: u64,
) -> Result<Option<Vec<u8>>, FetchError> {
    let mut session = Session::new(registry, repository, credentials);
    let (url, layers) = session.layers(sha256)?;
    let mut signatures = layers.iter().filter(|layer| layer.media_type == SIGNATURE);
    match (signatures.next(), signatures.next()) {
        (None, _) => Ok(None),
        (Some(layer), None) => session.blob(&url, layer, largest).map(Some),
        (Some(_), Some(_)) => {
            Err(FetchError::Manifest { url, what: format!("the manifest has more than one layer of type {SIGNATURE}") })
        }
    }
}

/// What a registry allowed so far.
struct Session<'a> {
    registry: &'a str,
    repository: &'a str,
    credentials: &'a Credentials<'a>,
    authorization: Option<String>,
}

impl<'a> Session<'a> {
    fn new(registry: &'a str, repository: &'a str, credentials: &'a Credentials<'a>) -> Self {
        Self { registry, repository, credentials, authorization: None }
    }

    fn base(&self) -> String {
        let scheme = if location::is_here(self.registry) { "http" } else { "https" };
        format!("{scheme}://{}/v2/{}", self.registry, self.repository)
    }

    /// The layers of the manifest with that digest, and its address.
    fn layers(&mut self, sha256: &str) -> Result<(String, Vec<Layer>), FetchError> {
        let url = format!("{}/manifests/sha256:{sha256}", self.base());
        let body = verified(&url, self.get(&url, &MANIFESTS, MANIFEST)?, sha256)?;
        match serde_json::from_slice::<Manifest>(&body) {
            Ok(manifest) => Ok((url, manifest.layers)),
            Err(_) => Err(FetchError::Manifest { url, what: "the manifest has no list of layers".to_owned() }),
        }
    }

    /// A layer's bytes; `manifest` is the address of the manifest that names it.
    fn blob(&mut self, manifest: &str, layer: &Layer, largest: u64) -> Result<Vec<u8>, FetchError> {
        let digest = layer.digest.strip_prefix("sha256:");
        let digest = digest.filter(|digest| digest.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let digest = digest.ok_or_else(|| FetchError::Manifest {
            url: manifest.to_owned(),
            what: "the layer is not named by a SHA-256".to_owned(),
        })?;
        let url = format!("{}/blobs/sha256:{digest}", self.base());
        verified(&url, self.get(&url, &[], largest)?, digest)
    }

    fn get(&mut self, url: &str, accept: &[&str], largest: u64) -> Result<Vec<u8>, FetchError> {
        let first = client::get(url, accept, self.authorization.as_deref(), largest)?;
        let Some(challenge) = first.challenge.filter(|_| first.status == 401) else { return Ok(first.body) };
        self.authorization = Some(self.allowed(url, &challenge)?);
        Ok(client::get(url, accept, self.authorization.as_deref(), largest)?.body)
    }

    /// The `Authorization` that a challenge asks for (distribution's "Token Authentication Specification"): a token of the realm, for
    /// reading this repository alone, or the credentials themselves.
    fn allowed(&self, url: &str, challenge: &str) -> Result<String, FetchError> {
        let refused = || FetchError::Status {
            url: url.to_owned(),
            status: 401,
            hint: "log in to the registry (`docker login`), or ask its owner for access",
        };
        let own = (self.credentials)(self.registry);
        let Some(parameters) = challenge.strip_prefix("Bearer ").or_else(|| challenge.strip_prefix("bearer ")) else {
            return own.ok_or_else(refused);
        };
        let parameter = |name: &str| {
            let (_, rest) = parameters.split_once(&format!("{name}=\""))?;
            rest.split_once('"').map(|(value, _)| value)
        };
        let realm = parameter("realm").ok_or_else(refused)?;
        // Credentials go to no other scheme; to this machine when the registry is this machine.
        let here =
            realm.strip_prefix("http://").and_then(|rest| rest.split(['/', '?']).next()).is_some_and(location::is_here);
        let safe = realm.starts_with("https://") || (here && location::is_here(self.registry));
        if !safe {
            return Err(refused());
        }
        let separator = if realm.contains('?') { '&' } else { '?' };
        let service = parameter("service").map(|service| format!("service={}&", encode(service))).unwrap_or_default();
        let asked = format!("{realm}{separator}{service}scope=repository:{}:pull", self.repository);
        let answer = client::get(&asked, &[], own.as_deref(), TOKEN)?;
        let token: Token = serde_json::from_slice(&answer.body).map_err(|_| refused())?;
        let token = token.token.or(token.access_token).filter(|token| !token.is_empty()).ok_or_else(refused)?;
        Ok(format!("Bearer {token}"))
    }
}

/// A value in an address: everything that is not plain is written in percent.
fn encode(value: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    value.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}
