//! What a bundle is to whoever has no one signer in mind: everything that can be known of it, with the keys, authorities and trust
//! roots that are known. Who of them is trusted, and for what, is for policies to say.

use crate::attest::bundle::{Bundle, Material, Signed};
use crate::attest::coverage::{self, State};
use crate::attest::oms::ONE_FILE;
use crate::attest::reason::{Reason, Refusal};
use crate::attest::statement::{Claim, Subject};
use crate::attest::verification::{SignedBy, text};
use crate::attest::{Authorities, GivenError, Ignored, Instance, Keyless, PublicKey, Terms, TrustRoot, key};
use crate::digest;
use crate::facts::{
    Claimed, Inventory, ListedName, MemberId, Provenance, Refused, Signature, SignatureKind, SignedSubject,
};
use serde_json::Value;
use std::sync::OnceLock;

/// Subjects that are told.
const SUBJECTS: usize = 1_000;

/// The predicate type of SLSA provenance, up to its version.
const PROVENANCE: &str = "https://slsa.dev/provenance/";

/// The keys, authorities and trust roots that signatures are verified with. Sigstore's public instance is always among them.
#[derive(Default)]
pub struct Known {
    keys: Vec<PublicKey>,
    authorities: Vec<(String, Authorities)>,
    instances: Vec<(String, Keyless)>,
    /// Read when the first keyless bundle asks for it, and how; the embedded one, when nothing else is said.
    public: OnceLock<Option<Keyless>>,
    read: Option<fn() -> Option<TrustRoot>>,
}

impl Known {
    /// Adds a key in PEM; its fingerprint is how the facts name it.
    ///
    /// # Errors
    /// When it is none that is supported.
    pub fn add_key(&mut self, pem: &str) -> Result<String, GivenError> {
        let key = PublicKey::from_pem(pem.as_bytes())?;
        let fingerprint = key.fingerprint();
        self.keys.push(key);
        Ok(fingerprint)
    }

    /// Adds certificates of authorities in PEM, and says how the facts name them.
    ///
    /// # Errors
    /// When there is none.
    pub fn add_authority(&mut self, pem: &str) -> Result<String, GivenError> {
        let (name, authorities) = (name(pem), Authorities::from_pem(pem.as_bytes())?);
        self.authorities.push((name.clone(), authorities));
        Ok(name)
    }

    /// Adds GitHub's own instance, and says how the facts name it.
    pub fn add_github(&mut self, root: TrustRoot) -> String {
        self.add_instance(Instance::GitHub.name().to_owned(), root)
    }

    /// Adds the instance of a trusted_root.json, and says how the facts name it.
    ///
    /// # Errors
    /// When it is no trusted root.
    pub fn add_root(&mut self, json: &str) -> Result<String, GivenError> {
        let root = TrustRoot::read(json, "configured", false)?;
        Ok(self.add_instance(name(json), root))
    }

    /// Says where the trust root of the public instance comes from.
    #[must_use]
    pub fn with_public(self, read: fn() -> Option<TrustRoot>) -> Self {
        Self { read: Some(read), ..self }
    }

    fn add_instance(&mut self, name: String, root: TrustRoot) -> String {
        if self.instances.iter().all(|(known, _)| *known != name) {
            self.instances.push((name.clone(), Keyless { identity: None, issuer: None, root }));
        }
        name
    }

    fn instances(&self) -> impl Iterator<Item = (&str, &Keyless)> {
        let read = || {
            let root = self.read.map_or_else(|| TrustRoot::embedded(Instance::Public).ok(), |read| read());
            root.map(|root| Keyless { identity: None, issuer: None, root })
        };
        let public = self.public.get_or_init(read);
        let others = self.instances.iter().map(|(name, keyless)| (name.as_str(), keyless));
        public.iter().map(|keyless| ("public", keyless)).chain(others)
    }

    /// Who signed, and the name of what vouches for them.
    pub(super) fn authenticate(
        &self,
        bundle: &Bundle,
        claim: &Claim,
        inventory: &Inventory,
        terms: &Terms<'_>,
    ) -> Result<(SignedBy, Option<String>), Refusal> {
        let unknown = |what: &str| Refusal::new(Reason::SignerUnknown, what);
        match bundle.kind() {
            SignatureKind::Key => {
                let tried = self.keys.iter().map(|key| key.authenticate(bundle, inventory, terms).map(|by| (by, None)));
                // The key that the bundle names says more than one that it does not name.
                first(tried, &[Reason::WrongKey])
                    .unwrap_or_else(|| Err(unknown("signed with a key, and none is known")))
            }
            SignatureKind::Certificate => {
                let tried = self.authorities.iter().map(|(name, authorities)| {
                    authorities.authenticate(bundle, inventory, terms).map(|by| (by, Some(name.clone())))
                });
                first(tried, &[Reason::CertificateUntrusted])
                    .unwrap_or_else(|| Err(unknown("signed with a certificate, and no authority is known")))
            }
            SignatureKind::Keyless => {
                let tried = self.instances().map(|(name, keyless)| {
                    keyless.authenticate(bundle, claim, inventory).map(|by| (by, Some(name.to_owned())))
                });
                let elsewhere = [Reason::LogUnknown, Reason::LogMissing, Reason::TrustRootTooOld];
                first(tried, &elsewhere).unwrap_or_else(|| Err(unknown("no trust root is known")))
            }
        }
    }
}

/// The first that holds; else the first refusal that is none of `weak`, which only say that something else is needed.
fn first<T>(tried: impl Iterator<Item = Result<T, Refusal>>, weak: &[Reason]) -> Option<Result<T, Refusal>> {
    let mut told: Option<Refusal> = None;
    for one in tried {
        match one {
            Ok(held) => return Some(Ok(held)),
            Err(refusal) => {
                let stronger = |before: &Refusal| weak.contains(&before.reason) && !weak.contains(&refusal.reason);
                if told.as_ref().is_none_or(stronger) {
                    told = Some(refusal);
                }
            }
        }
    }
    told.map(Err)
}

fn name(text: &str) -> String {
    format!("sha256:{}", digest::of(text.as_bytes()).sha256)
}

impl Bundle {
    pub(super) fn kind(&self) -> SignatureKind {
        match &self.material {
            Material::Key { .. } => SignatureKind::Key,
            // Keyless signatures of cosign's old layout bring their chain too; only they are logged.
            Material::Chain(_) if self.logged == 0 => SignatureKind::Certificate,
            Material::Chain(_) | Material::Certificate => SignatureKind::Keyless,
        }
    }

    /// Everything that can be known of it: held against the files that were found, and against the signers that are `known`. The
    /// record's places are the caller's to fill in. A statement that is no model's manifest need not be about every file.
    #[must_use]
    pub fn observe(&self, known: &Known, inventory: &Inventory, terms: &Terms<'_>) -> Signature {
        let mut seen = Signature { kind: Some(self.kind()), ..unread_signature() };
        let claim = match self.claim(terms.legacy) {
            Ok(claim) => claim,
            Err(refusal) => return Signature { refusals: vec![refused(refusal)], ..seen },
        };
        let subjects = match claim {
            Claim::Model(manifest) => std::slice::from_ref(&manifest.subject),
            Claim::Statement(statement) => statement.subjects.as_slice(),
            Claim::Content(_) => &[],
        };
        seen.claimed = Some(match claim {
            Claim::Model(_) => Claimed::Model,
            Claim::Statement(_) => Claimed::Statement,
            Claim::Content(_) => Claimed::Content,
        });
        seen.predicate_type = claim.predicate_type().map(text);
        seen.subjects = subjects.iter().take(SUBJECTS).map(subject).collect();
        match known.authenticate(self, claim, inventory, terms) {
            Ok((by, root)) => {
                seen.authentic = true;
                seen.provenance = self.provenance(claim);
                (seen.subject, seen.identity, seen.issuer) = (by.subject, by.identity, by.issuer);
                (seen.claims, seen.times, seen.trust_root) = (by.claims, by.times, root);
                seen.key = Some(by.key).filter(|key| !key.is_empty());
            }
            // What differs is told of the files below.
            Err(refusal) if [Reason::FileChanged, Reason::OtherModel].contains(&refusal.reason) => {}
            Err(refusal) => seen.refusals.push(refused(refusal)),
        }
        let refusals = self.cover(claim, inventory, terms.ignored, &mut seen);
        let other = refusals.iter().any(|one| one.reason == Reason::OtherModel);
        let said: &[Reason] = match claim {
            // That it is another model's says it all.
            _ if other => &[Reason::FileMissing, Reason::FileUncovered, Reason::Link, Reason::FileUnreadable],
            Claim::Statement(_) => &[Reason::FileUncovered, Reason::Link, Reason::FileUnreadable],
            Claim::Model(_) | Claim::Content(_) => &[],
        };
        seen.refusals.extend(refusals.into_iter().filter(|one| !said.contains(&one.reason)).map(refused));
        seen.extracted = seen.unread.is_empty();
        seen.verified = seen.authentic && seen.refusals.is_empty();
        seen
    }

    /// Whether the bundle names a file so: in its manifest, or as what it is about.
    #[must_use]
    pub fn names(&self, file: &str) -> bool {
        match self.shown_claim() {
            Some(Claim::Model(manifest)) => {
                let alone = manifest.files.contains_key(ONE_FILE) && manifest.subject.name.as_deref() == Some(file);
                alone || manifest.files.contains_key(file)
            }
            Some(Claim::Statement(statement)) => {
                statement.subjects.iter().any(|subject| subject.name.as_deref() == Some(file))
            }
            Some(Claim::Content(_)) | None => false,
        }
    }

    /// The name of the one file that a manifest is of which does not name it otherwise.
    #[must_use]
    pub fn one_file(&self) -> Option<&str> {
        match self.shown_claim() {
            Some(Claim::Model(manifest)) if manifest.files.contains_key(ONE_FILE) => manifest.subject.name.as_deref(),
            _ => None,
        }
    }

    /// Which files are what was signed.
    fn cover(&self, claim: &Claim, inventory: &Inventory, ignored: &Ignored, seen: &mut Signature) -> Vec<Refusal> {
        let authentic = seen.authentic;
        let content = || match key::content(claim, inventory) {
            _ if authentic => State::Covered,
            Err(refusal) if refusal.reason == Reason::FileChanged => State::Changed,
            // The bundle may not say what it is over: then only the signer's key can tell.
            Ok(_) if matches!(claim, Claim::Content(Some(_))) => State::Covered,
            Ok(_) | Err(_) => State::Uncovered,
        };
        let mut told = |state: State, name: &ListedName| {
            let files: &mut Vec<MemberId> = match state {
                State::Covered => &mut seen.covered,
                State::Changed => &mut seen.changed,
                State::Uncovered => &mut seen.uncovered,
                State::Empty => &mut seen.empty,
                State::Unread => &mut seen.unread,
                State::Ignored => return,
            };
            files.push(name.member);
        };
        let (coverage, refusals) = coverage::compare_each(claim, inventory, ignored, &content, &mut told);
        seen.missing = coverage.missing.count;
        refusals
    }

    /// What SLSA provenance says of the build (slsa.dev/spec/v1.0/provenance and v0.2).
    fn provenance(&self, claim: &Claim) -> Option<Provenance> {
        let Signed::Envelope { payload, .. } = &self.signed else { return None };
        claim.predicate_type().filter(|kind| kind.starts_with(PROVENANCE))?;
        let statement: Value = serde_json::from_slice(payload).ok()?;
        let predicate = statement.get("predicate")?;
        let at = |pointers: &[&str]| pointers.iter().find_map(|pointer| predicate.pointer(pointer)?.as_str()).map(text);
        Some(Provenance {
            builder: at(&["/runDetails/builder/id", "/builder/id"]),
            build_type: at(&["/buildDefinition/buildType", "/buildType"]),
            source: at(&[
                "/buildDefinition/externalParameters/workflow/repository",
                "/buildDefinition/resolvedDependencies/0/uri",
                "/invocation/configSource/uri",
                "/materials/0/uri",
            ]),
            commit: at(&[
                "/buildDefinition/resolvedDependencies/0/digest/gitCommit",
                "/buildDefinition/resolvedDependencies/0/digest/sha1",
                "/invocation/configSource/digest/sha1",
                "/materials/0/digest/sha1",
            ]),
        })
    }
}

impl Refusal {
    /// The record of a file that is no bundle that can be read; its places are the caller's to fill in.
    #[must_use]
    pub fn observed(self) -> Signature {
        Signature { refusals: vec![refused(self)], ..unread_signature() }
    }
}

fn refused(refusal: Refusal) -> Refused {
    Refused { reason: refusal.reason, what: refusal.message }
}

fn subject(subject: &Subject) -> SignedSubject {
    SignedSubject::from(subject)
}

fn unread_signature() -> Signature {
    Signature {
        member: 0,
        path: String::new(),
        index: 0,
        of: String::new(),
        kind: None,
        claimed: None,
        authentic: false,
        verified: false,
        refusals: Vec::new(),
        key: None,
        subject: None,
        identity: None,
        issuer: None,
        claims: std::collections::BTreeMap::new(),
        times: Vec::new(),
        trust_root: None,
        predicate_type: None,
        subjects: Vec::new(),
        provenance: None,
        covered: Vec::new(),
        changed: Vec::new(),
        uncovered: Vec::new(),
        empty: Vec::new(),
        unread: Vec::new(),
        missing: 0,
        extracted: false,
    }
}
