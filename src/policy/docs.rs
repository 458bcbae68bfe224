//! Pages about rules for people: Markdown, generated from METADATA and from what the rules' own tests make them say.

use crate::policy::engine::shown;
use crate::policy::{PolicyError, PolicySet, allow, metadata, test};
use crate::verdict::{AllowEntry, Level, Rule};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

/// The first line of every page. What does not begin with it was written by a person.
pub const GENERATED: &str =
    "<!-- Generated from METADATA by `weighbridge policy docs`; change the rule, not this page. -->\n";

/// Remedies that a page lists where METADATA leaves them to the finding.
const REMEDIES: usize = 24;

/// A page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Where it goes, below the folder of the pages.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
}

/// A page a rule and an index, of the set's own rules ([`PolicySet::to_test`]). `source` leads from the folder of the pages to the
/// policy; where it is `None` a page stands beside its rule. Runs the tests for an example of each rule, as
/// [`crate::policy::test`] does.
///
/// # Errors
/// [`PolicyError`] when the policy is wrong.
pub fn docs(set: &PolicySet, source: Option<&Path>, program: &Path) -> Result<Vec<Page>, PolicyError> {
    let examples = test::examples(set, program)?;
    let none = Vec::new();
    let mut pages = Vec::new();
    let mut rows = Vec::new();
    for rule in set.rules() {
        let Some(module) = set.modules.iter().find(|module| module.rule.as_ref() == Some(&rule.id)) else { continue };
        if !test::own(set, module) {
            continue;
        }
        let file = Path::new(&module.name);
        let path = if source.is_none() { beside(file) } else { PathBuf::from(format!("{}.md", rule.id)) };
        let up: PathBuf = path.parent().into_iter().flat_map(Path::components).map(|_| Component::ParentDir).collect();
        let to_rule = match source {
            None => PathBuf::from(file.file_name().unwrap_or_default()),
            Some(source) => up.join(source).join(file),
        };
        let tested = set.modules.iter().any(|other| other.name == module.name.replace(".rego", "_test.rego"));
        let found = examples.get(&rule.id).unwrap_or(&none);
        pages.push(Page {
            text: page(rule, found, &link(&to_rule), tested, &link(&up.join("README.md"))),
            path: path.clone(),
        });
        rows.push((rule, link(&path)));
    }
    pages.push(Page { path: PathBuf::from("README.md"), text: index(&rows) });
    Ok(pages)
}

/// The page of `RULE/RULE.rego` is the folder's own; another stands beside its rule under the rule's name.
fn beside(file: &Path) -> PathBuf {
    let folder = file.parent().unwrap_or(Path::new(""));
    if folder.file_name().is_some() && folder.file_name() == file.file_stem() {
        folder.join("README.md")
    } else {
        file.with_extension("md")
    }
}

/// Every rule with its level and title, by group.
fn index(rows: &[(&Rule, String)]) -> String {
    let mut out = format!(
        "{GENERATED}# Rules\n\n\
         A `deny` fails the artifact, a `warn` is told; a rule of level `deny` may warn where its page says so.\n\
         `weighbridge rules explain ID` says the same at a terminal.\n"
    );
    let mut group = "";
    for (rule, page) in rows {
        let (of, _) = rule.id.split_once('/').unwrap_or(("", &rule.id));
        if of != group {
            group = of;
            out.push_str(&format!("\n## {}\n\n| rule | level | what it finds |\n|---|---|---|\n", words(group)));
        }
        out.push_str(&format!("| [`{}`]({page}) | {} | {} |\n", rule.id, rule.level, words(&rule.title)));
    }
    out
}

fn page(rule: &Rule, found: &[Value], source: &str, tested: bool, index: &str) -> String {
    let mut out = format!("{GENERATED}# {}\n\n", words(&rule.title));
    let level = match rule.level {
        Level::Deny => "**deny**: a model with this finding fails",
        Level::Warn => "**warn**: told, and passed unless `--fail-on warn` is given",
    };
    out.push_str(&format!("`{}` | {level} | since {}\n", rule.id, words(&rule.since)));
    if let Some(day) = &rule.effective_on {
        out.push_str(&format!("\nIn force from {} on; before that day it only warns.\n", words(day)));
    }
    if !rule.formats.is_empty() {
        let formats: Vec<String> = rule.formats.iter().map(|format| format!("`{format}`")).collect();
        out.push_str(&format!("\nFormats: {}.\n", formats.join(", ")));
    }
    let description = text(&rule.description);
    match description.split_once("\n\n") {
        Some((what, why)) => out.push_str(&format!("\n## What happens\n\n{what}\n\n## Why it is bad\n\n{why}\n")),
        None => out.push_str(&format!("\n## What happens, and why it is bad\n\n{description}\n")),
    }
    let examples: Vec<Example> = found.iter().filter_map(|found| example(rule, found)).collect();
    out.push_str(&format!("\n## What to do\n\n{}", remedy(rule, &examples)));
    out.push_str(&format!("\n## What a finding says\n\n> {}\n", words(&rule.message)));
    if metadata::placeholders(&rule.message).is_ok_and(|names| !names.is_empty()) {
        out.push_str("\nWhat stands in braces is filled in for each finding.\n");
    }
    if let Some(example) = examples.first() {
        out.push_str(&format!("\nFor example:\n\n{}", fenced(&example.text)));
    }
    if !rule.related_resources.is_empty() {
        out.push_str("\n## Read on\n\n");
        for page in &rule.related_resources {
            out.push_str(&format!("- {}\n", reference(page)));
        }
    }
    let tests =
        if tested { format!(", [its tests]({})", source.replace(".rego", "_test.rego")) } else { String::new() };
    out.push_str(&format!("\n[The rule itself]({source}){tests}, [all rules]({index})\n"));
    out
}

/// What to do; where METADATA leaves it to the finding, what the findings of the tests say.
fn remedy(rule: &Rule, examples: &[Example]) -> String {
    let whole = metadata::placeholders(&rule.remedy).unwrap_or_default();
    let open = whole.iter().any(|name| name != metadata::OWNER);
    if !open {
        let owned = BTreeMap::from([(metadata::OWNER.to_owned(), allow::OWNER.to_owned())]);
        return format!("{}\n", words(&metadata::render(&rule.remedy, &owned).unwrap_or_else(|_| rule.remedy.clone())));
    }
    let remedies: BTreeSet<&str> = examples.iter().map(|example| example.remedy.as_str()).collect();
    if remedies.is_empty() {
        return format!("{}\n", words(&rule.remedy));
    }
    if remedies.len() == 1 {
        return remedies.into_iter().map(|remedy| format!("{}\n", words(remedy))).collect();
    }
    let mut out = "It depends on what was found; the finding says which of these holds:\n\n".to_owned();
    for remedy in remedies.into_iter().take(REMEDIES) {
        out.push_str(&format!("- {}\n", words(remedy)));
    }
    out
}

/// A finding of the rule's own tests, in words.
struct Example {
    text: String,
    remedy: String,
}

fn example(rule: &Rule, found: &Value) -> Option<Example> {
    let with = found.get("with")?.as_object()?;
    let mut values: BTreeMap<String, String> = with.iter().map(|(name, value)| (name.clone(), shown(value))).collect();
    values.insert(metadata::OWNER.to_owned(), allow::OWNER.to_owned());
    let (message, remedy) =
        (metadata::render(&rule.message, &values).ok()?, metadata::render(&rule.remedy, &values).ok()?);
    let mut text = format!("{}[{}] {}\n", rule.level, rule.id, rule.title);
    if let Some(offset) = found.get("offset").and_then(Value::as_u64) {
        text.push_str(&format!("  at byte {offset}\n"));
    }
    for line in with.get("evidence").and_then(Value::as_str).into_iter().flat_map(str::lines) {
        text.push_str(&format!("  | {line}\n"));
    }
    text.push_str(&format!("  {message}\n  remedy: {remedy}\n"));
    let entry = with.get("allow").and_then(|entry| serde_json::from_value::<AllowEntry>(entry.clone()).ok());
    for line in
        entry.iter().flat_map(|entry| allow::yaml(entry, allow::OWNER).lines().map(str::to_owned).collect::<Vec<_>>())
    {
        text.push_str(&format!("  {line}\n"));
    }
    Some(Example { text, remedy })
}

/// Text in a block of its own, behind a fence that is longer than any in it.
fn fenced(text: &str) -> String {
    let longest = text.split(|character| character != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.saturating_add(1).max(3));
    let text: String =
        text.chars().filter(|character| *character == '\n' || !crate::place::deceives(*character)).collect();
    format!("{fence}text\n{}\n{fence}\n", text.trim_end())
}

/// Words of one paragraph: what stands between backticks is code and stays, everything else is no Markdown.
fn words(text: &str) -> String {
    escaped(
        &text.split_whitespace().collect::<Vec<_>>().join(" "),
        &['\\', '*', '_', '[', ']', '<', '>', '|', '#', '~', '&'],
    )
}

/// Markdown as a person wrote it, without HTML.
fn text(markdown: &str) -> String {
    escaped(markdown.trim(), &['<'])
}

/// Puts a backslash before `signs` outside of code, and leaves out what is not shown as it is.
fn escaped(text: &str, signs: &[char]) -> String {
    let mut out = String::with_capacity(text.len());
    // A last backtick without a partner begins no code.
    let pairs = text.matches('`').count().checked_div(2).unwrap_or(0).saturating_mul(2);
    let mut ticks = 0usize;
    let shown = |character: &char| *character == '\n' || !crate::place::deceives(*character);
    let mut characters = text.chars().filter(shown).peekable();
    let mut before = ' ';
    while let Some(character) = characters.next() {
        // Within a word a `_` is only itself.
        let within = character == '_'
            && before.is_alphanumeric()
            && characters.peek().is_some_and(|next| next.is_alphanumeric());
        let code = ticks % 2 == 1;
        if character == '`' {
            if ticks >= pairs {
                out.push('\\');
            }
            ticks = ticks.saturating_add(1);
        } else if !code && !within && signs.contains(&character) {
            out.push('\\');
        } else if code && character == '|' && signs.contains(&'|') {
            // In a table it would end the cell, also within code.
            out.push('\\');
        }
        before = character;
        out.push(character);
    }
    out
}

/// A page to read on, as a link where it is an address.
fn reference(page: &str) -> String {
    let address = page.starts_with("https://") || page.starts_with("http://");
    let plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'<' | b'>' | b'\\' | b'`');
    if address && page.bytes().all(plain) { format!("<{page}>") } else { words(page) }
}

/// A path as the target of a link.
fn link(path: &Path) -> String {
    let text = path.to_string_lossy().replace('\\', "/");
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'.' | b'_' | b'-') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_no_markdown_but_for_code() {
        assert_eq!(words("state_dict _a_"), "state_dict \\_a\\_");
        assert_eq!(words("a *b* <img> `x|*` [c](d) ` e"), "a \\*b\\* \\<img\\> `x\\|*` \\[c\\](d) \\` e");
        assert_eq!(text("a <b> `<c>` [d](e)\n\nf\u{202e}"), "a \\<b> `<c>` [d](e)\n\nf");
        assert_eq!(fenced("a ``` b"), "````text\na ``` b\n````\n");
        assert_eq!(reference("https://a.b/c"), "<https://a.b/c>");
        assert_eq!(reference("javascript:x <y>"), "javascript:x \\<y\\>");
        assert_eq!(link(Path::new("a b/ö(1).md")), "a%20b/%C3%B6%281%29.md");
    }

    #[test]
    fn a_page_stands_where_it_replaces_no_other() {
        assert_eq!(beside(Path::new("own/rule/rule.rego")), Path::new("own/rule/README.md"));
        assert_eq!(beside(Path::new("own/rule.rego")), Path::new("own/rule.md"));
        assert_eq!(beside(Path::new("rule.rego")), Path::new("rule.md"));
    }
}
