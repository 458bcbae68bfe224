//! A signature by an identity: a certificate for minutes, a transparency log that holds it, and a proven time. Offline, against a
//! trust root that stands in this program or was given. The proofs are verified by the Sigstore project's own crate.

use crate::attest::Terms;
use crate::attest::bundle::{Bundle, Material, malformed};
use crate::attest::certificate::NOT_FOR_CODE;
use crate::attest::coverage::Ignored;
use crate::attest::key::{self, PublicKey};
use crate::attest::oms::unhex;
use crate::attest::reason::{Reason, Refusal};
use crate::attest::statement::{Claim, Subject};
use crate::attest::trust::TrustRoot;
use crate::attest::verification::{SignedBy, text};
use crate::digest::Algorithm;
use crate::facts::{Inventory, Proof, SigningTime};
use crate::place;
use sigstore_verify::bundle::error::Error as BundleError;
use sigstore_verify::types::bundle::{MessageDigest, MessageSignature};
use sigstore_verify::types::{
    ArtifactDigest, Bundle as SigstoreBundle, DigestBytes, HashAlgorithm, KindVersion, SignatureContent,
};
use sigstore_verify::{
    CertificateError, Error, PublicKeyVerificationPolicy, TimestampError, TransparencyLogError, VerificationPolicy,
    VerificationResult, Verifier,
};
use std::collections::BTreeMap;

/// Who is expected to have signed, exactly.
pub struct Keyless {
    /// The identity in the certificate: an address or a URI. `None`: whoever it is; then who signed is told, and for others to judge.
    pub identity: Option<String>,
    /// The issuer that vouched for it. `None` only for a root that has one issuer: GitHub's own instance names none in what it signs
    /// itself, its releases.
    pub issuer: Option<String>,
    /// Whose logs and authorities are trusted.
    pub root: TrustRoot,
}

impl Keyless {
    /// Verifies a keyless bundle.
    pub(super) fn authenticate(
        &self,
        bundle: &Bundle,
        claim: &Claim,
        inventory: &Inventory,
    ) -> Result<SignedBy, Refusal> {
        if matches!(bundle.material, Material::Key { .. }) {
            return Err(Refusal::new(Reason::MethodMismatch, "the bundle was signed with a key, not by an identity"));
        }
        if bundle.logged == 0 && !self.root.unlogged {
            return Err(Refusal::new(Reason::LogMissing, "the bundle has no entry of a transparency log"));
        }
        if self.identity.is_some() && self.issuer.is_none() && !self.root.unlogged {
            return Err(Refusal::new(Reason::WrongIssuer, "no issuer is named, and this trust root has many"));
        }
        let digest = subject(claim, inventory)?;
        let parsed = SigstoreBundle::from_json(&bundle.text)
            .map_err(|error| malformed(&place::escape_cut(error.to_string().as_bytes(), 200)))?;
        self.known_logs(&parsed)?;
        let (digest, parsed) = as_logged(digest, parsed)?;
        let policy = VerificationPolicy::any_identity();
        let policy = match &self.identity {
            Some(identity) => policy.require_identity(identity.as_str()),
            None => policy,
        };
        let policy = match &self.issuer {
            Some(issuer) => policy.require_issuer(issuer.as_str()),
            None => policy,
        };
        let policy = if self.root.unlogged { policy.skip_tlog_unsafe().skip_sct() } else { policy };
        let verifier = Verifier::new(&self.root.root)
            .map_err(|error| Refusal::new(Reason::LogUnknown, told(&error.to_string())))?;
        match verifier.verify(digest, &parsed, &policy) {
            Ok(result) => Ok(signed_by(&result, bundle)),
            // A timestamp is over the signature, and is looked at first: it is not to blame for a signature that does not hold.
            Err(Error::Timestamp(TimestampError::Invalid(_))) if !holds(bundle, &parsed, inventory) => {
                Err(Refusal::new(Reason::SignatureInvalid, "the signature does not hold"))
            }
            Err(error) => Err(self.refused(&error, claim, &parsed)),
        }
    }

    /// Refuses a bundle by a log that is not known before anything of it is verified: the reasons that come first would mislead.
    fn known_logs(&self, bundle: &SigstoreBundle) -> Result<(), Refusal> {
        let entries = &bundle.verification_material.tlog_entries;
        let known = |id| self.root.root.tlogs.iter().any(|log| log.log_id.key_id == id);
        if self.root.unlogged || entries.iter().all(|entry| known(entry.log_id.key_id.clone())) {
            return Ok(());
        }
        if let Some(since) = self.older_than(bundle) {
            let what = format!(
                "a log that is not known; the certificate is newer than the trust root, which stands since {since}"
            );
            return Err(Refusal::new(Reason::TrustRootTooOld, what));
        }
        Err(Refusal::new(Reason::LogUnknown, "a log that the trust root does not know"))
    }

    fn refused(&self, error: &Error, claim: &Claim, bundle: &SigstoreBundle) -> Refusal {
        if let Error::Certificate(CertificateError::ChainInvalid(what)) = error
            && let Some(refusal) = chain(what)
        {
            return refusal;
        }
        let reason = match error {
            Error::IdentityMismatch { actual, .. } => {
                let actual = actual.as_ref().map_or("nobody", |actual| actual.as_str());
                let what = format!(
                    "signed by {} and not by {}",
                    text(actual),
                    text(self.identity.as_deref().unwrap_or_default())
                );
                return Refusal::new(Reason::WrongIdentity, what);
            }
            Error::IssuerMismatch { actual, .. } => {
                let (actual, expected) =
                    (actual.as_deref().unwrap_or("nobody"), self.issuer.as_deref().unwrap_or_default());
                let what = format!("{} vouched for the identity and not {}", text(actual), text(expected));
                return Refusal::new(Reason::WrongIssuer, what);
            }
            Error::SignatureInvalid(_) => Reason::SignatureInvalid,
            // What the bundle itself says of the content was compared before, so it is the log that speaks of other content.
            Error::ArtifactMismatch(_) if !matches!(claim, Claim::Content(None)) => Reason::LogMismatch,
            Error::ArtifactMismatch(_) => Reason::FileChanged,
            Error::UnsupportedArtifact(_) | Error::UnsupportedBundle(_) => Reason::BundleUnsupported,
            Error::Certificate(error) => match error {
                CertificateError::Malformed(_) => Reason::CertificateMalformed,
                CertificateError::NotYetValid { .. } => Reason::CertificateNotYetValid,
                CertificateError::Expired { .. } => Reason::CertificateExpired,
                _ => Reason::CertificateUntrusted,
            },
            Error::TransparencyLog(error) => match error {
                TransparencyLogError::UnknownLog { .. } => Reason::LogUnknown,
                TransparencyLogError::EntryMismatch(_) => Reason::LogMismatch,
                TransparencyLogError::IntegratedTime(_) => Reason::TimeInvalid,
                _ => Reason::LogProof,
            },
            // What is looked at before any proof: the shape that the bundle's version asks for.
            Error::Bundle(error) => match error {
                BundleError::MissingInclusionPromise(_) | BundleError::MissingInclusionProof(_) => Reason::LogMissing,
                BundleError::MissingSigningTimeEvidence | BundleError::MissingTimestamp => Reason::TimeMissing,
                BundleError::MissingCheckpoint
                | BundleError::LogIndexOutOfRange { .. }
                | BundleError::CheckpointRootMismatch => Reason::LogProof,
                _ => Reason::BundleMalformed,
            },
            Error::InvalidTrustRoot(_) | Error::TrustRoot(_) | Error::TrustedCertificate(_) => Reason::LogUnknown,
            Error::Timestamp(TimestampError::NoVerifiedTimestamp(_)) => Reason::TimeMissing,
            Error::Timestamp(_) => Reason::TimeInvalid,
            _ => Reason::BundleMalformed,
        };
        if reason == Reason::CertificateUntrusted
            && let Some(since) = self.older_than(bundle)
        {
            let what = format!(
                "an authority or a log of certificates that is not known ({}); the certificate is newer than the trust root, which \
                 stands since {since}",
                told(&error.to_string())
            );
            return Refusal::new(Reason::TrustRootTooOld, what);
        }
        Refusal::new(reason, told(&error.to_string()))
    }

    /// Since when the trust root stands, if the signer's certificate is newer.
    fn older_than(&self, bundle: &SigstoreBundle) -> Option<&str> {
        let info = sigstore_verify::crypto::parse_certificate_info(bundle.signing_certificate()?).ok()?;
        self.root.before(info.not_before.as_second())
    }
}

impl TrustRoot {
    /// Whether a log of this root holds a signature by a bare key.
    ///
    /// # Errors
    /// Why not.
    pub fn holds(&self, bundle: &Bundle, key: &PublicKey, inventory: &Inventory) -> Result<(), Refusal> {
        let claim = bundle.claim(false)?;
        let digest = subject(claim, inventory)?;
        let parsed = SigstoreBundle::from_json(&bundle.text)
            .map_err(|error| malformed(&place::escape_cut(error.to_string().as_bytes(), 200)))?;
        let policy = PublicKeyVerificationPolicy::new(key.spki().to_vec().into());
        Verifier::new(&self.root)
            .and_then(|verifier| verifier.verify(digest, &parsed, &policy))
            .map(drop)
            .map_err(|error| Refusal::new(Reason::LogProof, told(&error.to_string())))
    }
}

/// An envelope that Rekor v1 logged by its digest (`hashedrekord` 0.0.1), as some clients do, is logged as any other content is: what was
/// signed is the envelope's encoding, and its digest stands in the entry. The crate knows this for Rekor v2 alone, so it is asked about
/// that content; what the statement is about is compared here in any case.
fn as_logged(digest: ArtifactDigest, bundle: SigstoreBundle) -> Result<(ArtifactDigest, SigstoreBundle), Refusal> {
    let entries = &bundle.verification_material.tlog_entries;
    let by_digest =
        !entries.is_empty() && entries.iter().all(|entry| entry.kind_version == KindVersion::HashedRekordV001);
    let SignatureContent::DsseEnvelope(envelope) = &bundle.content else { return Ok((digest, bundle)) };
    if !by_digest {
        return Ok((digest, bundle));
    }
    let encoded = Algorithm::Sha256.of(&envelope.pae());
    let logged = ArtifactDigest::new(HashAlgorithm::Sha2256, encoded.clone())
        .map_err(|error| malformed(&told(&error.to_string())))?;
    let message = MessageSignature::new(envelope.signature.sig.clone())
        .with_message_digest(MessageDigest::new(HashAlgorithm::Sha2256, DigestBytes::new(encoded)));
    let material = bundle.verification_material.clone();
    Ok((logged, SigstoreBundle::new(bundle.media_type, material, SignatureContent::MessageSignature(message))))
}

/// Whether the signature is by the certificate's key, as far as that can be told here.
fn holds(bundle: &Bundle, parsed: &SigstoreBundle, inventory: &Inventory) -> bool {
    // Whether the old layout is taken was asked before.
    let terms = Terms { now: 0, ignored: &Ignored::default(), legacy: true, predicates: None };
    let info = parsed.signing_certificate().and_then(|der| sigstore_verify::crypto::parse_certificate_info(der).ok());
    let key = info.and_then(|info| PublicKey::from_spki(info.public_key.as_bytes()));
    key.is_none_or(|key| match key.verify(bundle, inventory, &terms) {
        Err(refusal) => refusal.reason != Reason::SignatureInvalid,
        Ok(()) => true,
    })
}

/// Why the way from a certificate to an authority does not hold, where that is plain. The crate, which is pinned, hands webpki's error on
/// as its name alone.
fn chain(what: &str) -> Option<Refusal> {
    let plain = [
        ("CertExpired", Reason::CertificateExpired, "a certificate on the way had expired at the time that is proven"),
        (
            "CertNotValidYet",
            Reason::CertificateNotYetValid,
            "a certificate on the way was not valid yet at the time that is proven",
        ),
        ("RequiredEkuNotFound", Reason::CertificateUse, NOT_FOR_CODE),
        (
            "CaUsedAsEndEntity",
            Reason::CertificateAuthority,
            "the signer's certificate may itself issue certificates (CA:TRUE)",
        ),
    ];
    let (_, reason, message) = plain.into_iter().find(|(name, _, _)| what.contains(name))?;
    Some(Refusal::new(reason, message))
}

fn told(error: &str) -> String {
    place::escape_cut(error.as_bytes(), 400)
}

/// The digest that the bundle is to be about: of a model the root over its manifest, which was found to be that of its listed files.
fn subject(claim: &Claim, inventory: &Inventory) -> Result<ArtifactDigest, Refusal> {
    let unusable = || Refusal::new(Reason::StatementMalformed, "no subject has a digest");
    claim.comparable()?;
    let (algorithm, digest) = match claim {
        Claim::Model(manifest) if manifest.legacy => {
            let first = manifest.files.values().next().and_then(|signed| signed.digests.first());
            (Algorithm::Sha256, first.cloned().ok_or_else(unusable)?)
        }
        Claim::Model(manifest) => {
            (Algorithm::Sha256, manifest.subject.sha256.as_deref().and_then(unhex).ok_or_else(unusable)?)
        }
        // Whether it is about a file that is here is asked afterwards, of every subject and every file.
        Claim::Statement(statement) => statement.subjects.iter().find_map(Subject::digest).ok_or_else(unusable)?,
        Claim::Content(_) => key::content(claim, inventory)?,
    };
    let algorithm = match algorithm {
        Algorithm::Sha384 => HashAlgorithm::Sha2384,
        Algorithm::Sha512 => HashAlgorithm::Sha2512,
        _ => HashAlgorithm::Sha2256,
    };
    ArtifactDigest::new(algorithm, digest).map_err(|error| malformed(&told(&error.to_string())))
}

fn signed_by(result: &VerificationResult, bundle: &Bundle) -> SignedBy {
    let info = result.certificate();
    let key = info.and_then(|info| PublicKey::from_spki(info.public_key.as_bytes()));
    let time = |(index, at): (usize, String)| SigningTime {
        at,
        // The crate lists timestamps first, and refuses a bundle of which one does not hold.
        proof: if index < bundle.timestamps { Proof::Timestamp } else { Proof::TransparencyLog },
    };
    SignedBy {
        key: key.map(|key| key.fingerprint()).unwrap_or_default(),
        subject: None,
        identity: result.identity().map(|identity| text(identity.as_str())),
        issuer: result.issuer().map(text),
        claims: info.map(|info| claims(&info.ci_claims)).unwrap_or_default(),
        times: result.verified_timestamps().iter().map(ToString::to_string).enumerate().map(time).collect(),
    }
}

/// Fulcio's claims by the names of its documentation (fulcio, docs/oid-info.md), in kebab case.
fn claims(from: &sigstore_verify::crypto::FulcioCiClaims) -> BTreeMap<String, String> {
    let old = &from.deprecated_github;
    let all = [
        ("build-signer-uri", &from.build_signer_uri),
        ("build-signer-digest", &from.build_signer_digest),
        ("runner-environment", &from.runner_environment),
        ("source-repository-uri", &from.source_repository_uri),
        ("source-repository-digest", &from.source_repository_digest),
        ("source-repository-ref", &from.source_repository_ref),
        ("source-repository-identifier", &from.source_repository_identifier),
        ("source-repository-owner-uri", &from.source_repository_owner_uri),
        ("source-repository-owner-identifier", &from.source_repository_owner_identifier),
        ("build-config-uri", &from.build_config_uri),
        ("build-config-digest", &from.build_config_digest),
        ("build-trigger", &from.build_trigger),
        ("run-invocation-uri", &from.run_invocation_uri),
        ("source-repository-visibility-at-signing", &from.source_repository_visibility_at_signing),
        ("deployment-environment", &from.deployment_environment),
        ("token-subject", &from.token_subject),
        ("github-workflow-trigger", &old.workflow_trigger),
        ("github-workflow-sha", &old.workflow_sha),
        ("github-workflow-name", &old.workflow_name),
        ("github-workflow-repository", &old.workflow_repository),
        ("github-workflow-ref", &old.workflow_ref),
    ];
    all.into_iter().filter_map(|(name, value)| Some((name.to_owned(), text(value.as_deref()?)))).collect()
}
