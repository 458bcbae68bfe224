//! The wiring: extract, judge, verdict, report. Never opens a file itself, never prints, never exits.

use crate::digest::Digest;
use crate::extract::{self, Extraction, OpenError, Progress};
use crate::facts::{ArtifactKind, Facts, FormatId, Incomplete, IncompleteKind, Member, MemberId, Origin, Tool};
use crate::limits::Limits;
use crate::place;
use crate::policy::{Judge, PolicyError, PolicySet};
use crate::repository;
use crate::verdict::{
    Approved, ArtifactReport, Explanation, Finding, IncompletePlace, JudgedFrom, Level, NotJudged, NotJudgedKind,
    PolicySummary, Report, SCHEMA, Summary, Verdict,
};
use std::path::{Path, PathBuf};

/// How artifacts are read and judged.
pub struct Options<'a> {
    /// The ceilings for what is read.
    pub limits: &'a Limits,
    /// The time that policies see, RFC 3339 in UTC.
    pub evaluated_at: &'a str,
    /// The lowest level that fails an artifact.
    pub fail_on: Level,
    /// Told of the bytes that are done.
    pub progress: &'a dyn Progress,
}

/// What a check came to.
#[derive(Debug)]
pub struct Checked {
    /// The judgement of every artifact.
    pub report: Report,
    /// The artifacts that passed and were read whole, in the report's order.
    pub approved: Vec<Approved>,
}

/// Reads one named path into facts.
///
/// # Errors
/// [`OpenError`] when the named path itself cannot be opened.
pub fn read(path: &Path, options: &Options<'_>) -> Result<Facts, OpenError> {
    extract::extract(
        path,
        &Extraction {
            limits: options.limits,
            evaluated_at: options.evaluated_at,
            progress: options.progress,
            pointers: &repository::lfs_object,
        },
    )
}

/// Reads and judges every path. `program` is this program's own file, see [`Judge::new`]. A path that cannot be opened or judged is an error in the report; the others are still judged.
///
/// # Errors
/// [`PolicyError`] when the policy itself is wrong and nothing can be judged.
pub fn check(
    paths: &[PathBuf],
    set: &PolicySet,
    program: &Path,
    options: &Options<'_>,
) -> Result<Checked, PolicyError> {
    let judge = Judge::new(set, program)?;
    let policy = set.digest();
    let (mut artifacts, mut errors, mut approved) = (Vec::new(), Vec::new(), Vec::new());
    for path in paths {
        let facts = match read(path, options) {
            Ok(facts) => facts,
            Err(error) => {
                errors.push(not_opened(path, &error));
                continue;
            }
        };
        match judge_one(&judge, &facts, options.fail_on) {
            Ok(artifact) => {
                approved.extend(Approved::new(&artifact, files(&facts), &policy));
                artifacts.push(artifact);
            }
            Err(error) => errors.push(not_judged(&facts, &error)),
        }
    }
    let report = report(JudgedFrom::Content, options.evaluated_at, set, artifacts, errors);
    Ok(Checked { report, approved })
}

/// Judges facts as they are given, without content; approves nothing. `program` as in [`check`].
///
/// # Errors
/// [`PolicyError`] when the policy itself is wrong and nothing can be judged.
pub fn evaluate(
    facts: &[Facts],
    set: &PolicySet,
    program: &Path,
    evaluated_at: &str,
    fail_on: Level,
) -> Result<Report, PolicyError> {
    let judge = Judge::new(set, program)?;
    let (mut artifacts, mut errors) = (Vec::new(), Vec::new());
    for facts in facts {
        match judge_one(&judge, facts, fail_on) {
            Ok(artifact) => artifacts.push(artifact),
            Err(error) => errors.push(not_judged(facts, &error)),
        }
    }
    Ok(report(JudgedFrom::Facts, evaluated_at, set, artifacts, errors))
}

/// Why rules fired on facts, in the facts' order. `program` as in [`check`].
///
/// # Errors
/// [`PolicyError`] when the policy or the facts cannot be judged.
pub fn explain(facts: &[Facts], set: &PolicySet, program: &Path) -> Result<Vec<Explanation>, PolicyError> {
    let judge = Judge::new(set, program)?;
    let mut explanations = Vec::new();
    // What cannot be judged is told by the report, and has nothing to explain.
    for facts in facts.iter().filter(|facts| judge.judge(facts).is_ok()) {
        explanations.extend(judge.explain(facts, set)?);
    }
    Ok(explanations)
}

fn judge_one(judge: &Judge, facts: &Facts, fail_on: Level) -> Result<ArtifactReport, PolicyError> {
    let mut findings = judge.judge(facts)?;
    findings.sort_by(|one, other| order(one).cmp(&order(other)));
    let failed = findings.iter().any(|finding| finding.waived.is_none() && finding.level >= fail_on)
        || facts.incomplete.iter().any(|record| bars(record, &facts.members));
    Ok(ArtifactReport {
        path: facts.artifact.path.clone(),
        digest: facts.artifact.digest.clone(),
        size: facts.artifact.size,
        formats: formats(facts),
        verdict: if failed { Verdict::Failed } else { Verdict::Passed },
        findings,
        incomplete: facts.incomplete.iter().map(|record| incomplete(record, &facts.members)).collect(),
        members: u64::try_from(facts.members.len()).unwrap_or(u64::MAX),
    })
}

/// Whether a fact that could not be had keeps its artifact from passing, whatever the policies say. All do but one: content of an
/// unknown format in a file *beside* others (below a named directory, or listed by a container) whose name promises plain text, an
/// image, or nothing; there the policies decide. An artifact that is itself unknown, or holds unknown bytes outside every list, has
/// not been read.
fn bars(record: &Incomplete, members: &[Member]) -> bool {
    let harmless_promise = |member: &Member| {
        member.promised.iter().all(|format| matches!(format, FormatId::Text | FormatId::Image))
            && matches!(member.origin, Origin::File | Origin::Entry)
    };
    record.kind != IncompleteKind::UnknownFormat || !member(record.member, members).is_some_and(harmless_promise)
}

/// Worst first, then by place and offset.
fn order(finding: &Finding) -> (std::cmp::Reverse<Level>, &str, Option<u64>, &str, &str) {
    (std::cmp::Reverse(finding.level), &finding.place, finding.offset, &finding.rule, &finding.message)
}

fn member(id: MemberId, members: &[Member]) -> Option<&Member> {
    // Facts that were given from outside may break the rule that `id` is the index.
    members.get(usize::try_from(id).ok()?).filter(|member| member.id == id)
}

fn formats(facts: &Facts) -> Vec<String> {
    match facts.artifact.kind {
        ArtifactKind::Directory => vec!["directory".to_owned()],
        ArtifactKind::File => {
            { facts.members.first().map(|member| member.formats.iter().map(|format| format.name()).collect()) }
                .unwrap_or_default()
        }
    }
}

fn incomplete(record: &Incomplete, members: &[Member]) -> IncompletePlace {
    IncompletePlace {
        place: member(record.member, members).map(|member| member.path.clone()).unwrap_or_default(),
        kind: record.kind,
        what: record.what.clone(),
        offset: record.offset,
        waived: false,
    }
}

/// The artifact's files and their digests: what a signature would name.
fn files(facts: &Facts) -> Vec<(String, Digest)> {
    let origin = match facts.artifact.kind {
        ArtifactKind::File => Origin::Named,
        ArtifactKind::Directory => Origin::File,
    };
    facts
        .members
        .iter()
        .filter(|member| member.origin == origin)
        .filter_map(|member| Some((member.path.clone(), member.digest.clone()?)))
        .collect()
}

fn not_opened(path: &Path, error: &OpenError) -> NotJudged {
    let kind = match error {
        OpenError::Missing { .. } => NotJudgedKind::Missing,
        OpenError::Unreadable { .. } => NotJudgedKind::Unreadable,
        OpenError::NotAFile { .. } => NotJudgedKind::NotAFile,
    };
    NotJudged { path: place::escape(path.as_os_str().as_encoded_bytes()), kind, message: error.to_string() }
}

fn not_judged(facts: &Facts, error: &PolicyError) -> NotJudged {
    let path = facts.artifact.path.clone();
    NotJudged { kind: NotJudgedKind::Policy, message: format!("{path}: not judged: {error}"), path }
}

fn report(
    judged_from: JudgedFrom,
    evaluated_at: &str,
    set: &PolicySet,
    artifacts: Vec<ArtifactReport>,
    errors: Vec<NotJudged>,
) -> Report {
    let summary = summary(&artifacts);
    let passed = summary.failed == 0 && errors.is_empty();
    Report {
        schema: SCHEMA.to_owned(),
        tool: Tool { version: env!("CARGO_PKG_VERSION").to_owned() },
        evaluated_at: evaluated_at.to_owned(),
        judged_from,
        verdict: if passed { Verdict::Passed } else { Verdict::Failed },
        policy: PolicySummary { digest: set.digest(), sources: set.sources().to_vec() },
        artifacts,
        errors,
        summary,
        explanations: None,
    }
}

fn summary(artifacts: &[ArtifactReport]) -> Summary {
    let mut summary = Summary::default();
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
    }
    summary
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(id: MemberId, origin: Origin, promised: &[FormatId]) -> Member {
        Member {
            id,
            parent: None,
            path: "models/file".to_owned(),
            name: "file".to_owned(),
            origin,
            size: 1,
            digest: None,
            formats: Vec::new(),
            extension: None,
            promised: promised.to_vec(),
            executable: false,
            pointer: None,
            link: None,
        }
    }

    fn unread(member: MemberId, kind: IncompleteKind) -> Incomplete {
        Incomplete { member, kind, format: None, what: String::new(), offset: None, count: 1 }
    }

    #[test]
    fn every_kind_of_unread_content_bars_a_pass() {
        use IncompleteKind::*;
        let members = [member(0, Origin::File, &[])];
        for kind in
            [Limit, Truncated, Malformed, Encrypted, Unsupported, Pointer, Unreadable, Changed, NotAFile, Internal]
        {
            assert!(bars(&unread(0, kind), &members), "{kind:?}");
        }
        assert!(!bars(&unread(0, UnknownFormat), &members));
    }

    #[test]
    fn unknown_content_bars_unless_it_is_a_file_beside_others_that_promises_nothing() {
        let unknown = unread(0, IncompleteKind::UnknownFormat);
        for origin in [Origin::File, Origin::Entry] {
            assert!(!bars(&unknown, &[member(0, origin, &[])]));
            assert!(!bars(&unknown, &[member(0, origin, &[FormatId::Text])]));
            assert!(bars(&unknown, &[member(0, origin, &[FormatId::Torch, FormatId::Pickle])]));
            assert!(bars(&unknown, &[member(0, origin, &[FormatId::Json])]));
        }
        for origin in [Origin::Named, Origin::Hidden, Origin::Decoded, Origin::Remainder, Origin::Value] {
            assert!(bars(&unknown, &[member(0, origin, &[])]), "{origin:?}");
        }
    }

    #[test]
    fn a_record_of_a_member_that_does_not_exist_bars() {
        assert!(bars(&unread(7, IncompleteKind::UnknownFormat), &[member(0, Origin::File, &[])]));
        assert!(bars(&unread(0, IncompleteKind::UnknownFormat), &[member(3, Origin::File, &[])]));
    }

    struct Silent;

    impl Progress for Silent {
        fn advance(&self, _bytes: u64) {}
    }

    #[test]
    fn what_passed_and_was_read_whole_is_approved_with_the_digests_of_its_files() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("good")).unwrap();
        std::fs::write(folder.path().join("good/a.txt"), "one\n").unwrap();
        std::fs::write(folder.path().join("good/b.txt"), "two\n").unwrap();
        std::fs::create_dir(folder.path().join("odd")).unwrap();
        // A file beside others that promises nothing and that nothing recognises: a pass, and no approval.
        std::fs::write(folder.path().join("odd/blob"), b"\x93\x00\xff\xfe\x01\x02").unwrap();
        let options = Options {
            limits: &Limits::default(),
            evaluated_at: "2026-01-31T12:00:00Z",
            fail_on: Level::Deny,
            progress: &Silent,
        };
        let paths = ["good", "odd", "nowhere"].map(|name| folder.path().join(name));
        let checked = check(&paths, &PolicySet::embedded().unwrap(), Path::new("not needed"), &options).unwrap();
        let verdicts: Vec<Verdict> = checked.report.artifacts.iter().map(|artifact| artifact.verdict).collect();
        assert_eq!(verdicts, [Verdict::Passed, Verdict::Passed]);
        assert_eq!(checked.report.verdict, Verdict::Failed);
        assert_eq!(checked.report.errors[0].kind, NotJudgedKind::Missing);
        let [approved] = checked.approved.as_slice() else { panic!("{:?}", checked.approved) };
        let digests: Vec<&Digest> = approved.files().iter().map(|(_, digest)| digest).collect();
        assert_eq!(digests, [&crate::digest::of(b"one\n"), &crate::digest::of(b"two\n")]);
        assert_eq!(Some(approved.digest()), checked.report.artifacts[0].digest.as_ref());
        assert_eq!(approved.policy(), checked.report.policy.digest);
    }
}
