//! `weighbridge policy check`: every flaw of every file of a directory, tests asked for too.

use crate::files::Disk;
use crate::policy::check::flaw::{self, At, CHECK_SCHEMA, CheckSummary, Flaw, FlawKind, PolicyCheck};
use crate::policy::check::{Parsed, head, hold};
use crate::policy::engine::{self, words};
use crate::policy::set::{self, Data, Module};
use crate::policy::{PolicyError, PolicySet, metadata, text};
use crate::verdict::Rule;
use regorus::{Engine, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

/// Time for all of it. Parsing is the only part without a bound of its own.
const DEADLINE: Duration = Duration::from_secs(60);

/// Checks every policy and data document below a directory beside the shipped ones.
///
/// # Errors
/// [`PolicyError`] when the directory cannot be read or holds nothing; what is wrong inside its files are flaws.
pub fn check(directory: &Path) -> Result<PolicyCheck, PolicyError> {
    let files = set::files(directory, &Disk)?;
    let named = |(name, text): (String, set::Text)| (directory.join(name).to_string_lossy().into_owned(), text);
    let files = files.into_iter().map(named).collect();
    let shipped = PolicySet::embedded()?;
    engine::on_thread(DEADLINE, move || Directory::new(shipped).check(files))
}

/// The files of a directory, and what was found in them.
struct Directory {
    modules: Vec<Module>,
    rules: Vec<Rule>,
    data: Vec<Data>,
    /// Packages and documents that could not be read.
    unread: Vec<Vec<String>>,
    flaws: Vec<Flaw>,
}

impl Directory {
    fn new(shipped: PolicySet) -> Self {
        Self {
            rules: shipped.rules().to_vec(),
            modules: shipped.modules.into_iter().filter(|module| !module.tests || is_helper(module)).collect(),
            data: shipped.data,
            unread: Vec::new(),
            flaws: Vec::new(),
        }
    }

    fn check(mut self, files: Vec<(String, set::Text)>) -> Result<PolicyCheck, PolicyError> {
        self.without(&files);
        let policies = files.iter().filter(|(name, _)| name.ends_with(".rego")).count();
        let before: BTreeSet<Vec<String>> = self.modules.iter().map(|module| module.package.clone()).collect();
        let mut ids: BTreeMap<String, String> =
            self.modules.iter().filter_map(|module| Some((module.rule.clone()?, module.file.clone()))).collect();
        let names: BTreeSet<String> = files.iter().map(|(name, _)| name.clone()).collect();
        let mut declared = 0u64;
        for (name, text) in files {
            if !name.ends_with(".rego") {
                self.document(&name, text)?;
                continue;
            }
            let (module, rule) = match read(&name, &text) {
                Ok(read) => read,
                Err(error) => {
                    self.refuse(&name, &text, None, error)?;
                    // Other modules may use it: they are looked at without it.
                    self.unread.extend(text::package(&name, &text).map(|(_, package)| package));
                    continue;
                }
            };
            if !module.tests && before.contains(&module.package) {
                let what = format!("the package `{}` is already there; choose another name", module.package.join("."));
                let (line, _) = text::package(&name, &text)?;
                self.refuse(&name, &text, None, PolicyError::Module { file: name.clone(), line, what })?;
                continue;
            }
            if let Some(rule) = rule {
                declared = declared.saturating_add(1);
                let (line, _) = text::package(&name, &text)?;
                if let Some(first) = ids.insert(rule.id.clone(), name.clone()) {
                    let what = format!("the rule `{}` is already in {first}", rule.id);
                    self.refuse(&name, &text, None, PolicyError::Metadata { file: name.clone(), line, what })?;
                }
                let test = tests_of(&name);
                if !names.contains(&test) {
                    let message = format!("the rule `{}` has no tests", rule.id);
                    let hint = format!("write them in {test} beside it; `test_` begins the name of each");
                    let at = At::line(0, line);
                    self.flaws.push(flaw::flaw(
                        &name,
                        &text,
                        Some(&rule.id),
                        at,
                        FlawKind::Untested,
                        message,
                        Some(hint),
                    ));
                }
                self.rules.push(rule);
            }
            self.modules.push(module);
        }
        self.trees()?;
        self.flaws.sort();
        self.flaws.dedup();
        let summary = CheckSummary {
            modules: u64::try_from(policies).unwrap_or(u64::MAX),
            rules: declared,
            flaws: u64::try_from(self.flaws.len()).unwrap_or(u64::MAX),
        };
        Ok(PolicyCheck { schema: CHECK_SCHEMA.to_owned(), flaws: self.flaws, summary })
    }

    /// Leaves out the shipped files that the directory has word for word: it is the shipped set itself that is checked then.
    fn without(&mut self, files: &[(String, set::Text)]) {
        let given: BTreeSet<&str> = files.iter().map(|(_, text)| text.as_ref()).collect();
        let same = |text: &str| given.contains(text);
        let gone: BTreeSet<String> =
            self.modules.iter().filter(|module| same(&module.text)).filter_map(|module| module.rule.clone()).collect();
        self.rules.retain(|rule| !gone.contains(&rule.id));
        self.modules.retain(|module| !same(&module.text));
        self.data.retain(|document| !same(&document.json));
    }

    /// Parses every module by itself, so that each tells its own flaw, and holds all that can be parsed.
    fn trees(&mut self) -> Result<(), PolicyError> {
        let mut trees = Vec::new();
        let mut found = Vec::new();
        let own = self.modules.iter().filter(|module| module.rule.is_some() && !module.shipped);
        let tested: BTreeSet<String> = own.map(|module| tests_of(&module.file)).collect();
        for module in &self.modules {
            let mut engine = Engine::new();
            let parsed = engine.add_policy(module.file.clone(), module.text.to_string());
            match (parsed, engine.get_modules().last().cloned()) {
                (Ok(package), _) if package != format!("data.{}", module.package.join(".")) => {
                    let message = format!("the package is `{package}`; write it in one line, without quotes");
                    let (line, _) = text::package(&module.file, &module.text)?;
                    let (at, rule) = (At::line(0, line), module.rule.as_deref());
                    found.push(flaw::flaw(&module.file, &module.text, rule, at, FlawKind::Syntax, message, None));
                }
                (Ok(_), Some(tree)) => {
                    if tested.contains(&module.file) && !tree.policy.iter().any(|clause| is_test(head(clause))) {
                        let (line, _) = text::package(&module.file, &module.text)?;
                        let message = "a file of tests without a test".to_owned();
                        let hint = Some("a test is a rule whose name begins with `test_`".to_owned());
                        let at = At::line(0, line);
                        found.push(flaw::flaw(&module.file, &module.text, None, at, FlawKind::Untested, message, hint));
                    }
                    trees.push(Parsed { module, tree });
                }
                (Ok(_), None) => {}
                (Err(error), _) => {
                    let (at, message) = not_parsed(&module.text, &words(&error));
                    let rule = module.rule.as_deref();
                    found.push(flaw::flaw(&module.file, &module.text, rule, at, FlawKind::Syntax, message, None));
                    self.unread.push(module.package.clone());
                }
            }
        }
        let mut data: Vec<(Vec<String>, Value)> = Vec::new();
        for document in &self.data {
            match engine::value(document) {
                Ok(value) => data.push((document.path.clone(), below(value, &document.path))),
                Err(error) => {
                    let (line, kind, message) = flaw::of_error(error)?;
                    let at = At::line(0, line);
                    found.push(flaw::flaw(&document.file, &document.json, None, at, kind, message, None));
                    self.unread.push(document.path.clone());
                }
            }
        }
        let held = hold(&trees, &self.rules, &data, &self.unread, |module| !module.shipped);
        found.extend(held);
        if found.is_empty() && self.flaws.is_empty() {
            found.extend(self.prepared()?);
        }
        self.flaws.extend(found);
        Ok(())
    }

    /// What the engine alone refuses, when it makes ready what is right otherwise: it tells the first.
    fn prepared(&self) -> Result<Option<Flaw>, PolicyError> {
        let modules: Vec<&Module> = self.modules.iter().collect();
        let (mut engine, _) = engine::load(&modules, DEADLINE)?;
        let Err(error) = engine::prepare(&mut engine, &[]) else { return Ok(None) };
        let PolicyError::Engine { what } = error else { return Err(error) };
        let place = what.lines().find_map(|line| line.trim().strip_prefix("--> "));
        let file = place.and_then(|place| place.rsplitn(3, ':').nth(2));
        let Some(module) = self.modules.iter().find(|module| Some(module.file.as_str()) == file) else {
            return Err(PolicyError::Engine { what });
        };
        let (at, message) = not_parsed(&module.text, &what);
        let rule = module.rule.as_deref();
        Ok(Some(flaw::flaw(&module.file, &module.text, rule, at, FlawKind::Syntax, message, None)))
    }

    fn document(&mut self, name: &str, text: set::Text) -> Result<(), PolicyError> {
        match set::documents(name.to_owned(), set::path(name), name, text.clone()) {
            Ok(documents) => {
                for document in documents {
                    if let Some(first) = self.data.iter().find(|known| known.path == document.path) {
                        let what = format!("data.{} is already in {}", document.path.join("."), first.file);
                        self.refuse(name, &text, None, PolicyError::Data { file: name.to_owned(), what })?;
                    } else {
                        self.data.push(document);
                    }
                }
                Ok(())
            }
            Err(error) => {
                self.unread.push(set::path(name));
                self.refuse(name, &text, None, error)
            }
        }
    }

    fn refuse(&mut self, name: &str, text: &str, rule: Option<&str>, error: PolicyError) -> Result<(), PolicyError> {
        let (line, kind, message) = flaw::of_error(error)?;
        let hint = nearest_key(&message);
        self.flaws.push(flaw::flaw(name, text, rule, At::line(0, line), kind, message, hint));
        Ok(())
    }
}

/// Helpers that are there for tests: `weighbridge.lib.fixture`.
fn is_helper(module: &Module) -> bool {
    matches!(module.package.as_slice(), [first, second, ..] if first == "weighbridge" && second == "lib")
}

/// The key that was probably meant: "unknown field `x`, expected one of a, b".
fn nearest_key(message: &str) -> Option<String> {
    let (_, after) = message.split_once("unknown field `")?;
    let (key, after) = after.split_once('`')?;
    let (_, known) = after.split_once("expected one of ")?;
    let known = known.split(", ").map(|name| name.trim_matches(['`', ' ']));
    flaw::nearest(key, known).map(|near| format!("did you mean `{near}`?"))
}

/// The file of tests beside a module.
fn tests_of(name: &str) -> String {
    format!("{}_test.rego", name.strip_suffix(".rego").unwrap_or(name))
}

fn is_test(name: Option<String>) -> bool {
    name.is_some_and(|name| name.starts_with("test_") || name.starts_with("todo_test_"))
}

/// A module and the rule that it declares.
fn read(name: &str, content: &set::Text) -> Result<(Module, Option<Rule>), PolicyError> {
    text::screen(name, content)?;
    let (_, package) = text::package(name, content)?;
    let tests = name.ends_with("_test.rego");
    let rule = if tests { metadata::none(name, content)? } else { metadata::rule(name, content)? };
    let id = rule.as_ref().map(|rule| rule.id.clone());
    let module = Module {
        file: name.to_owned(),
        name: name.to_owned(),
        text: content.clone(),
        package,
        rule: id,
        tests,
        shipped: false,
    };
    Ok((module, rule))
}

/// The document itself: [`engine::value`] gives it below its path.
pub(super) fn below(value: Value, path: &[String]) -> Value {
    path.iter().fold(value, |value, part| value[part.as_str()].clone())
}

/// A parser's error: `--> file:line:column`, the line itself, a caret, and `error: ...`.
fn not_parsed(text: &str, words: &str) -> (At, String) {
    let mut place = words.lines().find_map(|line| line.trim().strip_prefix("--> ")).unwrap_or_default().rsplit(':');
    let column: usize = place.next().and_then(|column| column.trim().parse().ok()).unwrap_or(1);
    let line: usize = place.next().and_then(|line| line.parse().ok()).unwrap_or(1);
    let message = words.lines().find_map(|line| line.trim().strip_prefix("error: ")).unwrap_or(words).to_owned();
    let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let inside = text.get(before..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    let begin = inside.char_indices().nth(column.saturating_sub(1)).map(|(at, character)| (at, character.len_utf8()));
    let at = begin.map_or_else(
        || At::line(0, line),
        |(begin, length)| {
            let start = before.saturating_add(begin);
            At {
                module: 0,
                line: u32::try_from(line).unwrap_or(u32::MAX),
                start: u32::try_from(start).unwrap_or(u32::MAX),
                end: u32::try_from(start.saturating_add(length)).unwrap_or(u32::MAX),
            }
        },
    );
    (at, message)
}
