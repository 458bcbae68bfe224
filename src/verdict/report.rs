//! The report: what `check` writes and every outlet reads.

use crate::digest::Digest;
use crate::facts::{ArtifactKind, FormatId, IncompleteKind};
use crate::verdict::{Explanation, Finding, Level, Proof, Rule, WaiverReport};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// The name and version of the report's JSON shape.
pub const SCHEMA: &str = "weighbridge/report/v1";

/// Passed or failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Nothing denied it, and all of it was read.
    Passed,
    /// Something denied it, or something was not read.
    Failed,
}

/// The judgement of every artifact of one run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// What wrote the report.
    pub tool: crate::facts::Tool,
    /// The time that policies saw, RFC 3339 in UTC.
    pub evaluated_at: String,
    /// Whether content was read for this report, or facts were taken as they were given.
    pub judged_from: JudgedFrom,
    /// `failed` if any artifact failed, or any named path could not be judged.
    pub verdict: Verdict,
    /// Whether the run was told to judge and to let everything through: `verdict` is what it would have been.
    pub audit: bool,
    /// The folder of the run below the top of its git repository, with `/` behind: what leads from the repository to the paths here.
    /// Empty at the top; `null` outside of a repository.
    #[serde(default)]
    pub prefix: Option<String>,
    /// The commit that was checked out where the run was, then its parents: GitHub checks out a merge for a pull request, whose second
    /// parent is its head. `[]` outside of a repository.
    #[serde(default)]
    pub commits: Vec<String>,
    /// What was looked at when only changes were asked for (`--changed-since`); `null`: every named path.
    #[serde(default)]
    pub changed: Option<Changed>,
    /// The policy that judged.
    pub policy: PolicySummary,
    /// One judgement an artifact, in the order they were named.
    pub artifacts: Vec<ArtifactReport>,
    /// Named paths that could not be judged, in the order they were named.
    pub errors: Vec<NotJudged>,
    /// Every waiver of the run and what became of it, in the order of their files.
    pub waivers: Vec<WaiverReport>,
    /// The rules that any finding names, by id, with the words that hold for all of their findings.
    pub rules: Vec<Rule>,
    /// Counts over all artifacts.
    pub summary: Summary,
    /// Why rules fired, where that was asked for (`eval --explain`); else the key is not there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explanations: Option<Vec<Explanation>>,
}

/// Which changes were asked for, and what that left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Changed {
    /// What was named: a branch, tag or commit.
    pub since: String,
    /// The commit that the changes are counted from: the newest one that both sides have.
    pub base: String,
    /// Files that were added, modified or removed since, a renamed one by both of its names; and files of the work tree that are not
    /// as HEAD has them, as far as they had to be looked at.
    pub files: u64,
    /// Named artifacts that none of these files belongs to; they were not judged.
    pub unchanged: u64,
    /// Named paths and patterns that stand for nothing now because what they stood for was removed, escaped.
    #[serde(default)]
    pub removed: Vec<String>,
}

/// What a report stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum JudgedFrom {
    /// The artifacts' content was read (`check`).
    Content,
    /// Facts were given and trusted; no content was read (`eval`).
    Facts,
}

/// A named path without a judgement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NotJudged {
    /// As it was named, escaped.
    pub path: String,
    /// Why.
    pub kind: NotJudgedKind,
    /// What happened and what to do.
    pub message: String,
}

/// Why a named path has no judgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NotJudgedKind {
    /// Nothing is there, or a pattern matches nothing.
    Missing,
    /// It cannot be opened.
    Unreadable,
    /// A FIFO, socket or device.
    NotAFile,
    /// The policy stopped with an error.
    Policy,
}

/// The policy that judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicySummary {
    /// `sha256:...` over every module that judges, all data and all settings, of all sources, by name; tests do not count.
    pub digest: String,
    /// The commit that configuration, policies and waivers inside the repository were read from; `null`: the work tree.
    #[serde(default)]
    pub base: Option<String>,
    /// Where its parts came from.
    pub sources: Vec<PolicySource>,
}

/// Who a part of a policy comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Layer {
    /// The program itself.
    Embedded,
    /// The organisation (`--organisation`). What the repository adds can only tighten it.
    Organisation,
    /// The repository: its configuration, and the policies that are named on the command line.
    Repository,
}

/// One part of a policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicySource {
    /// `embedded`, or the path or address it was read from.
    pub name: String,
    /// Who it comes from.
    pub layer: Layer,
    /// `sha256:...` of this part.
    pub digest: String,
    /// Who signed it, where somebody was asked for: an identity, a certificate's subject, or `key sha256:...`; else `null`.
    #[serde(default)]
    pub signed_by: Option<String>,
    /// How many rules it has.
    pub rules: u64,
}

/// The judgement of one artifact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ArtifactReport {
    /// As it was named.
    pub path: String,
    /// File or directory.
    pub kind: ArtifactKind,
    /// Its digest.
    pub digest: Option<Digest>,
    /// Bytes.
    pub size: u64,
    /// Its formats, outermost member; `directory` for a directory.
    pub formats: Vec<String>,
    /// Passed or failed.
    pub verdict: Verdict,
    /// Worst first, then by place and offset.
    pub findings: Vec<Finding>,
    /// What could not be read.
    pub incomplete: Vec<IncompletePlace>,
    /// Files that the configuration excludes, in the order of their names. Nothing that is in them counts.
    pub excluded: Vec<String>,
    /// How many members were looked at.
    pub members: u64,
    /// Its files on disk: itself, or those below the directory, by name.
    pub files: Vec<FileReport>,
}

/// Rules that speak of what was not read.
pub const UNREAD: [&str; 8] = [
    "core/incomplete",
    "core/unknown-format",
    "core/not-scanned",
    "core/changed-while-read",
    "container/ratio",
    "container/deep-nesting",
    "container/encrypted",
    "pickle/broken-stream",
];

impl ArtifactReport {
    /// What was not read and neither a waiver covers nor a finding at its place tells.
    pub fn untold(&self) -> impl Iterator<Item = &IncompletePlace> {
        let speaks = |finding: &&Finding| finding.waived.is_none() && UNREAD.contains(&finding.rule.as_str());
        let told: HashSet<&str> = self.findings.iter().filter(speaks).map(|finding| finding.place.as_str()).collect();
        self.incomplete.iter().filter(move |record| !record.waived && !told.contains(record.place.as_str()))
    }
}

/// A file on disk that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FileReport {
    /// Its path; the artifact's own path stands in front of it.
    pub path: String,
    /// Its digest; `null` when it was not read whole. Of the object, where a Git LFS pointer was resolved.
    pub digest: Option<Digest>,
    /// Bytes.
    pub size: u64,
    /// Its formats, most specific last.
    pub formats: Vec<FormatId>,
}

/// What could not be read, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IncompletePlace {
    /// The member.
    pub place: String,
    /// The file on disk that holds it, as in a finding.
    pub file: String,
    /// Why.
    pub kind: IncompleteKind,
    /// More in plain words.
    pub what: String,
    /// Byte offset in the member.
    pub offset: Option<u64>,
    /// Whether a waiver covers it.
    pub waived: bool,
}

/// Counts over all artifacts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// Artifacts judged.
    pub artifacts: u64,
    /// Of them, passed.
    pub passed: u64,
    /// Of them, failed.
    pub failed: u64,
    /// Findings of level deny that no waiver covers.
    pub denied: u64,
    /// Findings of level warn that no waiver covers.
    pub warned: u64,
    /// Findings that a waiver covers.
    pub waived: u64,
    /// Records of what could not be read.
    pub incomplete: u64,
    /// Files that the configuration excludes.
    pub excluded: u64,
}

impl Summary {
    /// Counts over these artifacts.
    #[must_use]
    pub fn of(artifacts: &[ArtifactReport]) -> Self {
        let mut summary = Self::default();
        let add = |count: &mut u64| *count = count.saturating_add(1);
        for artifact in artifacts {
            add(&mut summary.artifacts);
            add(if artifact.verdict == Verdict::Passed { &mut summary.passed } else { &mut summary.failed });
            for finding in &artifact.findings {
                add(match (&finding.waived, finding.level) {
                    (Some(_), _) => &mut summary.waived,
                    (None, Level::Deny) => &mut summary.denied,
                    (None, Level::Warn) => &mut summary.warned,
                });
            }
            artifact.incomplete.iter().for_each(|_| add(&mut summary.incomplete));
            artifact.excluded.iter().for_each(|_| add(&mut summary.excluded));
        }
        summary
    }
}

/// The waiver that accepts a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Waived {
    /// Why it was accepted.
    pub reason: String,
    /// Who accepted it.
    pub approver: String,
    /// How the approver is known.
    pub approver_proof: Proof,
    /// Who signed for the approver, as in [`WaiverReport`].
    #[serde(default)]
    pub signed_by: Option<String>,
    /// The day or time from which it covers nothing, RFC 3339.
    pub expires: String,
}
