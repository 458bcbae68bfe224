//! Waivers: those that somebody has to look at, and those that cover a finding.

use super::page::{Part, Rank, Section, counted};
use super::{CELL, ROWS, SENTENCE, text};
use crate::report::words::proof;
use crate::verdict::{Report, WaiverReport, WaiverState};

const WAIVER: (&str, &str) = ("waiver", "waivers");
const HEAD: &str = "| waiver | rule | place | approver | until | why |\n|:--|:--|:--|:--|:--|:--|\n";

/// Those that cover nothing, and those that soon will not.
pub(super) fn to_look_at(report: &Report) -> Section {
    let open = format!("### Waivers to look at\n\n{HEAD}");
    section(report, open, Rank::Waivers, "", |state| state != WaiverState::Used)
}

/// Those that cover a finding, folded.
pub(super) fn accepted(report: &Report) -> Section {
    let count = report.waivers.iter().filter(|waiver| waiver.state == WaiverState::Used).count();
    let summary = counted(count, ("waiver is used", "waivers are used"));
    let open = format!("<details>\n<summary>{summary}</summary>\n\n{HEAD}");
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
    let parts = waivers.iter().take(ROWS).map(|waiver| Part::new(rank, row(waiver))).collect();
    Section { open, parts, left: waivers.len().saturating_sub(ROWS), noun: WAIVER, close }
}

fn row(waiver: &WaiverReport) -> String {
    let state = match waiver.state {
        WaiverState::Used => "used",
        WaiverState::Unused => "unused",
        WaiverState::Expired => "expired",
        WaiverState::Expiring => "expires soon",
        WaiverState::Refused => "refused",
    };
    // What is wrong with it, or what it was accepted for.
    let why = waiver.why.as_deref().unwrap_or(&waiver.reason);
    format!(
        "| **{state}** | {} | {} | {} ({}) | {} | {} |\n",
        text::cell_code(&waiver.rule, CELL),
        text::cell_code(&waiver.path, CELL),
        text::cell_prose(&waiver.approver, CELL),
        proof(waiver.approver_proof),
        text::cell_prose(&waiver.expires, CELL),
        text::cell_prose(why, SENTENCE),
    )
}
