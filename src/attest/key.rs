//! A signature by a key that the verifier has: elliptic curves as the OMS algorithm registry lists them, each with its hash function.

use crate::attest::bundle::{Bundle, Material, Signed};
use crate::attest::pem::{self, ELLIPTIC, Sought};
use crate::attest::reason::{Reason, Refusal};
use crate::attest::sign::IN_TOTO;
use crate::attest::statement::Claim;
use crate::attest::verification::{SignedBy, text};
use crate::attest::{GivenError, Terms};
use crate::digest::{self, Algorithm, Measure, hex};
use crate::facts::{ArtifactKind, Inventory};
use aws_lc_rs::digest::Digest;
use aws_lc_rs::signature::{self, EcdsaVerificationAlgorithm, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls_pki_types::SubjectPublicKeyInfoDer;
use rustls_pki_types::pem::PemObject as _;
use std::collections::BTreeMap;
use x509_cert::der::Decode as _;
use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::spki::SubjectPublicKeyInfoRef;

/// A public key on a curve that signatures of models use.
#[derive(Debug, Clone)]
pub struct PublicKey {
    /// SubjectPublicKeyInfo in DER.
    spki: Vec<u8>,
    curve: Curve,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Curve {
    P256,
    P384,
    P521,
}

impl Curve {
    /// The curve's own hash function: what a statement is signed with (OMS, algorithm registry).
    fn hash(self) -> Algorithm {
        match self {
            Self::P256 => Algorithm::Sha256,
            Self::P384 => Algorithm::Sha384,
            Self::P521 => Algorithm::Sha512,
        }
    }

    fn with(self, hash: Algorithm) -> Option<&'static EcdsaVerificationAlgorithm> {
        match (self, hash) {
            (Self::P256, Algorithm::Sha256) => Some(&signature::ECDSA_P256_SHA256_ASN1),
            (Self::P384, Algorithm::Sha256) => Some(&signature::ECDSA_P384_SHA256_ASN1),
            (Self::P384, Algorithm::Sha384) => Some(&signature::ECDSA_P384_SHA384_ASN1),
            (Self::P521, Algorithm::Sha256) => Some(&signature::ECDSA_P521_SHA256_ASN1),
            (Self::P521, Algorithm::Sha512) => Some(&signature::ECDSA_P521_SHA512_ASN1),
            _ => None,
        }
    }
}

impl PublicKey {
    /// SubjectPublicKeyInfo in DER.
    pub(super) fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// The key in a PEM file.
    ///
    /// # Errors
    /// When there is none, or none that is supported.
    pub fn from_pem(text: &[u8]) -> Result<Self, GivenError> {
        let Ok(spki) = SubjectPublicKeyInfoDer::from_pem_slice(text) else {
            return Err(GivenError::NoKey(pem::instead(text, Sought::PublicKey)));
        };
        let kind = || SubjectPublicKeyInfoRef::from_der(&spki).ok().map(|info| pem::kind(&info.algorithm));
        Self::from_spki(&spki).ok_or_else(|| GivenError::Key(kind().unwrap_or_else(|| "a damaged key".to_owned())))
    }

    /// The key in a SubjectPublicKeyInfo in DER, if it is supported.
    pub(super) fn from_spki(spki: &[u8]) -> Option<Self> {
        // RFC 5480: the named curve is the algorithm's parameter.
        const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
        const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
        const P521: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.35");
        let info = SubjectPublicKeyInfoRef::from_der(spki).ok()?;
        let curve = match (info.algorithm.oid, info.algorithm.parameters_oid().ok()?) {
            (ELLIPTIC, P256) => Curve::P256,
            (ELLIPTIC, P384) => Curve::P384,
            (ELLIPTIC, P521) => Curve::P521,
            _ => return None,
        };
        Some(Self { spki: spki.to_vec(), curve })
    }

    /// SHA-256 of the key in DER.
    pub(super) fn fingerprint(&self) -> String {
        digest::of(&self.spki).sha256
    }

    /// How bundles hint at the key: SHA-256 of its PEM text with lines of 64 columns.
    pub(super) fn hint(&self) -> String {
        let text = STANDARD.encode(&self.spki);
        let lines: Vec<&str> = text.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
        digest::of(format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n")).as_bytes())
            .sha256
    }

    /// Verifies a bundle by key.
    pub(super) fn authenticate(
        &self,
        bundle: &Bundle,
        inventory: &Inventory,
        terms: &Terms<'_>,
    ) -> Result<SignedBy, Refusal> {
        let Material::Key { hint } = &bundle.material else {
            return Err(Refusal::new(
                Reason::MethodMismatch,
                "the bundle was signed with a certificate, not with a bare key",
            ));
        };
        self.verify(bundle, inventory, terms).map_err(|refusal| match hint {
            // The hint is not signed: it explains a failure and never causes one.
            Some(hint) if refusal.reason == Reason::SignatureInvalid && *hint != self.hint() => {
                let what = format!("the signature is not by the given key, and names another one: {}", text(hint));
                Refusal::new(Reason::WrongKey, what)
            }
            _ => refusal,
        })?;
        Ok(SignedBy {
            key: self.fingerprint(),
            subject: None,
            identity: None,
            issuer: None,
            claims: BTreeMap::new(),
            times: Vec::new(),
        })
    }

    /// Whether the bundle's signature is by this key, over its statement or over the one file that was found.
    pub(super) fn verify(&self, bundle: &Bundle, inventory: &Inventory, terms: &Terms<'_>) -> Result<(), Refusal> {
        let claim = bundle.claim(terms.legacy)?;
        let holds = match &bundle.signed {
            Signed::Envelope { payload, signature } => {
                let over = |encoding: &[u8], hash: Algorithm| self.is_over(&hash.of(encoding), hash, signature);
                over(&Bundle::encoding(IN_TOTO, payload), self.curve.hash())
                    || (claim.legacy()
                        && [self.curve.hash(), Algorithm::Sha256]
                            .iter()
                            .any(|hash| over(&legacy_encoding(payload), *hash)))
            }
            Signed::Content { signature } => {
                let (algorithm, digest) = content(claim, inventory)?;
                if self.curve.with(algorithm).is_none() {
                    let what = format!("content signed by a key on {:?} with {}", self.curve, algorithm.name());
                    return Err(Refusal::new(Reason::BundleUnsupported, what));
                }
                self.is_over(&digest, algorithm, signature)
            }
        };
        if holds { Ok(()) } else { Err(Refusal::new(Reason::SignatureInvalid, "the signature does not hold")) }
    }

    fn is_over(&self, hashed: &[u8], hash: Algorithm, signature: &[u8]) -> bool {
        let function = match hash {
            Algorithm::Sha256 => &aws_lc_rs::digest::SHA256,
            Algorithm::Sha384 => &aws_lc_rs::digest::SHA384,
            Algorithm::Sha512 => &aws_lc_rs::digest::SHA512,
            Algorithm::Blake2b | Algorithm::Blake3 => return false,
        };
        let (Some(algorithm), Ok(hashed)) = (self.curve.with(hash), Digest::import_less_safe(hashed, function)) else {
            return false;
        };
        UnparsedPublicKey::new(algorithm, &self.spki).verify_digest(&hashed, signature).is_ok()
    }
}

/// The digest of the one file that was found, by the function that the bundle names, when it is the one that the bundle names.
pub(super) fn content(claim: &Claim, inventory: &Inventory) -> Result<(Algorithm, Vec<u8>), Refusal> {
    let declared = match claim {
        Claim::Content(declared) => declared.as_ref(),
        Claim::Model(_) | Claim::Statement(_) => None,
    };
    let algorithm = declared.map_or(Algorithm::Sha256, |(algorithm, _)| *algorithm);
    let measure = Measure { algorithm, shard: None };
    let [file] = inventory.files.as_slice() else { return Err(no_file(inventory)) };
    if inventory.kind == ArtifactKind::Directory {
        return Err(no_file(inventory));
    }
    let found = file.digests.iter().find(|(of, _)| *of == measure).and_then(|(_, digests)| digests.first());
    match (found, declared) {
        (None, _) => Err(no_file(inventory)),
        (Some(found), Some((_, declared))) if found != declared => {
            let (name, found, declared) = (algorithm.name(), hex(found), hex(declared));
            let what = format!("not what was signed: its {name} is {found}, and the bundle is over {declared}");
            Err(Refusal::new(Reason::FileChanged, what))
        }
        (Some(found), _) => Ok((algorithm, found.clone())),
    }
}

fn no_file(inventory: &Inventory) -> Refusal {
    match inventory.kind {
        ArtifactKind::Directory => {
            Refusal::new(Reason::OtherModel, "the signature is over one file, and the model is a directory")
        }
        ArtifactKind::File => Refusal::new(Reason::FileUnreadable, "the file was not read whole"),
    }
}

/// What model-signing 0.2 signed by mistake: `DSSEV1`, and the text that Python shows for the bytes of the payload.
fn legacy_encoding(payload: &[u8]) -> Vec<u8> {
    let kind = "application/vnd.in-toto+json";
    let quote = if payload.contains(&b'\'') && !payload.contains(&b'"') { '"' } else { '\'' };
    let mut shown = format!("DSSEV1 {} {kind} {} b{quote}", kind.len(), payload.len());
    for byte in payload {
        match byte {
            b'\\' => shown.push_str("\\\\"),
            b'\n' => shown.push_str("\\n"),
            b'\r' => shown.push_str("\\r"),
            b'\t' => shown.push_str("\\t"),
            b' '..=b'~' if char::from(*byte) == quote => shown.extend(['\\', quote]),
            b' '..=b'~' => shown.push(char::from(*byte)),
            _ => shown.push_str(&format!("\\x{byte:02x}")),
        }
    }
    shown.push(quote);
    shown.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_old_encoding_is_what_python_shows() {
        let shown = |payload: &[u8]| {
            let all = String::from_utf8(legacy_encoding(payload)).unwrap();
            all.split_once(" b").unwrap().1.to_owned()
        };
        // repr() of CPython 3.11.
        assert_eq!(shown(b"a\"b\n\\"), r#"'a"b\n\\'"#);
        assert_eq!(shown(b"it's"), r#""it's""#);
        assert_eq!(shown(b"'\"\x00\xff"), r#"'\'"\x00\xff'"#);
    }

    #[test]
    fn what_is_no_public_key_is_told() {
        let told = |pem: &str| PublicKey::from_pem(pem.as_bytes()).unwrap_err().to_string();
        assert!(told("").contains("no public key"));
        assert!(told("-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n").contains("-pubout"));
        assert!(told("-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n").contains("--ca"));
        assert!(told("-----BEGIN PUBLIC KEY-----\nAA==\n-----END PUBLIC KEY-----\n").contains("P-521"));
        assert!(told("-----BEGIN PUBLIC KEY-----\nnonsense").contains("no public key"));
    }
}
