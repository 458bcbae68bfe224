//! What judges, signed: a policy set or a file of waivers, by the bytes that were read of it. Opens no file.
//!
//! What is said of it is in-toto's Simple Verification Result, the predicate that a verdict has too: somebody looked at this content and
//! says that it has a property. The property is what tells a policy set from a file of waivers and both from a model that passed,
//! so that a signature made for one thing counts for no other. (in-toto's release predicate names a package of a registry and its
//! version, and a policy set has neither.)

use crate::attest::bundle::{Bundle, Material};
use crate::attest::coverage::{self, Ignored};
use crate::attest::reason::{Reason, Refusal};
use crate::attest::statement::{Claim, Subject};
use crate::attest::verdict::{self, RESULT, VERIFIER};
use crate::attest::verification::{AttestedVerdict, Coverage, Verification, text};
use crate::attest::{Signer, Terms};
use crate::digest::{self, Algorithm, Digest, Measure};
use crate::facts::{ArtifactKind, Inventory, Listed, ListedName};
use serde_json::{Value, json};

/// Reasons which only say that somebody else signed: several may sign one content.
const OTHERS: [Reason; 7] = [
    Reason::MethodMismatch,
    Reason::SignerUnknown,
    Reason::SignerNotNamed,
    Reason::WrongKey,
    Reason::WrongIdentity,
    Reason::WrongIssuer,
    Reason::CertificateUntrusted,
];

/// What content is signed as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A policy set that may judge.
    PolicySet,
    /// A file of waivers, by one who approves them.
    Waivers,
}

impl Purpose {
    /// What the signer says of it.
    fn property(self) -> &'static str {
        match self {
            Self::PolicySet => "WEIGHBRIDGE_POLICY_RELEASED",
            Self::Waivers => "WEIGHBRIDGE_WAIVERS_APPROVED",
        }
    }

    fn thing(self) -> &'static str {
        match self {
            Self::PolicySet => "policy set",
            Self::Waivers => "file of waivers",
        }
    }

    fn met(self, said: &AttestedVerdict) -> Result<(), Refusal> {
        let property = self.property();
        if said.verifier == VERIFIER && said.properties.iter().any(|one| one == property) {
            return Ok(());
        }
        let what = format!("{} says `{}` and not `{property}`", said.verifier, said.properties.join(", "));
        Err(Refusal::new(Reason::OtherStatement, what))
    }
}

/// A file or a folder by the bytes that were read of it.
#[derive(Debug, Clone)]
pub struct Content {
    purpose: Purpose,
    name: String,
    inventory: Inventory,
}

impl Content {
    /// One file.
    #[must_use]
    pub fn file(purpose: Purpose, name: &str, bytes: &[u8]) -> Self {
        Self::new(purpose, ArtifactKind::File, name, std::iter::once((name, bytes)))
    }

    /// A folder: the name of each of its files below it, with `/` between its parts, in the order of their names.
    pub fn folder<'a>(purpose: Purpose, name: &str, files: impl Iterator<Item = (&'a str, &'a [u8])>) -> Self {
        Self::new(purpose, ArtifactKind::Directory, name, files)
    }

    fn new<'a>(
        purpose: Purpose,
        kind: ArtifactKind,
        name: &str,
        files: impl Iterator<Item = (&'a str, &'a [u8])>,
    ) -> Self {
        let listed = |(name, bytes): (&str, &[u8])| Listed {
            name: ListedName { exact: Some(name.to_owned()), shown: text(name), member: 0 },
            size: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
            digests: vec![(Measure::SHA256, vec![Algorithm::Sha256.of(bytes)])],
            pointer: false,
        };
        let inventory = Inventory { kind, files: files.map(listed).collect(), unread: Vec::new() };
        Self { purpose, name: name.to_owned(), inventory }
    }

    /// The payload to be signed. `policy` is the digest that reports have for a policy set, `at` the time of signing, RFC 3339 in UTC.
    #[must_use]
    pub fn statement(&self, policy: Option<&str>, at: &str) -> Vec<u8> {
        let files = self.inventory.files.iter();
        let files = files.filter_map(|file| Some((file.name.exact.clone()?, Digest { sha256: sha256(file)? })));
        let mut verifier = verdict::verifier();
        if let (Some(policy), Some(verifier)) = (policy, verifier.as_object_mut()) {
            let digest = policy.strip_prefix("sha256:").unwrap_or(policy);
            verifier.insert("policies".to_owned(), json!([{"name": "policy", "digest": {"sha256": digest}}]));
        }
        let predicate = json!({"verifier": verifier, "timeCreated": at, "properties": [self.purpose.property()]});
        verdict::statement(&verdict::subjects(&self.name, self.inventory.kind, files.collect()), RESULT, &predicate)
    }

    /// Whether one of the bundles of a file, which is `None` when there is none at `looked`, is by the signer over exactly this content.
    /// The first that holds counts; when none does, the first by that signer is told, else the first. `now` is in seconds since 1970.
    #[must_use]
    pub fn verify(&self, bundles: Option<&[u8]>, looked: &str, signer: &Signer, now: u64) -> Verification {
        let about = |verification: Verification| verification.about(self.purpose.thing());
        let bundles = match bundles.map(Bundle::read_all) {
            None => return about(Verification::refused(Refusal::unsigned(looked))),
            Some(Err(refusal)) => return about(Verification::refused(refusal)),
            Some(Ok(bundles)) => bundles,
        };
        let by_others =
            |verification: &Verification| verification.refusals.iter().any(|refusal| OTHERS.contains(&refusal.reason));
        let mut first: Option<Verification> = None;
        for bundle in &bundles {
            let verification = self.verify_one(bundle, signer, now);
            if verification.verified {
                return verification;
            }
            if first.as_ref().is_none_or(|first| by_others(first) && !by_others(&verification)) {
                first = Some(verification);
            }
        }
        about(first.unwrap_or_else(|| Verification::refused(Refusal::unsigned(looked))))
    }

    fn verify_one(&self, bundle: &Bundle, signer: &Signer, now: u64) -> Verification {
        let terms = Terms { now, ignored: &Ignored::default(), legacy: false, predicates: None };
        let other = |instead: &str| Refusal::new(Reason::OtherStatement, instead);
        let mut verification = Verification::begun(bundle, signer);
        match bundle.authentic_result(signer, &self.inventory, &terms, &other) {
            Err(refusal) => verification.refusals.push(refusal),
            Ok((signed_by, subjects, said)) => {
                verification.signed_by = Some(signed_by);
                verification.refusals.extend(self.purpose.met(&said).err());
                verification.verdict = Some(said);
                let (coverage, refusals) = self.compare(subjects);
                verification.coverage = Some(coverage);
                verification.refusals.extend(refusals);
            }
        }
        verification.verified = verification.refusals.is_empty();
        verification
    }

    /// Holds the subjects against the content: a folder's files all have to be there under their names, and no others. One file is known
    /// by its digest, whatever it is called, and is all that its statement is about: a file of a signed folder is no policy set.
    fn compare(&self, subjects: &[Subject]) -> (Coverage, Vec<Refusal>) {
        let (ArtifactKind::File, [file], [subject]) = (self.inventory.kind, self.inventory.files.as_slice(), subjects)
        else {
            return verdict::compare(subjects, &self.inventory, &Ignored::default());
        };
        if subject.name.as_deref().is_none_or(|name| name.ends_with('/')) {
            return verdict::compare(subjects, &self.inventory, &Ignored::default());
        }
        let mut coverage = Coverage::default();
        if sha256(file).is_some_and(|found| subject.sha256.as_deref() == Some(&found)) {
            coverage.covered = 1;
        } else if subject.name == file.name.exact {
            coverage.changed.push(&file.name.shown);
        } else {
            coverage.uncovered.push(&file.name.shown);
            let name = text(subject.name.as_deref().unwrap_or_default());
            let what = format!("the signature is over other content, called `{name}`");
            return (coverage, vec![Refusal::new(Reason::OtherModel, what)]);
        }
        let refusals = coverage::refusals(&coverage);
        (coverage, refusals)
    }

    /// Those of a file's bundles, one a line, that are about this content as it is, besides the one `new`: what others signed before.
    /// Whether they hold is for who verifies.
    #[must_use]
    pub fn others(&self, bundles: &[u8], new: &str) -> Vec<String> {
        let hint = |bundle: &Bundle| match &bundle.material {
            Material::Key { hint } => hint.clone(),
            Material::Chain(_) | Material::Certificate => None,
        };
        let new = Bundle::read(new.as_bytes()).ok().and_then(|new| hint(&new));
        let about = |bundle: &Bundle| match bundle.shown_claim() {
            Some(Claim::Statement(said)) => said.predicate_type == RESULT && self.compare(&said.subjects).1.is_empty(),
            Some(Claim::Model(_) | Claim::Content(_)) | None => false,
        };
        let bundles = Bundle::read_all(bundles).unwrap_or_default().into_iter();
        let kept = bundles.filter(|bundle| about(bundle) && (new.is_none() || hint(bundle) != new));
        kept.filter_map(|bundle| serde_json::from_str::<Value>(&bundle.text).ok()).map(|one| one.to_string()).collect()
    }
}

/// The SHA-256 of a file.
pub(super) fn sha256(file: &Listed) -> Option<String> {
    let (_, digests) = file.digests.iter().find(|(measure, _)| *measure == Measure::SHA256)?;
    digests.first().map(|digest| digest::hex(digest))
}
