//! A private key with the certificate that an authority gave for it. What every verifier would refuse is not signed with.

use crate::attest::certificate::{self, LONGEST};
use crate::attest::key::PublicKey;
use crate::attest::sign::key::SigningKey;
use crate::attest::sign::{Sign, SignError, bundle};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use serde_json::{Value, json};
use x509_cert::Certificate;
use x509_cert::der::{Decode as _, Encode as _};

/// A private key and the certificates that speak for it.
pub struct CertifiedKey {
    key: SigningKey,
    /// In DER, the signer's first.
    chain: Vec<Vec<u8>>,
}

impl CertifiedKey {
    /// `leaf` is the PEM of the signer's certificate, perhaps with others behind it; `chain` that of further ones up to the authority,
    /// the nearest first. `now` is the time of signing, seconds since 1970.
    ///
    /// # Errors
    /// When the certificate is of another key, not valid now, or not for signing code.
    pub fn new(key: SigningKey, leaf: &[u8], chain: &[u8], now: u64) -> Result<Self, SignError> {
        let mut all = Vec::new();
        for der in CertificateDer::pem_slice_iter(leaf).chain(CertificateDer::pem_slice_iter(chain)) {
            let der = der.map_err(|_| SignError::NoCertificate)?.to_vec();
            Certificate::from_der(&der).map_err(|_| SignError::NoCertificate)?;
            if !all.contains(&der) {
                all.push(der);
            }
        }
        if all.len() > LONGEST {
            return Err(SignError::Certificate(format!("its chain has more than {LONGEST} certificates")));
        }
        let signer = CertificateDer::from_pem_slice(leaf).ok().and_then(|der| Certificate::from_der(&der).ok());
        let signer = signer.ok_or(SignError::NoCertificate)?;
        let spki = signer.tbs_certificate.subject_public_key_info.to_der().map_err(|_| SignError::NoCertificate)?;
        if PublicKey::from_spki(&spki).is_none_or(|public| public.fingerprint() != key.public().fingerprint()) {
            return Err(SignError::OtherCertificate);
        }
        certificate::signs(&signer, now)
            .map_err(|refusal| SignError::Certificate(format!("{}; {}", refusal.message, refusal.remedy)))?;
        Ok(Self { key, chain: all })
    }
}

impl Sign for CertifiedKey {
    fn sign(&self, payload_type: &str, payload: &[u8]) -> Result<String, SignError> {
        let signature = self.key.signature(payload_type, payload)?;
        let chain: Vec<Value> = self.chain.iter().map(|der| json!({"rawBytes": STANDARD.encode(der)})).collect();
        let material = json!({"x509CertificateChain": {"certificates": chain}});
        Ok(bundle(material, payload_type, payload, &signature))
    }
}
