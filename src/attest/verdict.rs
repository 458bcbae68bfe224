//! The attestation of a verdict: what is said of an approved artifact, and whether what was said is about what lies here. Judges nothing.
//!
//! Two statements stand for one verdict, because in-toto has a predicate for each reader: a Simple Verification Result, which
//! [`Bundle::verify_verdict`] asks for, and a test result with what was warned of and waived. A SLSA summary is written on request.
//! Their subjects are every file by its name and SHA-256 and, of a directory, the directory itself by the digest of its files.

use crate::attest::bundle::{Bundle, Signed, shape};
use crate::attest::coverage::{self, Ignored};
use crate::attest::reason::{Reason, Refusal};
use crate::attest::sign::Signable;
use crate::attest::statement::{self, Claim, Subject};
use crate::attest::verification::{AttestedVerdict, Coverage, Verification, text};
use crate::attest::{Signer, Terms};
use crate::digest::{self, Algorithm, Digest, Measure, hex};
use crate::facts::{ArtifactKind, Inventory, Listed, UnreadKind};
use crate::place;
use crate::verdict::Level;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// in-toto's Simple Verification Result.
const RESULT: &str = "https://in-toto.io/attestation/svr/v0.2";

/// in-toto's test result.
const TESTS: &str = "https://in-toto.io/attestation/test-result/v0.1";

/// SLSA's verification summary.
const SUMMARY: &str = "https://slsa.dev/verification_summary/v1";

/// Who verified: this program, whoever ran it. Who ran it is said by the signature.
const VERIFIER: &str = env!("CARGO_PKG_REPOSITORY");

/// What was found to hold.
const PASSED: &str = "WEIGHBRIDGE_PASSED";

impl Signable<'_> {
    /// The payloads that attest the verdict. With `resource`, the URI where the model is to be had, SLSA's summary too.
    #[must_use]
    pub fn attestations(&self, resource: Option<&str>) -> Vec<Vec<u8>> {
        let subjects = self.subjects();
        let mut all = vec![(RESULT, self.result()), (TESTS, self.tests())];
        all.extend(resource.map(|resource| (SUMMARY, self.summary(resource))));
        let statement = |(kind, predicate): (&str, Value)| {
            let statement = json!({
                "_type": "https://in-toto.io/Statement/v1",
                "subject": subjects,
                "predicateType": kind,
                "predicate": predicate,
            });
            statement.to_string().into_bytes()
        };
        all.into_iter().map(statement).collect()
    }

    fn subjects(&self) -> Vec<Value> {
        let subject = |name: &str, digest: &Digest| json!({"name": name, "digest": {"sha256": digest.sha256}});
        let files: Vec<(String, Digest)> = self.files().map(|(name, digest)| (name.to_owned(), digest)).collect();
        // No file's name ends with `/`, so the directory's is never taken for one.
        let whole = (self.kind == ArtifactKind::Directory)
            .then(|| subject(&format!("{}/", self.name), &digest::directory(files.clone())));
        whole.into_iter().chain(files.iter().map(|(name, digest)| subject(name, digest))).collect()
    }

    fn verifier(&self) -> Value {
        json!({"id": VERIFIER, "version": {"weighbridge": env!("CARGO_PKG_VERSION")}})
    }

    /// The policy by its digest, with what the command line decides beside it.
    fn policy(&self) -> Value {
        let digest = self.approved.policy();
        json!({
            "name": "policy",
            "digest": {"sha256": digest.strip_prefix("sha256:").unwrap_or(digest)},
            "annotations": {"failOn": self.approved.fail_on().to_string()},
        })
    }

    fn result(&self) -> Value {
        let mut verifier = self.verifier();
        if let Some(verifier) = verifier.as_object_mut() {
            verifier.insert("policies".to_owned(), json!([self.policy()]));
        }
        json!({"verifier": verifier, "timeCreated": self.approved.evaluated_at(), "properties": [PASSED]})
    }

    fn tests(&self) -> Value {
        let tool = json!({
            "name": "weighbridge",
            "uri": format!("pkg:cargo/weighbridge@{}", env!("CARGO_PKG_VERSION")),
        });
        let mut configuration = vec![self.policy(), tool];
        let mut warned: Vec<&str> = Vec::new();
        for finding in self.approved.findings() {
            match &finding.waived {
                Some(waived) => configuration.push(json!({
                    "name": "waiver",
                    // A resource's descriptor has to have a digest (in-toto/attestation, spec/v1/resource_descriptor.md).
                    "digest": finding.member_digest.as_ref().unwrap_or(self.approved.digest()),
                    "annotations": {
                        "rule": finding.rule,
                        "place": finding.place,
                        "reason": waived.reason,
                        "approver": waived.approver,
                        "approverProof": waived.approver_proof,
                        "expires": waived.expires,
                    },
                })),
                None if finding.level == Level::Warn => warned.push(&finding.rule),
                // A denial that is not waived is no pass, and what is not passed is not approved.
                None => {}
            }
        }
        warned.sort_unstable();
        warned.dedup();
        json!({
            "result": if warned.is_empty() { "PASSED" } else { "WARNED" },
            "configuration": configuration,
            "warnedTests": warned,
            "failedTests": [],
        })
    }

    fn summary(&self, resource: &str) -> Value {
        json!({
            "verifier": self.verifier(),
            "timeVerified": self.approved.evaluated_at(),
            "resourceUri": resource,
            // The set of policies has no address of its own; the page says what it is and how its digest comes about.
            "policy": {"uri": format!("{VERIFIER}#policy"), "digest": self.policy().get("digest")},
            "verificationResult": "PASSED",
            "verifiedLevels": [PASSED],
        })
    }
}

/// What an attestation of a verdict has to say to be accepted.
#[derive(Debug, Clone, Default)]
pub struct RequiredVerdict {
    /// `sha256:...` of the policies of which any will do; empty: whichever the signer judged by.
    pub policies: Vec<String>,
}

#[derive(Deserialize)]
struct RawStatement {
    predicate: RawPredicate,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawPredicate {
    verifier: RawVerifier,
    time_created: String,
    properties: Vec<String>,
}

#[derive(Deserialize)]
struct RawVerifier {
    id: String,
    #[serde(default)]
    version: BTreeMap<String, String>,
    #[serde(default)]
    policies: Vec<RawPolicy>,
}

#[derive(Deserialize)]
struct RawPolicy {
    digest: BTreeMap<String, String>,
}

impl RequiredVerdict {
    /// Whether what was said is what is asked for.
    fn met(&self, said: &AttestedVerdict) -> Result<(), Refusal> {
        if said.verifier != VERIFIER {
            let what = format!("the verdict of another verifier: {}", said.verifier);
            return Err(Refusal::new(Reason::VerdictOfAnother, what));
        }
        if !said.properties.iter().any(|property| property == PASSED) {
            let said = said.properties.join(", ");
            return Err(Refusal::new(
                Reason::VerdictNotPassed,
                format!("the verdict says `{said}` and not `{PASSED}`"),
            ));
        }
        let any = said.policies.iter().any(|policy| self.policies.contains(policy));
        if !self.policies.is_empty() && !any {
            let said = if said.policies.is_empty() { "no policy".to_owned() } else { said.policies.join(", ") };
            let what = format!("it was judged by {said}, and {} is asked for", self.policies.join(" or "));
            return Err(Refusal::new(Reason::WrongPolicy, what));
        }
        Ok(())
    }
}

impl Bundle {
    /// Whether this is the attestation of a verdict, true or not.
    #[must_use]
    pub fn attests_verdict(&self) -> bool {
        matches!(self.shown_claim(), Some(Claim::Statement(statement)) if statement.predicate_type == RESULT)
    }

    /// Verifies who attests a verdict, that it is the one that is asked for, and that it is about exactly what was found.
    #[must_use]
    pub fn verify_verdict(
        &self,
        signer: &Signer,
        inventory: &Inventory,
        terms: &Terms<'_>,
        required: &RequiredVerdict,
    ) -> Verification {
        let mut verification = Verification::begun(self, signer);
        match self.authentic_verdict(signer, inventory, terms) {
            Err(refusal) => verification.refusals.push(refusal),
            Ok((signed_by, subjects, said)) => {
                verification.signed_by = Some(signed_by);
                verification.refusals.extend(required.met(&said).err());
                verification.verdict = Some(said);
                let (coverage, refusals) = compare(subjects, inventory, terms.ignored);
                verification.coverage = Some(coverage);
                verification.refusals.extend(refusals);
            }
        }
        verification.verified = verification.refusals.is_empty();
        verification
    }

    fn authentic_verdict(
        &self,
        signer: &Signer,
        inventory: &Inventory,
        terms: &Terms<'_>,
    ) -> Result<(crate::attest::SignedBy, &[Subject], AttestedVerdict), Refusal> {
        let claim = self.claim(terms.legacy)?;
        let (Claim::Statement(statement), Signed::Envelope { payload, .. }) = (claim, &self.signed) else {
            return Err(Refusal::no_verdict("the bundle holds no statement of a verdict"));
        };
        if statement.predicate_type != RESULT {
            let what = format!("the statement is of type {}", text(&statement.predicate_type));
            return Err(Refusal::no_verdict(&what));
        }
        let signed_by = self.authenticate(signer, claim, inventory, terms)?;
        let raw: RawStatement =
            serde_json::from_slice(payload).map_err(|error| statement::malformed(&shape(&error)))?;
        let raw = raw.predicate;
        let sha256 = |policy: &RawPolicy| policy.digest.get("sha256").map(|digest| text(&format!("sha256:{digest}")));
        let said = AttestedVerdict {
            verifier: text(&raw.verifier.id),
            version: raw.verifier.version.get("weighbridge").map(|version| text(version)),
            policies: raw.verifier.policies.iter().filter_map(sha256).collect(),
            at: text(&raw.time_created),
            properties: raw.properties.iter().map(|property| text(property)).collect(),
        };
        Ok((signed_by, &statement.subjects, said))
    }
}

/// Holds the subjects against what was found: a verdict is about all files that were judged together, so each has to be here under its
/// name, and no other.
fn compare(subjects: &[Subject], inventory: &Inventory, ignored: &Ignored) -> (Coverage, Vec<Refusal>) {
    let mut coverage = Coverage::default();
    let files = match files(subjects, inventory.kind) {
        Ok(files) => files,
        Err(refusal) => return (coverage, vec![refusal]),
    };
    let mut missing = files.clone();
    for file in &inventory.files {
        let exact = file.name.exact.as_deref().unwrap_or_default();
        missing.remove(exact);
        match files.get(exact) {
            Some(digest) if whole(file).as_deref() == Some(*digest) => {
                coverage.covered = coverage.covered.saturating_add(1)
            }
            Some(_) if file.pointer => coverage.pointers.push(&file.name.shown),
            Some(_) => coverage.changed.push(&file.name.shown),
            None if ignored.holds(exact) => coverage.ignored.push(&file.name.shown),
            None => coverage.uncovered.push(&file.name.shown),
        }
    }
    for unread in &inventory.unread {
        let exact = unread.name.exact.as_deref().unwrap_or_default();
        let listed = missing.remove(exact).is_some();
        match unread.kind {
            _ if ignored.holds(exact) && !listed => coverage.ignored.push(&unread.name.shown),
            UnreadKind::Link => coverage.links.push(&unread.name.shown),
            _ => coverage.unreadable.push(&unread.name.shown),
        }
    }
    missing.keys().for_each(|name| coverage.missing.push(&place::escape(name.as_bytes())));
    let refusals = coverage::refusals(&coverage);
    (coverage, refusals)
}

/// The files of the subjects, by name; each once. Of a directory, the digest over them has to be the one that stands beside them.
fn files(subjects: &[Subject], kind: ArtifactKind) -> Result<BTreeMap<&str, &str>, Refusal> {
    let malformed = |what: &str| Err(statement::malformed(what));
    let (mut files, mut whole) = (BTreeMap::new(), None);
    for subject in subjects {
        let (Some(name), Some(sha256)) = (subject.name.as_deref(), subject.sha256.as_deref()) else {
            return malformed("a subject has no name or no SHA-256");
        };
        let twice = match name.ends_with('/') {
            true => whole.replace(sha256).is_some(),
            false => files.insert(name, sha256).is_some(),
        };
        if twice {
            return malformed(&format!("`{}` is a subject twice", text(name)));
        }
    }
    match (kind, whole) {
        (ArtifactKind::Directory, None) | (ArtifactKind::File, Some(_)) => Err(Refusal::new(
            Reason::OtherModel,
            match kind {
                ArtifactKind::File => "the verdict is about a directory, and the model is one file",
                ArtifactKind::Directory => "the verdict is about one file, and the model is a directory",
            },
        )),
        (ArtifactKind::File, None) => Ok(files),
        (ArtifactKind::Directory, Some(whole)) => {
            let all = files.iter().map(|(name, sha256)| ((*name).to_owned(), Digest { sha256: (*sha256).to_owned() }));
            if digest::directory(all.collect()).sha256 != whole {
                return Err(Refusal::new(
                    Reason::RootMismatch,
                    "the directory's digest is not that of its listed files",
                ));
            }
            Ok(files)
        }
    }
}

fn whole(file: &Listed) -> Option<String> {
    let sha256 = Measure { algorithm: Algorithm::Sha256, shard: None };
    let (_, digests) = file.digests.iter().find(|(measure, _)| *measure == sha256)?;
    digests.first().map(|digest| hex(digest))
}
