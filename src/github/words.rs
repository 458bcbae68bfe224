//! The words that several outlets share, cut at what GitHub takes. Nothing of a report stands in them unescaped.

use crate::github::Submission;
use crate::place::deceives;
use crate::report::{self, Location, MarkdownLook, plain};
use crate::verdict::{Finding, IncompletePlace, Level, NotJudged, Report, Summary, Verdict};

/// What stands above a report that another workflow made.
const UNVERIFIED: &str = "This report was made by the pull request's own workflow, which the pull request may have changed. Nothing \
                          here has been verified.";

/// One line: `failed: 1 denied, 0 warned, 0 not read`.
pub(super) fn headline(report: &Report) -> String {
    let Summary { artifacts, denied, warned, waived, incomplete, .. } = report.summary;
    let head = match (report.verdict, artifacts) {
        (Verdict::Passed, 0) => return "passed: nothing changed, so nothing was judged".to_owned(),
        (Verdict::Passed, _) => "passed",
        (Verdict::Failed, _) if report.audit => "let through by --audit",
        (Verdict::Failed, _) => "failed",
    };
    let mut text = format!("{head}: {denied} denied, {warned} warned, {incomplete} not read");
    for (count, what) in
        [(waived, "waived"), (u64::try_from(report.errors.len()).unwrap_or(u64::MAX), "named but not judged")]
    {
        if count > 0 {
            text.push_str(&format!(", {count} {what}"));
        }
    }
    text
}

/// The report as a page of Markdown of at most `limit` bytes, for a comment, a check run or the job's summary.
pub(super) fn page(submission: &Submission<'_>, limit: usize) -> String {
    let own = submission.context.own;
    let note = if own { String::new() } else { format!("> {UNVERIFIED}\n\n") };
    let size = limit.saturating_sub(note.len());
    format!("{note}{}", report::markdown(submission.report, &MarkdownLook { size, links: own }))
}

/// Text of at most `limit` bytes, cut between characters, and the words that it was.
pub(super) fn cut(text: &str, limit: usize) -> String {
    if text.len() <= limit {
        return text.to_owned();
    }
    let note = format!("\n... cut: {} bytes in all", text.len());
    let mut end = limit.saturating_sub(note.len());
    while !text.is_char_boundary(end) {
        end = end.saturating_sub(1);
    }
    format!("{}{note}", text.get(..end).unwrap_or_default())
}

/// Text on one line of at most `limit` characters.
pub(super) fn line(text: &str, limit: usize) -> String {
    let text = plain(text);
    if text.chars().count() <= limit {
        return text;
    }
    text.chars().take(limit.saturating_sub(3)).chain("...".chars()).collect()
}

/// One thing that a report tells.
#[derive(Clone, Copy)]
pub(super) enum Item<'a> {
    /// A named path that could not be judged.
    Error(&'a NotJudged),
    /// Content that was not read and that no finding speaks of.
    Unread(&'a IncompletePlace),
    /// A finding.
    Finding(&'a Finding),
}

impl<'a> Item<'a> {
    /// What a report tells that no waiver accepts: worst first, then in the report's order.
    pub(super) fn all(report: &'a Report) -> Vec<Self> {
        let mut items: Vec<Self> = report.errors.iter().map(Self::Error).collect();
        for artifact in &report.artifacts {
            items.extend(artifact.findings.iter().filter(|finding| finding.waived.is_none()).map(Self::Finding));
            items.extend(artifact.untold().map(Self::Unread));
        }
        items.sort_by_key(|item| !item.fails());
        items
    }

    /// Whether it is more than a warning.
    pub(super) fn fails(&self) -> bool {
        match self {
            Self::Error(_) | Self::Unread(_) => true,
            Self::Finding(finding) => finding.level == Level::Deny,
        }
    }

    /// The file on disk that it is about.
    pub(super) fn file(&self) -> &'a str {
        match self {
            Self::Error(error) => &error.path,
            Self::Unread(record) => &record.file,
            Self::Finding(finding) => &finding.file,
        }
    }

    /// A few words.
    pub(super) fn title(&self) -> String {
        match self {
            Self::Error(_) => "not judged".to_owned(),
            Self::Unread(_) => "not read".to_owned(),
            Self::Finding(finding) => format!("{}[{}] {}", finding.level, finding.rule, finding.title),
        }
    }

    /// What happened, in one sentence.
    pub(super) fn message(&self) -> &'a str {
        match self {
            Self::Error(error) => &error.message,
            Self::Unread(record) => &record.what,
            Self::Finding(finding) => &finding.message,
        }
    }

    /// The member and the byte in it.
    pub(super) fn place(&self) -> String {
        let (place, offset) = match self {
            Self::Error(error) => (&error.path, None),
            Self::Unread(record) => (&record.place, record.offset),
            Self::Finding(finding) => (&finding.place, finding.offset),
        };
        offset.map_or_else(|| place.clone(), |offset| format!("{place}, byte {offset}"))
    }
}

/// Where a file of the report lies in the repository; `None` when it lies outside.
pub(super) fn location(submission: &Submission<'_>, file: &str) -> Option<Location> {
    Location::new(file, submission.report.prefix.as_deref(), submission.context.root.as_deref())
}

/// The name that GitHub has for a file, by which it ties what is said to the file; as a report shows it where the name could steer a
/// terminal or the runner.
pub(super) fn path(location: &Location) -> String {
    let steers = |name: &str| name.chars().any(deceives) || name.contains("##[");
    location.name().filter(|name| !steers(name)).map_or_else(|| plain(&location.shown()), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_text_says_so_and_holds_the_limit() {
        assert_eq!(cut("short", 5), "short");
        for limit in 30..60 {
            let text = cut(&"ä".repeat(50), limit);
            assert!(text.len() <= limit && text.ends_with("cut: 100 bytes in all"), "{text}");
        }
        assert_eq!(line(&"ä".repeat(300), 255).chars().count(), 255);
    }
}
