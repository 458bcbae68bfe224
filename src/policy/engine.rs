//! One prepared engine, cloned for each artifact, evaluated on a thread of its own with a deadline.

use crate::facts::Facts;
use crate::policy::check::{self, Parsed};
use crate::policy::needs::{self, Tables};
use crate::policy::set::{Data, Module};
use crate::policy::{PolicyError, PolicySet, allow, metadata};
use crate::time::instant;
use crate::verdict::{AllowEntry, Finding, Level, Rule};
use regorus::utils::limits::ExecutionTimerConfig;
use regorus::{Engine, Value};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use std::sync::mpsc;
use std::time::Duration;

/// Time for loading a policy, and for judging one artifact. The largest facts take a few seconds.
pub(super) const DEADLINE: Duration = Duration::from_secs(60);

/// Time after the deadline for the engine to notice it by itself; the timer is not asked inside built-in functions.
pub(super) const GRACE: Duration = Duration::from_secs(5);

/// Stack of an engine's thread: the parser and the interpreter recurse. Reserved, and used as far as it is touched.
const STACK: usize = 256 << 20;

/// The module that gathers the results of all rules, so that one evaluation fills the engine's caches once.
const ENTRY: &str = "weighbridge_entry";

/// One prepared engine over a policy set.
#[derive(Debug, Clone)]
pub(super) struct Prepared {
    pub(super) engine: Engine,
    pub(super) rules: BTreeMap<String, Rule>,
    /// For every entry, the tables of the facts without which it has no result.
    needs: Vec<Tables>,
    owner: String,
}

impl Prepared {
    /// Parses, checks and prepares every module of the set.
    ///
    /// # Errors
    /// A [`PolicyError`] with file and line for anything that is wrong with it.
    pub(super) fn new(set: &PolicySet) -> Result<Self, PolicyError> {
        Self::with_deadline(set, DEADLINE)
    }

    fn with_deadline(set: &PolicySet, deadline: Duration) -> Result<Self, PolicyError> {
        let (modules, data) = (set.clone(), set.data.clone());
        let rules: BTreeMap<String, Rule> = set.rules().iter().map(|rule| (rule.id.clone(), rule.clone())).collect();
        let owner = set.owner.clone();
        let (engine, needs) = on_thread(deadline, move || {
            let judged: Vec<&Module> = modules.modules.iter().filter(|module| !module.tests).collect();
            // Lists are as much work to parse as modules: each on its own core.
            let (loaded, values) = std::thread::scope(|scope| {
                let values = scope.spawn(|| data.iter().map(value).collect::<Result<Vec<Value>, PolicyError>>());
                (load(&judged, deadline), values.join())
            });
            let (mut engine, parsed) = loaded?;
            let values = values.map_err(|_| PolicyError::Stopped)??;
            check::held(&parsed, modules.rules(), &data, &values, |module| !module.shipped)?;
            for (document, value) in data.iter().zip(values) {
                engine.add_data(value).map_err(|error| {
                    let what = format!("data that is already there: {}", words(&error));
                    PolicyError::Data { file: document.file.clone(), what }
                })?;
            }
            let entries = entries(&parsed);
            prepare(&mut engine, &entries)?;
            Ok((engine, entries.into_iter().map(|entry| entry.needs).collect()))
        })?;
        Ok(Self { engine, rules, needs, owner })
    }

    /// Judges the facts of one artifact. Findings come worst first, then by place, offset, rule and message.
    ///
    /// # Errors
    /// [`PolicyError`] when a rule fails, returns what no rule may return, or does not end in time. Never a pass.
    pub(super) fn judge(&self, facts: &Facts) -> Result<Vec<Finding>, PolicyError> {
        self.judge_within(facts, DEADLINE)
    }

    fn judge_within(&self, facts: &Facts, deadline: Duration) -> Result<Vec<Finding>, PolicyError> {
        // Rules find a member by its place in the table.
        if let Some((index, _)) = (0u64..).zip(&facts.members).find(|(index, member)| u64::from(member.id) != *index) {
            return Err(PolicyError::Facts { index });
        }
        let mut engine = self.engine.clone();
        engine.set_execution_timer_config(timer(deadline));
        let input = input(facts)?;
        let asked = self.needs.iter().filter(|needs| needs.as_ref().is_none_or(|tables| filled(&input, tables)));
        let asked = asked.count();
        let results = on_thread(deadline, move || {
            engine.set_input(input);
            engine.eval_rule(format!("data.{ENTRY}.results")).map_err(refused)
        })?;
        let results = results.as_set().map_err(refused)?;
        if results.len() != asked {
            let what = format!("{} of {asked} rules came to a result", results.len());
            return Err(PolicyError::Engine { what });
        }
        let now = instant(&facts.evaluated_at);
        let mut findings = Vec::new();
        for result in results.iter() {
            let (rule, level, found) = self.result(result)?;
            let early = rule.effective_on.as_deref().and_then(instant).zip(now).is_some_and(|(on, now)| now < on);
            let denies_from = rule.effective_on.clone().filter(|_| early && level == Level::Deny);
            let level = if early { Level::Warn } else { level };
            let wrong = |what: &str| PolicyError::Result { rule: rule.id.clone(), what: what.to_owned() };
            let Value::Set(found) = found else { return Err(wrong("something that is no set")) };
            for object in found.iter() {
                let finding = self.finding(rule, level, object, facts).map_err(|what| wrong(&what))?;
                findings.push(Finding { denies_from: denies_from.clone(), ..finding });
            }
        }
        findings.sort_by(|one, other| one.order().cmp(&other.order()));
        findings.dedup();
        Ok(findings)
    }

    fn result<'a>(&'a self, result: &'a Value) -> Result<(&'a Rule, Level, &'a Value), PolicyError> {
        let parts: Vec<&Value> = result.as_array().map_err(refused)?.iter().collect();
        let [Value::String(id), Value::String(level), found] = parts.as_slice() else {
            return Err(PolicyError::Engine { what: "a result has no rule".to_owned() });
        };
        let Some(rule) = self.rules.get(id.as_ref()) else {
            return Err(PolicyError::Engine { what: format!("there is no rule `{id}`") });
        };
        Ok((rule, if level.as_ref() == "deny" { Level::Deny } else { Level::Warn }, found))
    }

    /// One object of a rule's set as a finding; an error says what the object is instead.
    pub(super) fn finding(&self, rule: &Rule, level: Level, object: &Value, facts: &Facts) -> Result<Finding, String> {
        let object = serde_json::to_value(object).map_err(|error| error.to_string())?;
        let Some(fields) = object.as_object() else { return Err(format!("`{object}`")) };
        if fields.len() != 3 {
            return Err(format!("an object with other keys: {object}"));
        }
        let (Some(at), Some(offset), Some(with)) = (fields.get("at"), fields.get("offset"), fields.get("with")) else {
            return Err(format!("an object with other keys: {object}"));
        };
        let member = at.as_u64().and_then(|id| facts.members.get(usize::try_from(id).ok()?));
        let Some(member) = member else { return Err(format!("`\"at\": {at}`, and there is no member of that id")) };
        if !offset.is_null() && !offset.is_u64() {
            return Err(format!("`\"offset\": {offset}`, which is no offset"));
        }
        let Some(with) = with.as_object() else { return Err(format!("`\"with\": {with}`, which is no object")) };
        let evidence = match with.get("evidence") {
            None | Some(serde_json::Value::Null) => None,
            Some(serde_json::Value::String(text)) => Some(text.clone()),
            Some(other) => return Err(format!("`\"evidence\": {other}`, which is no text")),
        };
        let offer = match with.get("allow") {
            None | Some(serde_json::Value::Null) => None,
            Some(entry) => {
                let entry: AllowEntry = serde_json::from_value(entry.clone())
                    .map_err(|error| format!("`\"allow\": {entry}`, which is no allow entry: {error}"))?;
                Some(allow::yaml(&entry, &self.owner))
            }
        };
        let mut values: BTreeMap<String, String> =
            with.iter().map(|(name, value)| (name.clone(), shown(value))).collect();
        values.insert(metadata::OWNER.to_owned(), self.owner.clone());
        Ok(Finding {
            rule: rule.id.clone(),
            level,
            title: rule.title.clone(),
            message: metadata::render(&rule.message, &values)?,
            place: member.path.clone(),
            file: facts.file_of(member).path.clone(),
            member_digest: member.digest.clone(),
            offset: offset.as_u64(),
            evidence,
            remedy: metadata::render(&rule.remedy, &values)?,
            allow: offer,
            denies_from: None,
            waived: None,
            not_waived: None,
        })
    }
}

/// A value as text in a sentence.
pub(super) fn shown(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Null => "unknown".to_owned(),
        serde_json::Value::Array(values) => values.iter().map(shown).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// An engine with the modules in it, and their trees.
pub(super) fn load<'a>(modules: &[&'a Module], deadline: Duration) -> Result<(Engine, Vec<Parsed<'a>>), PolicyError> {
    let mut engine = Engine::new();
    engine.set_execution_timer_config(timer(deadline));
    // Else the engine writes what `print` is given, text of an artifact too, to standard error as it is.
    engine.set_gather_prints(true);
    let mut parsed = Vec::new();
    for module in modules {
        let package = engine
            .add_policy(module.file.clone(), module.text.to_string())
            .map_err(|error| not_parsed(module, &error))?;
        if package != format!("data.{}", module.package.join(".")) {
            let what = format!("the package is `{package}`; write it in one line, without quotes");
            return Err(PolicyError::Module { file: module.file.clone(), line: 1, what });
        }
        if let Some(tree) = engine.get_modules().last().cloned() {
            parsed.push(Parsed { module, tree });
        }
    }
    Ok((engine, parsed))
}

/// Adds the module that gathers the results, and evaluates nothing: the first evaluation prepares the engine, and its clones with it.
pub(super) fn prepare(engine: &mut Engine, entries: &[Entry]) -> Result<(), PolicyError> {
    engine.add_policy(ENTRY.to_owned(), entry(entries)).map_err(refused)?;
    engine.set_input(Value::new_object());
    engine.eval_rule(format!("data.{ENTRY}.ready")).map_err(refused)?;
    Ok(())
}

/// A data document below its path. The entries of an allow list are given by their global: a lookup must not walk through all.
pub(super) fn value(document: &Data) -> Result<Value, PolicyError> {
    let wrong = |what: String| PolicyError::Data { file: document.file.clone(), what };
    let mut value = Value::from_json_str(&document.json).map_err(|error| wrong(words(&error)))?;
    if document.path.first().is_some_and(|first| first == "allow") && document.path.len() == 2 {
        value = by_global(&value)
            .ok_or_else(|| wrong("an allow list is an object with `entries`, each with its `global`".to_owned()))?;
    }
    for name in document.path.iter().rev() {
        value = std::iter::once((Value::from(name.as_str()), value)).collect::<BTreeMap<_, _>>().into();
    }
    Ok(value)
}

fn by_global(list: &Value) -> Option<Value> {
    let mut grouped: BTreeMap<Value, Vec<Value>> = BTreeMap::new();
    for entry in list["entries"].as_array().ok()?.iter() {
        let global = &entry["global"];
        global.as_string().ok()?;
        grouped.entry(global.clone()).or_default().push(entry.clone());
    }
    let grouped: BTreeMap<Value, Value> =
        grouped.into_iter().map(|(global, entries)| (global, Value::from(entries))).collect();
    let entries = Value::from("entries");
    let list: BTreeMap<Value, Value> = list
        .as_object()
        .ok()?
        .iter()
        .map(|(key, value)| (key.clone(), if *key == entries { Value::from(grouped.clone()) } else { value.clone() }))
        .collect();
    Some(list.into())
}

/// Facts as the engine's input. Table by table and in parts of it, because the JSON of large facts is as large again.
pub(super) fn input(facts: &Facts) -> Result<Value, PolicyError> {
    // Every field is named without `..`, so that none is forgotten when one is added.
    let Facts {
        schema,
        evaluated_at,
        tool,
        artifact,
        members,
        incomplete,
        deviations,
        archives,
        pickles,
        tensors,
        graphs,
        references,
        declarations,
        layers,
        mentions,
        objects,
        templates,
        code,
        executables,
        signatures,
    } = facts;
    let fields = [
        ("schema", one(schema)?),
        ("evaluated_at", one(evaluated_at)?),
        ("tool", one(tool)?),
        ("artifact", one(artifact)?),
        ("members", many(members)?),
        ("incomplete", many(incomplete)?),
        ("deviations", many(deviations)?),
        ("archives", many(archives)?),
        ("pickles", many(pickles)?),
        ("tensors", many(tensors)?),
        ("graphs", many(graphs)?),
        ("references", many(references)?),
        ("declarations", many(declarations)?),
        ("layers", many(layers)?),
        ("mentions", many(mentions)?),
        ("objects", many(objects)?),
        ("templates", many(templates)?),
        ("code", many(code)?),
        ("executables", many(executables)?),
        ("signatures", many(signatures)?),
    ];
    Ok(fields.into_iter().map(|(name, value)| (Value::from(name), value)).collect::<BTreeMap<_, _>>().into())
}

fn one(value: &(impl Serialize + ?Sized)) -> Result<Value, PolicyError> {
    let json = serde_json::to_string(value).map_err(|error| PolicyError::Engine { what: error.to_string() })?;
    Value::from_json_str(&json).map_err(refused)
}

/// A table. The engine keeps the names of fields once for all that is parsed together.
fn many(records: &[impl Serialize]) -> Result<Value, PolicyError> {
    let mut values = Vec::with_capacity(records.len());
    for part in records.chunks(128) {
        values.extend(one(part)?.as_array().map_err(refused)?.iter().cloned());
    }
    Ok(Value::from(values))
}

/// One set of findings that a module defines.
pub(super) struct Entry {
    rule: String,
    level: &'static str,
    path: String,
    needs: Tables,
}

/// The sets that the modules define.
fn entries(parsed: &[Parsed<'_>]) -> Vec<Entry> {
    let names = check::Names::new(parsed, &[], &[]);
    let mut entries = Vec::new();
    for parsed in parsed {
        let Some(rule) = &parsed.module.rule else { continue };
        for level in ["deny", "warn"] {
            if parsed.tree.policy.iter().any(|clause| check::head(clause).as_deref() == Some(level)) {
                let package = parsed.module.package.join(".");
                let needs = needs::tables(&names, &package, level);
                entries.push(Entry { rule: rule.clone(), level, path: format!("data.{package}.{level}"), needs });
            }
        }
    }
    entries
}

/// The text of the module that asks for all entries. One whose tables are all empty is not asked.
fn entry(entries: &[Entry]) -> String {
    let mut text = format!("package {ENTRY}\n\nready := true\n");
    let groups: BTreeSet<&BTreeSet<String>> = entries.iter().filter_map(|entry| entry.needs.as_ref()).collect();
    let name = |tables: &BTreeSet<String>| format!("has_{}", tables.iter().cloned().collect::<Vec<_>>().join("_or_"));
    for tables in &groups {
        for table in *tables {
            text.push_str(&format!("\n{} if count(input.{table}) > 0\n", name(tables)));
        }
    }
    for Entry { rule, level, path, needs } in entries {
        let when = needs.as_ref().map(|tables| format!(" if {}", name(tables))).unwrap_or_default();
        text.push_str(&format!("\nresults contains [\"{rule}\", \"{level}\", {path}]{when}\n"));
    }
    text
}

/// Whether one of the tables has records. A table that is not there is taken for filled: its rule is asked.
fn filled(input: &Value, tables: &BTreeSet<String>) -> bool {
    tables.iter().any(|table| input[table.as_str()].as_array().map_or(true, |records| !records.is_empty()))
}

fn timer(limit: Duration) -> ExecutionTimerConfig {
    ExecutionTimerConfig { limit, check_interval: NonZeroU32::MIN.saturating_add(999) }
}

/// The engine's words, without the stack of its own functions.
pub(super) fn words(error: &anyhow::Error) -> String {
    format!("{error:#}").trim().to_owned()
}

pub(super) fn refused(error: anyhow::Error) -> PolicyError {
    let late =
        error.chain().any(|cause| matches!(cause.downcast_ref(), Some(regorus::LimitError::TimeLimitExceeded { .. })));
    let what = words(&error);
    // The interpreter wraps some errors as text and loses the kind.
    if late || what.contains("time limit") {
        PolicyError::Deadline { seconds: DEADLINE.as_secs() }
    } else {
        PolicyError::Engine { what }
    }
}

/// A parser's error: `--> file:line:column`, the line itself, a caret, and `error: ...`.
fn not_parsed(module: &Module, error: &anyhow::Error) -> PolicyError {
    let what = words(error);
    let place = what.lines().find_map(|line| line.trim().strip_prefix("--> "));
    let line = place.and_then(|place| place.rsplit(':').nth(1)).and_then(|line| line.parse().ok()).unwrap_or(1);
    let short = what.lines().find_map(|line| line.trim().strip_prefix("error: ")).unwrap_or(&what).to_owned();
    PolicyError::Module { file: module.file.clone(), line, what: short }
}

/// Runs the engine on a thread with a large stack. A thread that does not end in time is left behind: the caller ends the process.
pub(super) fn on_thread<T: Send + 'static>(
    deadline: Duration,
    work: impl FnOnce() -> Result<T, PolicyError> + Send + 'static,
) -> Result<T, PolicyError> {
    let (done, result) = mpsc::channel();
    std::thread::Builder::new()
        .name("policy".to_owned())
        .stack_size(STACK)
        .spawn(move || done.send(work()))
        .map_err(|error| PolicyError::Engine { what: error.to_string() })?;
    match result.recv_timeout(deadline.saturating_add(GRACE)) {
        Ok(result) => result,
        Err(mpsc::RecvTimeoutError::Timeout) => Err(PolicyError::Deadline { seconds: deadline.as_secs() }),
        Err(mpsc::RecvTimeoutError::Disconnected) => Err(PolicyError::Stopped),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_that_does_not_end_is_an_error_in_time() {
        let folder = tempfile::TempDir::new().unwrap();
        let rule = r#"# METADATA
# title: Slow
# description: Slow.
# custom: {id: own/slow, level: deny, message: x, remedy: x, since: "1"}
package weighbridge.own.slow

deny contains {"at": 0, "offset": null, "with": {}} if {
	some a in numbers.range(1, 3000)
	some b in numbers.range(1, 3000)
	some c in numbers.range(1, 3000)
	a + b + c == 1
}
"#;
        std::fs::write(folder.path().join("slow.rego"), rule).unwrap();
        let judge =
            Prepared::new(&PolicySet::embedded().unwrap().with_path(folder.path(), &crate::files::Disk).unwrap())
                .unwrap();
        let facts = serde_json::from_value(serde_json::json!({
            "schema": crate::facts::SCHEMA, "evaluated_at": "2026-01-01T00:00:00Z", "tool": {"version": "0"},
            "artifact": {"path": "m", "kind": "file", "digest": null, "size": 0},
            "members": [], "incomplete": [], "deviations": [], "archives": [], "pickles": [], "tensors": [], "graphs": [], "references": [], "declarations": [], "layers": [], "mentions": [], "objects": [],
            "templates": [], "code": [], "executables": [], "signatures": [],
        }))
        .unwrap();
        let outcome = judge.judge_within(&facts, Duration::from_millis(300));
        assert!(matches!(outcome, Err(PolicyError::Deadline { .. })), "{outcome:?}");
    }

    #[test]
    fn a_thread_that_hangs_or_panics_is_an_error() {
        let hung = on_thread::<()>(Duration::ZERO, || {
            std::thread::sleep(GRACE * 3);
            Ok(())
        });
        assert!(matches!(hung, Err(PolicyError::Deadline { .. })));
        let stopped = on_thread::<()>(Duration::from_secs(9), || panic!("a defect"));
        assert!(matches!(stopped, Err(PolicyError::Stopped)));
    }
}
