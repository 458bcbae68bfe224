//! Signing by an identity: a key for this run alone, a certificate for minutes that says who asked for it, an entry in a transparency log,
//! and a timestamp. What was signed is verified before it is handed on, so nothing leaves that nobody would accept.

use crate::attest::bundle::Bundle;
use crate::attest::keyless::Keyless;
use crate::attest::service::{self, ServiceError};
use crate::attest::sign::token::IdentityToken;
use crate::attest::sign::{Sign, SignError, bundle, log, timestamp};
use crate::attest::trust::TrustRoot;
use crate::facts::{ArtifactKind, Inventory};
use crate::place;
use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use serde::Deserialize;
use serde_json::json;
use sigstore_trust_root::{SIGSTORE_PRODUCTION_SIGNING_CONFIG, ServiceConfiguration, ServiceSelector, SigningConfig};
use sigstore_verify::crypto::parse_certificate_info;
use std::sync::{Mutex, PoisonError};

/// Why no signature by an identity was made. The message says what to do next.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeylessError {
    /// Nobody says who signs.
    #[error(
        "no identity token is here, so nobody vouches for who signs; on GitHub Actions give the job `permissions: id-token: write`, \
         elsewhere give --identity-token FILE or SIGSTORE_ID_TOKEN, run it in a terminal to log in, or sign with --key"
    )]
    NoToken,
    /// A token that cannot be used.
    #[error("the identity token cannot be used: {0}")]
    Token(String),
    /// A token that is no longer valid.
    #[error(
        "the identity token expired at {0}; fetch a new one right before signing (they last for minutes), and check this machine's clock"
    )]
    TokenExpired(String),
    /// Nobody logged in.
    #[error("nobody logged in ({0}); run it again and open the address that it shows")]
    NotLoggedIn(String),
    /// A service did not do what it was asked.
    #[error("{what}: {error}{hint}")]
    Service {
        /// What it was asked for.
        what: &'static str,
        /// What it did instead.
        error: ServiceError,
        /// What to do next, with `; ` before it, where the error does not say.
        hint: &'static str,
    },
    /// An answer that is not what was asked for.
    #[error("{what}: {url} gave an answer that cannot be used ({why}); check that the address is of that service")]
    Answer {
        /// What was asked for.
        what: &'static str,
        /// Who answered.
        url: String,
        /// What is wrong.
        why: String,
    },
    /// A signing configuration that cannot be followed.
    #[error(
        "the signing configuration cannot be followed: {0}; give a signing_config.v0.2.json of the instance, or name its services"
    )]
    Configuration(String),
    /// A log that proves no time, and nobody else who does.
    #[error("the log (Rekor v2) proves no time of signing; name a timestamp authority with --tsa-url")]
    NoTimestamp,
    /// A signature that would be refused.
    #[error(
        "the signature that was made does not hold under {root}, so it was not written: {why}; give the trust root of the instance that \
         signs with --trusted-root"
    )]
    Unproven {
        /// Which trust root.
        root: String,
        /// Why.
        why: String,
    },
    /// The key of this run.
    #[error("no key could be made; this is a defect of this machine's source of randomness")]
    Key,
}

/// Where certificates, log entries and timestamps come from.
#[derive(Debug, Clone)]
pub struct Services {
    /// Who gives certificates: Fulcio.
    pub certificates: String,
    /// The log: Rekor.
    pub log: String,
    /// The version of the log: 1 or 2.
    pub log_version: u32,
    /// The address of a timestamp authority, whole.
    pub timestamps: Option<String>,
    /// Where a person logs in.
    pub login: Option<String>,
}

impl Services {
    /// Those that a signing_config.v0.2.json names; without one, those of Sigstore's public instance.
    ///
    /// # Errors
    /// When it is none, or asks for more than one service of a kind.
    pub fn configured(json: Option<&str>) -> Result<Self, KeylessError> {
        let wrong = |what: &str| KeylessError::Configuration(what.to_owned());
        let config = SigningConfig::from_json(json.unwrap_or(SIGSTORE_PRODUCTION_SIGNING_CONFIG))
            .map_err(|error| KeylessError::Configuration(place::escape_cut(error.to_string().as_bytes(), 200)))?;
        for (what, selection) in [("logs", &config.rekor_tlog_config), ("timestamp authorities", &config.tsa_config)] {
            if !one(selection) {
                return Err(KeylessError::Configuration(format!("it asks for several {what}")));
            }
        }
        let log = config.rekor_url(None).ok_or_else(|| wrong("it names no log that is in use"))?;
        let services = Self {
            certificates: config
                .fulcio_url()
                .ok_or_else(|| wrong("it names no certificate authority in use"))?
                .url
                .clone(),
            log: log.url.clone(),
            log_version: log.major_api_version,
            timestamps: config.tsa_url().map(|service| service.url.clone()),
            login: config.oidc_url().map(|service| service.url.clone()),
        };
        Ok(services)
    }
}

/// Whether any one of the named services is enough.
fn one(selection: &ServiceConfiguration) -> bool {
    match selection.selector {
        ServiceSelector::Any => true,
        ServiceSelector::Exact => selection.count == Some(1),
        _ => false,
    }
}

/// An identity that signs.
pub struct KeylessSigner {
    services: Services,
    root: TrustRoot,
    /// Asked once, when it is needed: tokens last for minutes, and what is signed may take long to be judged.
    token: Box<dyn Fn() -> Result<IdentityToken, KeylessError> + Send + Sync>,
    issued: Mutex<Option<Issued>>,
}

/// A key, and the certificate that says whose it is.
struct Issued {
    pair: EcdsaKeyPair,
    certificate: Vec<u8>,
    /// What others will ask of a signature by it.
    by: Keyless,
}

impl KeylessSigner {
    /// `root` is what others will verify with; `token` is asked when the first signature is made.
    ///
    /// # Errors
    /// When these services cannot make a signature that can be verified.
    pub fn new(
        services: Services,
        root: TrustRoot,
        token: impl Fn() -> Result<IdentityToken, KeylessError> + Send + Sync + 'static,
    ) -> Result<Self, KeylessError> {
        if services.log_version > 1 && services.timestamps.is_none() {
            return Err(KeylessError::NoTimestamp);
        }
        Ok(Self { services, root, token: Box::new(token), issued: Mutex::new(None) })
    }

    /// A new key, and a certificate for whoever the token speaks of.
    fn issue(&self) -> Result<Issued, KeylessError> {
        const WHAT: &str = "no certificate";
        let token = (self.token)()?;
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).map_err(|_| KeylessError::Key)?;
        let spki = pair.public_key().as_der().map_err(|_| KeylessError::Key)?;
        let proof = pair.sign(&SystemRandom::new(), token.challenge().as_bytes()).map_err(|_| KeylessError::Key)?;
        let request = json!({
            "credentials": {"oidcIdentityToken": token.text()},
            "publicKeyRequest": {
                "publicKey": {"algorithm": "ECDSA", "content": pem(spki.as_ref())},
                "proofOfPossession": STANDARD.encode(proof),
            },
        });
        let url = format!("{}/api/v2/signingCert", self.services.certificates.trim_end_matches('/'));
        let hint =
            "; see that the token is fresh, for the audience sigstore, and by an issuer that this instance knows";
        let body = post(WHAT, &url, "application/json", request.to_string().as_bytes(), hint)?;
        let wrong = |why: &str| KeylessError::Answer { what: WHAT, url: url.clone(), why: why.to_owned() };
        let answer: Certificates = serde_json::from_slice(&body).map_err(|_| wrong("not its JSON"))?;
        // The log of certificates has to stand in the certificate: a bundle has no other place for its promise.
        let chain = answer.embedded.ok_or_else(|| wrong("no certificate with a log's promise in it"))?.chain;
        let leaf = chain.certificates.first().ok_or_else(|| wrong("an empty chain"))?;
        let certificate = CertificateDer::from_pem_slice(leaf.as_bytes()).map_err(|_| wrong("no PEM"))?;
        let info = parse_certificate_info(&certificate.to_vec().into()).map_err(|_| wrong("no certificate"))?;
        if info.public_key.as_bytes() != spki.as_ref() {
            return Err(wrong("a certificate of another key"));
        }
        let identity = info.identity.as_ref().map(|identity| identity.as_str().to_owned());
        Ok(Issued {
            pair,
            certificate: certificate.to_vec(),
            by: Keyless {
                identity: Some(identity.ok_or_else(|| wrong("a certificate without an identity"))?),
                issuer: Some(info.issuer.clone().ok_or_else(|| wrong("a certificate without an issuer"))?),
                root: self.root.clone(),
            },
        })
    }

    /// Verifies what was made as anybody else would.
    fn proven(&self, text: &str, issued: &Issued) -> Result<(), KeylessError> {
        let unproven = |why: String| KeylessError::Unproven { root: self.root.age().source, why };
        let nothing = Inventory { kind: ArtifactKind::File, files: Vec::new(), unread: Vec::new() };
        let bundle = Bundle::read(text.as_bytes()).map_err(|refusal| unproven(refusal.message))?;
        let claim = bundle.claim(false).map_err(|refusal| unproven(refusal.message))?;
        issued.by.authenticate(&bundle, claim, &nothing).map(drop).map_err(|refusal| unproven(refusal.message))
    }
}

impl Sign for KeylessSigner {
    fn sign(&self, payload_type: &str, payload: &[u8]) -> Result<String, SignError> {
        let mut issued = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
        if issued.is_none() {
            *issued = Some(self.issue()?);
        }
        let Some(issued) = issued.as_ref() else { return Err(KeylessError::NoToken.into()) };
        let encoded = Bundle::encoding(payload_type, payload);
        let signature = issued.pair.sign(&SystemRandom::new(), &encoded).map_err(|_| KeylessError::Key)?;
        let signature = signature.as_ref();
        let entry = match self.services.log_version {
            1 => log::enter_v1(&self.services.log, &issued.certificate, payload_type, payload, signature)?,
            _ => log::enter_v2(&self.services.log, &issued.certificate, &encoded, signature)?,
        };
        let mut material =
            json!({"certificate": {"rawBytes": STANDARD.encode(&issued.certificate)}, "tlogEntries": [entry]});
        if let (Some(url), Some(material)) = (&self.services.timestamps, material.as_object_mut()) {
            let stamp = STANDARD.encode(timestamp::stamp(url, signature)?);
            material.insert(
                "timestampVerificationData".to_owned(),
                json!({"rfc3161Timestamps": [{"signedTimestamp": stamp}]}),
            );
        }
        let text = bundle(material, payload_type, payload, signature);
        self.proven(&text, issued)?;
        Ok(text)
    }
}

/// Fulcio's answer (fulcio.proto: `SigningCertificate`).
#[derive(Deserialize)]
struct Certificates {
    #[serde(rename = "signedCertificateEmbeddedSct")]
    embedded: Option<Chained>,
}

#[derive(Deserialize)]
struct Chained {
    chain: Chain,
}

#[derive(Deserialize)]
struct Chain {
    certificates: Vec<String>,
}

/// Sends something to a service, and says for what when that fails.
pub(super) fn post(
    what: &'static str,
    url: &str,
    kind: &str,
    body: &[u8],
    hint: &'static str,
) -> Result<Vec<u8>, KeylessError> {
    service::post(url, kind, body).and_then(|answer| answer.accepted(url)).map_err(|error| {
        let hint = if matches!(error, ServiceError::Status { .. }) { hint } else { "" };
        KeylessError::Service { what, error, hint }
    })
}

/// DER of a public key or a certificate as PEM (RFC 7468).
pub(super) fn pem_of(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<&str> = text.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

fn pem(spki: &[u8]) -> String {
    pem_of("PUBLIC KEY", spki)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_public_instance_is_followed_and_several_services_are_not() {
        let services = Services::configured(None).unwrap();
        assert!(services.certificates.starts_with("https://fulcio."), "{services:?}");
        assert!(services.timestamps.is_some() && services.login.is_some(), "{services:?}");
        let several = SIGSTORE_PRODUCTION_SIGNING_CONFIG.replacen("\"ANY\"", "\"ALL\"", 1);
        assert!(Services::configured(Some(&several)).unwrap_err().to_string().contains("several logs"));
        assert!(Services::configured(Some("{}")).unwrap_err().to_string().contains("signing_config"));
    }

    #[test]
    fn a_log_without_time_needs_a_clock() {
        let services = Services { log_version: 2, timestamps: None, ..Services::configured(None).unwrap() };
        let root = TrustRoot::embedded(crate::attest::Instance::Public).unwrap();
        let refused = KeylessSigner::new(services, root, || Err(KeylessError::NoToken)).err().unwrap();
        assert!(refused.to_string().contains("--tsa-url"), "{refused}");
    }
}
