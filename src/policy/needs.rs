//! Which tables of the facts a rule needs before it can say anything: when all of them are empty, the rule is not asked.
//!
//! Only what the syntax alone proves counts. A clause whose body has `some x in COLLECTION` cannot hold when the collection has nothing,
//! and a collection has nothing when it is a table that is empty, or is made by a comprehension, a function or a set of rules
//! each of which walks through such a collection in turn. A rule with one clause for which this is not seen is always asked.

use crate::policy::check::{Names, path};
use regorus::unstable::{Expr, Literal, Query, Ref, Rule as Clause, RuleHead};
use std::collections::BTreeSet;

/// Functions and rules that are followed into one another.
const DEPTH: usize = 8;

/// Names of tables; one of them has to have records. `None`: the rule is always asked.
pub(super) type Tables = Option<BTreeSet<String>>;

/// The tables that a set of findings needs, by its package and name: `deny` or `warn`.
pub(super) fn tables(names: &Names<'_>, package: &str, name: &str) -> Tables {
    let definition = names.definitions.get(&(package.to_owned(), name.to_owned()))?;
    united(definition.clauses.iter().map(|(module, clause)| of_bodies(names, *module, clause, DEPTH)))
}

/// What any of several needs; nothing is known when it is not known of one, or when there is none.
fn united(of: impl Iterator<Item = Tables>) -> Tables {
    let all = of.collect::<Option<Vec<_>>>()?;
    Some(all.into_iter().flatten().collect::<BTreeSet<_>>()).filter(|tables| !tables.is_empty())
}

fn of_bodies(names: &Names<'_>, module: usize, clause: &Clause, depth: usize) -> Tables {
    let Clause::Spec { bodies, .. } = clause else { return None };
    united(bodies.iter().map(|body| of_query(names, module, &body.query, depth)))
}

/// The tables of the first statement for which it is known: every statement of a body has to hold.
fn of_query(names: &Names<'_>, module: usize, query: &Ref<Query>, depth: usize) -> Tables {
    query.stmts.iter().filter(|statement| statement.with_mods.is_empty()).find_map(|statement| {
        match &statement.literal {
            Literal::SomeIn { collection, .. } => of_collection(names, module, collection, depth),
            _ => None,
        }
    })
}

fn of_collection(names: &Names<'_>, module: usize, collection: &Expr, depth: usize) -> Tables {
    let depth = depth.checked_sub(1)?;
    let full = match collection {
        Expr::SetCompr { query, .. } | Expr::ArrayCompr { query, .. } => return of_query(names, module, query, depth),
        Expr::Call { fcn, .. } => names.full(module, path(fcn)),
        // A name alone, or behind an import, may be a variable that hides a rule; a function is never hidden.
        Expr::RefDot { .. } => {
            let full = whole(collection)?;
            if let [root, table] = full.as_slice()
                && root == "input"
            {
                return Some(BTreeSet::from([table.clone()]));
            }
            full
        }
        _ => return None,
    };
    let (root, rest) = full.split_first()?;
    let (name, package) = rest.split_last()?;
    let definition = names.definitions.get(&(package.join("."), name.clone())).filter(|_| root == "data")?;
    united(definition.clauses.iter().map(|(module, clause)| of_clause(names, *module, clause, depth)))
}

/// The tables without which the set or array that a clause gives is empty.
fn of_clause(names: &Names<'_>, module: usize, clause: &Clause, depth: usize) -> Tables {
    let Clause::Spec { head, bodies, .. } = clause else { return None };
    // A name with more behind it, `rows.low` or `rows[kind]`, is an object: it has a record even where what stands there is empty.
    let (RuleHead::Set { refr, .. } | RuleHead::Compr { refr, .. } | RuleHead::Func { refr, .. }) = head;
    if !matches!(refr.as_ref(), Expr::Var { .. }) {
        return None;
    }
    match head {
        RuleHead::Set { .. } => of_bodies(names, module, clause, depth),
        RuleHead::Compr { assign, .. } | RuleHead::Func { assign, .. } => {
            // Whatever the body says, the value is this one; an `else` has another.
            let values = assign.iter().map(|assign| &assign.value);
            let others = bodies.iter().filter_map(|body| body.assign.as_ref()).map(|assign| &assign.value);
            united(values.chain(others).map(|value| of_collection(names, module, value, depth)))
        }
    }
}

/// A reference that is constant to its end.
fn whole(reference: &Expr) -> Option<Vec<String>> {
    let parts = path(reference);
    let (mut at, mut length) = (reference, 1usize);
    while let Expr::RefDot { refr, .. } = at {
        at = refr;
        length = length.saturating_add(1);
    }
    (matches!(at, Expr::Var { .. }) && parts.len() == length).then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::engine::load;
    use crate::policy::set::Module;
    use std::time::Duration;

    const HELPERS: &str = "package weighbridge.lib.helpers

odd(kind) := {one | some one in input.deviations; one.kind == kind}

even(_) := {one | some one in [1, 2]}

rows contains one if some one in input.tensors

both contains one if some one in input.tensors

both contains one if some one in input.pickles

other := [one | some one in input.code] if input.artifact.size > 0

low.rows := [one | some one in input.tensors]

each[kind] := [one | some one in input.tensors] if some kind in [\"a\"]

under.rows contains one if some one in input.tensors

by[kind] contains one if {
	some kind in [\"a\"]
	some one in input.tensors
}

default spare := [1]

spare := [one | some one in input.code] if input.artifact.size > 0
";

    /// The tables that a `deny` with this body needs.
    fn needs(body: &str) -> Option<Vec<String>> {
        let rule = format!(
            "package weighbridge.own.trial\n\nimport data.weighbridge.lib.helpers\n\nrows contains 1\n\ndeny contains x if {{\n\tx := 1\n\t{body}\n}}\n"
        );
        let module = |file: &str, text: &str| Module {
            file: file.to_owned(),
            name: file.to_owned(),
            text: text.into(),
            package: crate::policy::text::package(file, text).unwrap().1,
            rule: None,
            tests: false,
            shipped: false,
        };
        let modules = [module("trial.rego", &rule), module("helpers.rego", HELPERS)];
        let (_, parsed) = load(&modules.iter().collect::<Vec<_>>(), Duration::from_secs(5)).unwrap();
        let names = Names::new(&parsed, &[], &[]);
        tables(&names, "weighbridge.own.trial", "deny").map(|tables| tables.into_iter().collect())
    }

    #[test]
    fn a_rule_that_walks_through_a_table_needs_it() {
        for (body, table) in [
            ("some one in input.pickles", vec!["pickles"]),
            ("some i, one in input.pickles", vec!["pickles"]),
            ("some one in helpers.odd(\"gap\")", vec!["deviations"]),
            ("some one in data.weighbridge.lib.helpers.odd(\"gap\")", vec!["deviations"]),
            ("some one in data.weighbridge.lib.helpers.rows", vec!["tensors"]),
            ("some one in data.weighbridge.lib.helpers.both", vec!["pickles", "tensors"]),
            ("some one in data.weighbridge.lib.helpers.other", vec!["code"]),
            ("some one in {two | some two in input.members}\n\tone.size > 3", vec!["members"]),
        ] {
            assert_eq!(needs(body), Some(table.into_iter().map(str::to_owned).collect()), "{body}");
        }
    }

    #[test]
    fn where_it_is_not_seen_the_rule_is_always_asked() {
        for body in [
            "input.artifact.size > 3",
            "count(input.signatures) == 0",
            "not input.signatures[0]",
            "every one in input.pickles { one.opcodes > 3 }",
            "some one in helpers.even(1)",
            "some one in data.weighbridge.lib.helpers.low",
            "some one in data.weighbridge.lib.helpers.each",
            "some one in data.weighbridge.lib.helpers.under",
            "some one in data.weighbridge.lib.helpers.by",
            "some one in data.weighbridge.lib.helpers.spare",
            "some one in array.concat(input.pickles, [1])",
            "some one in input.pickles with input as {\"pickles\": [1]}",
            "some helpers in [{\"rows\": [1]}]\n\tsome one in helpers.rows",
            "rows := [1]\n\tsome one in rows",
            "some one in rows",
            "some one in [input.pickles]",
            "some one in input[\"pickles\"]",
            "some one in {two | some two in input.members with input as {\"members\": [1]}}",
        ] {
            assert_eq!(needs(body), None, "{body}");
        }
    }
}
