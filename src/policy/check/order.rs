//! Which names a statement needs and which it gives a value: Rego's statements have no order of their own.

use crate::policy::check::builtin;
use regorus::unstable::{AssignOp, Expr, Literal, LiteralStmt, Query, Span};
use std::collections::BTreeSet;

/// The names of one statement or query.
#[derive(Default)]
pub(super) struct Uses<'a> {
    /// Names that must have a value before.
    pub needs: Vec<&'a Span>,
    /// Names that can get one here.
    pub gives: Vec<&'a Span>,
    /// `a = b`: one side must have a value before.
    pub either: Vec<(Vec<&'a Span>, Vec<&'a Span>)>,
}

/// Names that a query declares: with `some`, `:=`, and in the patterns of `some ... in`.
pub(super) fn declared(query: &Query) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for statement in &query.stmts {
        match &statement.literal {
            Literal::SomeVars { vars, .. } => names.extend(vars.iter().map(|span| span.text().to_owned())),
            Literal::SomeIn { key, value, .. } => {
                key.iter().chain([value]).for_each(|pattern| variables(pattern, &mut names));
            }
            Literal::Expr { expr, .. } => {
                if let Expr::AssignExpr { op: AssignOp::ColEq, lhs, .. } = expr.as_ref() {
                    variables(lhs, &mut names);
                }
            }
            Literal::NotExpr { .. } | Literal::Every { .. } => {}
        }
    }
    names
}

/// The names in a pattern: `x`, `[x, y]`, `{"a": x}`.
pub(super) fn variables(pattern: &Expr, names: &mut BTreeSet<String>) {
    let mut pending = vec![pattern];
    while let Some(pattern) = pending.pop() {
        match pattern {
            Expr::Var { span, .. } if span.text() != "_" => {
                names.insert(span.text().to_owned());
            }
            Expr::Array { items, .. } => pending.extend(items.iter().map(AsRef::as_ref)),
            Expr::Object { fields, .. } => pending.extend(fields.iter().map(|(_, _, value)| value.as_ref())),
            _ => {}
        }
    }
}

impl<'a> Uses<'a> {
    pub fn of(statement: &'a LiteralStmt) -> Self {
        let mut uses = Self::default();
        match &statement.literal {
            Literal::SomeVars { .. } => {}
            Literal::SomeIn { key, value, collection, .. } => {
                key.iter().chain([value]).for_each(|pattern| uses.pattern(pattern));
                uses.expression(collection);
            }
            Literal::Expr { expr, .. } => uses.statement(expr),
            Literal::NotExpr { expr, .. } => {
                uses.statement(expr);
                // Nothing gets a value inside a negation.
                let given = std::mem::take(&mut uses.gives);
                uses.needs.extend(given);
                for (one, other) in std::mem::take(&mut uses.either) {
                    uses.needs.extend(one.into_iter().chain(other));
                }
            }
            Literal::Every { key, value, domain, query, .. } => {
                uses.expression(domain);
                let own = key.iter().chain([value]).map(|span| span.text().to_owned()).collect();
                uses.inner(query, &[], own);
            }
        }
        for with in &statement.with_mods {
            uses.expression(&with.r#as);
        }
        uses
    }

    fn statement(&mut self, expression: &'a Expr) {
        match expression {
            Expr::AssignExpr { op: AssignOp::ColEq, lhs, rhs, .. } => {
                self.pattern(lhs);
                self.expression(rhs);
            }
            Expr::AssignExpr { op: AssignOp::Eq, lhs, rhs, .. } => self.unified(lhs, rhs),
            other => self.expression(other),
        }
    }

    fn unified(&mut self, lhs: &'a Expr, rhs: &'a Expr) {
        let mut pending = vec![(lhs, rhs)];
        while let Some((lhs, rhs)) = pending.pop() {
            match (lhs, rhs) {
                (Expr::Array { items: one, .. }, Expr::Array { items: two, .. }) if one.len() == two.len() => {
                    pending.extend(one.iter().map(AsRef::as_ref).zip(two.iter().map(AsRef::as_ref)));
                }
                _ => {
                    let (mut left, mut right) = (Self::default(), Self::default());
                    left.pattern(lhs);
                    right.pattern(rhs);
                    self.needs.extend(left.needs.into_iter().chain(right.needs));
                    self.gives.extend(left.gives.iter().chain(&right.gives));
                    self.either.push((left.gives, right.gives));
                }
            }
        }
    }

    fn pattern(&mut self, pattern: &'a Expr) {
        match pattern {
            Expr::Var { span, .. } => {
                if span.text() != "_" {
                    self.gives.push(span);
                }
            }
            Expr::Array { items, .. } => items.iter().for_each(|item| self.pattern(item)),
            Expr::Object { fields, .. } => {
                for (_, key, value) in fields {
                    self.expression(key);
                    self.pattern(value);
                }
            }
            other => self.expression(other),
        }
    }

    /// Adds a value's names.
    pub fn expression(&mut self, expression: &'a Expr) {
        let mut pending = vec![expression];
        while let Some(expression) = pending.pop() {
            match expression {
                Expr::String { .. }
                | Expr::RawString { .. }
                | Expr::Number { .. }
                | Expr::Bool { .. }
                | Expr::Null { .. } => {}
                Expr::Var { span, .. } => {
                    if span.text() != "_" {
                        self.needs.push(span);
                    }
                }
                Expr::Array { items, .. } | Expr::Set { items, .. } => pending.extend(items.iter().map(AsRef::as_ref)),
                Expr::Object { fields, .. } => {
                    pending.extend(fields.iter().flat_map(|(_, key, value)| [key.as_ref(), value.as_ref()]));
                }
                Expr::ArrayCompr { term, query, .. } | Expr::SetCompr { term, query, .. } => {
                    self.inner(query, &[term], BTreeSet::new());
                }
                Expr::ObjectCompr { key, value, query, .. } => self.inner(query, &[key, value], BTreeSet::new()),
                Expr::Call { fcn, params, .. } => {
                    // `walk(x, [path, value])`: one argument more takes the result.
                    let extra = params.last().filter(|_| builtin::takes_result(fcn, params));
                    extra.iter().for_each(|pattern| self.pattern(pattern));
                    let given = params.len().saturating_sub(usize::from(extra.is_some()));
                    pending.extend(params.iter().take(given).map(AsRef::as_ref));
                }
                Expr::UnaryExpr { expr, .. } => pending.push(expr),
                Expr::RefDot { refr, .. } => pending.push(refr),
                Expr::RefBrack { refr, index, .. } => {
                    pending.push(refr);
                    self.pattern(index);
                }
                Expr::BinExpr { lhs, rhs, .. }
                | Expr::BoolExpr { lhs, rhs, .. }
                | Expr::ArithExpr { lhs, rhs, .. }
                | Expr::AssignExpr { lhs, rhs, .. } => pending.extend([lhs.as_ref(), rhs.as_ref()]),
                Expr::Membership { key, value, collection, .. } => {
                    pending.extend(key.iter().map(AsRef::as_ref));
                    pending.extend([value.as_ref(), collection.as_ref()]);
                }
            }
        }
    }

    /// A query of its own inside this one: what it gives stays inside.
    fn inner(&mut self, query: &'a Query, terms: &[&'a Expr], mut own: BTreeSet<String>) {
        own.extend(declared(query));
        let mut inside = Self::default();
        for statement in &query.stmts {
            let uses = Self::of(statement);
            inside.needs.extend(uses.needs);
            inside.gives.extend(uses.gives);
        }
        terms.iter().for_each(|term| inside.expression(term));
        own.extend(inside.gives.iter().map(|span| span.text().to_owned()));
        self.needs.extend(inside.needs.into_iter().filter(|span| !own.contains(span.text())));
    }
}
