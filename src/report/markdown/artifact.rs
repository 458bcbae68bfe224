//! What was found in an artifact: many alike findings told once, with where, why and what to do.

use super::page::{Part, Rank, Section, counted, number};
use super::{NAME, SENTENCE, TOLD, fails, open, text};
use crate::report::group::{chosen, groups, together};
use crate::report::words::{bytes, kind};
use crate::verdict::{ArtifactReport, Finding, IncompletePlace, Layer, Level, Report, Rule};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Groups of one rule in one artifact, sentences of one group, and findings of one group with their evidence.
const GROUPS: usize = 3;
const SENTENCES: usize = 5;
const SHOWN: usize = 5;

/// Files that a group names, places that were not read and are told, and records of those.
const FILES: usize = 10;
const UNREAD: usize = 20;

/// Lines of evidence or of an entry, and characters of a line.
const LINES: usize = 24;
const WIDTH: usize = 400;

/// Artifacts with warnings that are told.
const WARNED: usize = 50;

const FINDING: (&str, &str) = ("finding", "findings");

/// What is known of rules: their words, and where their pages are.
struct Rules<'a> {
    rules: HashMap<&'a str, &'a Rule>,
    /// The version whose pages may be linked.
    pages: Option<&'a str>,
    links: bool,
}

impl<'a> Rules<'a> {
    fn new(report: &'a Report, links: bool) -> Self {
        let ours = |layer: Layer| layer == Layer::Embedded;
        // Only when no other part of the policy has rules is it sure that a rule is an embedded one.
        let embedded = report.policy.sources.iter().all(|source| ours(source.layer) || source.rules == 0);
        let version = report.tool.version.as_str();
        let named =
            !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte));
        Self {
            rules: report.rules.iter().map(|rule| (rule.id.as_str(), rule)).collect(),
            pages: (links && embedded && named).then_some(version),
            links,
        }
    }

    /// The rule's name, with its page where that is known.
    fn name(&self, rule: &str) -> String {
        let name = text::code(rule, NAME);
        let safe = rule.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-/".contains(&byte));
        match self.pages {
            Some(version) if safe && rule.split('/').count() == 2 => {
                let page = rule.replace('-', "_");
                format!(
                    "[{name}](https://github.com/weighbridge/weighbridge/blob/v{version}/policies/{page}/README.md)"
                )
            }
            _ => name,
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
    for artifact in bad.iter().take(TOLD) {
        let level = if blocked(artifact) { Level::Deny } else { Level::Warn };
        let mut parts = told(artifact, level, Rank::Failed, &rules, &mut explained);
        parts.extend(unread(artifact));
        let open = format!("### ✗ {}\n\n{}\n\n", text::code(&artifact.path, NAME), about(artifact));
        sections.push(Section { open, parts, left: 0, noun: FINDING, close: "" });
    }
    let rest = bad.get(TOLD..).unwrap_or_default();
    let left: usize = rest.iter().map(|artifact| open(artifact, Level::Deny)).sum();
    sections.push(Section { open: String::new(), parts: Vec::new(), left, noun: FINDING, close: "" });
    sections
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
        let mut name = format!("### {}\n\n", text::code(&artifact.path, NAME));
        for mut part in told(artifact, Level::Warn, Rank::Warned, &rules, &mut explained) {
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

/// One part a group of findings that are alike.
fn told<'a>(
    artifact: &'a ArtifactReport,
    level: Level,
    rank: Rank,
    rules: &Rules<'_>,
    explained: &mut HashSet<&'a str>,
) -> Vec<Part> {
    let mut seen: HashMap<&str, usize> = HashMap::new();
    let mut parts = Vec::new();
    for group in groups(&artifact.findings) {
        let Some(first) = group.first() else { continue };
        if first.level != level || first.waived.is_some() {
            continue;
        }
        let before = seen.entry(&first.rule).or_default();
        *before = before.saturating_add(1);
        if *before > GROUPS {
            parts.push(Part { rank, short: String::new(), full: None, tells: 0 });
            continue;
        }
        let why = if explained.insert(first.rule.as_str()) { rules.why(&first.rule) } else { String::new() };
        let facts = format!("#### {}\n\n{}", text::prose(&first.title, SENTENCE), sentences(&group));
        let proof = proof(&group, &rules.name(&first.rule), &why);
        parts.push(Part {
            rank,
            short: format!("{facts}{}", remedy(first)),
            full: Some(format!("{facts}{proof}{}{}", remedy(first), entry(&group))),
            tells: group.len(),
        });
    }
    parts
}

/// What was found, and where.
fn sentences(group: &[&Finding]) -> String {
    let mut distinct: Vec<(&str, &Finding, usize)> = Vec::new();
    let mut known: HashMap<&str, usize> = HashMap::new();
    for finding in group {
        let next = distinct.len();
        let index = *known.entry(&finding.message).or_insert(next);
        match distinct.get_mut(index) {
            Some((_, _, count)) => *count = count.saturating_add(1),
            None => distinct.push((&finding.message, finding, 1)),
        }
    }
    let place = |first: &Finding, count: usize| {
        let more = match count.saturating_sub(1) {
            0 => String::new(),
            more => format!(", and {}", counted(more, ("more place", "more places"))),
        };
        format!("{}{more}", place(&first.place, first.offset))
    };
    if let [(message, first, count)] = distinct.as_slice() {
        return format!("{}\n\nIn {}\n\n", text::prose(message, SENTENCE), place(first, *count));
    }
    let mut out = String::new();
    for (message, first, count) in distinct.iter().take(SENTENCES) {
        out.push_str(&format!("- {}\\\n  In {}\n", text::prose(message, SENTENCE), place(first, *count)));
    }
    let left: usize = distinct.iter().skip(SENTENCES).map(|(_, _, count)| *count).sum();
    if left > 0 {
        out.push_str(&format!("- And {}\n", counted(left, ("more place", "more places"))));
    }
    out.push('\n');
    out
}

fn place(place: &str, offset: Option<u64>) -> String {
    let at = offset.map(|offset| format!(", byte {offset}")).unwrap_or_default();
    format!("{}{at}", text::code(place, NAME))
}

/// Places with their evidence, and the rule.
fn proof(group: &[&Finding], rule: &str, why: &str) -> String {
    let shown = chosen(group, SHOWN);
    let mut out = "<details>\n<summary>Evidence, and why this matters</summary>\n\n".to_owned();
    for finding in &shown {
        out.push_str(&format!("{}\n\n", place(&finding.place, finding.offset)));
        if let Some(evidence) = &finding.evidence {
            out.push_str(&format!("{}\n", text::fence(evidence, "text", LINES, WIDTH)));
        }
    }
    let left = group.len().saturating_sub(shown.len());
    if left > 0 {
        out.push_str(&format!("And {}{}\n\n", counted(left, ("more place", "more places")), files(group)));
    }
    out.push_str(&format!("Rule {rule}\n\n{why}</details>\n\n"));
    out
}

/// The files of many findings, each with how many are in it.
fn files(group: &[&Finding]) -> String {
    let mut files: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in group {
        let count = files.entry(&finding.file).or_default();
        *count = count.saturating_add(1);
    }
    if files.len() < 2 {
        return ".".to_owned();
    }
    let names: Vec<String> =
        files.iter().take(FILES).map(|(file, count)| format!("- {} ({count})", text::code(file, NAME))).collect();
    let left = match files.len().saturating_sub(FILES) {
        0 => String::new(),
        left => format!("\n- and {}", counted(left, ("more file", "more files"))),
    };
    format!(". All of them, by file:\n\n{}{left}", names.join("\n"))
}

/// What to do, and what stands in the way of a waiver.
fn remedy(first: &Finding) -> String {
    let mut out = String::new();
    if let Some(why) = &first.not_waived {
        out.push_str(&format!("**Not waived:** {}\n\n", text::prose(why, SENTENCE)));
    }
    if let Some(day) = &first.denies_from {
        out.push_str(&format!("From {} on this rule denies; until then it only warns.\n\n", text::prose(day, NAME)));
    }
    if !first.remedy.is_empty() {
        out.push_str(&format!("**What to do:** {}\n\n", text::prose(&first.remedy, SENTENCE)));
    }
    out
}

/// The entries that let the findings pass.
fn entry(group: &[&Finding]) -> String {
    let allow: Vec<&str> = chosen(group, SHOWN).iter().filter_map(|finding| finding.allow.as_deref()).collect();
    let lines = together(&allow);
    if lines.is_empty() {
        return String::new();
    }
    let fence = text::fence(&lines.join("\n"), "yaml", LINES * 2, WIDTH);
    format!("<details>\n<summary>The allow entry</summary>\n\n{fence}\n</details>\n\n")
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
    let mut text = "#### Not all of it was read\n\nWhat was not read does not pass.\n\n".to_owned();
    for record in records.iter().take(UNREAD) {
        let (place, why) = (place(&record.place, record.offset), text::prose(&record.what, SENTENCE));
        text.push_str(&format!("- {place}: {} ({why})\n", kind(record)));
    }
    let left = records.len().saturating_sub(UNREAD);
    if left > 0 {
        text.push_str(&format!("- And {}\n", counted(left, ("more place", "more places"))));
    }
    text.push_str(
        "\n**What to do:** Send the file whole, not encrypted, and in a format that is read (`weighbridge formats` lists them).\n\n",
    );
    Some(Part { rank: Rank::Failed, short: text, full: None, tells: 0 })
}
