//! `not x` where `x` always has a value that is not `false`: it never holds, and the rule stays silent. In Rego `null`, `0`, a text and an
//! empty list or set are all true enough.

use crate::policy::check::flaw::{At, FlawKind, quoted};
use crate::policy::check::inference::{Inference, Scope};
use crate::policy::check::recursion::path;
use crate::policy::check::types::{Text, Type};
use regorus::unstable::{Expr, Rule as Clause, RuleHead};

impl<'a> Inference<'a> {
    /// Looks at what is negated; `of` is what it can be.
    pub fn negated(&mut self, negated: &'a Expr, of: &Type, scope: &Scope) {
        let site = (At::of(scope.module, negated.span()), FlawKind::NeverTrue);
        let open = self.schema.open(of);
        if open.any || open.boolean || open.is_never() || !self.is_there(negated, scope) {
            return self.pass(site);
        }
        let message = format!("`not` of {} never holds: it always has a value", quoted(negated.span()));
        let hint = match (open.null, open.list.is_some() || open.set.is_some() || open.object.is_some()) {
            (true, _) => "`null` is a value too; compare with it: `x == null`",
            (false, true) => "an empty list or set is a value too; ask `count(x) == 0`",
            (false, false) => "only `false` is not true; compare it with what is meant",
        };
        self.fail(site, message, Some(hint.to_owned()), None);
    }

    /// Whether an expression has a value whatever the facts are. Said only of what is plain to see.
    fn is_there(&self, expression: &Expr, scope: &Scope) -> bool {
        match expression {
            Expr::ArrayCompr { .. } | Expr::SetCompr { .. } | Expr::ObjectCompr { .. } => true,
            Expr::Call { fcn, params, .. } => {
                path(fcn) == ["count"] && params.first().is_some_and(|counted| self.is_there(counted, scope))
            }
            Expr::Var { .. } | Expr::RefDot { .. } => {
                let mut fields = Vec::new();
                let mut at = expression;
                while let Expr::RefDot { refr, field, .. } = at {
                    fields.push(field.0.text());
                    at = refr;
                }
                let Expr::Var { span, .. } = at else { return false };
                match scope.locals.get(span.text()) {
                    Some(local) => self.has(local.clone(), fields.into_iter().rev()),
                    None if scope.own.contains(span.text()) => false,
                    None if span.text() == "input" => self.has(self.schema.facts.clone(), fields.into_iter().rev()),
                    None => self.is_set(self.names.full(scope.module, path(expression))),
                }
            }
            _ => false,
        }
    }

    /// Whether a record of the facts has all these fields, one in the other. The facts leave none out; one of another form may.
    fn has<'n>(&self, mut of: Type, fields: impl Iterator<Item = &'n str>) -> bool {
        for field in fields {
            let facts = of == self.schema.facts;
            let open = self.schema.open(&of);
            let alone = !open.any && !open.null && !open.boolean && !open.number && open.text == Text::None;
            if !(facts || of.named.len() == 1 && of.object.is_none())
                || !alone
                || open.list.is_some()
                || open.set.is_some()
            {
                return false;
            }
            let Some(found) = open.object.as_ref().and_then(|object| object.fields.get(field)) else { return false };
            of = found.value.clone();
        }
        true
    }

    /// Whether a rule is a set that grows by `contains`: it is there even when it is empty.
    fn is_set(&self, full: Vec<String>) -> bool {
        let Some((root, rest)) = full.split_first() else { return false };
        let Some((name, package)) = rest.split_last().filter(|_| root == "data") else { return false };
        let definition = self.names.definitions.get(&(package.join("."), name.clone()));
        definition.is_some_and(|definition| {
            let is_set = |clause: &Clause| {
                matches!(clause, Clause::Spec { head: RuleHead::Set { refr, .. }, .. } if matches!(refr.as_ref(), Expr::Var { .. }))
            };
            !definition.clauses.is_empty() && definition.clauses.iter().all(|(_, clause)| is_set(clause))
        })
    }
}
