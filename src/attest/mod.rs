//! Signatures: who made a model, what of it they signed, and whether that is what lies here. The only room that knows Sigstore.
//!
//! A bundle is read first ([`Bundle::read`]), and says which digests it needs ([`Bundle::measures`]); then it is verified for one
//! [`Signer`] against the files that were found ([`Bundle::verify`]). Verifying opens no file and no connection, and asks
//! no clock; `service.rs` alone asks a network, for [`Repositories::update`].

mod adapter;
mod bundle;
mod certificate;
mod coverage;
mod key;
mod keyless;
mod observation;
mod oms;
mod pem;
mod service;
mod sign;
mod statement;
mod trust;
mod trust_update;
mod verdict;
mod verification;

pub use bundle::{Bundle, LARGEST};
pub use certificate::Authorities;
pub use coverage::Ignored;
pub use key::PublicKey;
pub use keyless::Keyless;
pub use observation::Known;
pub use service::ServiceError;
pub use sign::{
    CertifiedKey, DeviceCode, IN_TOTO, IdentityToken, KeylessError, KeylessSigner, PrivateKeyFile, Services, Sign,
    SignError, Signable, SigningKey,
};
pub use statement::ORIGINS;
pub use trust::{Instance, TrustRoot, TrustRootShown, Trusted};
pub use trust_update::{FILE as TRUST_FILE, Repositories, UpdateError};
pub use verdict::RequiredVerdict;
pub use verification::{AttestedVerdict, Coverage, Named, SCHEMA, SignedBy, TrustRootAge, Verification};

use crate::facts::Inventory;
pub use crate::facts::{Claimed, Proof, Reason, Refusal, SignedSubject, SigningTime};

/// Reasons are a part of the facts.
mod reason {
    pub(super) use crate::facts::{Reason, Refusal};
}

/// Who is expected to have signed, and how that is proven.
pub enum Signer {
    /// Whoever holds the key.
    Key(PublicKey),
    /// Whom an authority gave a certificate for signing code.
    Certificate(Authorities),
    /// An identity that an issuer knew at the time, proven by a transparency log.
    Keyless(Box<Keyless>),
}

/// What cannot be used to verify with: about the gate, not about the model.
#[derive(Debug, thiserror::Error)]
pub enum GivenError {
    /// No public key.
    #[error("no public key in PEM (`-----BEGIN PUBLIC KEY-----`) was found; {0}")]
    NoKey(&'static str),
    /// A key that signatures of models do not use.
    #[error("{0}, and signatures of models are verified by keys on P-256, P-384 or P-521; give one of these")]
    Key(String),
    /// No certificate.
    #[error("no certificate in PEM (`-----BEGIN CERTIFICATE-----`) was found; {0}")]
    NoCertificate(&'static str),
    /// A certificate that cannot be an authority.
    #[error(
        "certificate {0} cannot be used as an authority ({1}); give the certificate of the authority, not of the signer"
    )]
    Certificate(usize, String),
    /// Not a trusted root.
    #[error("not a Sigstore trusted root ({0}); give a trusted_root.json")]
    TrustRoot(String),
}

/// Under which terms a bundle is verified.
pub struct Terms<'a> {
    /// The time of the verification, seconds since 1970: certificates without a proven time are judged by it.
    pub now: u64,
    /// Files that need not be covered; the signature's own list is never heeded.
    pub ignored: &'a Ignored,
    /// Whether the layout and the encoding of model-signing 0.2 are taken too.
    pub legacy: bool,
    /// What an attestation may say beside [`ORIGINS`] and still count as a signature; `None` for anything.
    pub predicates: Option<&'a [String]>,
}

/// An attestation that the model failed a test is signed as well as one of who built it, and is no signature of it.
fn other_predicate(claim: &statement::Claim, asked: &[String]) -> Option<Refusal> {
    let said = claim.predicate_type().filter(|_| !claim.of_origin(asked))?;
    Some(Refusal::new(
        Reason::OtherPredicate,
        format!("an attestation of something else: {}", verification::text(said)),
    ))
}

impl Bundle {
    /// Verifies who signed, what they signed, and that it is what was found.
    #[must_use]
    pub fn verify(&self, signer: &Signer, inventory: &Inventory, terms: &Terms<'_>) -> Verification {
        let mut verification = Verification::begun(self, signer);
        let authentic = self.claim(terms.legacy).and_then(|claim| {
            let signed_by = self.authenticate(signer, claim, inventory, terms)?;
            claim.comparable()?;
            Ok((claim, signed_by))
        });
        match authentic {
            Err(refusal) => verification.refusals.push(refusal),
            Ok((claim, signed_by)) => {
                verification.signed_by = Some(signed_by);
                let (coverage, refusals) = coverage::compare(claim, inventory, terms.ignored);
                verification.coverage = Some(coverage);
                verification.refusals = refusals;
                verification.refusals.extend(terms.predicates.and_then(|asked| other_predicate(claim, asked)));
            }
        }
        verification.verified = verification.refusals.is_empty();
        verification
    }

    /// Verifies who signed.
    fn authenticate(
        &self,
        signer: &Signer,
        claim: &statement::Claim,
        inventory: &Inventory,
        terms: &Terms<'_>,
    ) -> Result<SignedBy, Refusal> {
        match signer {
            Signer::Key(key) => key.authenticate(self, inventory, terms),
            Signer::Certificate(authorities) => authorities.authenticate(self, inventory, terms),
            Signer::Keyless(keyless) => keyless.authenticate(self, claim, inventory),
        }
    }
}
