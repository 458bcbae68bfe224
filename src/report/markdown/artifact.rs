//! What was found in an artifact: many alike findings told once, with where, why and what to do.

use super::page::{Part, Rank, Section, counted, number};
use super::{HEADING, NAME, ROWS, SENTENCE, fails, open, text};
use crate::report::group::{chosen, groups, together};
use crate::report::words::{self, bytes, kind};
use crate::verdict::{ArtifactReport, Finding, IncompletePlace, Level, Report, Rule};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Groups of one rule in one artifact and of all its rules, sentences of one group with their evidence, and allow entries that are
/// offered for it.
const GROUPS: usize = 3;
const ALL: usize = 100;
const SENTENCES: usize = 5;
const ENTRIES: usize = 8;

/// Files that a group names, places that were not read and are told, and records of those.
const FILES: usize = 10;
const UNREAD: usize = 20;

/// What to do about what was not read, where no rule says it.
const COMPLETE: &str = "**What to do:** Send the file whole, not encrypted, and in a format that is read (`weighbridge formats` lists them).";

/// Lines of evidence or of an entry, and characters of a line.
const LINES: usize = 24;
const WIDTH: usize = 400;

/// Failed artifacts whose findings are not folded.
const OPEN: usize = 5;

/// Artifacts with warnings that are told.
const WARNED: usize = 50;

const FINDING: (&str, &str) = ("finding", "findings");
const MORE: (&str, &str) = ("more place", "more places");

/// What is known of rules: their words, and where their pages are.
struct Rules<'a> {
    rules: HashMap<&'a str, &'a Rule>,
    /// The version whose pages may be linked.
    pages: Option<&'a str>,
    links: bool,
}

impl<'a> Rules<'a> {
    fn new(report: &'a Report, links: bool) -> Self {
        Self {
            rules: report.rules.iter().map(|rule| (rule.id.as_str(), rule)).collect(),
            pages: links.then_some(report.tool.version.as_str()),
            links,
        }
    }

    /// The rule's name, with its page where that is known.
    fn name(&self, rule: &str) -> String {
        let name = text::code(rule, NAME);
        match self.pages.and_then(|version| words::page(rule, version)) {
            Some(page) => format!("[{name}]({page})"),
            None => name,
        }
    }

    /// Why the rule is there.
    fn why(&self, id: &str) -> String {
        let Some(rule) = self.rules.get(id) else { return String::new() };
        let paragraphs: Vec<String> = rule
            .description
            .split("\n\n")
            .filter(|paragraph| !paragraph.trim().is_empty())
            .take(4)
            .map(|paragraph| format!("{}\n\n", text::prose(paragraph, SENTENCE)))
            .collect();
        let pages: Vec<String> =
            rule.related_resources.iter().filter(|_| self.links).filter_map(|page| text::link(page)).take(4).collect();
        let pages = if pages.is_empty() { String::new() } else { format!("Read on: {}\n\n", pages.join(", ")) };
        format!("{}{pages}", paragraphs.concat())
    }
}

/// A section for each failed artifact.
pub(super) fn failed(report: &Report, links: bool) -> Vec<Section> {
    let rules = Rules::new(report, links);
    let mut explained = HashSet::new();
    let bad: Vec<&ArtifactReport> = report.artifacts.iter().filter(|artifact| fails(artifact)).collect();
    let mut sections: Vec<Section> = Vec::new();
    for (artifact, index) in bad.iter().take(ROWS).zip(0..) {
        let level = if blocked(artifact) { Level::Deny } else { Level::Warn };
        let (mut parts, left) = told(artifact, level, Rank::Failed, &rules, &mut explained);
        parts.extend(unread(artifact));
        let name = format!("### ✗ {}\n\n", text::code(&artifact.path, HEADING));
        let (open, close) = if index < OPEN {
            (format!("{name}{}\n\n", about(artifact)), "")
        } else {
            (format!("{name}{}<details>\n<summary>{}</summary>\n\n", titles(artifact), summary(artifact)), "</details>")
        };
        sections.push(Section { open, parts, left, noun: FINDING, close });
    }
    let rest = bad.get(ROWS..).unwrap_or_default();
    let left: usize = rest.iter().map(|artifact| open(artifact, Level::Deny)).sum();
    sections.push(Section { open: String::new(), parts: Vec::new(), left, noun: FINDING, close: "" });
    sections
}

/// What is wrong with an artifact whose findings are folded.
fn titles(artifact: &ArtifactReport) -> String {
    let mut known = HashSet::new();
    let findings = artifact.findings.iter().filter(|finding| finding.waived.is_none());
    let titles: Vec<String> = findings
        .filter(|finding| finding.level == Level::Deny && known.insert(finding.title.as_str()))
        .take(SENTENCES)
        .map(|finding| text::prose(&finding.title, HEADING))
        .collect();
    if titles.is_empty() { String::new() } else { format!("{}\n\n", titles.join("\\\n")) }
}

fn summary(artifact: &ArtifactReport) -> String {
    let told = [
        (open(artifact, Level::Deny), ("finding denies", "findings deny")),
        (open(artifact, Level::Warn), ("finding warns", "findings warn")),
        (artifact.incomplete.len(), ("place was not read", "places were not read")),
    ];
    let told: Vec<String> =
        told.into_iter().filter(|(count, _)| *count > 0).map(|(count, noun)| counted(count, noun)).collect();
    if told.is_empty() { "Failed".to_owned() } else { told.join(", ") }
}

/// Whether more than a warning made it fail.
fn blocked(artifact: &ArtifactReport) -> bool {
    open(artifact, Level::Deny) > 0 || artifact.incomplete.iter().any(|record| !record.waived)
}

/// The findings that warn and fail nothing, folded.
pub(super) fn warned(report: &Report, links: bool) -> Section {
    let rules = Rules::new(report, links);
    let mut explained = HashSet::new();
    let mut parts = Vec::new();
    let warns = |artifact: &&ArtifactReport| open(artifact, Level::Warn) > 0 && (!fails(artifact) || blocked(artifact));
    let artifacts: Vec<&ArtifactReport> = report.artifacts.iter().filter(warns).collect();
    for artifact in artifacts.iter().take(WARNED) {
        let mut name = format!("### {}\n\n", text::code(&artifact.path, HEADING));
        for mut part in told(artifact, Level::Warn, Rank::Warned, &rules, &mut explained).0 {
            part.short = format!("{name}{}", part.short);
            part.full = part.full.map(|full| format!("{name}{full}"));
            name.clear();
            parts.push(part);
        }
    }
    let all: usize = artifacts.iter().map(|artifact| open(artifact, Level::Warn)).sum();
    let told: usize = parts.iter().map(|part| part.tells).sum();
    let summary = counted(all, ("finding warns and fails nothing", "findings warn and fail nothing"));
    Section {
        open: format!("<details>\n<summary>{summary}</summary>\n\n"),
        parts,
        left: all.saturating_sub(told),
        noun: ("warning", "warnings"),
        close: "</details>",
    }
}

/// What it is, in one line.
fn about(artifact: &ArtifactReport) -> String {
    let formats: Vec<String> = artifact.formats.iter().take(6).map(|format| text::prose(format, NAME)).collect();
    let formats = if formats.is_empty() { "unknown format".to_owned() } else { formats.join(" + ") };
    let members = usize::try_from(artifact.members).unwrap_or(usize::MAX);
    let members = if members > 1 { format!(", {} members", number(members)) } else { String::new() };
    format!("{formats}, {}{members}", bytes(artifact.size))
}

/// One part a group of findings that are alike, and how many findings have none.
fn told<'a>(
    artifact: &'a ArtifactReport,
    level: Level,
    rank: Rank,
    rules: &Rules<'_>,
    explained: &mut HashSet<&'a str>,
) -> (Vec<Part>, usize) {
    let mut seen: HashMap<&str, usize> = HashMap::new();
    let (mut parts, mut left) = (Vec::new(), 0_usize);
    for group in groups(&artifact.findings) {
        let Some(first) = group.first() else { continue };
        if first.level != level || first.waived.is_some() {
            continue;
        }
        let before = seen.entry(&first.rule).or_default();
        *before = before.saturating_add(1);
        if *before > GROUPS || parts.len() >= ALL {
            left = left.saturating_add(group.len());
            continue;
        }
        let why = if explained.insert(first.rule.as_str()) { rules.why(&first.rule) } else { String::new() };
        let (title, rule) = (text::prose(&first.title, SENTENCE), rules.name(&first.rule));
        let facts = format!("#### {title}\n\n{}", sentences(&group, &rule));
        let proof = proof(&group, &why);
        parts.push(Part {
            rank,
            short: format!("{facts}{}", remedy(first)),
            full: Some(format!("{facts}{proof}{}{}", remedy(first), entry(&group))),
            tells: group.len(),
        });
    }
    (parts, left)
}

/// The first finding of each message.
fn distinct<'a>(group: &[&'a Finding]) -> Vec<&'a Finding> {
    let mut known = HashSet::new();
    group.iter().filter(|finding| known.insert(finding.message.as_str())).copied().collect()
}

/// What was found, where, and by which rule.
fn sentences(group: &[&Finding], rule: &str) -> String {
    let distinct = distinct(group);
    let Some(first) = distinct.first() else { return String::new() };
    let files: HashSet<&str> = group.iter().map(|finding| finding.file.as_str()).collect();
    let files =
        if files.len() > 1 { format!(" in {}", counted(files.len(), ("file", "files"))) } else { String::new() };
    let more = match group.len().saturating_sub(1) {
        0 => String::new(),
        more => format!(", and {}{files}", counted(more, MORE)),
    };
    let at = format!("In {}{more} · {rule}\n\n", place(&first.place, first.offset));
    if distinct.len() == 1 {
        return format!("{}\\\n{at}", text::prose(&first.message, SENTENCE));
    }
    let list: Vec<String> = distinct
        .iter()
        .take(SENTENCES)
        .map(|finding| format!("- {}\n", text::prose(&finding.message, SENTENCE)))
        .collect();
    let left = match distinct.len().saturating_sub(SENTENCES) {
        0 => String::new(),
        left => format!("- and {} like these\n", number(left)),
    };
    format!("{}{left}\n{at}", list.concat())
}

fn place(place: &str, offset: Option<u64>) -> String {
    let at = offset.map(|offset| format!(", byte {offset}")).unwrap_or_default();
    format!("{}{at}", text::code(place, NAME))
}

/// The evidence of each message, where else it is, and why the rule is there, folded; nothing when there is no more to tell.
fn proof(group: &[&Finding], why: &str) -> String {
    let mut inside = String::new();
    for finding in distinct(group).iter().take(SENTENCES) {
        let Some(evidence) = &finding.evidence else { continue };
        // The place of a finding that is alone stands above.
        if group.len() > 1 {
            inside.push_str(&format!("{}\n\n", place(&finding.place, finding.offset)));
        }
        inside.push_str(&format!("{}\n", text::fence(evidence, "text", LINES, WIDTH)));
    }
    inside.push_str(&files(group));
    let summary = match (inside.is_empty(), why.is_empty()) {
        (true, true) => return String::new(),
        (true, false) => "Why this matters",
        (false, true) => "Evidence",
        (false, false) => "Evidence, and why this matters",
    };
    format!("<details>\n<summary>{summary}</summary>\n\n{inside}{why}</details>\n\n")
}

/// The files of findings in several, each with how many are in it.
fn files(group: &[&Finding]) -> String {
    let mut files: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in group {
        let count = files.entry(&finding.file).or_default();
        *count = count.saturating_add(1);
    }
    if files.len() < 2 {
        return String::new();
    }
    let line = |(file, count): (&&str, &usize)| {
        let count = if *count > 1 { format!(": {}", counted(*count, ("place", "places"))) } else { String::new() };
        format!("- {}{count}\n", text::code(file, NAME))
    };
    let list: String = files.iter().take(FILES).map(line).collect();
    let left = match files.len().saturating_sub(FILES) {
        0 => String::new(),
        left => format!("- and {}\n", counted(left, ("more file", "more files"))),
    };
    format!("In {}:\n\n{list}{left}\n", counted(files.len(), ("file", "files")))
}

/// What to do, and what stands in the way of a waiver.
fn remedy(first: &Finding) -> String {
    let mut out = String::new();
    if let Some(why) = &first.not_waived {
        out.push_str(&format!("**Not waived:** {}\n\n", text::prose(why, SENTENCE)));
    }
    if let Some(day) = &first.denies_from {
        out.push_str(&format!("From {} on this rule denies; until then it only warns.\n\n", text::day(day)));
    }
    if !first.remedy.trim().is_empty() {
        out.push_str(&format!("**What to do:** {}\n\n", text::prose(&first.remedy, SENTENCE)));
    }
    out
}

/// The entries that let the findings pass.
fn entry(group: &[&Finding]) -> String {
    let offered: HashSet<&str> = group.iter().filter_map(|finding| finding.allow.as_deref()).collect();
    let shown: Vec<&str> = chosen(group, ENTRIES).iter().filter_map(|finding| finding.allow.as_deref()).collect();
    let lines = together(&shown);
    if lines.is_empty() {
        return String::new();
    }
    let (summary, left) = match offered.len() {
        0 | 1 => ("The allow entry", String::new()),
        many if many > ENTRIES => {
            let left = counted(many.saturating_sub(ENTRIES), ("more entry", "more entries"));
            ("The allow entries", format!("And {left}.\n\n"))
        }
        _ => ("The allow entries", String::new()),
    };
    let fence = text::fence(&lines.join("\n"), "yaml", LINES * 2, WIDTH);
    format!("<details>\n<summary>{summary}</summary>\n\n{fence}\n{left}</details>\n\n")
}

/// What was not read, and no finding tells already.
fn unread(artifact: &ArtifactReport) -> Option<Part> {
    let told: HashSet<&str> = artifact
        .findings
        .iter()
        .filter(|finding| finding.rule.starts_with("core/") && finding.waived.is_none())
        .map(|finding| finding.place.as_str())
        .collect();
    let open = |record: &&IncompletePlace| !record.waived && !told.contains(record.place.as_str());
    let records: Vec<&IncompletePlace> = artifact.incomplete.iter().filter(open).collect();
    if records.is_empty() {
        return None;
    }
    let text = |most: usize| {
        let line = |record: &&IncompletePlace| {
            let (place, why) = (place(&record.place, record.offset), text::prose(&record.what, SENTENCE));
            format!("- {place}: {} ({why})\n", kind(record))
        };
        let list: String = records.iter().take(most).map(line).collect();
        let left = match records.len().saturating_sub(most) {
            0 => String::new(),
            left => format!("- and {}\n", counted(left, MORE)),
        };
        format!("#### Not all of it was read\n\nWhat was not read does not pass.\n\n{list}{left}\n{COMPLETE}\n\n")
    };
    Some(Part { rank: Rank::Unread, short: text(1), full: Some(text(UNREAD)), tells: 0 })
}
