//! What is wrong in a policy, where, and what was probably meant.

use crate::policy::PolicyError;
use regorus::unstable::Span;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

/// The version of the shape of [`PolicyCheck`].
pub const CHECK_SCHEMA: &str = "weighbridge/policy-check/v1";

/// Flaws that the text of an error shows.
const SHOWN: usize = 5;

/// Letters of a policy that a message repeats.
const REPEATED: usize = 60;

/// What `weighbridge policy check` found, as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PolicyCheck {
    /// Always [`CHECK_SCHEMA`].
    pub schema: String,
    /// Everything that is wrong, in the order of file and line.
    pub flaws: Vec<Flaw>,
    /// How much was looked at.
    pub summary: CheckSummary,
}

/// How much was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CheckSummary {
    /// `.rego` files of the directory, tests among them.
    pub modules: u64,
    /// Rules that they declare.
    pub rules: u64,
    /// What is wrong.
    pub flaws: u64,
}

/// One thing that is wrong in a policy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Flaw {
    /// The file.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// What kind of flaw it is.
    pub kind: FlawKind,
    /// The id of the rule that the module declares; `null` for helpers, tests and data.
    pub rule: Option<String>,
    /// What is wrong.
    pub message: String,
    /// What was probably meant, or what to do; `null` when nothing more can be said.
    pub hint: Option<String>,
    /// The line itself, as it stands in the file.
    pub source: String,
    /// Characters from the column on that the flaw is about; at least 1.
    pub length: u32,
}

/// The kinds of flaws. The names are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FlawKind {
    /// The text cannot be parsed, or the engine's parser may not be given it.
    Syntax,
    /// The METADATA block is missing, incomplete, or says something else than the package.
    Metadata,
    /// A data document is wrong.
    Data,
    /// `deny` or `warn` is not what a rule returns.
    Head,
    /// A path that the facts, the data or the packages do not have.
    UnknownPath,
    /// A text that what it is compared with never is.
    NeverTrue,
    /// A value that is compared with one of another kind.
    Mismatch,
    /// A variable without a value.
    Unbound,
    /// A function that does not exist.
    UnknownFunction,
    /// A function with too few or too many arguments.
    Arguments,
    /// A call of a function that cannot have a value for what it is given.
    NeverDefined,
    /// A function that asks the clock, the network, chance or the environment.
    Forbidden,
    /// A rule or function that comes back to itself.
    Recursion,
    /// A value behind an import, which the engine can lose.
    Import,
    /// A definition that nothing uses, and whose name is nearly that of another.
    Unused,
    /// A rule without tests.
    Untested,
    /// More than the checker follows.
    Limit,
}

/// Where something stands in a module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct At {
    /// Place of the module in the list of all.
    pub module: usize,
    /// Line, from 1.
    pub line: u32,
    /// Byte of the module at which it begins, and after which it ends.
    pub start: u32,
    /// The same.
    pub end: u32,
}

impl At {
    pub fn of(module: usize, span: &Span) -> Self {
        Self { module, line: span.line, start: span.start, end: span.end }
    }

    /// A whole line.
    pub fn line(module: usize, line: usize) -> Self {
        Self { module, line: u32::try_from(line).unwrap_or(u32::MAX), start: 0, end: 0 }
    }
}

/// Flaws by place: one place has one flaw of a kind.
#[derive(Debug, Default)]
pub(super) struct Flaws {
    found: BTreeMap<(At, FlawKind), (String, Option<String>)>,
}

impl Flaws {
    pub fn add(&mut self, at: At, kind: FlawKind, message: impl Into<String>, hint: Option<String>) {
        self.found.entry((at, kind)).or_insert_with(|| (message.into(), hint));
    }

    pub fn has(&self, at: At, kind: FlawKind) -> bool {
        self.found.contains_key(&(at, kind))
    }

    /// With the words of the files; in the order of file and line.
    pub fn written<'a>(&self, module: impl Fn(usize) -> Option<(&'a str, &'a str, Option<&'a str>)>) -> Vec<Flaw> {
        let mut flaws: Vec<Flaw> = self
            .found
            .iter()
            .filter_map(|((at, kind), (message, hint))| {
                let (file, text, rule) = module(at.module)?;
                Some(flaw(file, text, rule, *at, *kind, message.clone(), hint.clone()))
            })
            .collect();
        flaws.sort();
        flaws
    }
}

/// One flaw with its line of text.
pub(super) fn flaw(
    file: &str,
    text: &str,
    rule: Option<&str>,
    at: At,
    kind: FlawKind,
    message: String,
    hint: Option<String>,
) -> Flaw {
    let (start, end) = (usize::try_from(at.start).unwrap_or(0), usize::try_from(at.end).unwrap_or(0));
    let index = usize::try_from(at.line).unwrap_or(0).saturating_sub(1);
    let source = text.lines().nth(index).unwrap_or_default();
    let before = text.get(..start).unwrap_or_default();
    let begin = before.rfind('\n').map_or(0, |at| at.saturating_add(1));
    let (column, length) = if at.end > at.start {
        let column = before.get(begin..).unwrap_or_default().chars().count();
        let marked = text.get(start..end).unwrap_or_default();
        (column, marked.lines().next().unwrap_or_default().chars().count())
    } else {
        let indent = source.chars().take_while(|character| character.is_whitespace()).count();
        (indent, source.trim().chars().count())
    };
    Flaw {
        file: file.to_owned(),
        line: at.line.max(1),
        column: u32::try_from(column.saturating_add(1)).unwrap_or(u32::MAX),
        kind,
        rule: rule.map(str::to_owned),
        message,
        hint,
        source: source.to_owned(),
        length: u32::try_from(length.max(1)).unwrap_or(u32::MAX),
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{}:{}: {}", self.file, self.line, self.message)?;
        self.hint.iter().try_for_each(|hint| write!(to, "; {hint}"))
    }
}

/// The text of an error: the first few, one a line.
pub(in crate::policy) fn shown(flaws: &[Flaw]) -> String {
    let mut lines: Vec<String> = flaws.iter().take(SHOWN).map(ToString::to_string).collect();
    if flaws.len() > SHOWN {
        lines.push(format!(
            "... and {} more; `weighbridge policy check` shows all of them",
            flaws.len().saturating_sub(SHOWN)
        ));
    }
    lines.join("\n")
}

/// An error that names a place in one file, as a flaw: line, kind and words; or the error itself.
pub(super) fn of_error(error: PolicyError) -> Result<(usize, FlawKind, String), PolicyError> {
    match error {
        PolicyError::Metadata { line, what, .. } => {
            Ok((line, FlawKind::Metadata, format!("METADATA: {}", placeless(&what).1)))
        }
        PolicyError::Module { line, what, .. } => Ok((line, FlawKind::Syntax, what)),
        PolicyError::Data { what, .. } => {
            let (line, what) = placeless(&what);
            Ok((line.unwrap_or(1), FlawKind::Data, what))
        }
        other => Err(other),
    }
}

/// A parser's words without the place that they begin or end with, and its line.
fn placeless(what: &str) -> (Option<usize>, String) {
    let first = what.lines().next().unwrap_or_default();
    let line = |rest: &str| rest.split(|c: char| !c.is_ascii_digit()).next().and_then(|line| line.parse().ok());
    // serde_saphyr: `error: line 7 column 3: words`; serde_json: `words at line 3 column 0`.
    if let Some(rest) = first.strip_prefix("error: line ") {
        let words = rest.split_once(": ").map_or(rest, |(_, words)| words);
        return (line(rest), words.to_owned());
    }
    match first.rsplit_once(" at line ") {
        Some((words, rest)) => (line(rest), words.to_owned()),
        None => (None, first.to_owned()),
    }
}

/// The name that is nearest to a word, when one is near.
pub(super) fn nearest<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let lower = word.to_lowercase();
    let mut best: Option<(f64, &str)> = None;
    for name in names {
        let other = name.to_lowercase();
        // A letter more, less or exchanged is near in a short word too; jaro_winkler alone is too strict there.
        let edits = strsim::damerau_levenshtein(&lower, &other);
        let allowed = match lower.chars().count().max(other.chars().count()) {
            0..=2 => 0,
            longest => (longest / 3).max(1),
        };
        let likeness = strsim::jaro_winkler(&lower, &other);
        let near = edits <= allowed
            || likeness > 0.85 && lower.len() > 2
            || (other.len() > 3 && lower.len() > 3 && either_begins(&lower, &other));
        if near && name != word && best.is_none_or(|(most, _)| likeness > most) {
            best = Some((likeness, name));
        }
    }
    best.map(|(_, name)| name.to_owned())
}

fn either_begins(one: &str, other: &str) -> bool {
    one.starts_with(other) || other.starts_with(one)
}

/// Names in a sentence; a long list is cut.
pub(super) fn listed<'a>(names: impl IntoIterator<Item = &'a str>, most: usize) -> String {
    let names: Vec<&str> = names.into_iter().collect();
    let mut text: Vec<String> = names.iter().take(most).map(|name| format!("`{name}`")).collect();
    if names.len() > most {
        text.push(format!("{} more", names.len().saturating_sub(most)));
    }
    text.join(", ")
}

/// As [`repeated`], in quotes.
pub(super) fn quoted(span: &Span) -> String {
    format!("`{}`", repeated(span))
}

/// Text of a policy inside a message: one line, not long. The engine's places of literals begin at their last item; such a text
/// says nothing, and is `this`.
pub(super) fn repeated(span: &Span) -> String {
    let count = |of: char| span.text().matches(of).count();
    if count('(') != count(')') || count('[') != count(']') || count('{') != count('}') {
        return "this".to_owned();
    }
    let text = span.text().split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() > REPEATED {
        format!("{}...", text.chars().take(REPEATED).collect::<String>())
    } else {
        text
    }
}
