//! A signature by a certificate that leads to a given authority.
//!
//! Nothing proves when such a bundle was made, so every certificate on the way, the authority's own too, must be valid at the time of
//! verification. The signer's must be for signing code (extended key usage), and must not be an authority itself: whoever holds
//! an authority's key can make any signer, so its signature under a model says that keys were mixed up. That refuses some historic
//! test vectors and no certificate that a real authority gives to a signer.

use crate::attest::bundle::{Bundle, Material};
use crate::attest::key::PublicKey;
use crate::attest::pem::{self, Sought};
use crate::attest::reason::{Reason, Refusal};
use crate::attest::verification::{SignedBy, text};
use crate::attest::{GivenError, Terms};
use crate::facts::Inventory;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime};
use std::collections::BTreeMap;
use std::time::Duration;
use webpki::{EndEntityCert, Error, KeyUsage};
use x509_cert::Certificate;
use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::der::{DateTime, Decode as _, Encode as _};
use x509_cert::ext::pkix::{BasicConstraints, ExtendedKeyUsage, KeyUsage as Usage};

/// id-kp-codeSigning (RFC 5280, section 4.2.1.12).
const CODE_SIGNING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.3");

/// What is said of PEM that begins and cannot be read.
const DAMAGED: &str = "what is there is damaged; fetch the authority's certificate again";

/// Certificates in a chain; real ones have two to four.
pub(super) const LONGEST: usize = 16;

/// Authorities that are trusted to say who may sign.
pub struct Authorities(Vec<Authority>);

struct Authority {
    anchor: TrustAnchor<'static>,
    from: u64,
    until: u64,
}

impl Authorities {
    /// The certificates of a PEM file.
    ///
    /// # Errors
    /// When there is none, or one that cannot be an authority.
    pub fn from_pem(text: &[u8]) -> Result<Self, GivenError> {
        let mut found = Vec::new();
        for (index, der) in CertificateDer::pem_slice_iter(text).enumerate() {
            let der = der.map_err(|_| GivenError::NoCertificate(DAMAGED))?;
            let refused = |what: String| GivenError::Certificate(index.saturating_add(1), what);
            let anchor =
                webpki::anchor_from_trusted_cert(&der).map_err(|error| refused(format!("{error:?}")))?.to_owned();
            let parsed = Certificate::from_der(&der).map_err(|error| refused(error.to_string()))?;
            let validity = parsed.tbs_certificate.validity;
            let (from, until) =
                (validity.not_before.to_unix_duration().as_secs(), validity.not_after.to_unix_duration().as_secs());
            found.push(Authority { anchor, from, until });
        }
        if found.is_empty() {
            return Err(GivenError::NoCertificate(pem::instead(text, Sought::Certificate)));
        }
        Ok(Self(found))
    }

    /// Verifies a bundle by certificate.
    pub(super) fn authenticate(
        &self,
        bundle: &Bundle,
        inventory: &Inventory,
        terms: &Terms<'_>,
    ) -> Result<SignedBy, Refusal> {
        let chain = match &bundle.material {
            Material::Chain(chain) if chain.len() <= LONGEST => chain.as_slice(),
            Material::Chain(_) => {
                return Err(Refusal::new(Reason::CertificateMalformed, format!("more than {LONGEST} certificates")));
            }
            Material::Certificate => {
                let what = "the bundle was signed keyless, with a certificate for minutes";
                return Err(Refusal::new(Reason::MethodMismatch, what));
            }
            Material::Key { .. } => {
                return Err(Refusal::new(Reason::MethodMismatch, "the bundle was signed with a bare key"));
            }
        };
        let Some((leaf, others)) = chain.split_first() else {
            return Err(Refusal::new(Reason::CertificateMalformed, "the chain has no certificate"));
        };
        let parsed = Certificate::from_der(leaf).map_err(|error| {
            Refusal::new(Reason::CertificateMalformed, format!("the signer's certificate: {error}"))
        })?;
        self.trust(leaf, others, terms.now)?;
        usable(&parsed)?;
        let spki = parsed.tbs_certificate.subject_public_key_info.to_der().ok();
        let Some(key) = spki.and_then(|spki| PublicKey::from_spki(&spki)) else {
            return Err(Refusal::new(
                Reason::BundleUnsupported,
                "a certificate for a key that is not on P-256, P-384 or P-521",
            ));
        };
        key.verify(bundle, inventory, terms)?;
        Ok(SignedBy {
            key: key.fingerprint(),
            subject: Some(text(&parsed.tbs_certificate.subject.to_string())),
            identity: None,
            issuer: Some(text(&parsed.tbs_certificate.issuer.to_string())),
            claims: BTreeMap::new(),
            times: Vec::new(),
        })
    }

    /// Whether a path leads from the signer's certificate to an authority, all of it valid now and for signing code.
    fn trust(&self, leaf: &[u8], others: &[Vec<u8>], now: u64) -> Result<(), Refusal> {
        let valid: Vec<TrustAnchor<'static>> = self
            .0
            .iter()
            .filter(|authority| (authority.from..=authority.until).contains(&now))
            .map(|authority| authority.anchor.clone())
            .collect();
        if valid.is_empty() {
            return Err(Refusal::new(
                Reason::CertificateExpired,
                "the given authority's own certificate is not valid now",
            ));
        }
        let leaf = CertificateDer::from(leaf);
        let others: Vec<CertificateDer<'_>> = others.iter().map(|der| CertificateDer::from(der.as_slice())).collect();
        let time = UnixTime::since_unix_epoch(Duration::from_secs(now));
        let signer = EndEntityCert::try_from(&leaf).map_err(|error| refused(&error))?;
        // An authority between may leave its extended key usage out; the signer's own is asked for in `usable`.
        let usage = KeyUsage::required_if_present(CODE_SIGNING.as_bytes());
        let path = signer.verify_for_usage(webpki::ALL_VERIFICATION_ALGS, &valid, &others, time, usage, None, None);
        path.map(drop).map_err(|error| refused(&error))
    }
}

/// Whether a certificate can be a signer's at that time, whoever issued it.
pub(super) fn signs(certificate: &Certificate, now: u64) -> Result<(), Refusal> {
    let fields = &certificate.tbs_certificate;
    let time = |time: &x509_cert::time::Time| time.to_unix_duration().as_secs();
    let (from, until) = (fields.validity.not_before, fields.validity.not_after);
    if now < time(&from) {
        return Err(Refusal::new(Reason::CertificateNotYetValid, format!("it is valid only from {from}")));
    }
    if now > time(&until) {
        return Err(Refusal::new(Reason::CertificateExpired, format!("it expired on {until}")));
    }
    if let Ok(Some((_, BasicConstraints { ca: true, .. }))) = fields.get::<BasicConstraints>() {
        return Err(Refusal::new(Reason::CertificateAuthority, "it may itself issue certificates (CA:TRUE)"));
    }
    usable(certificate)
}

/// The signer's certificate must be for signing code, and its key for signatures where it says what it is for.
fn usable(certificate: &Certificate) -> Result<(), Refusal> {
    let unread = |error: x509_cert::der::Error| {
        Refusal::new(Reason::CertificateMalformed, format!("its usage cannot be read: {error}"))
    };
    let fields = &certificate.tbs_certificate;
    if fields.get::<Usage>().map_err(unread)?.is_some_and(|(_, usage)| !usage.digital_signature()) {
        return Err(Refusal::new(Reason::CertificateUse, "its key usage lacks digitalSignature"));
    }
    match fields.get::<ExtendedKeyUsage>().map_err(unread)? {
        Some((_, usage)) if usage.0.contains(&CODE_SIGNING) => Ok(()),
        _ => Err(Refusal::new(Reason::CertificateUse, NOT_FOR_CODE)),
    }
}

pub(super) const NOT_FOR_CODE: &str = "the certificate is not for signing code (extended key usage codeSigning)";

fn refused(error: &Error) -> Refusal {
    let shown = |time: &UnixTime| match DateTime::from_unix_duration(Duration::from_secs(time.as_secs())) {
        Ok(moment) => moment.to_string(),
        Err(_) => format!("{} seconds after 1970", time.as_secs()),
    };
    match error {
        Error::CertExpired { not_after, .. } => Refusal::new(
            Reason::CertificateExpired,
            format!("a certificate on the way expired on {}", shown(not_after)),
        ),
        Error::CertNotValidYet { not_before, .. } => {
            let what = format!("a certificate on the way is valid only from {}", shown(not_before));
            Refusal::new(Reason::CertificateNotYetValid, what)
        }
        Error::CaUsedAsEndEntity => Refusal::new(
            Reason::CertificateAuthority,
            "the signer's certificate may itself issue certificates (CA:TRUE)",
        ),
        Error::RequiredEkuNotFoundContext(_) | Error::EmptyEkuExtension => {
            Refusal::new(Reason::CertificateUse, NOT_FOR_CODE)
        }
        Error::UnknownIssuer => {
            Refusal::new(Reason::CertificateUntrusted, "the certificate does not lead to the given authority")
        }
        Error::BadDer | Error::BadDerTime | Error::MalformedExtensions | Error::TrailingData(_) => {
            Refusal::new(Reason::CertificateMalformed, format!("a certificate cannot be read ({error:?})"))
        }
        other => Refusal::new(
            Reason::CertificateUntrusted,
            format!("the way to the given authority does not hold ({other:?})"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_authority_is_told() {
        let told = |pem: &str| Authorities::from_pem(pem.as_bytes()).map(drop).unwrap_err().to_string();
        assert!(told("").contains("no certificate"));
        assert!(
            told("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
                .contains("certificate 1 cannot be used")
        );
    }
}
