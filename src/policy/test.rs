//! Runs the `test_*` rules of a set, as OPA does: a test passes when it is exactly `true`. Says which rules were seen firing, and
//! which lines were reached.
//!
//! A rule is seen firing by a call that is put around the head of its `deny` and `warn` before the tests are run:
//! `deny contains HEAD if { ... }` becomes `deny contains weighbridge_fired("ID", HEAD) if { ... }`. The engine comes to a head only
//! when everything in the body held, so the call is made for each finding and for nothing else. Lines alone would not do: where
//! head and body stand on one line, the line is reached whether the rule fires or not.

use crate::policy::check::{self, Parsed, head};
use crate::policy::engine::{DEADLINE, load, on_thread, prepare, refused, value, words};
use crate::policy::guard::Guard;
use crate::policy::set::Module;
use crate::policy::{PolicyError, PolicySet};
use regex::Regex;
use regorus::unstable::{Rule as Clause, RuleHead};
use regorus::{Engine, Value};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// The name and version of the JSON shape of a [`TestRun`].
pub const SCHEMA: &str = "weighbridge/policy-test/v1";

/// The call around a head; the checks know no function of this name, so no policy can call it.
const FIRED: &str = "weighbridge_fired";

/// A rule at the end of each module, so that the engine lists the lines of a module that no test comes to.
const LAST: &str = "weighbridge_last_line";

/// Findings that are kept of each rule.
const EXAMPLES: usize = 64;

/// Findings by the rule's id.
pub(super) type Examples = BTreeMap<String, Vec<serde_json::Value>>;

/// Lines that `print` may leave with one test, and characters of each and of what a test came to.
const PRINTS: usize = 50;
const WIDTH: usize = 300;

/// What the tests of a set came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TestRun {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// Whether no test failed and, where all tests were run, every rule was seen firing.
    pub passed: bool,
    /// The tests, in the order of files and lines.
    pub tests: Vec<TestCase>,
    /// The rules, sorted by id. Empty when only some tests were run.
    pub rules: Vec<Firing>,
    /// The lines of every module that is no tests, by file. Empty when only some tests were run.
    pub files: Vec<Lines>,
    /// Counts.
    pub summary: TestSummary,
}

/// One test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TestCase {
    /// The package: `weighbridge.pickle.unlisted_call_test`.
    pub package: String,
    /// The rule: `test_a_listed_call_is_silent`.
    pub name: String,
    /// The module.
    pub file: String,
    /// Its line, from 1.
    pub line: u32,
    /// What became of it.
    pub outcome: Outcome,
    /// What it came to in place of `true`, or what went wrong; `null` for one that passed.
    pub came_to: Option<String>,
    /// What it said with `print`, each with file and line.
    pub prints: Vec<String>,
    /// How long it took.
    pub seconds: f64,
}

/// What became of a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It was exactly `true`.
    Passed,
    /// It was not.
    Failed,
    /// The engine stopped, or it is no test.
    Error,
    /// Its name begins with `todo_`: it was not run.
    Todo,
}

/// Whether a rule was seen firing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Firing {
    /// The rule's id.
    pub id: String,
    /// Its module.
    pub file: String,
    /// Whether some test made it give a finding.
    pub seen: bool,
}

/// The lines of a module that hold something to evaluate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Lines {
    /// The module.
    pub file: String,
    /// Lines that some test came to.
    pub covered: Vec<u32>,
    /// Lines that none came to.
    pub not_covered: Vec<u32>,
}

/// Counts over a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TestSummary {
    /// Tests that were run or skipped.
    pub tests: usize,
    /// Of them, passed.
    pub passed: usize,
    /// Of them, failed or in error.
    pub failed: usize,
    /// Of them, skipped.
    pub todo: usize,
    /// Tests that were not chosen.
    pub left_out: usize,
    /// Rules.
    pub rules: usize,
    /// Of them, seen firing.
    pub seen: usize,
    /// Lines that hold something to evaluate.
    pub lines: usize,
    /// Of them, reached.
    pub covered: usize,
    /// Whole percent of lines reached; 100 only when all are. `null` when only some tests were run.
    pub percent: Option<usize>,
}

/// Checks every module of the set, and runs the tests of its own modules: the shipped ones are then only there to be used, unless
/// there are no others. `run` is a regular expression that chooses tests by `package.test_name`; without it all are run. What is not
/// shipped runs in a guarded process of `program`, as it is judged.
///
/// # Errors
/// [`PolicyError`] when a module or data is wrong, so that no test can run.
pub fn test(set: &PolicySet, run: Option<&str>, program: &Path) -> Result<TestRun, PolicyError> {
    Ok(ran(set, run, program)?.0)
}

/// What the tests of a set make its own rules find.
pub(super) fn examples(set: &PolicySet, program: &Path) -> Result<Examples, PolicyError> {
    Ok(ran(set, None, program)?.1)
}

fn ran(set: &PolicySet, run: Option<&str>, program: &Path) -> Result<(TestRun, Examples), PolicyError> {
    if set.shipped() { here(set, run) } else { Guard::start(set, program)?.test(run) }
}

/// Whether a module is one of the set's own, and not only there to be used.
pub(super) fn own(set: &PolicySet, module: &Module) -> bool {
    !module.shipped || set.shipped()
}

/// Runs the tests in this process.
pub(super) fn here(set: &PolicySet, run: Option<&str>) -> Result<(TestRun, Examples), PolicyError> {
    let wrong = |error: regex::Error| PolicyError::Engine { what: error.to_string() };
    let wanted = run.map(Regex::new).transpose().map_err(wrong)?;
    let set = set.clone();
    on_thread(DEADLINE, move || {
        let modules: Vec<&Module> = set.modules.iter().collect();
        let shipped = set.shipped();
        let own = |module: &Module| shipped || !module.shipped;
        let (_, parsed) = load(&modules, DEADLINE)?;
        let values = set.data.iter().map(value).collect::<Result<Vec<Value>, PolicyError>>()?;
        check::held(&parsed, set.rules(), &set.data, &values, |_| true)?;

        let mut listening = Vec::new();
        for parsed in &parsed {
            listening.push(if own(parsed.module) { instrumented(parsed) } else { parsed.module.clone() });
        }
        let fired = Arc::new(Mutex::new(Examples::new()));
        let (mut engine, _) = load(&listening.iter().collect::<Vec<_>>(), DEADLINE)?;
        listen(&mut engine, &fired)?;
        for value in values {
            engine.add_data(value).map_err(refused)?;
        }
        prepare(&mut engine, &[])?;
        engine.set_enable_coverage(true);

        let mut tests = Vec::new();
        let mut left_out = 0usize;
        for found in found(&parsed, own) {
            if wanted.as_ref().is_none_or(|wanted| wanted.is_match(&format!("{}.{}", found.package, found.name))) {
                tests.push(tried(&mut engine, found));
            } else {
                left_out = left_out.saturating_add(1);
            }
        }
        let whole = wanted.is_none();
        let fired = fired.lock().unwrap_or_else(PoisonError::into_inner);
        let own_modules: Vec<&Module> = modules.into_iter().filter(|module| own(module)).collect();
        let (rules, files) = if whole {
            (firing(&own_modules, &fired), lines(&mut engine, &own_modules)?)
        } else {
            (Vec::new(), Vec::new())
        };
        Ok((sum(tests, rules, files, left_out, whole), fired.clone()))
    })
}

fn sum(tests: Vec<TestCase>, rules: Vec<Firing>, files: Vec<Lines>, left_out: usize, whole: bool) -> TestRun {
    let count = |wanted: &[Outcome]| tests.iter().filter(|test| wanted.contains(&test.outcome)).count();
    let covered = files.iter().map(|file| file.covered.len()).sum::<usize>();
    let lines = files.iter().map(|file| file.not_covered.len()).sum::<usize>().saturating_add(covered);
    let summary = TestSummary {
        tests: tests.len(),
        passed: count(&[Outcome::Passed]),
        failed: count(&[Outcome::Failed, Outcome::Error]),
        todo: count(&[Outcome::Todo]),
        left_out,
        rules: rules.len(),
        seen: rules.iter().filter(|rule| rule.seen).count(),
        lines,
        covered,
        percent: whole.then(|| covered.saturating_mul(100).checked_div(lines).unwrap_or(100)),
    };
    let passed = summary.failed == 0 && summary.seen == summary.rules;
    TestRun { schema: SCHEMA.to_owned(), passed, tests, rules, files, summary }
}

/// Every rule whose name begins with `test_` or `todo_test_`, as a case that was not run yet.
fn found(parsed: &[Parsed<'_>], own: impl Fn(&Module) -> bool) -> Vec<TestCase> {
    let mut cases: BTreeMap<(String, u32), TestCase> = BTreeMap::new();
    let mut known: BTreeMap<(String, String), (String, u32)> = BTreeMap::new();
    for parsed in parsed.iter().filter(|parsed| own(parsed.module)) {
        let package = parsed.module.package.join(".");
        for clause in &parsed.tree.policy {
            let Some(name) = head(clause) else { continue };
            let todo = name.starts_with("todo_test_");
            if !todo && !name.starts_with("test_") {
                continue;
            }
            let (file, line) = (parsed.module.file.clone(), clause.span().line);
            let mut case = TestCase {
                package: package.clone(),
                name: name.clone(),
                file: file.clone(),
                line,
                outcome: if todo { Outcome::Todo } else { Outcome::Failed },
                came_to: None,
                prints: Vec::new(),
                seconds: 0.0,
            };
            // The engine joins two rules of one name, and the one that holds would hide the one that does not.
            let first = known.entry((package.clone(), name)).or_insert_with(|| (file.clone(), line)).clone();
            let wrong = if first != (file.clone(), line) {
                Some(format!("a second test of this name; the first is in {}:{}", first.0, first.1))
            } else if matches!(clause.as_ref(), Clause::Spec { head: RuleHead::Func { .. }, .. }) {
                Some("a function, which nothing calls; a test takes no arguments".to_owned())
            } else {
                None
            };
            if wrong.is_some() {
                case.outcome = Outcome::Error;
                case.came_to = wrong;
            }
            cases.insert((file, line), case);
        }
    }
    cases.into_values().collect()
}

fn tried(engine: &mut Engine, case: TestCase) -> TestCase {
    if case.outcome != Outcome::Failed {
        return case;
    }
    let start = Instant::now();
    let result = engine.eval_rule(format!("data.{}.{}", case.package, case.name));
    let seconds = start.elapsed().as_secs_f64();
    let (outcome, came_to) = match result {
        Ok(Value::Bool(true)) => (Outcome::Passed, None),
        Ok(Value::Undefined) => (Outcome::Failed, Some("undefined".to_owned())),
        Ok(value) => (Outcome::Failed, Some(cut(&value.to_string()))),
        Err(error) => (Outcome::Error, Some(words(&error))),
    };
    let prints = engine.take_prints().unwrap_or_default();
    let prints = prints.iter().take(PRINTS).map(|line| cut(line)).collect();
    TestCase { outcome, came_to, prints, seconds, ..case }
}

fn cut(text: &str) -> String {
    let shown: String = text.chars().take(WIDTH).collect();
    if shown.len() < text.len() { format!("{shown}...") } else { shown }
}

/// A module with [`FIRED`] around the heads of its findings, and with [`LAST`] behind its end. Lines stay where they are.
fn instrumented(parsed: &Parsed<'_>) -> Module {
    let mut module = parsed.module.clone();
    let mut text = module.text.to_string();
    if let Some(rule) = &module.rule {
        let mut heads: Vec<(usize, usize)> =
            parsed.tree.policy.iter().filter_map(|clause| finding(clause, &text)).collect();
        // From the last to the first, so that the places of the others stay.
        heads.sort_unstable();
        for (start, end) in heads.into_iter().rev() {
            if let Some(written) = text.get(start..end) {
                let call = format!(" {FIRED}({rule:?},{written})");
                text.replace_range(start..end, &call);
            }
        }
    }
    if !module.tests {
        text.push_str(&format!("\n{LAST} := true\n"));
    }
    module.text = text.into();
    module
}

/// Where the finding of a `deny contains FINDING` or `warn contains FINDING` stands. The engine's own span of an object begins at
/// its last key (parser.rs, `parse_set_or_object`), so the head's is taken.
fn finding(clause: &Clause, text: &str) -> Option<(usize, usize)> {
    head(clause).filter(|name| matches!(name.as_str(), "deny" | "warn"))?;
    let Clause::Spec { head: RuleHead::Set { span, refr, key: Some(_) }, .. } = clause else { return None };
    let (begin, end) = (usize::try_from(refr.span().end).ok()?, usize::try_from(span.end).ok()?);
    let start = end.checked_sub(text.get(begin..end)?.trim_start().strip_prefix("contains")?.len())?;
    Some((start, end))
}

fn listen(engine: &mut Engine, fired: &Arc<Mutex<Examples>>) -> Result<(), PolicyError> {
    let fired = Arc::clone(fired);
    let note = move |arguments: Vec<Value>| {
        let [Value::String(rule), found] = arguments.as_slice() else { return Ok(Value::Undefined) };
        // The engine calls it with what is undefined too; that is no finding.
        if !matches!(found, Value::Undefined) {
            let mut fired = fired.lock().unwrap_or_else(PoisonError::into_inner);
            let known = fired.entry(rule.to_string()).or_default();
            let found = serde_json::to_value(found)?;
            if known.len() < EXAMPLES && !known.contains(&found) {
                known.push(found);
            }
        }
        Ok(found.clone())
    };
    engine.add_extension(FIRED.to_owned(), 2, Box::new(note)).map_err(refused)
}

fn firing(modules: &[&Module], fired: &Examples) -> Vec<Firing> {
    let mut rules: Vec<Firing> = modules
        .iter()
        .filter_map(|module| {
            let id = module.rule.clone()?;
            let seen = fired.contains_key(&id);
            Some(Firing { id, file: module.file.clone(), seen })
        })
        .collect();
    rules.sort_by(|one, other| one.id.cmp(&other.id));
    rules
}

/// The lines of every module that is no tests.
fn lines(engine: &mut Engine, modules: &[&Module]) -> Result<Vec<Lines>, PolicyError> {
    let judged: Vec<&&Module> = modules.iter().filter(|module| !module.tests).collect();
    for module in &judged {
        engine.eval_rule(format!("data.{}.{LAST}", module.package.join("."))).map_err(refused)?;
    }
    let report = engine.get_coverage_report().map_err(refused)?;
    let mut files = Vec::new();
    for module in judged {
        let Some(file) = report.files.iter().find(|file| file.path == module.file) else {
            return Err(PolicyError::Engine { what: format!("the lines of {} are not known", module.file) });
        };
        let last = u32::try_from(module.text.lines().count()).unwrap_or(u32::MAX);
        let within = |lines: &BTreeSet<u32>| lines.iter().copied().filter(|line| *line <= last).collect();
        files.push(Lines {
            file: module.file.clone(),
            covered: within(&file.covered),
            not_covered: within(&file.not_covered),
        });
    }
    files.sort_by(|one, other| one.file.cmp(&other.file));
    Ok(files)
}
