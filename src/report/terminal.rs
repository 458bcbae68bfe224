//! A report for a person at a terminal: one block an artifact, the verdict first, and a one-line summary last.

use crate::report::group::{chosen, groups, together};
use crate::report::plain;
use crate::report::words::{bytes, kind, proof, signer};
use crate::verdict::{
    ArtifactReport, Changed, Finding, IncompletePlace, JudgedFrom, Layer, Level, NotJudged, Report, Rule, Summary,
    Verdict, WaiverReport, WaiverState,
};
use anstyle::{AnsiColor, Style};
use std::borrow::Cow;
use std::io::{self, Write};

/// Places shown of one finding, and findings shown of one rule, before the rest are counted.
const FOLD: usize = 3;

/// Waivers shown before the rest are counted.
const WAIVERS: usize = 10;

/// How a report is to look. Styles are always written; who prints takes them out where they are not wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Columns.
    pub width: usize,
    /// Whether signs beyond ASCII may be written.
    pub unicode: bool,
    /// How much.
    pub shown: Shown,
}

/// How much of a report is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// Failed artifacts by name, and the summary if there are any.
    Quiet,
    /// Findings, the many alike counted.
    Normal,
    /// Everything.
    Verbose,
}

const RED: Style = AnsiColor::Red.on_default().bold();
const GREEN: Style = AnsiColor::Green.on_default().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default().bold();
const BLUE: Style = AnsiColor::Blue.on_default().bold();
const CYAN: Style = AnsiColor::Cyan.on_default();
const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

/// Signs, with a fallback for terminals that know ASCII alone.
struct Signs {
    passed: &'static str,
    failed: &'static str,
    dot: &'static str,
    bar: &'static str,
    place: &'static str,
    says: &'static str,
    more: &'static str,
}

const UNICODE: Signs =
    Signs { passed: "✓", failed: "✗", dot: " · ", bar: "│", place: "╭─", says: "╰─", more: "…" };
const ASCII: Signs = Signs { passed: "ok", failed: "x", dot: ", ", bar: "|", place: "->", says: "=", more: "..." };

/// Writes a report.
///
/// # Errors
/// What `out` says.
pub fn write(report: &Report, look: Look, out: &mut impl Write) -> io::Result<()> {
    let mut writer = Writer::new(look, out);
    writer.audit(report)?;
    for artifact in &report.artifacts {
        writer.artifact(artifact)?;
    }
    for error in &report.errors {
        writer.error(error)?;
    }
    writer.removed(report)?;
    writer.waivers(report)?;
    writer.summary(report)?;
    writer.audit(report)
}

/// Writes what is known of a rule.
///
/// # Errors
/// What `out` says.
pub fn rule(rule: &Rule, look: Look, out: &mut impl Write) -> io::Result<()> {
    let mut writer = Writer::new(look, out);
    let style = level_style(rule.level);
    let id = plain(&rule.id);
    writeln!(writer.out, "{style}{}[{id}]{style:#} {BOLD}{}{BOLD:#}", rule.level, plain(&rule.title))?;
    for paragraph in rule.description.split("\n\n").filter(|text| !text.trim().is_empty()) {
        writeln!(writer.out)?;
        writer.text(paragraph)?;
    }
    writeln!(writer.out)?;
    writer.labelled("says", &rule.message)?;
    writer.labelled("remedy", rule.advice())?;
    writer.labelled("since", &rule.since)?;
    if let Some(day) = &rule.effective_on {
        writer.labelled("from", &format!("{day} on; before that day it only warns"))?;
    }
    if !rule.formats.is_empty() {
        writer.labelled("formats", &rule.formats.join(", "))?;
    }
    for page in &rule.related_resources {
        writer.labelled("see", page)?;
    }
    Ok(())
}

struct Writer<'a, W> {
    out: &'a mut W,
    look: Look,
    signs: Signs,
}

impl<'a, W: Write> Writer<'a, W> {
    fn new(look: Look, out: &'a mut W) -> Self {
        // Under 40 columns a wrapped line says little; a terminal of that size wraps by itself.
        let look = Look { width: look.width.clamp(40, 120), ..look };
        Self { out, look, signs: if look.unicode { UNICODE } else { ASCII } }
    }

    fn artifact(&mut self, artifact: &ArtifactReport) -> io::Result<()> {
        let failed = artifact.verdict == Verdict::Failed;
        if self.look.shown == Shown::Quiet && !failed {
            return Ok(());
        }
        let (style, sign, word) =
            if failed { (RED, self.signs.failed, "failed") } else { (GREEN, self.signs.passed, "passed") };
        let path = plain(&artifact.path);
        let about = self.about(artifact);
        write!(self.out, "{style}{sign}{style:#} {BOLD}{path}{BOLD:#}  {style}{word}{style:#}")?;
        if self.look.shown == Shown::Quiet {
            return writeln!(self.out);
        }
        let silent = artifact.findings.is_empty() && artifact.incomplete.is_empty();
        if silent && self.look.shown == Shown::Normal {
            return writeln!(self.out, "  {DIM}{about}{DIM:#}");
        }
        writeln!(self.out, "\n  {DIM}{about}{DIM:#}")?;
        self.findings(&artifact.findings)?;
        self.unread(artifact)?;
        if self.look.shown == Shown::Verbose {
            for file in &artifact.excluded {
                writeln!(self.out, "  {DIM}excluded {}{DIM:#}", plain(file))?;
            }
        }
        writeln!(self.out)
    }

    fn about(&self, artifact: &ArtifactReport) -> String {
        let formats = artifact.formats.iter().map(|format| plain(format)).collect::<Vec<_>>().join(" + ");
        let formats = if formats.is_empty() { "unknown format".to_owned() } else { formats };
        let members = match artifact.members {
            0 | 1 => String::new(),
            count => format!("{}{count} members", self.signs.dot),
        };
        let excluded = match artifact.excluded.len() {
            0 => String::new(),
            count => format!("{}{count} excluded", self.signs.dot),
        };
        let digest = match (&artifact.digest, self.look.shown) {
            (None, _) => "no digest".to_owned(),
            (Some(digest), Shown::Verbose) => format!("sha256:{}", plain(&digest.sha256)),
            (Some(digest), _) => {
                let start: String = plain(&digest.sha256).chars().take(12).collect();
                format!("sha256:{start}{}", self.signs.more)
            }
        };
        format!("{formats}{}{}{members}{excluded}{}{digest}", self.signs.dot, bytes(artifact.size), self.signs.dot)
    }

    /// Findings in their order; those of one rule with one remedy stand together, and the many are counted.
    fn findings(&mut self, findings: &[Finding]) -> io::Result<()> {
        let groups = groups(findings);
        let mut told: Vec<&str> = Vec::new();
        for (index, group) in groups.iter().enumerate() {
            let Some(first) = group.first() else { continue };
            let before = groups.iter().take(index).filter(|other| same_rule(other, first)).count();
            if before < self.fold() {
                self.group(first, group)?;
            } else if !told.contains(&first.rule.as_str()) {
                told.push(&first.rule);
                let left: usize = groups.iter().skip(index).filter(|other| same_rule(other, first)).map(Vec::len).sum();
                self.headline(first, &format!("{left} more; --verbose shows all"))?;
            }
        }
        Ok(())
    }

    fn fold(&self) -> usize {
        if self.look.shown == Shown::Verbose { usize::MAX } else { FOLD }
    }

    fn headline(&mut self, finding: &Finding, text: &str) -> io::Result<()> {
        let (level, rule) = (finding.level, plain(&finding.rule));
        if finding.waived.is_some() {
            return writeln!(self.out, "\n  {DIM}{level}[{rule}] {text} (waived){DIM:#}");
        }
        let style = level_style(level);
        writeln!(self.out, "\n  {style}{level}[{rule}]{style:#} {BOLD}{text}{BOLD:#}")
    }

    fn group(&mut self, first: &Finding, group: &[&Finding]) -> io::Result<()> {
        self.headline(first, &plain(&first.title))?;
        let shown = chosen(group, self.fold());
        for finding in &shown {
            self.place(&finding.place, finding.offset)?;
            if self.settled(first) {
                continue;
            }
            let bar = format!("    {CYAN}{}{CYAN:#}  ", self.signs.bar);
            for line in finding.evidence.as_deref().unwrap_or_default().lines() {
                self.hanging(&plain(line), &bar, &bar, 7)?;
            }
            self.says(&finding.message)?;
        }
        let left = group.len().saturating_sub(shown.len());
        if left > 0 {
            let places = if left == 1 { "place" } else { "places" };
            writeln!(self.out, "    {DIM}and {left} more {places}; --verbose shows all{DIM:#}")?;
        }
        if let Some(waiver) = &first.waived {
            self.labelled(
                "waived",
                &format!(
                    "by {} ({}) until {}: {}",
                    waiver.approver,
                    proof(waiver.approver_proof, waiver.signed_by.as_deref()),
                    waiver.expires,
                    waiver.reason
                ),
            )?;
        }
        if self.settled(first) {
            return Ok(());
        }
        if let Some(why) = &first.not_waived {
            self.labelled("waiver", why)?;
        }
        if let Some(day) = &first.denies_from {
            self.labelled("from", &format!("{day} on this rule denies; until then it only warns"))?;
        }
        if !first.remedy.is_empty() {
            self.labelled("remedy", &first.remedy)?;
        }
        let allow: Vec<&str> = shown.iter().filter_map(|finding| finding.allow.as_deref()).collect();
        for (index, line) in together(&allow).into_iter().enumerate() {
            let label = if index == 0 { "allow" } else { "" };
            writeln!(self.out, "    {BLUE}{label:<7}{BLUE:#} {}", plain(line))?;
        }
        Ok(())
    }

    /// Whether a finding is told by its place alone: somebody accepted it.
    fn settled(&self, finding: &Finding) -> bool {
        finding.waived.is_some() && self.look.shown != Shown::Verbose
    }

    /// Loud, at the beginning and at the end: nothing stops in this run.
    fn audit(&mut self, report: &Report) -> io::Result<()> {
        if !report.audit {
            return Ok(());
        }
        write!(self.out, "{YELLOW}")?;
        self.text("AUDIT: everything is let through. Failed artifacts do not fail this run, and none is approved.")?;
        write!(self.out, "{YELLOW:#}")
    }

    /// Waivers that somebody has to look at: those that cover nothing, and those that soon will.
    fn waivers(&mut self, report: &Report) -> io::Result<()> {
        let all = self.look.shown == Shown::Verbose;
        let wanted = |waiver: &&WaiverReport| all || waiver.state != WaiverState::Used;
        let waivers: Vec<&WaiverReport> = report.waivers.iter().filter(wanted).collect();
        if waivers.is_empty() || self.look.shown == Shown::Quiet {
            return Ok(());
        }
        if report.artifacts.last().is_some_and(|last| last.findings.is_empty() && last.incomplete.is_empty()) {
            writeln!(self.out)?;
        }
        let fold = if all { usize::MAX } else { WAIVERS };
        for waiver in waivers.iter().take(fold) {
            let (style, state) = match waiver.state {
                WaiverState::Used => (DIM, "used"),
                WaiverState::Unused => (YELLOW, "unused"),
                WaiverState::Expired => (YELLOW, "expired"),
                WaiverState::Expiring => (YELLOW, "expiring"),
                WaiverState::Refused => (RED, "refused"),
            };
            let (rule, path) = (plain(&waiver.rule), plain(&waiver.path));
            writeln!(self.out, "{style}waiver {state}{style:#} {rule} at {path}")?;
            let why = waiver.why.as_deref().map(|why| format!("{why} ")).unwrap_or_default();
            let (by, proof) = (&waiver.approver, proof(waiver.approver_proof, waiver.signed_by.as_deref()));
            let text = format!("{why}({}:{}, by {by}, {proof})", waiver.file, waiver.line);
            self.hanging(&plain(&text), "    ", "    ", 4)?;
        }
        let left = waivers.len().saturating_sub(fold);
        if left > 0 {
            writeln!(self.out, "{DIM}and {left} more waivers to look at; --verbose shows all{DIM:#}")?;
        }
        writeln!(self.out)
    }

    fn place(&mut self, place: &str, offset: Option<u64>) -> io::Result<()> {
        let at = offset.map(|offset| format!(", byte {offset}")).unwrap_or_default();
        writeln!(self.out, "    {CYAN}{}{CYAN:#} {}{at}", self.signs.place, plain(place))
    }

    fn says(&mut self, text: &str) -> io::Result<()> {
        let sign = format!("    {CYAN}{:<2}{CYAN:#} ", self.signs.says);
        self.hanging(&plain(text), &sign, "       ", 7)
    }

    /// What was not read and no finding tells already.
    fn unread(&mut self, artifact: &ArtifactReport) -> io::Result<()> {
        let all = self.look.shown == Shown::Verbose;
        let told = |record: &IncompletePlace| {
            let same = |finding: &Finding| finding.rule.starts_with("core/") && finding.place == record.place;
            artifact.findings.iter().any(same)
        };
        let records: Vec<&IncompletePlace> = artifact.incomplete.iter().filter(|record| all || !told(record)).collect();
        let fold = self.fold();
        if !records.is_empty() {
            writeln!(self.out)?;
        }
        for record in records.iter().take(fold) {
            let (style, waived) = if record.waived { (DIM, " (waived)") } else { (RED, "") };
            let kind = kind(record);
            writeln!(self.out, "  {style}not read[{kind}]{style:#}{waived}")?;
            self.place(&record.place, record.offset)?;
            self.says(&record.what)?;
        }
        let left = records.len().saturating_sub(fold);
        if left > 0 {
            writeln!(self.out, "  {DIM}and {left} more not read; --verbose shows all{DIM:#}")?;
        }
        Ok(())
    }

    fn error(&mut self, error: &NotJudged) -> io::Result<()> {
        let (sign, path) = (self.signs.failed, plain(&error.path));
        writeln!(self.out, "{RED}{sign}{RED:#} {BOLD}{path}{BOLD:#}  {RED}not judged{RED:#}")
    }

    fn summary(&mut self, report: &Report) -> io::Result<()> {
        let failed = report.verdict == Verdict::Failed;
        if self.look.shown == Shown::Quiet && !failed {
            return Ok(());
        }
        if self.look.shown == Shown::Normal && report.artifacts.last().is_some_and(|last| last.findings.is_empty()) {
            writeln!(self.out)?;
        }
        if report.judged_from == JudgedFrom::Facts {
            let text =
                "These facts were taken as given. No content was read, so this says nothing about files on disk.";
            write!(self.out, "{YELLOW}")?;
            self.text(text)?;
            write!(self.out, "{YELLOW:#}")?;
        }
        let (style, sign) = if failed { (RED, self.signs.failed) } else { (GREEN, self.signs.passed) };
        let text = match &report.changed {
            Some(changed) if report.artifacts.is_empty() && !failed => {
                let since = plain(&changed.since);
                let what = match (changed.files, changed.removed.is_empty()) {
                    (0, _) => "nothing changed",
                    (_, true) => "nothing that is named changed",
                    (_, false) => "nothing is left of what changed",
                };
                format!("{what} since {since}, so nothing was judged{}", self.unchanged(changed))
            }
            Some(changed) => sentence(&report.summary, report.errors.len()) + &self.unchanged(changed),
            None => sentence(&report.summary, report.errors.len()),
        };
        writeln!(self.out, "{style}{sign} {text}{style:#}")?;
        if self.look.shown == Shown::Verbose {
            for source in &report.policy.sources {
                let (name, digest) = (plain(&source.name), plain(&source.digest));
                let layer = match source.layer {
                    Layer::Embedded => "",
                    Layer::Organisation => "organisation's ",
                    Layer::Repository => "repository's ",
                };
                // A configuration, and data alone, bring none.
                let rules = match source.rules {
                    0 => "no rules".to_owned(),
                    1 => "1 rule".to_owned(),
                    count => format!("{count} rules"),
                };
                let signed = source.signed_by.as_ref().map(|who| format!(", signed by {}", plain(&signer(who))));
                let signed = signed.unwrap_or_default();
                writeln!(self.out, "  {DIM}{layer}policy {name}, {rules}, {digest}{signed}{DIM:#}")?;
            }
            if let Some(base) = &report.policy.base {
                let base = plain(base);
                writeln!(self.out, "  {DIM}configuration, policies and waivers of the commit {base}{DIM:#}")?;
            }
            let (digest, at) = (plain(&report.policy.digest), plain(&report.evaluated_at));
            writeln!(self.out, "  {DIM}policy set {digest}, evaluated at {at}{DIM:#}")?;
        }
        Ok(())
    }

    /// What was named and left out, because nothing of it changed.
    fn unchanged(&self, changed: &Changed) -> String {
        match changed.unchanged {
            0 => String::new(),
            1 => format!("; 1 artifact is unchanged since {}", plain(&changed.since)),
            count => format!("; {count} artifacts are unchanged since {}", plain(&changed.since)),
        }
    }

    /// Named paths that are there no more.
    fn removed(&mut self, report: &Report) -> io::Result<()> {
        let Some(changed) = report.changed.as_ref().filter(|_| self.look.shown != Shown::Quiet) else { return Ok(()) };
        for path in &changed.removed {
            let (path, since) = (plain(path), plain(&changed.since));
            writeln!(self.out, "{BOLD}{path}{BOLD:#}  {DIM}removed since {since}, nothing to judge{DIM:#}")?;
        }
        Ok(())
    }

    fn labelled(&mut self, label: &str, text: &str) -> io::Result<()> {
        let label = format!("    {BLUE}{label:<7}{BLUE:#} ");
        self.hanging(&plain(text), &label, &" ".repeat(12), 12)
    }

    fn text(&mut self, text: &str) -> io::Result<()> {
        self.hanging(&plain(text), "", "", 0)
    }

    /// Wrapped text behind a prefix that takes `indent` columns; later lines have another one.
    fn hanging(&mut self, text: &str, first: &str, later: &str, indent: usize) -> io::Result<()> {
        let width = self.look.width.saturating_sub(indent);
        let mut prefix = first;
        for line in wrapped(text, width) {
            // Breaking a long word may bring `::` to the front of a line: see `plain`.
            let line = plain(&line);
            writeln!(self.out, "{prefix}{line}")?;
            prefix = later;
        }
        Ok(())
    }
}

/// Text in lines of so many columns. Ids, times and names are not broken at their dashes.
#[must_use]
pub fn wrapped(text: &str, width: usize) -> Vec<Cow<'_, str>> {
    textwrap::wrap(text, textwrap::Options::new(width).word_splitter(textwrap::WordSplitter::NoHyphenation))
}

fn same_rule(group: &[&Finding], finding: &Finding) -> bool {
    group.first().is_some_and(|first| first.rule == finding.rule)
}

fn level_style(level: Level) -> Style {
    match level {
        Level::Deny => RED,
        Level::Warn => YELLOW,
    }
}

/// The summary in one line: `1 of 2 artifacts failed: 1 denied, 0 warned, 0 not read`.
fn sentence(summary: &Summary, errors: usize) -> String {
    let artifacts = |count: u64| if count == 1 { "artifact" } else { "artifacts" };
    let Summary { artifacts: all, passed, failed, denied, warned, waived, incomplete, excluded } = *summary;
    let head = match (failed, all) {
        (_, 0) => "nothing was judged".to_owned(),
        (0, _) if errors > 0 => format!("not all was judged, {passed} passed"),
        (0, 1) => "passed".to_owned(),
        (0, _) => format!("all {passed} {} passed", artifacts(passed)),
        (_, 1) => "failed".to_owned(),
        _ => format!("{failed} of {all} {} failed", artifacts(all)),
    };
    let mut counts = vec![format!("{denied} denied"), format!("{warned} warned"), format!("{incomplete} not read")];
    if waived > 0 {
        counts.push(format!("{waived} waived"));
    }
    if excluded > 0 {
        counts.push(format!("{excluded} excluded"));
    }
    if errors > 0 {
        counts.push(format!("{errors} named but not judged"));
    }
    format!("{head}: {}", counts.join(", "))
}
