//! A report as a page of Markdown: the comment on a pull request, the summary of a job or of a check run. The verdict first, what to
//! do beside every failure, all else folded. Everything in a report is untrusted text; `text.rs` makes it that.

mod artifact;
mod footer;
mod page;
mod text;
mod waiver;

pub use text::{code, prose};

use crate::verdict::{ArtifactReport, Finding, JudgedFrom, Level, NotJudged, Report, Verdict};
use page::{Part, Rank, Section, assemble, counted};

/// How a page is to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MarkdownLook {
    /// The most bytes of UTF-8; what does not fit is counted. At least 500 are needed to say anything.
    pub size: usize,
    /// Whether the report is our own, so that the addresses in it may be links. `false` for a report that somebody else wrote.
    pub links: bool,
}

impl MarkdownLook {
    /// For a comment: GitHub takes 65,536 characters by its own words, and 262,144 bytes as measured. Leaves room for a marker.
    pub const COMMENT: usize = 60_000;
    /// For the summary or the text of a check run: each 65,535 characters (GitHub's REST API, "Create a check run").
    pub const CHECK_RUN: usize = 60_000;
    /// For the summary of a job: 1,024 KiB a step (actions/runner, `CreateStepSummaryCommand`).
    pub const JOB_SUMMARY: usize = 1_000_000;
}

/// Failed artifacts whose findings are told, the most rows of a table, and the most lines of a list.
const ROWS: usize = 25;

/// Rows of artifacts that passed which are not folded.
const OPEN_ROWS: usize = 20;

/// Characters of a name in a table, in a heading, in running text, and of a sentence.
const CELL: usize = 72;
const HEADING: usize = 120;
const NAME: usize = 240;
const SENTENCE: usize = 600;

/// A report as a page.
#[must_use]
pub fn write(report: &Report, look: &MarkdownLook) -> String {
    let counts = Counts::new(report);
    let head = format!("## {}\n\n{}\n\n", heading(report, &counts), sentence(report, &counts));
    let mut sections = vec![notices(report)];
    sections.extend(table(report, look.size));
    sections.push(not_judged(&report.errors));
    sections.extend(artifact::failed(report, look.links));
    sections.push(waiver::to_look_at(report));
    sections.push(artifact::warned(report, look.links));
    sections.push(waiver::accepted(report));
    sections.push(footer::write(report));
    assemble(&head, &sections, look.size)
}

/// What the artifacts say, whatever the report's own summary says.
struct Counts {
    artifacts: usize,
    failed: usize,
    denied: usize,
    warned: usize,
    waived: usize,
    unread: usize,
    excluded: usize,
}

impl Counts {
    fn new(report: &Report) -> Self {
        let sum = |count: fn(&ArtifactReport) -> usize| report.artifacts.iter().map(count).sum();
        Self {
            artifacts: report.artifacts.len(),
            failed: report.artifacts.iter().filter(|artifact| fails(artifact)).count(),
            denied: sum(|artifact| open(artifact, Level::Deny)),
            warned: sum(|artifact| open(artifact, Level::Warn)),
            waived: sum(|artifact| artifact.findings.iter().filter(|finding| finding.waived.is_some()).count()),
            unread: sum(|artifact| artifact.incomplete.len()),
            excluded: sum(|artifact| artifact.excluded.len()),
        }
    }
}

/// Whether an artifact failed, by its verdict or by what the report says of it.
fn fails(artifact: &ArtifactReport) -> bool {
    artifact.verdict == Verdict::Failed || open(artifact, Level::Deny) > 0
}

/// Findings of a level that nobody accepted.
fn open(artifact: &ArtifactReport, level: Level) -> usize {
    let counts = |finding: &&Finding| finding.level == level && finding.waived.is_none();
    artifact.findings.iter().filter(counts).count()
}

/// Whether the run failed, by any word of the report.
fn failed(report: &Report, counts: &Counts) -> bool {
    report.verdict == Verdict::Failed || counts.failed > 0 || !report.errors.is_empty()
}

fn heading(report: &Report, counts: &Counts) -> &'static str {
    let unchanged = report.changed.is_some() && counts.artifacts == 0;
    match (failed(report, counts), report.audit) {
        (true, true) => "✗ weighbridge: failed, let through (audit)",
        (true, false) => "✗ weighbridge: failed",
        (false, _) if unchanged => "✓ weighbridge: passed, nothing changed",
        (false, true) => "✓ weighbridge: passed (audit)",
        (false, false) => "✓ weighbridge: passed",
    }
}

/// One sentence of counts.
fn sentence(report: &Report, counts: &Counts) -> String {
    let Counts { artifacts, failed, denied, warned, waived, unread, excluded } = *counts;
    let head = match (artifacts, failed, report.errors.len()) {
        (0, _, 0) => match &report.changed {
            Some(changed) => {
                let (files, since) =
                    (counted(whole(changed.files), ("file", "files")), text::code(&changed.since, CELL));
                let named = match whole(changed.unchanged) {
                    0 => "to an artifact".to_owned(),
                    1 => "to the named artifact".to_owned(),
                    many => format!("to the {} named artifacts", page::number(many)),
                };
                return format!("{files} changed since {since}, and none belongs {named}. Nothing was judged.");
            }
            None => return "Nothing was judged.".to_owned(),
        },
        (0, _, _) => "Nothing could be judged".to_owned(),
        (_, 0, 1..) => format!("Not all was judged, {} passed", counted(artifacts, ("artifact", "artifacts"))),
        (1, 0, _) => "The artifact passed".to_owned(),
        (_, 0, _) => format!("All {} passed", counted(artifacts, ("artifact", "artifacts"))),
        (1, ..) => "The artifact failed".to_owned(),
        _ => format!("{} of {} failed", page::number(failed), counted(artifacts, ("artifact", "artifacts"))),
    };
    let mut told = Vec::new();
    for (count, one, several) in [
        (denied, "finding denies", "findings deny"),
        (warned, "finding warns", "findings warn"),
        (unread, "place was not read", "places were not read"),
        (report.errors.len(), "named path was not judged", "named paths were not judged"),
        (waived, "finding is waived", "findings are waived"),
        (excluded, "file is excluded", "files are excluded"),
    ] {
        if count > 0 {
            told.push(counted(count, (one, several)));
        }
    }
    if told.is_empty() {
        format!("**{head}**; nothing was found.")
    } else {
        format!("**{head}:** {}.", told.join(", "))
    }
}

/// What changes the meaning of the verdict.
fn notices(report: &Report) -> Section {
    let mut texts = Vec::new();
    if report.audit {
        texts.push(
            "**Audit:** everything is let through. Failed artifacts do not fail this run, and none is approved."
                .to_owned(),
        );
    }
    if report.judged_from == JudgedFrom::Facts {
        texts.push(
            "**Judged from facts:** they were taken as given. No content was read, so this says nothing about files on disk."
                .to_owned(),
        );
    }
    if let Some(changed) = report.changed.as_ref().filter(|_| !report.artifacts.is_empty()) {
        texts.push(format!(
            "**Only what changed** since {}: {}; {}.",
            text::code(&changed.since, CELL),
            counted(whole(changed.files), ("file", "files")),
            counted(
                whole(changed.unchanged),
                ("unchanged artifact was not judged", "unchanged artifacts were not judged")
            ),
        ));
    }
    let parts = texts.into_iter().map(|text| Part::new(Rank::Notice, format!("{text}\n\n"))).collect();
    Section { open: String::new(), parts, left: 0, noun: ("notice", "notices"), close: "" }
}

/// A count of a report, which may come from anywhere.
fn whole(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

/// The table by artifact: those that failed, then the others, folded when they are many.
fn table(report: &Report, size: usize) -> Vec<Section> {
    let noun = ("artifact", "artifacts");
    let head = "| artifact | verdict | denied | warned | not read | sha256 |\n|:--|:--|--:|--:|--:|:--|\n";
    // A quarter of the page; a row takes about 130 bytes.
    let most = size.div_euclid(4 * 130).clamp(2, ROWS);
    let (bad, good): (Vec<&ArtifactReport>, Vec<&ArtifactReport>) =
        report.artifacts.iter().partition(|artifact| fails(artifact));
    let rows = |rank: Rank, list: &[&ArtifactReport]| -> Vec<Part> {
        list.iter().take(most).map(|artifact| Part::new(rank, row(artifact))).collect()
    };
    let (failed, passed) = (rows(Rank::Named, &bad), rows(Rank::Passed, &good));
    let left = |all: usize, shown: &[Part]| all.saturating_sub(shown.len());
    let (left_failed, left_passed) = (left(bad.len(), &failed), left(good.len(), &passed));
    if report.artifacts.len() <= OPEN_ROWS {
        let parts = failed.into_iter().chain(passed).collect();
        let left = left_failed.saturating_add(left_passed);
        return vec![Section { open: head.to_owned(), parts, left, noun, close: "" }];
    }
    let summary = counted(good.len(), ("artifact passed", "artifacts passed"));
    let folded = format!("<details>\n<summary>{summary}</summary>\n\n{head}");
    vec![
        Section {
            open: head.to_owned(),
            parts: failed,
            left: left_failed,
            noun: ("failed artifact", "failed artifacts"),
            close: "",
        },
        Section { open: folded, parts: passed, left: left_passed, noun, close: "</details>" },
    ]
}

fn row(artifact: &ArtifactReport) -> String {
    let verdict = if fails(artifact) { "✗ **failed**" } else { "✓ passed" };
    let digest = artifact.digest.as_ref().map_or_else(
        || "none".to_owned(),
        |digest| text::cell_code(&digest.sha256.chars().take(12).collect::<String>(), CELL),
    );
    format!(
        "| {} | {verdict} | {} | {} | {} | {digest} |\n",
        text::cell_code(&artifact.path, CELL),
        page::number(open(artifact, Level::Deny)),
        page::number(open(artifact, Level::Warn)),
        page::number(artifact.incomplete.len()),
    )
}

/// Named paths without a judgement.
fn not_judged(errors: &[NotJudged]) -> Section {
    let part = |error: &NotJudged| {
        // The message begins with the path in most cases.
        let message = error
            .message
            .strip_prefix(&error.path)
            .map_or(error.message.as_str(), |rest| rest.trim_start_matches([':', ' ']));
        let line = |limit| format!("- {}: {}\n", text::code(&error.path, limit), text::prose(message, limit));
        Part { full: Some(line(SENTENCE)), ..Part::new(Rank::Named, line(CELL)) }
    };
    Section {
        open: "### Not judged\n\nWhat is named and cannot be judged does not pass.\n\n".to_owned(),
        parts: errors.iter().take(ROWS).map(part).collect(),
        left: errors.len().saturating_sub(ROWS),
        noun: ("path that was not judged", "paths that were not judged"),
        close: "",
    }
}
