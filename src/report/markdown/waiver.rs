//! Waivers: those that somebody has to look at, and those that cover a finding.

use super::page::{Part, Rank, Section, counted};
use super::{NAME, ROWS, SENTENCE, text};
use crate::report::words::proof;
use crate::verdict::{Report, WaiverReport, WaiverState};

const WAIVER: (&str, &str) = ("waiver", "waivers");

/// Those that cover nothing, and those that soon will not.
pub(super) fn to_look_at(report: &Report) -> Section {
    let open = "### Waivers to look at\n\n".to_owned();
    section(report, open, Rank::Waivers, "", |state| state != WaiverState::Used)
}

/// Those that cover a finding, folded.
pub(super) fn accepted(report: &Report) -> Section {
    let count = report.waivers.iter().filter(|waiver| waiver.state == WaiverState::Used).count();
    let summary = counted(count, ("waiver is used", "waivers are used"));
    let open = format!("<details>\n<summary>{summary}</summary>\n\n");
    section(report, open, Rank::Rest, "</details>", |state| state == WaiverState::Used)
}

fn section(
    report: &Report,
    open: String,
    rank: Rank,
    close: &'static str,
    wanted: impl Fn(WaiverState) -> bool,
) -> Section {
    let waivers: Vec<&WaiverReport> = report.waivers.iter().filter(|waiver| wanted(waiver.state)).collect();
    let parts = waivers.iter().take(ROWS).map(|waiver| Part::new(rank, line(waiver))).collect();
    Section { open, parts, left: waivers.len().saturating_sub(ROWS), noun: WAIVER, close }
}

fn line(waiver: &WaiverReport) -> String {
    let state = match waiver.state {
        WaiverState::Used => "Used",
        WaiverState::Unused => "Unused",
        WaiverState::Expired => "Expired",
        WaiverState::Expiring => "Expires soon",
        WaiverState::Refused => "Refused",
    };
    // What is wrong with it, or what it was accepted for.
    let why = text::prose(waiver.why.as_deref().unwrap_or(&waiver.reason), SENTENCE);
    let (rule, path) = (text::code(&waiver.rule, NAME), text::code(&waiver.path, NAME));
    let proof = text::prose(&proof(waiver.approver_proof, waiver.signed_by.as_deref()), NAME);
    let by = text::prose(&waiver.approver, NAME);
    let (until, file) = (text::day(&waiver.expires), text::code(&waiver.file, NAME));
    format!(
        "- **{state}:** {rule} in {path}: {why}\\\n  By {by} ({proof}) until {until}, {file} line {}\n",
        waiver.line
    )
}
