//! Where a report goes: standard output or a file, and other files beside it.

use crate::cli::arguments::{ReportFormat, ReportOutput, Speech};
use crate::cli::exit::Exit;
use crate::cli::{speech, tell};
use crate::report::{self, Findings, MarkdownLook};
use crate::verdict::Report;
use std::io::{self, Write};
use std::path::Path;

/// A page of our own report, of a size that GitHub takes as a comment.
const MARKDOWN: MarkdownLook = MarkdownLook { size: MarkdownLook::COMMENT, links: true };

/// The files that a report will be written to.
pub(super) fn files(output: &ReportOutput) -> impl Iterator<Item = &Path> {
    let others = output.reports.iter().map(|(_, file)| file.as_path());
    output.output.output.as_deref().into_iter().chain(others)
}

/// Writes a report everywhere it was asked for, whatever its verdict is, and comes to its exit code. A file that cannot be written
/// keeps no other from being written; it is told, and the run ends with 2.
pub(super) fn write(report: &Report, output: &ReportOutput, speech: &Speech) -> anyhow::Result<Exit> {
    let mut exit = Exit::of(report);
    for (format, file) in &output.reports {
        if let Err(error) = one(report, *format, Some(file), speech) {
            speech::error(speech.color, &format!("{error:#}"));
            exit = Exit::NoJudgement;
        }
    }
    one(report, output.format, output.output.output.as_deref(), speech)?;
    tell(speech.color, &report.errors);
    Ok(exit)
}

fn one(report: &Report, format: ReportFormat, file: Option<&Path>, speech: &Speech) -> anyhow::Result<()> {
    let look = speech::look(speech, file);
    speech::write(speech, file, |out| text(report, format, look, out))
}

fn text(report: &Report, format: ReportFormat, look: report::Look, out: &mut impl Write) -> io::Result<()> {
    match format {
        ReportFormat::Terminal => {
            report::terminal(report, look, out)?;
            report::explanations(report.explanations.as_deref().unwrap_or_default(), out)
        }
        ReportFormat::Json => report::json(report, out),
        ReportFormat::Sarif => report::sarif(report, Findings::All, out),
        ReportFormat::Junit => report::junit(&report::suites(report), out),
        ReportFormat::Markdown => out.write_all(report::markdown(report, &MARKDOWN).as_bytes()),
        ReportFormat::Gitlab => report::gitlab(report, out),
        ReportFormat::Cyclonedx => report::cyclonedx(report, out),
    }
}
