//! A report as SARIF 2.1.0, as GitHub code scanning wants it ("SARIF support for code scanning"): what GitHub requires is always there,
//! and what it would refuse or cut is cut here, worst kept, and said.

use crate::report::told::{self, NOT_JUDGED, Told, Weight};
use crate::report::{Location, json, json_line, location, words};
use crate::verdict::{JudgedFrom, Level, Report, Rule, Verdict, Waived};
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::io::{self, Write};

/// Results of a run. GitHub refuses more than 25,000 and takes in 5,000 of them, by severity.
const RESULTS: usize = 5_000;

/// Bytes of all results and rules, before compression. GitHub refuses files over 10 MB after it.
const BYTES: usize = 9_000_000;

/// Notifications of a run; the rest is counted.
const NOTIFICATIONS: usize = 100;

/// Characters of `name`, and of `shortDescription` and `fullDescription`, that GitHub takes.
const NAME: usize = 255;
const DESCRIPTION: usize = 1_024;

/// Characters of any other text of a result or a rule. A message that is longer says nothing more to a person.
const TEXT: usize = 4_000;

/// Bytes of a path, escaped: `PATH_MAX` of Linux is 4,096, and an escape has up to 4 bytes for one.
const PATH: usize = 16_384;

/// The rule of what was left out.
const LEFT_OUT: &str = "weighbridge/left-out";

/// The base of all locations: the top of the repository.
const BASE: &str = "%SRCROOT%";

/// Which findings are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Findings {
    /// All of them; those that a waiver accepts are marked as suppressed.
    All,
    /// Those that no waiver accepts. For an upload to GitHub, which heeds suppressions only where it first meets a result: an alert that
    /// is no longer there is closed, one that is suppressed later stays open.
    Open,
}

/// Writes a report.
///
/// # Errors
/// What `out` says.
pub fn write(report: &Report, findings: Findings, out: &mut impl Write) -> io::Result<()> {
    json(&log(report, findings), out)
}

fn log(report: &Report, findings: Findings) -> Value {
    let mut all = told::all(report);
    if findings == Findings::Open {
        all.retain(|told| told.waived().is_none());
    }
    let mut run = Run::new(report, &all);
    let mut left = all.iter();
    let first_left = left.find(|told| !run.takes(told));
    let left_out = first_left.map_or(0, |_| left.count().saturating_add(1));
    if let Some(first) = first_left {
        run.leave_out(first, left_out);
    }
    json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [run.finish(left_out)],
    })
}

/// The run so far.
struct Run<'a> {
    report: &'a Report,
    known: HashMap<&'a str, &'a Rule>,
    /// The heaviest of each rule's open findings.
    weights: HashMap<&'a str, Weight>,
    rules: Vec<Value>,
    indexes: HashMap<String, usize>,
    results: Vec<Value>,
    bytes: usize,
}

impl<'a> Run<'a> {
    fn new(report: &'a Report, all: &[Told<'a>]) -> Self {
        let mut weights = HashMap::new();
        for told in all {
            let weight = weights.entry(told.rule).or_insert(told.weight);
            *weight = told.weight.max(*weight);
        }
        Self {
            report,
            known: report.rules.iter().map(|rule| (rule.id.as_str(), rule)).collect(),
            weights,
            rules: Vec::new(),
            indexes: HashMap::new(),
            results: Vec::new(),
            bytes: 0,
        }
    }

    /// Takes one more result, unless that is too much.
    fn takes(&mut self, told: &Told<'a>) -> bool {
        let index = self.indexes.get(told.rule).copied();
        let new = index.is_none().then(|| self.rule(told));
        let index = index.unwrap_or(self.rules.len());
        let result = self.result(told, index);
        let more = size(&result).saturating_add(new.as_ref().map_or(0, size));
        if self.results.len() >= RESULTS || self.bytes.saturating_add(more) > BYTES {
            return false;
        }
        self.bytes = self.bytes.saturating_add(more);
        if let Some(rule) = new {
            self.rules.push(rule);
            self.indexes.insert(told.rule.to_owned(), index);
        }
        self.results.push(result);
        true
    }

    /// One more result in the place of those that are left out; `first` is the worst of them.
    fn leave_out(&mut self, first: &Told<'a>, count: usize) {
        let what = format!(
            "{count} results are left out here, because GitHub takes no more. The JSON report has all of them."
        );
        let told = Told { rule: LEFT_OUT, message: what, finding: None, occurrence: 1, ..first.clone() };
        let rule = self.rule(&told);
        let result = self.result(&told, self.rules.len());
        self.rules.push(rule);
        self.results.push(result);
    }

    fn finish(self, left_out: usize) -> Value {
        let report = self.report;
        let verdict = if report.verdict == Verdict::Passed { "passed" } else { "failed" };
        let judged_from = if report.judged_from == JudgedFrom::Content { "content" } else { "facts" };
        json!({
            "tool": {"driver": {
                "name": "weighbridge",
                "semanticVersion": cut(&report.tool.version, NAME),
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": self.rules,
            }},
            // All up to the last `/` is GitHub's category: a later run in the same folder takes the place of this one.
            "automationDetails": {"id": cut(&format!("weighbridge/{}", report.prefix.as_deref().unwrap_or_default()), TEXT)},
            "invocations": [{
                "executionSuccessful": report.errors.is_empty(),
                "toolExecutionNotifications": notifications(report, left_out),
            }],
            "originalUriBaseIds": {BASE: {"description": {"text": "The top of the repository."}}},
            "results": self.results,
            "properties": {
                "weighbridge:verdict": verdict,
                "weighbridge:audit": report.audit,
                "weighbridge:judged-from": judged_from,
                "weighbridge:evaluated-at": cut(&report.evaluated_at, NAME),
                "weighbridge:policy-digest": cut(&report.policy.digest, NAME),
                "weighbridge:left-out": left_out,
            },
        })
    }

    /// A rule's descriptor. What it weighs is what its open findings weigh in this run, so that GitHub stops no change that the
    /// verdict lets through: for a result of a rule with a `security-severity` GitHub looks at that alone.
    fn rule(&self, told: &Told<'a>) -> Value {
        let words = Words::of(told, self.known.get(told.rule).copied());
        let group = told.rule.split_once('/').map_or(told.rule, |(group, _)| group);
        // GitHub stops a pull request at `high` (7.0) by default.
        let (problem, severity) = match self.weights.get(told.rule).unwrap_or(&told.weight) {
            Weight::Error => ("error", "8.0"),
            Weight::Warning => ("warning", "4.0"),
            Weight::Note => ("recommendation", "1.0"),
        };
        let page = words::page(told.rule, &self.report.tool.version);
        let mut descriptor = json!({
            "id": told.rule,
            "shortDescription": {"text": cut(&words.title, DESCRIPTION)},
            "fullDescription": {"text": cut(&words.description, DESCRIPTION)},
            "help": {"text": cut(&words.text(), TEXT), "markdown": cut(&words.markdown(page.as_deref()), TEXT)},
            "defaultConfiguration": {"level": if words.level == Level::Deny { "error" } else { "warning" }},
            "properties": {
                "tags": ["security", "machine-learning", cut(group, NAME)],
                // A finding says what is written in the file.
                "precision": "high",
                "problem.severity": problem,
                "security-severity": severity,
            },
        });
        let Some(fields) = descriptor.as_object_mut() else { return descriptor };
        // A name that is the id is none (SARIF, section 3.49.7).
        let name = cut(&name(told.rule), NAME);
        if !name.is_empty() && name != told.rule {
            fields.insert("name".to_owned(), name.into());
        }
        if let Some(page) = page {
            fields.insert("helpUri".to_owned(), page.into());
        }
        descriptor
    }

    fn result(&self, told: &Told<'a>, index: usize) -> Value {
        let level = match told.weight {
            Weight::Error => "error",
            Weight::Warning => "warning",
            Weight::Note => "note",
        };
        let mut result = json!({
            "ruleId": told.rule,
            "ruleIndex": index,
            "level": level,
            "message": {"text": unlinked(&message(told))},
            "locations": [place(told, self.report.prefix.as_deref())],
            "partialFingerprints": {
                // The only one that GitHub uses, together with rule and path; in the shape that its own scanner gives it.
                "primaryLocationLineHash": format!("{}:{}", told.identity.get(..16).unwrap_or_default(), told.occurrence),
                "weighbridgeFinding/v1": format!("{}:{}", told.identity, told.occurrence),
            },
        });
        let Some(fields) = result.as_object_mut() else { return result };
        if let Some(waived) = told.waived() {
            let why = cut(&justification(waived), TEXT);
            fields.insert(
                "suppressions".to_owned(),
                json!([{"kind": "external", "status": "accepted", "justification": why}]),
            );
        }
        let properties = properties(told);
        if !properties.is_empty() {
            fields.insert("properties".to_owned(), properties.into());
        }
        result
    }
}

/// A rule's name: `PickleDangerousCall` of `pickle/dangerous-call`.
fn name(rule: &str) -> String {
    let words = rule.split(|character: char| !character.is_alphanumeric());
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect::<String>()
    };
    words.map(capital).collect()
}

/// What is known of a rule.
struct Words {
    title: String,
    description: String,
    remedy: String,
    level: Level,
    related: Vec<String>,
}

impl Words {
    /// The rule's, or the finding's where the report does not have the rule, or the tool's own.
    fn of(told: &Told<'_>, rule: Option<&Rule>) -> Self {
        let own = |title: &str, description: &str, remedy: &str| Self {
            title: title.to_owned(),
            description: description.to_owned(),
            remedy: remedy.to_owned(),
            level: Level::Deny,
            related: Vec::new(),
        };
        let words = match (told.rule, rule, told.finding) {
            (_, Some(rule), _) => Self {
                title: rule.title.clone(),
                description: rule.description.clone(),
                remedy: rule.advice().to_owned(),
                level: rule.level,
                related: rule.related_resources.clone(),
            },
            (_, None, Some(finding)) => {
                Self { level: finding.level, ..own(&finding.title, &finding.message, &finding.remedy) }
            }
            (NOT_JUDGED, ..) => own(
                "A named path was not judged",
                "A path was named and has no judgement: it is not there, cannot be opened, or the policy stopped with an error.",
                "Mend what the message says and run again. What was not judged has not passed.",
            ),
            (LEFT_OUT, ..) => own(
                "Results were left out",
                "The report tells more than GitHub takes in. The worst is kept.",
                "Read the JSON report, which has everything.",
            ),
            _ => own(
                "Content was not read",
                "Content could not be read, so nothing is known of it, and it does not pass.",
                "Replace the file by one that can be read whole, or have its content accepted by a waiver.",
            ),
        };
        // GitHub takes no empty text where it requires one.
        let or = |text: String, other: &str| if text.trim().is_empty() { other.to_owned() } else { text };
        let title = or(words.title, told.rule);
        Self { description: or(words.description, &title), title, ..words }
    }

    fn text(&self) -> String {
        let remedy = if self.remedy.is_empty() { String::new() } else { format!("\n\nWhat to do: {}", self.remedy) };
        format!("{}{remedy}", self.description)
    }

    /// The description is Markdown as it is.
    fn markdown(&self, page: Option<&str>) -> String {
        let mut out = self.description.clone();
        if !self.remedy.is_empty() {
            out.push_str(&format!("\n\n**What to do.** {}", self.remedy));
        }
        if let Some(page) = page {
            out.push_str(&format!("\n\n[The rule's page]({page}) has an example."));
        }
        for link in self.related.iter().filter(|link| is_link(link)) {
            out.push_str(&format!("\n\n<{link}>"));
        }
        out
    }
}

/// Whether a text is an address that stays one between angle brackets.
fn is_link(text: &str) -> bool {
    let web = text.starts_with("https://") || text.starts_with("http://");
    web && text
        .chars()
        .all(|character| character.is_ascii_graphic() && !matches!(character, '<' | '>' | '"' | '`' | '\\'))
}

/// A result's message: what was found, where, what stands there, and what to do.
fn message(told: &Told<'_>) -> String {
    let mut text = cut(&told.message, TEXT);
    if text.trim().is_empty() {
        text = told.rule.to_owned();
    }
    text.push_str(&format!("\n\nAt {}.", cut(&told.at(), TEXT)));
    let Some(finding) = told.finding else { return text };
    if let Some(evidence) = finding.evidence.as_ref().filter(|evidence| !evidence.is_empty()) {
        text.push_str(&format!("\n{}", cut(evidence, TEXT)));
    }
    if let Some(waived) = &finding.waived {
        text.push_str(&format!("\n\nWaived: {}", cut(&justification(waived), TEXT)));
        return text;
    }
    text.push_str(&format!("\n\nWhat to do: {}", cut(&finding.remedy, TEXT)));
    if let Some(allow) = &finding.allow {
        text.push_str(&format!("\n{}", cut(allow, TEXT)));
    }
    text
}

fn justification(waived: &Waived) -> String {
    format!("{} (by {}, until {})", waived.reason, waived.approver, waived.expires)
}

/// Where a result is. A model has no lines, and GitHub requires one: it is the first. The byte is given where it is the file's own.
fn place(told: &Told<'_>, prefix: Option<&str>) -> Value {
    // A longer path is no file's.
    let file = if told.file.len() > PATH { "" } else { told.file };
    let artifact = match Location::new(file, prefix, None) {
        Some(location) => json!({"uri": location.uri(), "uriBaseId": BASE}),
        None => json!({"uri": outside(file)}),
    };
    let mut region = json!({"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 1});
    let in_file = told.offset.filter(|_| told.place == told.file);
    if let (Some(offset), Some(fields)) = (in_file, region.as_object_mut()) {
        fields.insert("byteOffset".to_owned(), offset.into());
        fields.insert("byteLength".to_owned(), 0.into());
    }
    let member = told.member();
    let name = if member.is_empty() { told.place } else { member };
    json!({
        "physicalLocation": {"artifactLocation": artifact, "region": region},
        "logicalLocations": [{"name": cut(name, TEXT), "fullyQualifiedName": cut(told.place, TEXT), "kind": "member"}],
    })
}

/// The address of a file that is in no repository. What is no text of a report is encoded as it is.
fn outside(file: &str) -> String {
    let bytes = crate::place::unescape(file).unwrap_or_else(|| file.as_bytes().to_vec());
    match (location::is_absolute(&bytes), bytes.is_empty()) {
        (true, _) => format!("file://{}", location::encoded(&bytes)),
        (false, true) => ".".to_owned(),
        (false, false) => location::encoded(&bytes),
    }
}

fn properties(told: &Told<'_>) -> Map<String, Value> {
    let mut properties = Map::new();
    let mut add = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            properties.insert(format!("weighbridge:{name}"), value);
        }
    };
    add("offset", told.offset.map(Value::from));
    let finding = told.finding;
    let digest = finding.and_then(|finding| finding.member_digest.as_ref());
    add("member-sha256", digest.map(|digest| cut(&digest.sha256, NAME).into()));
    let text = |text: &String| Value::from(cut(text, TEXT));
    add("denies-from", finding.and_then(|finding| finding.denies_from.as_ref()).map(text));
    add("not-waived", finding.and_then(|finding| finding.not_waived.as_ref()).map(text));
    properties
}

fn notifications(report: &Report, left_out: usize) -> Vec<Value> {
    let notification =
        |level: &str, text: &str| json!({"level": level, "message": {"text": unlinked(&cut(text, TEXT))}});
    let mut all: Vec<Value> = Vec::new();
    if report.audit {
        all.push(notification("note", "Audit: everything is let through, and no result is an error."));
    }
    if left_out > 0 {
        all.push(notification(
            "warning",
            &format!("{left_out} results are left out; the JSON report has all of them."),
        ));
    }
    all.extend(report.errors.iter().take(NOTIFICATIONS).map(|error| {
        let text = if error.message.trim().is_empty() { &error.path } else { &error.message };
        notification("error", text)
    }));
    let more = report.errors.len().saturating_sub(NOTIFICATIONS);
    if more > 0 {
        all.push(notification("error", &format!("{more} more named paths were not judged.")));
    }
    all
}

/// Plain text of which no part is a link: `[text](address)` in a message is one (SARIF, section 3.11.6), and a backslash takes that away.
fn unlinked(text: &str) -> String {
    text.replace("](", "\\](")
}

/// At most so many characters, with `...` at the end when there were more.
fn cut(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit.saturating_sub(3)) {
        Some((at, _)) if text.chars().nth(limit).is_some() => format!("{}...", text.get(..at).unwrap_or_default()),
        _ => text.to_owned(),
    }
}

/// Bytes of a value as it is written, but for line ends and indentation, which compress to next to nothing.
fn size(value: &Value) -> usize {
    let mut out = Vec::new();
    // A vector takes everything.
    let _ = json_line(value, &mut out);
    out.len()
}
