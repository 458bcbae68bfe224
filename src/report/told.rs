//! What a report tells, as one list that the outlets for programs share: findings, what was not read and no finding speaks of, and named
//! paths that were not judged. So no reader of an outlet takes a gap for a pass.

use crate::digest;
use crate::report::{Location, words};
use crate::verdict::{ArtifactReport, Finding, IncompletePlace, Level, NotJudged, Report, Verdict, Waived};
use std::cmp::Reverse;
use std::collections::HashMap;

/// The rule of unread content that no finding speaks of. It and the next one are told by the tool itself and stand in no policy.
pub(super) const NOT_READ: &str = "weighbridge/not-read";

/// The rule of named paths without a judgement.
pub(super) const NOT_JUDGED: &str = "weighbridge/not-judged";

/// What one thing does to the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Weight {
    /// Nothing: a waiver accepts it.
    Note,
    /// It is told.
    Warning,
    /// The run fails by it.
    Error,
}

/// One thing that a report tells.
#[derive(Debug, Clone)]
pub(super) struct Told<'a> {
    /// Index of its artifact; `None` for a path that was not judged.
    pub artifact: Option<usize>,
    /// Id of its rule.
    pub rule: &'a str,
    pub weight: Weight,
    /// What was found, in one sentence.
    pub message: String,
    /// The member.
    pub place: &'a str,
    /// The file on disk that holds the member.
    pub file: &'a str,
    /// Byte offset in the member.
    pub offset: Option<u64>,
    /// The finding, if it is one.
    pub finding: Option<&'a Finding>,
    /// What is the same in every run that finds the same, as 64 hexadecimal digits.
    pub identity: String,
    /// Counts from 1 what has the same identity, in the report's order.
    pub occurrence: u32,
}

impl<'a> Told<'a> {
    /// The waiver that accepts it.
    pub fn waived(&self) -> Option<&'a Waived> {
        self.finding.and_then(|finding| finding.waived.as_ref())
    }

    /// Where it is, for people: `model.pt!archive/data.pkl, byte 42`.
    pub fn at(&self) -> String {
        self.offset.map_or_else(|| self.place.to_owned(), |offset| format!("{}, byte {offset}", self.place))
    }

    /// Identity and occurrence as one digest: no two of one report share it.
    pub fn fingerprint(&self) -> String {
        digest::of(format!("{}:{}", self.identity, self.occurrence).as_bytes()).sha256
    }

    /// The part of its place below its file: `archive/data.pkl`; empty for the file itself.
    pub fn member(&self) -> &'a str {
        self.place.strip_prefix(self.file).map_or(self.place, |below| below.strip_prefix('!').unwrap_or(below))
    }
}

/// Everything that a report tells, worst first, then in the report's order.
pub(super) fn all(report: &Report) -> Vec<Told<'_>> {
    let mut all = Vec::new();
    for (index, artifact) in report.artifacts.iter().enumerate() {
        let mut of_artifact: Vec<Told<'_>> = artifact.findings.iter().map(|one| finding(index, one)).collect();
        of_artifact.extend(artifact.untold().map(|record| unread(index, artifact, record)));
        if artifact.verdict == Verdict::Failed {
            fail(index, artifact, &mut of_artifact);
        }
        all.append(&mut of_artifact);
    }
    all.extend(report.errors.iter().map(not_judged));
    if report.audit {
        // Nothing stops in this run. What could not be judged stays an error, as its exit code does.
        for told in all.iter_mut().filter(|told| told.artifact.is_some()) {
            told.weight = told.weight.min(Weight::Warning);
        }
    }
    identify(report, &mut all);
    all.sort_by_key(|told| Reverse(told.weight));
    all
}

fn finding(artifact: usize, finding: &Finding) -> Told<'_> {
    let weight = match (&finding.waived, finding.level) {
        (Some(_), _) => Weight::Note,
        (None, Level::Deny) => Weight::Error,
        (None, Level::Warn) => Weight::Warning,
    };
    Told {
        artifact: Some(artifact),
        rule: &finding.rule,
        weight,
        message: finding.message.clone(),
        place: &finding.place,
        file: &finding.file,
        offset: finding.offset,
        finding: Some(finding),
        identity: String::new(),
        occurrence: 1,
    }
}

fn unread<'a>(artifact: usize, of: &'a ArtifactReport, record: &'a IncompletePlace) -> Told<'a> {
    Told {
        artifact: Some(artifact),
        rule: NOT_READ,
        // What does not keep its artifact from passing is told.
        weight: if of.verdict == Verdict::Failed { Weight::Error } else { Weight::Warning },
        message: format!("Content was not read ({}): {}.", words::kind(record), record.what),
        place: if record.place.is_empty() { &of.path } else { &record.place },
        file: if record.file.is_empty() { &of.path } else { &record.file },
        offset: record.offset,
        finding: None,
        identity: String::new(),
        occurrence: 1,
    }
}

/// Makes sure that something of a failed artifact is an error. Without a denial its warnings failed it (`--fail-on warn`); without
/// anything at all nothing of it was read.
fn fail<'a>(index: usize, artifact: &'a ArtifactReport, told: &mut Vec<Told<'a>>) {
    if told.iter().any(|one| one.weight == Weight::Error) {
        return;
    }
    if told.iter().all(|one| one.weight == Weight::Note) {
        told.push(Told {
            artifact: Some(index),
            rule: NOT_READ,
            weight: Weight::Error,
            message: "The artifact failed, and the report says no more.".to_owned(),
            place: &artifact.path,
            file: &artifact.path,
            offset: None,
            finding: None,
            identity: String::new(),
            occurrence: 1,
        });
    }
    for one in told.iter_mut().filter(|one| one.weight == Weight::Warning) {
        one.weight = Weight::Error;
    }
}

fn not_judged(error: &NotJudged) -> Told<'_> {
    Told {
        artifact: None,
        rule: NOT_JUDGED,
        weight: Weight::Error,
        message: format!("Not judged: {}.", why(error).trim_end_matches('.')),
        place: &error.path,
        file: &error.path,
        offset: None,
        finding: None,
        identity: String::new(),
        occurrence: 1,
    }
}

/// Why a path was not judged, without the path in front.
pub(super) fn why(error: &NotJudged) -> &str {
    error.message.strip_prefix(&error.path).and_then(|why| why.strip_prefix(": ")).unwrap_or(&error.message)
}

/// Gives each its identity: rule, file in the repository, member below it, and the names that its message quotes. Offsets, sizes and the
/// message's other words are no part of it, so that it stays when content moves and when a rule is worded anew. Those that share
/// it are counted in the report's order.
fn identify(report: &Report, all: &mut [Told<'_>]) {
    let mut counted: HashMap<String, u32> = HashMap::new();
    for told in all {
        let file = Location::new(told.file, report.prefix.as_deref(), None);
        let file = file.map_or_else(|| told.file.to_owned(), |location| location.shown());
        // Escaped texts hold no line ends; those of a report from elsewhere may, so each part says its length.
        let mut text = String::new();
        for part in [told.rule, &file, told.member()].into_iter().chain(quoted(&told.message)) {
            text.push_str(&format!("{}:{part}\n", part.len()));
        }
        told.identity = digest::of(text.as_bytes()).sha256;
        let count = counted.entry(told.identity.clone()).or_insert(0);
        *count = count.saturating_add(1);
        told.occurrence = *count;
    }
}

/// What stands between back quotes: names that an artifact has.
fn quoted(message: &str) -> impl Iterator<Item = &str> {
    message.split('`').skip(1).step_by(2)
}
