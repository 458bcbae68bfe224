//! The heads of `deny` and `warn`: partial sets of objects whose keys the judge knows.

use crate::policy::check::Parsed;
use crate::policy::check::flaw::{At, FlawKind, Flaws, nearest};
use crate::policy::check::inference::Inference;
use crate::policy::check::recursion::{head, name_of};
use crate::policy::check::types::Type;
use crate::policy::metadata;
use crate::verdict::{Level, Rule};
use regorus::unstable::{Expr, Ref, Rule as Clause, RuleHead, Span};
use std::collections::BTreeSet;

/// Fields of an object that is written out.
type Fields = [(Span, Ref<Expr>, Ref<Expr>)];

/// What a finding consists of.
const KEYS: [&str; 3] = ["at", "offset", "with"];

/// `deny` and `warn` are partial sets of objects whose keys the judge knows, and their `with` has the placeholders.
pub(super) fn heads(index: usize, parsed: &Parsed<'_>, rule: Option<&Rule>, flaws: &mut Flaws) {
    let mut sets = BTreeSet::new();
    for clause in &parsed.tree.policy {
        let Some(name) = head(clause).filter(|name| matches!(name.as_str(), "deny" | "warn")) else { continue };
        let at = At::of(index, name_of(clause));
        sets.insert(name.clone());
        let Clause::Spec { head: RuleHead::Set { key: Some(key), refr, .. }, .. } = clause.as_ref() else {
            let hint =
                format!("write `{name} contains {{\"at\": ..., \"offset\": ..., \"with\": {{...}}}} if {{ ... }}`");
            flaws.add(at, FlawKind::Head, format!("`{name}` is not a set"), Some(hint));
            continue;
        };
        if !matches!(refr.as_ref(), Expr::Var { .. }) {
            flaws.add(at, FlawKind::Head, format!("`{name}` is not a set, but an object of sets"), None);
        }
        if name == "deny" && rule.is_some_and(|rule| rule.level == Level::Warn) {
            let hint = "write `warn contains`, or change the level".to_owned();
            flaws.add(at, FlawKind::Head, "`custom.level` is `warn`, and the module has a `deny`", Some(hint));
        }
        if let (Expr::Object { fields, .. }, Some(rule)) = (key.as_ref(), rule) {
            literal(index, fields, at, rule, flaws);
        }
    }
    let wanted = rule.map_or(Level::Deny, |rule| rule.level).to_string();
    if !sets.contains(&wanted) {
        let message = format!("`custom.level` is `{wanted}`, and the module has no `{wanted} contains ...`");
        let known: BTreeSet<String> = parsed.tree.policy.iter().filter_map(|clause| head(clause)).collect();
        let hint =
            nearest(&wanted, known.iter().map(String::as_str)).map(|near| format!("did you mean to call `{near}` so?"));
        flaws.add(At::of(index, &parsed.tree.package.span), FlawKind::Head, message, hint);
    }
}

/// The keys of an object that are written out, with their places.
fn keys(fields: &Fields) -> Vec<(&str, &Span)> {
    let key = |key: &'_ Ref<Expr>| match key.as_ref() {
        Expr::String { span, .. } => Some(span.clone()),
        _ => None,
    };
    fields
        .iter()
        .filter(|(_, name, _)| key(name).is_some())
        .map(|(_, name, _)| (name.span().text(), name.span()))
        .collect()
}

/// An object written out in a rule's head.
fn literal(index: usize, fields: &Fields, head: At, rule: &Rule, flaws: &mut Flaws) {
    let found = keys(fields);
    for (name, at) in found.iter().filter(|(name, _)| !KEYS.contains(name)) {
        let hint = nearest(name, KEYS).map(|near| format!("did you mean \"{near}\"?"));
        let message = format!("a finding has the keys \"at\", \"offset\" and \"with\", and no \"{name}\"");
        flaws.add(At::of(index, at), FlawKind::Head, message, hint);
    }
    let missing = KEYS.iter().filter(|key| !found.iter().any(|(name, _)| name == *key));
    let missing: Vec<String> = missing.map(|key| format!("\"{key}\"")).collect();
    if found.len() == fields.len() && fields.len() < KEYS.len() && !missing.is_empty() {
        let message =
            format!("a finding has the keys \"at\", \"offset\" and \"with\"; {} is missing", missing.join(", "));
        flaws.add(head, FlawKind::Head, message, None);
    }
    let with = fields.iter().find_map(|(_, key, value)| match (key.as_ref(), value.as_ref()) {
        (Expr::String { span, .. }, Expr::Object { fields, .. }) if span.text() == "with" => Some((fields, span)),
        _ => None,
    });
    let Some((with, at)) = with else { return };
    let given = keys(with);
    if given.len() != with.len() {
        return;
    }
    for words in [&rule.message, &rule.remedy] {
        // METADATA was held against its own form before.
        for name in metadata::placeholders(words).unwrap_or_default() {
            if name != metadata::OWNER && !given.iter().any(|(known, _)| *known == name) {
                let hint =
                    nearest(&name, given.iter().map(|(known, _)| *known)).map(|near| format!("did you mean `{near}`?"));
                let message = format!("METADATA names `{{{name}}}`, and `with` has no \"{name}\"");
                flaws.add(At::of(index, at), FlawKind::Head, message, hint);
            }
        }
    }
}

/// A finding that is not written out in the head, by what it can be.
pub(super) fn computed(
    index: usize,
    parsed: &Parsed<'_>,
    rule: &Rule,
    of: &Inference<'_>,
    level: &str,
    found: &Type,
    flaws: &mut Flaws,
) {
    let Some(set) = &found.set else { return };
    let each = of.schema.open(set);
    let clauses = parsed.tree.policy.iter().filter(|clause| head(clause).as_deref() == Some(level));
    let mut keys = clauses.filter_map(|clause| match clause.as_ref() {
        Clause::Spec { head: RuleHead::Set { key: Some(key), .. }, .. } => Some(key),
        _ => None,
    });
    // What is written out in a head was looked at there.
    let computed = keys.clone().rfind(|key| !matches!(key.as_ref(), Expr::Object { .. }));
    let Some(span) = computed.or(keys.next_back()).map(|key| key.span()) else { return };
    let (at, computed) = (At::of(index, span), computed.is_some());
    if each.any || each.is_never() {
        return;
    }
    let Some(object) = &each.object else {
        flaws.add(at, FlawKind::Head, format!("a finding is an object, and this is {}", each.kind()), None);
        return;
    };
    for (name, field) in &object.fields {
        let value = of.schema.open(&field.value);
        let fits = match name.as_ref() {
            "at" => value.any || value.is_never() || value.number,
            "offset" => value.any || value.is_never() || value.number || value.null,
            "with" => value.any || value.is_never() || value.object.is_some(),
            _ if !computed => continue,
            other => {
                let hint = nearest(other, KEYS).map(|near| format!("did you mean \"{near}\"?"));
                let message = format!("a finding has the keys \"at\", \"offset\" and \"with\", and no \"{other}\"");
                flaws.add(of.place(field.origin).unwrap_or(at), FlawKind::Head, message, hint);
                continue;
            }
        };
        if !fits {
            let wanted = match name.as_ref() {
                "at" => "the id of a member",
                "offset" => "a number or null",
                _ => "an object",
            };
            let message = format!("\"{name}\" is {wanted}, and this is {}", value.kind());
            flaws.add(of.place(field.origin).unwrap_or(at), FlawKind::Head, message, None);
        }
    }
    if !computed {
        return;
    }
    let missing = KEYS.iter().filter(|key| !object.fields.contains_key(**key)).map(|key| format!("\"{key}\""));
    let missing: Vec<String> = missing.collect();
    if object.rest.is_none() && !missing.is_empty() && !flaws.has(at, FlawKind::Head) {
        let message =
            format!("a finding has the keys \"at\", \"offset\" and \"with\"; {} is missing", missing.join(", "));
        flaws.add(at, FlawKind::Head, message, None);
    }
    let with = object.fields.get("with").map(|field| of.schema.open(&field.value));
    let Some(with) = with.as_ref().and_then(|with| with.object.as_ref()).filter(|with| with.rest.is_none()) else {
        return;
    };
    for words in [&rule.message, &rule.remedy] {
        for name in metadata::placeholders(words).unwrap_or_default() {
            if name != metadata::OWNER && !with.fields.contains_key(name.as_str()) && !flaws.has(at, FlawKind::Head) {
                let hint =
                    nearest(&name, with.fields.keys().map(AsRef::as_ref)).map(|near| format!("did you mean `{near}`?"));
                let message = format!("METADATA names `{{{name}}}`, and `with` has no \"{name}\"");
                flaws.add(at, FlawKind::Head, message, hint);
            }
        }
    }
}
