//! The wiring: extract, judge, waive, verdict, report. Never opens a file itself, never prints, never exits.

mod signatures;
mod waive;

use crate::attest::Known;
use crate::config::{Matcher, Waivable, Waivers};
use crate::digest::Digest;
use crate::extract::{Extraction, OpenError, Progress};
use crate::facts::{ArtifactKind, Facts, FormatId, Incomplete, IncompleteKind, Member, Origin, Tool};
use crate::limits::Limits;
use crate::place;
use crate::policy::{Judges, Layers, PolicyError};
use crate::repository;
use crate::verdict::approved::JudgedBy;
use crate::verdict::{
    Approved, ArtifactReport, FileReport, IncompletePlace, JudgedFrom, Level, NotJudged, NotJudgedKind, PolicySummary,
    Report, SCHEMA, Summary, Verdict,
};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use waive::Ledger;

/// How artifacts are read and judged.
pub struct Options<'a> {
    /// The ceilings for what is read.
    pub limits: &'a Limits,
    /// Told of the bytes that are done.
    pub progress: &'a dyn Progress,
    /// What signatures are verified with.
    pub known: &'a Known,
    /// How facts become a verdict.
    pub terms: Terms<'a>,
}

/// How facts become a verdict.
pub struct Terms<'a> {
    /// The time that policies see, RFC 3339 in UTC; waivers are held against it too.
    pub evaluated_at: &'a str,
    /// The lowest level that fails an artifact.
    pub fail_on: Level,
    /// Files below a named directory that do not count, by their paths in it.
    pub exclude: &'a Matcher,
    /// Files of waivers, each with what it has to be accepted by.
    pub waivers: &'a [(Waivers, Option<&'a Waivable>)],
    /// Whether everything is let through and only told; nothing is approved then.
    pub audit: bool,
    /// Whether `evaluated_at` was given and is not the clock's: then rules may wait for their day and waivers be in force that are not
    /// today, so that nothing is approved either.
    pub replay: bool,
    /// Whether what passes is signed now. Who has signed it is no question before that, so that findings of the group `provenance` do
    /// not count: an older signature that is to be replaced, the one of this signer that is asked for.
    pub signing: bool,
}

/// What a check came to.
#[derive(Debug)]
pub struct Checked {
    /// The judgement of every artifact.
    pub report: Report,
    /// The artifacts that passed and were read whole, in the report's order.
    pub approved: Vec<Approved>,
}

/// Reads one named path into facts, in one pass with its signatures, which are verified with what is `known`.
///
/// # Errors
/// [`OpenError`] when the named path itself cannot be opened.
pub fn read(
    path: &Path,
    limits: &Limits,
    evaluated_at: &str,
    progress: &dyn Progress,
    known: &Known,
) -> Result<Facts, OpenError> {
    signatures::read(path, &Extraction { limits, evaluated_at, progress, pointers: &repository::lfs_object }, known)
}

/// Reads and judges every path. `program` is this program's own file, see [`Judges::new`]. A path that cannot be opened or judged is
/// an error in the report; the others are still judged.
///
/// # Errors
/// [`PolicyError`] when the policy itself is wrong and nothing can be judged.
pub fn check(
    paths: &[PathBuf],
    layers: &Layers,
    program: &Path,
    options: &Options<'_>,
) -> Result<Checked, PolicyError> {
    let mut run = Run::new(layers, program, &options.terms)?;
    let policy = layers.digest();
    let terms = &options.terms;
    let by = JudgedBy { policy: &policy, evaluated_at: terms.evaluated_at, fail_on: terms.fail_on };
    let mut approved = Vec::new();
    for path in paths {
        match read(path, options.limits, options.terms.evaluated_at, options.progress, options.known) {
            Err(error) => run.errors.push(not_opened(path, &error)),
            Ok(facts) => {
                if let Some(artifact) = run.judge(&facts).filter(|_| !options.terms.audit && !options.terms.replay) {
                    approved.extend(Approved::new(artifact, files(&facts), by));
                }
            }
        }
    }
    Ok(Checked { report: run.report(JudgedFrom::Content, layers), approved })
}

/// Judges facts as they are given, without content; approves nothing. `program` as in [`check`]. With `explain` the report says why
/// rules fired, in the facts' order.
///
/// # Errors
/// [`PolicyError`] when the policy itself is wrong and nothing can be judged, or when what was judged cannot be explained.
pub fn evaluate(
    facts: &[Facts],
    layers: &Layers,
    program: &Path,
    terms: &Terms<'_>,
    explain: bool,
) -> Result<Report, PolicyError> {
    let mut run = Run::new(layers, program, terms)?;
    let mut explanations = Vec::new();
    for facts in facts {
        // What cannot be judged is told by the report, and has nothing to explain.
        if run.judge(facts).is_some() && explain {
            explanations.extend(run.judges.explain(facts)?);
        }
    }
    Ok(Report { explanations: explain.then_some(explanations), ..run.report(JudgedFrom::Facts, layers) })
}

/// What a run has come to so far.
struct Run<'a> {
    judges: Judges,
    terms: &'a Terms<'a>,
    ledger: Ledger,
    artifacts: Vec<ArtifactReport>,
    errors: Vec<NotJudged>,
}

impl<'a> Run<'a> {
    fn new(layers: &Layers, program: &Path, terms: &'a Terms<'a>) -> Result<Self, PolicyError> {
        Ok(Self {
            judges: Judges::new(layers, program)?,
            terms,
            ledger: Ledger::new(terms.waivers, terms.evaluated_at),
            artifacts: Vec::new(),
            errors: Vec::new(),
        })
    }

    /// Judges one artifact; `None` when that was not possible.
    fn judge(&mut self, facts: &Facts) -> Option<&ArtifactReport> {
        let mut findings = match self.judges.judge(facts) {
            Ok(findings) => findings,
            Err(error) => {
                self.errors.push(not_judged(facts, &error));
                return None;
            }
        };
        let excluded = Excluded::of(facts, self.terms.exclude);
        findings.retain(|finding| !excluded.places.contains(finding.place.as_str()));
        findings.retain(|finding| !self.terms.signing || !finding.rule.starts_with("provenance/"));
        findings.sort_by(|one, other| one.order().cmp(&other.order()));
        findings.iter_mut().for_each(|finding| self.ledger.apply(finding));
        // Facts without a member are about nothing that was read.
        let (mut unread, mut barred) = (Vec::new(), facts.members.is_empty());
        for record in &facts.incomplete {
            let of = facts.member(record.member);
            let place = of.map(|member| member.path.as_str()).unwrap_or_default();
            if of.is_some() && excluded.places.contains(place) {
                continue;
            }
            let waived = waive::covers(record, place, of.and_then(|member| member.digest.as_ref()), &findings);
            barred |= !waived && bars(record, of);
            unread.push(IncompletePlace {
                place: place.to_owned(),
                file: of.map(|member| facts.file_of(member).path.clone()).unwrap_or_default(),
                kind: record.kind,
                what: record.what.clone(),
                offset: record.offset,
                waived,
            });
        }
        let denied = findings.iter().any(|finding| finding.waived.is_none() && finding.level >= self.terms.fail_on);
        self.artifacts.push(ArtifactReport {
            path: facts.artifact.path.clone(),
            kind: facts.artifact.kind,
            digest: facts.artifact.digest.clone(),
            size: facts.artifact.size,
            formats: formats(facts),
            verdict: if denied || barred { Verdict::Failed } else { Verdict::Passed },
            findings,
            incomplete: unread,
            excluded: excluded.files,
            members: u64::try_from(facts.members.len()).unwrap_or(u64::MAX),
            files: facts.files().map(file).collect(),
        });
        self.artifacts.last()
    }

    fn report(self, judged_from: JudgedFrom, layers: &Layers) -> Report {
        let summary = Summary::of(&self.artifacts);
        let passed = summary.failed == 0 && self.errors.is_empty();
        let named: BTreeSet<&str> = self
            .artifacts
            .iter()
            .flat_map(|artifact| &artifact.findings)
            .map(|finding| finding.rule.as_str())
            .collect();
        let rules = layers.rules().into_iter().filter(|rule| named.contains(rule.id.as_str())).collect();
        Report {
            schema: SCHEMA.to_owned(),
            tool: Tool { version: env!("CARGO_PKG_VERSION").to_owned() },
            evaluated_at: self.terms.evaluated_at.to_owned(),
            judged_from,
            verdict: if passed { Verdict::Passed } else { Verdict::Failed },
            audit: self.terms.audit,
            prefix: None,
            commits: Vec::new(),
            changed: None,
            policy: PolicySummary { digest: layers.digest(), base: None, sources: layers.sources().to_vec() },
            artifacts: self.artifacts,
            errors: self.errors,
            waivers: self.ledger.report(),
            rules,
            summary,
            explanations: None,
        }
    }
}

/// The files of a directory that the configuration excludes.
#[derive(Default)]
struct Excluded<'a> {
    /// The files, in their order.
    files: Vec<String>,
    /// The places of them and of everything inside them. A place that another member has too is not among them: a name that holds a
    /// `!` must not hide what is inside another file.
    places: BTreeSet<&'a str>,
}

impl<'a> Excluded<'a> {
    fn of(facts: &'a Facts, matcher: &Matcher) -> Self {
        let mut excluded = Self::default();
        if matcher.is_empty() || facts.artifact.kind != ArtifactKind::Directory {
            return excluded;
        }
        let top = format!("{}/", facts.artifact.path.trim_end_matches('/'));
        let mut out: Vec<bool> = Vec::with_capacity(facts.members.len());
        for member in &facts.members {
            // A member stands behind the one that holds it, so that one is known already.
            let held =
                member.parent.filter(|parent| *parent != 0).and_then(|parent| out.get(usize::try_from(parent).ok()?));
            let is_out = match held {
                Some(held) => *held,
                None => {
                    let relative = member.path.strip_prefix(&top).filter(|_| member.origin == Origin::File);
                    let covered = relative.is_some_and(|relative| matcher.covers(relative));
                    if covered {
                        excluded.files.push(member.path.clone());
                    }
                    covered
                }
            };
            out.push(is_out);
        }
        let of = |wanted: bool| {
            let members = facts.members.iter().zip(&out).filter(move |(_, is_out)| **is_out == wanted);
            members.map(|(member, _)| member.path.as_str())
        };
        excluded.places = of(true).collect();
        for place in of(false) {
            excluded.places.remove(place);
        }
        excluded
    }
}

/// Whether a fact that could not be had keeps its artifact from passing, whatever the policies say. All do but one: content of an
/// unknown format, or a document for people (PDF), in a file *beside* others (below a named directory, or listed by a container) whose
/// name promises plain text, an image, sound, film, such a document, or nothing; there the policies decide. An artifact that is itself
/// unknown, or holds unknown bytes outside every list, has not been read.
fn bars(record: &Incomplete, of: Option<&Member>) -> bool {
    let harmless_promise = |member: &Member| {
        let harmless = [FormatId::Text, FormatId::Image, FormatId::Media, FormatId::Pdf];
        member.promised.iter().all(|format| harmless.contains(format))
            && matches!(member.origin, Origin::File | Origin::Entry)
    };
    let document = record.kind == IncompleteKind::Unsupported && record.format == Some(FormatId::Pdf);
    !(document || record.kind == IncompleteKind::UnknownFormat) || !of.is_some_and(harmless_promise)
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

/// The artifact's files and their digests: what a signature would name.
fn files(facts: &Facts) -> Vec<(String, Digest)> {
    facts.files().filter_map(|member| Some((member.path.clone(), member.digest.clone()?))).collect()
}

fn file(member: &Member) -> FileReport {
    FileReport {
        path: member.path.clone(),
        digest: member.digest.clone(),
        size: member.size,
        formats: member.formats.clone(),
    }
}

fn not_opened(path: &Path, error: &OpenError) -> NotJudged {
    let kind = match error {
        OpenError::Missing { .. } => NotJudgedKind::Missing,
        OpenError::Unreadable { .. } => NotJudgedKind::Unreadable,
        OpenError::NotAFile { .. } => NotJudgedKind::NotAFile,
    };
    NotJudged { path: place::shown(path), kind, message: error.to_string() }
}

fn not_judged(facts: &Facts, error: &PolicyError) -> NotJudged {
    let path = facts.artifact.path.clone();
    NotJudged { kind: NotJudgedKind::Policy, message: format!("{path}: not judged: {error}"), path }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::MemberId;

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
        let member = member(0, Origin::File, &[]);
        for kind in
            [Limit, Truncated, Malformed, Encrypted, Unsupported, Pointer, Unreadable, Changed, NotAFile, Internal]
        {
            assert!(bars(&unread(0, kind), Some(&member)), "{kind:?}");
        }
        assert!(!bars(&unread(0, UnknownFormat), Some(&member)));
    }

    #[test]
    fn unknown_content_bars_unless_it_is_a_file_beside_others_that_promises_nothing() {
        let unknown = unread(0, IncompleteKind::UnknownFormat);
        for origin in [Origin::File, Origin::Entry] {
            assert!(!bars(&unknown, Some(&member(0, origin, &[]))));
            assert!(!bars(&unknown, Some(&member(0, origin, &[FormatId::Text]))));
            assert!(bars(&unknown, Some(&member(0, origin, &[FormatId::Torch, FormatId::Pickle]))));
            assert!(bars(&unknown, Some(&member(0, origin, &[FormatId::Json]))));
        }
        for origin in [Origin::Named, Origin::Hidden, Origin::Decoded, Origin::Remainder, Origin::Value] {
            assert!(bars(&unknown, Some(&member(0, origin, &[]))), "{origin:?}");
        }
    }

    #[test]
    fn a_document_bars_unless_it_is_a_file_beside_others_that_promises_nothing_else() {
        let document = Incomplete { format: Some(FormatId::Pdf), ..unread(0, IncompleteKind::Unsupported) };
        assert!(!bars(&document, Some(&member(0, Origin::File, &[FormatId::Pdf]))));
        assert!(!bars(&document, Some(&member(0, Origin::Entry, &[]))));
        assert!(bars(&document, Some(&member(0, Origin::File, &[FormatId::Torch]))));
        assert!(bars(&document, Some(&member(0, Origin::Named, &[FormatId::Pdf]))));
        let broken = Incomplete { format: Some(FormatId::Pdf), ..unread(0, IncompleteKind::Malformed) };
        assert!(bars(&broken, Some(&member(0, Origin::File, &[FormatId::Pdf]))));
        let other = Incomplete { format: Some(FormatId::Sqlite), ..unread(0, IncompleteKind::Unsupported) };
        assert!(bars(&other, Some(&member(0, Origin::File, &[]))));
    }

    #[test]
    fn a_record_of_a_member_that_does_not_exist_bars() {
        assert!(bars(&unread(7, IncompleteKind::UnknownFormat), None));
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
        let (no_patterns, limits, known) = (Matcher::default(), Limits::default(), Known::default());
        let terms = |audit, replay| Terms {
            evaluated_at: "2026-01-31T12:00:00Z",
            fail_on: Level::Deny,
            exclude: &no_patterns,
            waivers: &[],
            audit,
            replay,
            signing: false,
        };
        let options =
            |audit, replay| Options { limits: &limits, progress: &(), known: &known, terms: terms(audit, replay) };
        let layers = Layers::one(crate::policy::PolicySet::embedded().unwrap());
        let paths = ["good", "odd", "nowhere"].map(|name| folder.path().join(name));
        let checked = check(&paths, &layers, Path::new("not needed"), &options(false, false)).unwrap();
        let verdicts: Vec<Verdict> = checked.report.artifacts.iter().map(|artifact| artifact.verdict).collect();
        assert_eq!(verdicts, [Verdict::Passed, Verdict::Passed]);
        assert_eq!(checked.report.verdict, Verdict::Failed);
        assert_eq!(checked.report.errors[0].kind, NotJudgedKind::Missing);
        let [approved] = checked.approved.as_slice() else { panic!("{:?}", checked.approved) };
        let digests: Vec<&Digest> = approved.files().iter().map(|(_, digest)| digest).collect();
        assert_eq!(digests, [&crate::digest::of(b"one\n"), &crate::digest::of(b"two\n")]);
        assert_eq!(Some(approved.digest()), checked.report.artifacts[0].digest.as_ref());
        assert_eq!(approved.policy(), checked.report.policy.digest);
        let audited = check(&paths, &layers, Path::new("not needed"), &options(true, false)).unwrap();
        assert!(audited.approved.is_empty() && audited.report.audit);
        let again = check(&paths, &layers, Path::new("not needed"), &options(false, true)).unwrap();
        assert!(again.approved.is_empty() && again.report == checked.report);
    }
}
