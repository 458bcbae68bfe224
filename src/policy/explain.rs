//! Why a rule fired: it is evaluated alone, its lines are noted, and then again without each record that it may stand on.

use crate::facts::Facts;
use crate::policy::check::head;
use crate::policy::engine::{DEADLINE, Prepared, on_thread, refused};
use crate::policy::set::Module;
use crate::policy::{PolicyError, PolicySet};
use crate::verdict::{Explanation, FactAt, Finding, Fired, Level, Line};
use regorus::{Engine, Value};
use serde_json::Value as Json;
use std::collections::BTreeSet;

/// Evaluations without a record, over all findings of an artifact, and bytes of facts up to which they are tried.
const TRIALS: usize = 512;
const SIZE: usize = 4 << 20;

/// Records that are given for one finding.
const RECORDS: usize = 8;

impl Prepared {
    /// Why each rule of `set` that fires on the facts does so, and what became of those that are not shipped. `set` is the one that
    /// it was made of.
    ///
    /// # Errors
    /// As [`Self::judge`].
    pub(super) fn explain(&self, facts: &Facts, set: &PolicySet) -> Result<Vec<Explanation>, PolicyError> {
        let found = self.judge(facts)?;
        let (judge, facts, set) = (self.clone(), facts.clone(), set.clone());
        on_thread(DEADLINE, move || {
            let json = serde_json::to_value(&facts).map_err(|error| PolicyError::Engine { what: error.to_string() })?;
            let mut trials = if json.to_string().len() <= SIZE { TRIALS } else { 0 };
            let mut explanations = Vec::new();
            for module in set.modules.iter().filter(|module| !module.tests) {
                let Some(id) = &module.rule else { continue };
                let own: Vec<&Finding> = found.iter().filter(|finding| finding.rule == *id).collect();
                if !module.shipped || !own.is_empty() {
                    explanations.push(explained(&judge, module, &facts, &json, &own, &mut trials)?);
                }
            }
            explanations.sort_by(|one, other| one.rule.cmp(&other.rule));
            Ok(explanations)
        })
    }
}

fn explained(
    judge: &Prepared,
    module: &Module,
    facts: &Facts,
    json: &Json,
    own: &[&Finding],
    trials: &mut usize,
) -> Result<Explanation, PolicyError> {
    let id = module.rule.clone().unwrap_or_default();
    let mut engine = judge.engine.clone();
    engine.set_enable_coverage(true);
    let objects = alone(&mut engine, module, json)?;
    let mut fired: Vec<(usize, Fired)> = Vec::new();
    for (level, object) in &objects {
        let Some(rule) = judge.rules.get(&id) else { continue };
        let finding = judge
            .finding(rule, *level, object, facts)
            .map_err(|what| PolicyError::Result { rule: id.clone(), what })?;
        // Its place in the report, where the day from which the rule denies was heeded.
        let told = own.iter().position(|one| Finding { level: one.level, ..finding.clone() } == **one);
        let level = told.and_then(|at| own.get(at)).map_or(*level, |one| one.level);
        let facts = records(judge, module, object, json, trials)?;
        let Finding { place, offset, message, .. } = finding;
        fired.push((told.unwrap_or(usize::MAX), Fired { level, place, offset, message, facts }));
    }
    fired.sort_by_key(|(at, _)| *at);
    Ok(Explanation {
        artifact: facts.artifact.path.clone(),
        rule: id,
        file: module.file.clone(),
        fired: fired.into_iter().map(|(_, fired)| fired).collect(),
        lines: lines(&engine, module)?,
    })
}

/// What a rule finds in facts.
fn alone(engine: &mut Engine, module: &Module, facts: &Json) -> Result<Vec<(Level, Value)>, PolicyError> {
    let tree = engine.get_modules().iter().find(|tree| *tree.package.refr.span().source.file() == module.file).cloned();
    let heads: BTreeSet<String> = tree.iter().flat_map(|tree| &tree.policy).filter_map(|clause| head(clause)).collect();
    engine.set_input(Value::from_json_str(&facts.to_string()).map_err(refused)?);
    let mut objects = Vec::new();
    for (name, level) in [("deny", Level::Deny), ("warn", Level::Warn)] {
        if heads.contains(name) {
            let set = engine.eval_rule(format!("data.{}.{name}", module.package.join("."))).map_err(refused)?;
            objects.extend(set.as_set().map_err(refused)?.iter().map(|object| (level, object.clone())));
        }
    }
    Ok(objects)
}

/// The lines of the module that hold something to evaluate.
fn lines(engine: &Engine, module: &Module) -> Result<Vec<Line>, PolicyError> {
    let report = engine.get_coverage_report().map_err(refused)?;
    let Some(file) = report.files.iter().find(|file| file.path == module.file) else { return Ok(Vec::new()) };
    let number = |index: usize| u32::try_from(index.saturating_add(1)).unwrap_or(u32::MAX);
    let counted = module.text.lines().enumerate().map(|(index, text)| (number(index), text));
    Ok(counted
        .filter(|(line, _)| file.covered.contains(line) || file.not_covered.contains(line))
        .map(|(line, text)| Line { line, reached: file.covered.contains(&line), text: text.to_owned() })
        .collect())
}

/// The records that a finding stands on: those of its member and offset without which the rule does not give it; where there is none,
/// the member itself.
fn records(
    judge: &Prepared,
    module: &Module,
    object: &Value,
    facts: &Json,
    trials: &mut usize,
) -> Result<Vec<FactAt>, PolicyError> {
    let finding = serde_json::to_value(object).map_err(|error| PolicyError::Engine { what: error.to_string() })?;
    let (Some(at), Some(offset)) = (finding.get("at"), finding.get("offset")) else { return Ok(Vec::new()) };
    let mut records = Vec::new();
    for pointer in candidates(facts, at, offset) {
        let Some(record) = facts.pointer(&pointer) else { continue };
        let mut decisive = None;
        if let Some(left) = trials.checked_sub(1) {
            *trials = left;
            let without = without(facts, &pointer);
            let found = alone(&mut judge.engine.clone(), module, &without)?;
            decisive = Some(found.iter().all(|(_, other)| other != object));
        }
        records.push(FactAt { pointer, decisive, record: record.clone() });
    }
    if records.iter().any(|record| record.decisive == Some(true)) {
        records.retain(|record| record.decisive == Some(true));
    } else {
        records.retain(|record| record.decisive.is_none());
        let pointer = format!("/members/{at}");
        if let Some(member) = facts.pointer(&pointer) {
            records.insert(0, FactAt { pointer, decisive: None, record: member.clone() });
        }
    }
    records.truncate(RECORDS);
    Ok(records)
}

/// Where the records stand that a finding may be about: rows of the member, and what stands in them at the finding's offset.
fn candidates(facts: &Json, at: &Json, offset: &Json) -> Vec<String> {
    let mut found = Vec::new();
    for (table, rows) in facts.as_object().into_iter().flatten() {
        let rows = rows.as_array().into_iter().flatten().enumerate();
        for (index, row) in rows.filter(|(_, row)| row.get("member") == Some(at)) {
            let pointer = format!("/{table}/{index}");
            let inner: Vec<String> = row
                .as_object()
                .into_iter()
                .flatten()
                .flat_map(|(field, list)| {
                    list.as_array().into_iter().flatten().enumerate().map(move |(at, item)| (field, at, item))
                })
                .filter(|(_, _, item)| !offset.is_null() && item.get("offset") == Some(offset))
                .map(|(field, at, _)| format!("{pointer}/{field}/{at}"))
                .collect();
            let elsewhere = row.get("offset").is_some_and(|other| other != offset);
            if inner.is_empty() && (offset.is_null() || !elsewhere) {
                found.push(pointer);
            }
            found.extend(inner);
        }
    }
    found
}

fn without(facts: &Json, pointer: &str) -> Json {
    let mut facts = facts.clone();
    if let Some((list, index)) = pointer.rsplit_once('/')
        && let Some(list) = facts.pointer_mut(list).and_then(Json::as_array_mut)
        && let Some(index) = index.parse().ok().filter(|index| *index < list.len())
    {
        list.remove(index);
    }
    facts
}
