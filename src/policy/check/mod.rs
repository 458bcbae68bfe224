//! Holds a policy set against what the judge and the facts rely on, before anything of it is evaluated.
//!
//! The engine accepts a `deny` that is no set and a variable without a value, takes an unknown path for "no finding", meets
//! unknown functions only when it comes to them, and ends the process on a function that calls itself. None of this may reach it.

mod builtin;
mod directory;
mod expression;
mod flaw;
mod heads;
mod inference;
mod names;
mod negation;
mod order;
mod recursion;
mod reference;
mod schema;
mod types;

pub use directory::check;
pub(super) use flaw::shown;
pub use flaw::{CHECK_SCHEMA, CheckSummary, Flaw, FlawKind, PolicyCheck};
pub(super) use names::Names;
pub(super) use recursion::{head, path};

use crate::policy::PolicyError;
use crate::policy::set::{Data, Module};
use crate::verdict::Rule;
use flaw::{At, Flaws, listed, nearest};
use names::Name;
use regorus::Value;
use std::collections::BTreeSet;

/// A parsed module beside its text.
pub(super) struct Parsed<'a> {
    /// The text and what was read from it.
    pub module: &'a Module,
    /// The tree.
    pub tree: regorus::unstable::Ref<regorus::unstable::Module>,
}

/// Holds parsed modules against what the judge relies on: those that `asked` picks; the others are only what they use. `data` is every
/// document with its path, `unread` the packages and documents that are there and could not be read.
pub(super) fn hold(
    trees: &[Parsed<'_>],
    rules: &[Rule],
    data: &[(Vec<String>, Value)],
    unread: &[Vec<String>],
    asked: impl Fn(&Module) -> bool,
) -> Vec<Flaw> {
    let asked: Vec<bool> = trees.iter().map(|parsed| asked(parsed.module)).collect();
    if !asked.contains(&true) {
        return Vec::new();
    }
    let names = Names::new(trees, data, unread);
    let mut flaws = Flaws::default();
    let rule = |parsed: &Parsed<'_>| rules.iter().find(|rule| Some(&rule.id) == parsed.module.rule.as_ref());
    let picked = || trees.iter().enumerate().filter(|(index, _)| asked.get(*index) == Some(&true));
    for (index, parsed) in picked() {
        if parsed.module.rule.is_some() {
            heads::heads(index, parsed, rule(parsed), &mut flaws);
        }
        imports(index, parsed, &names, &mut flaws);
    }
    let uses = recursion::uses(trees, &asked, &names, &mut flaws);
    recursion::acyclic(&uses, &mut flaws);
    let used: BTreeSet<Name> =
        uses.iter().flat_map(|(name, used)| used.names.iter().filter(move |of| *of != name)).cloned().collect();
    misspelt(&names, &asked, &used, &mut flaws);
    let mut inference = inference::Inference::new(&names, trees, &asked, data);
    inference.flaws = flaws;
    inference.run(&used);
    let mut found = Vec::new();
    for (index, parsed) in picked() {
        let Some(rule) = rule(parsed) else { continue };
        for level in ["deny", "warn"] {
            let value = inference.rule(&(names.home(index).to_owned(), level.to_owned()));
            found.push((index, parsed, rule, level, value));
        }
    }
    let mut flaws = std::mem::take(&mut inference.flaws);
    for (index, parsed, rule, level, value) in &found {
        heads::computed(*index, parsed, rule, &inference, level, value, &mut flaws);
    }
    inference.flaws = flaws;
    inference.finish().written(|index| {
        let module = trees.get(index)?.module;
        Some((module.file.as_str(), module.text.as_ref(), module.rule.as_deref()))
    })
}

/// As [`hold`], for documents as the engine is given them; an error when there is any flaw.
pub(super) fn held(
    trees: &[Parsed<'_>],
    rules: &[Rule],
    data: &[Data],
    values: &[Value],
    asked: impl Fn(&Module) -> bool,
) -> Result<(), PolicyError> {
    let documents = data.iter().zip(values);
    let data: Vec<(Vec<String>, Value)> =
        documents.map(|(of, value)| (of.path.clone(), directory::below(value.clone(), &of.path))).collect();
    let flaws = hold(trees, rules, &data, &[], asked);
    if flaws.is_empty() { Ok(()) } else { Err(PolicyError::Flaws(flaws)) }
}

/// A clause that nothing uses, and that differs from another definition of its package by one letter: it was meant to be one of its clauses.
fn misspelt(names: &Names<'_>, asked: &[bool], used: &BTreeSet<Name>, flaws: &mut Flaws) {
    for (key, definition) in &names.definitions {
        let (package, name) = key;
        let Some((index, clause)) = definition.clauses.first().filter(|(index, _)| asked.get(*index) == Some(&true))
        else {
            continue;
        };
        if used.contains(key) || matches!(name.as_str(), "deny" | "warn") || name.len() < 3 {
            continue;
        }
        let near = names.definitions.range((package.clone(), String::new())..).take_while(|((of, _), _)| of == package);
        let mut near = near.map(|((_, other), _)| other.as_str()).filter(|other| {
            // A plural is a word of its own.
            let plural = name.strip_suffix('s') == Some(*other) || other.strip_suffix('s') == Some(name);
            other.len() > 2 && !plural && strsim::damerau_levenshtein(name, other) == 1
        });
        if let Some(near) = near.next() {
            let at = At::of(*index, recursion::name_of(clause));
            flaws.add(at, FlawKind::Unused, format!("nothing uses `{name}`"), Some(format!("did you mean `{near}`?")));
        }
    }
}

/// Imports name what exists.
fn imports(index: usize, parsed: &Parsed<'_>, names: &Names<'_>, flaws: &mut Flaws) {
    for import in &parsed.tree.imports {
        let target = path(&import.refr);
        let Some((root, rest)) = target.split_first() else { continue };
        let at = At::of(index, import.refr.span());
        if root == "input" {
            let schema = schema::Schema::of_facts();
            let fields = schema.facts.object.as_ref().map(|object| &object.fields);
            if let (Some(first), Some(fields)) = (rest.first(), fields)
                && !fields.contains_key(first.as_str())
            {
                let near = nearest(first, fields.keys().map(AsRef::as_ref));
                let hint = near.map(|near| format!("did you mean `input.{near}`?"));
                flaws.add(at, FlawKind::UnknownPath, format!("`input` has no field `{first}`"), hint);
            }
        } else if root == "data" {
            let (mut node, mut so_far) = (&names.root, "data".to_owned());
            for part in rest {
                let Some(child) = node.children.get(part) else {
                    if node.package {
                        let known = node.children.keys().map(String::as_str);
                        let hint = nearest(part, known.clone()).map_or_else(
                            || format!("there are {}", listed(known, 12)),
                            |near| format!("did you mean `{so_far}.{near}`?"),
                        );
                        let message = format!("`{so_far}.{part}`: there are no such data, and no such package or rule");
                        flaws.add(at, FlawKind::UnknownPath, message, Some(hint));
                    }
                    break;
                };
                node = child;
                so_far = format!("{so_far}.{part}");
            }
        } else if !matches!(root.as_str(), "rego" | "future") {
            let hint = "an import begins with `data.` or `input.`".to_owned();
            flaws.add(at, FlawKind::UnknownPath, format!("`{}` is nothing to import", target.join(".")), Some(hint));
        }
    }
}
