//! The METADATA block of a module: the only source of words about a rule. The engine drops these comments, so they are read here.

use crate::place;
use crate::policy::{PolicyError, text};
use crate::time::instant;
use crate::verdict::{Level, Rule};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The placeholder that the engine fills by itself: the file that owns the allow list.
pub(super) const OWNER: &str = "owner";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Block {
    title: String,
    description: String,
    custom: Custom,
    #[serde(default)]
    related_resources: Vec<Resource>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Custom {
    id: String,
    level: Level,
    message: String,
    remedy: String,
    since: String,
    effective_on: Option<String>,
    #[serde(default)]
    formats: Vec<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Resource {
    Plain(String),
    Described(Described),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Described {
    #[serde(rename = "ref")]
    page: String,
    #[serde(default, rename = "description")]
    _description: Option<String>,
}

/// That a module of tests declares no rule: the judge does not load it, so that its findings would be lost without a word.
pub(super) fn none(file: &str, module: &str) -> Result<Option<Rule>, PolicyError> {
    let finds =
        |line: &str| ["# METADATA", "deny contains ", "warn contains "].iter().any(|begin| line.starts_with(begin));
    match module.lines().position(finds) {
        None => Ok(None),
        Some(at) => Err(PolicyError::Metadata {
            file: file.to_owned(),
            line: at.saturating_add(1),
            what: "this is a rule, and a file whose name ends in `_test.rego` is tests, which judge nothing; rename the file".to_owned(),
        }),
    }
}

/// The rule that a module declares; `None` for a module of helpers.
pub(super) fn rule(file: &str, module: &str) -> Result<Option<Rule>, PolicyError> {
    let (package_line, package) = text::package(file, module)?;
    let parts: Vec<&str> = package.iter().map(String::as_str).collect();
    let refuse = |line: usize, what: String| Err(PolicyError::Metadata { file: file.to_owned(), line, what });
    let blocks: Vec<usize> = module
        .lines()
        .enumerate()
        .filter(|(_, line)| line.trim_end() == "# METADATA")
        .map(|(index, _)| index.saturating_add(1))
        .collect();
    let wanted = match parts.as_slice() {
        ["weighbridge", "lib", _, ..] => None,
        ["weighbridge", group, rule] => Some(format!("{group}/{}", rule.replace('_', "-"))),
        _ => {
            let what = "a rule's package is `weighbridge.GROUP.RULE`, a helper's `weighbridge.lib.NAME`".to_owned();
            return Err(PolicyError::Module { file: file.to_owned(), line: package_line, what });
        }
    };
    let begin = match (blocks.as_slice(), &wanted) {
        ([], None) => return Ok(None),
        ([], Some(id)) => return refuse(package_line, format!("missing; put the words about `{id}` above `package`")),
        ([line, ..], None) => {
            return refuse(*line, "helpers under `weighbridge.lib` have no rule of their own".to_owned());
        }
        ([line], Some(_)) => *line,
        ([_, second, ..], Some(_)) => {
            return refuse(*second, "repeated; a module has one rule and one block".to_owned());
        }
    };
    if begin > package_line {
        return refuse(begin, "stands below `package`; put it above".to_owned());
    }
    let yaml: String = module
        .lines()
        .skip(begin)
        .map_while(|line| line.strip_prefix('#'))
        .map(|line| format!("{}\n", line.strip_prefix(' ').unwrap_or(line)))
        .collect();
    let block: Block = match serde_saphyr::from_str(&yaml) {
        Ok(block) => block,
        Err(error) => {
            let within = error.location().and_then(|at| usize::try_from(at.line()).ok()).unwrap_or(0);
            let words = error.to_string();
            return refuse(begin.saturating_add(within), words.lines().next().unwrap_or_default().to_owned());
        }
    };
    let custom = block.custom;
    if let Some(wanted) = wanted.filter(|wanted| *wanted != custom.id) {
        return refuse(begin, format!("the id `{}` is not the package's: `{wanted}`", custom.id));
    }
    let words = [
        ("title", &block.title),
        ("description", &block.description),
        ("custom.message", &custom.message),
        ("custom.remedy", &custom.remedy),
        ("custom.since", &custom.since),
    ];
    for (name, words) in words {
        if words.trim().is_empty() {
            return refuse(begin, format!("`{name}` is empty"));
        }
    }
    for (name, words) in [("message", &custom.message), ("remedy", &custom.remedy)] {
        if let Err(what) = placeholders(words) {
            return refuse(begin, format!("`custom.{name}`: {what}"));
        }
    }
    if let Some(day) = custom.effective_on.as_deref().filter(|day| instant(day).is_none()) {
        return refuse(begin, format!("`custom.effective_on`: `{day}` is no day or time of RFC 3339 (`2026-01-31`)"));
    }
    let word =
        |name: &str| !name.is_empty() && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
    if let Some(name) = custom.formats.iter().find(|name| !word(name)) {
        return refuse(
            begin,
            format!(
                "`custom.formats`: `{}` is no name; `weighbridge formats` lists them",
                place::escape(name.as_bytes())
            ),
        );
    }
    Ok(Some(Rule {
        id: custom.id,
        title: block.title.trim().to_owned(),
        description: block.description.trim().to_owned(),
        level: custom.level,
        message: custom.message.trim().to_owned(),
        remedy: custom.remedy.trim().to_owned(),
        since: custom.since,
        effective_on: custom.effective_on,
        formats: custom.formats,
        related_resources: block
            .related_resources
            .into_iter()
            .map(|resource| match resource {
                Resource::Plain(page) => page,
                Resource::Described(described) => described.page,
            })
            .collect(),
    }))
}

/// The names of a template's placeholders: `{callee} is called` has `callee`. `{{` and `}}` are braces.
pub(super) fn placeholders(template: &str) -> Result<Vec<String>, String> {
    let mut names = Vec::new();
    fill(template, |name| {
        names.push(name.to_owned());
        Some(String::new())
    })?;
    Ok(names)
}

/// A template with the values of its placeholders.
pub(super) fn render(template: &str, values: &BTreeMap<String, String>) -> Result<String, String> {
    fill(template, |name| values.get(name).cloned())
}

fn fill(template: &str, mut value: impl FnMut(&str) -> Option<String>) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, brace) = rest.split_at(at);
        out.push_str(before);
        if let Some(after) = brace.strip_prefix("{{") {
            out.push('{');
            rest = after;
        } else if let Some(after) = brace.strip_prefix("}}") {
            out.push('}');
            rest = after;
        } else if let Some((name, after)) = brace.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
            if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') {
                return Err(format!("`{{{name}}}` is no placeholder; a name has small letters and `_`"));
            }
            let Some(value) = value(name) else {
                return Err(format!("the placeholder `{{{name}}}` is not in the finding's `with`"));
            };
            out.push_str(&value);
            rest = after;
        } else {
            return Err("a brace stands alone; write `{{` or `}}` for a brace itself".to_owned());
        }
    }
    out.push_str(rest);
    Ok(out)
}
