//! The one thing that a signature may stand on. Never made from a report, from given facts, or by hand.

use crate::digest::Digest;
use crate::verdict::{ArtifactReport, Finding, Level, Verdict};

/// An artifact that passed and of which every byte was read. It carries the digests that were computed while it was read, so
/// that what is signed is what was judged.
///
/// Its fields are private and [`Approved::new`] is for the gate alone, which calls it only where it has itself read the content
/// (`tests/layering.rs` holds that).
#[derive(Debug, PartialEq, Eq)]
pub struct Approved {
    path: String,
    digest: Digest,
    files: Vec<(String, Digest)>,
    policy: String,
    evaluated_at: String,
    fail_on: Level,
    findings: Vec<Finding>,
}

/// By what an artifact was judged.
#[derive(Debug, Clone, Copy)]
pub(crate) struct JudgedBy<'a> {
    /// `sha256:...` of the policy.
    pub policy: &'a str,
    /// The time that the policy saw, RFC 3339 in UTC.
    pub evaluated_at: &'a str,
    /// The lowest level that fails an artifact.
    pub fail_on: Level,
}

impl Approved {
    /// `None` unless the verdict is passed, nothing at all was left unread or excluded, and the artifact has a digest. `files` are the
    /// artifact's files by path.
    pub(crate) fn new(artifact: &ArtifactReport, files: Vec<(String, Digest)>, by: JudgedBy<'_>) -> Option<Self> {
        let whole =
            artifact.verdict == Verdict::Passed && artifact.incomplete.is_empty() && artifact.excluded.is_empty();
        let digest = artifact.digest.clone().filter(|_| whole)?;
        Some(Self {
            path: artifact.path.clone(),
            digest,
            files,
            policy: by.policy.to_owned(),
            evaluated_at: by.evaluated_at.to_owned(),
            fail_on: by.fail_on,
            findings: artifact.findings.clone(),
        })
    }

    /// The artifact as it was named.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Digest of the file, or of the directory's files in order.
    #[must_use]
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// Path and digest of every file: the one named, or all below the named directory.
    #[must_use]
    pub fn files(&self) -> &[(String, Digest)] {
        &self.files
    }

    /// `sha256:...` of the policy that it passed.
    #[must_use]
    pub fn policy(&self) -> &str {
        &self.policy
    }

    /// The time that the policy saw, RFC 3339 in UTC.
    #[must_use]
    pub fn evaluated_at(&self) -> &str {
        &self.evaluated_at
    }

    /// The lowest level that would have failed it.
    #[must_use]
    pub fn fail_on(&self) -> Level {
        self.fail_on
    }

    /// What was found and did not fail it: warnings, and what was waived.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::IncompleteKind;
    use crate::verdict::IncompletePlace;

    fn passed() -> ArtifactReport {
        ArtifactReport {
            path: "model.safetensors".to_owned(),
            kind: crate::facts::ArtifactKind::File,
            digest: Some(crate::digest::of(b"content")),
            size: 7,
            formats: vec!["safetensors".to_owned()],
            verdict: Verdict::Passed,
            findings: Vec::new(),
            incomplete: Vec::new(),
            excluded: Vec::new(),
            members: 1,
            files: Vec::new(),
        }
    }

    const BY: JudgedBy<'static> =
        JudgedBy { policy: "sha256:00", evaluated_at: "2026-01-31T12:00:00Z", fail_on: Level::Deny };

    #[test]
    fn only_a_passed_whole_artifact_is_approved() {
        let approved = Approved::new(&passed(), Vec::new(), BY).unwrap();
        assert_eq!(approved.digest(), &crate::digest::of(b"content"));
        assert_eq!(approved.path(), "model.safetensors");

        let failed = ArtifactReport { verdict: Verdict::Failed, ..passed() };
        assert_eq!(Approved::new(&failed, Vec::new(), BY), None);
        let undigested = ArtifactReport { digest: None, ..passed() };
        assert_eq!(Approved::new(&undigested, Vec::new(), BY), None);
        let unread = IncompletePlace {
            file: String::new(),
            place: "model.safetensors".to_owned(),
            kind: IncompleteKind::UnknownFormat,
            what: "unknown".to_owned(),
            offset: None,
            waived: true,
        };
        let partial = ArtifactReport { incomplete: vec![unread], ..passed() };
        assert_eq!(Approved::new(&partial, Vec::new(), BY), None);
        let excluded = ArtifactReport { excluded: vec!["model/notes".to_owned()], ..passed() };
        assert_eq!(Approved::new(&excluded, Vec::new(), BY), None);
    }
}
