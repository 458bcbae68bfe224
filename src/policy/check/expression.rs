//! What an expression can be: queries, patterns, references and calls.

use crate::policy::check::builtin;
use crate::policy::check::flaw::{At, FlawKind, nearest, quoted, repeated};
use crate::policy::check::inference::{Inference, Scope};
use crate::policy::check::names::Name;
use crate::policy::check::order::{self, Uses};
use crate::policy::check::recursion::path;
use crate::policy::check::types::{Field, Type};
use regorus::Value;
use regorus::unstable::{
    ArithOp, AssignOp, BinOp, BoolOp, Expr, Literal, LiteralStmt, Query, Ref, Rule as Clause, RuleHead, Span,
};
use std::collections::BTreeMap;
use std::rc::Rc;

impl<'a> Inference<'a> {
    /// Follows a query; its variables are in the scope afterwards. Whether it can be true at all.
    pub fn query(&mut self, query: &'a Query, scope: &mut Scope) -> bool {
        self.statements(query, scope).0
    }

    /// As [`Self::query`], and whether a statement cannot be true without anything being wrong with it.
    pub fn statements(&mut self, query: &'a Query, scope: &mut Scope) -> (bool, bool) {
        for name in order::declared(query) {
            scope.locals.remove(&name);
            scope.own.insert(name);
        }
        let mut pending: Vec<(&LiteralStmt, Uses<'_>)> =
            query.stmts.iter().map(|statement| (statement, Uses::of(statement))).collect();
        let (mut live, mut elsewhere) = (true, false);
        while !pending.is_empty() {
            let next = pending.iter().position(|(_, uses)| self.is_ready(uses, scope));
            let (statement, uses) = pending.remove(next.unwrap_or(0));
            if next.is_none() {
                let either = uses.either.iter().flat_map(|(one, other)| one.iter().chain(other));
                for span in uses.needs.iter().chain(either) {
                    self.unbound(span, scope);
                }
            }
            let failures = self.failures.len();
            let holds = self.statement(statement, scope);
            live &= holds;
            elsewhere |= !holds && self.failures.len() == failures;
        }
        (live, elsewhere)
    }

    fn has_value(&self, name: &str, scope: &Scope) -> bool {
        scope.locals.contains_key(name) || (!scope.own.contains(name) && self.names.is_known(scope.module, name))
    }

    fn is_ready(&self, uses: &Uses<'_>, scope: &Scope) -> bool {
        let all = |spans: &[&Span]| spans.iter().all(|span| self.has_value(span.text(), scope));
        all(&uses.needs) && uses.either.iter().all(|(one, other)| all(one) || all(other))
    }

    /// A name without a value; it can be anything from here on, so that it is told once.
    fn unbound(&mut self, span: &Span, scope: &mut Scope) {
        let name = span.text();
        if self.has_value(name, scope) {
            return;
        }
        let known =
            scope.locals.keys().map(String::as_str).chain(self.names.known(scope.module)).chain(["input", "data"]);
        let hint = nearest(name, known.filter(|known| *known != "_"))
            .map(|near| format!("did you mean `{near}`?"))
            .or_else(|| Some(format!("give it one in the body: `{name} := ...` or `some {name} in ...`")));
        let message = format!("`{name}` never gets a value");
        self.flaws.add(At::of(scope.module, span), FlawKind::Unbound, message, hint);
        scope.locals.insert(name.to_owned(), Type::any());
    }

    /// An expression in a head or before the bar of a comprehension: the body has given all values.
    pub fn term(&mut self, term: &'a Expr, scope: &mut Scope) -> Type {
        let mut uses = Uses::default();
        uses.expression(term);
        for span in &uses.needs {
            self.unbound(span, scope);
        }
        self.expression(term, scope)
    }

    fn statement(&mut self, statement: &'a LiteralStmt, scope: &mut Scope) -> bool {
        let mut loose = false;
        for with in &statement.with_mods {
            self.expression(&with.r#as, scope);
            let target = self.names.full(scope.module, path(&with.refr));
            loose |= matches!(target.first().map(String::as_str), Some("input" | "data"));
        }
        self.loose = self.loose.saturating_add(u32::from(loose));
        let live = self.literal(&statement.literal, scope);
        self.loose = self.loose.saturating_sub(u32::from(loose));
        live
    }

    fn literal(&mut self, literal: &'a Literal, scope: &mut Scope) -> bool {
        match literal {
            Literal::SomeVars { .. } => true,
            Literal::SomeIn { key, value, collection, .. } => {
                let of = self.expression(collection, scope);
                let (name, item) = self.each(&of, collection.span(), scope);
                let mut live = !of.is_never();
                if let Some(key) = key {
                    live &= self.bind(key, &name, scope);
                }
                live & self.bind(value, &item, scope)
            }
            Literal::Expr { expr, .. } => !self.expression(expr, scope).is_never(),
            Literal::NotExpr { expr, .. } => {
                // What is undefined in a negation makes it true: another clause may well be meant for it.
                let failures = self.failures.len();
                let of = self.expression(expr, &mut scope.clone());
                self.failures.truncate(failures);
                self.negated(expr, &of, scope);
                true
            }
            Literal::Every { key, value, domain, query, .. } => {
                let of = self.expression(domain, scope);
                let (name, item) = self.each(&of, domain.span(), scope);
                let mut inside = scope.clone();
                for (span, of) in key.iter().map(|key| (key, name.clone())).chain([(value, item)]) {
                    inside.own.insert(span.text().to_owned());
                    inside.locals.insert(span.text().to_owned(), of);
                }
                self.query(query, &mut inside);
                !of.is_never()
            }
        }
    }

    /// Gives a pattern's variables their values. Whether the value can have that shape.
    pub fn bind(&mut self, pattern: &'a Expr, value: &Type, scope: &mut Scope) -> bool {
        match pattern {
            Expr::Var { span, .. } if span.text() == "_" => true,
            Expr::Var { span, .. } if !self.has_value(span.text(), scope) => {
                scope.own.insert(span.text().to_owned());
                scope.locals.insert(span.text().to_owned(), value.clone());
                true
            }
            Expr::Array { items, span, .. } => {
                let open = self.schema.open(value);
                let known = open.any || open.is_never();
                let site = (At::of(scope.module, span), FlawKind::Mismatch);
                if !known && open.list.is_none() {
                    self.fail(site, format!("a list is never {}", open.kind()), None, None);
                }
                let list = open.list.clone();
                let mut live = true;
                for (index, item) in items.iter().enumerate() {
                    let of = match &list {
                        _ if open.any => Type::any(),
                        Some(list) => list.items.get(index).unwrap_or(&list.each).clone(),
                        None => Type::default(),
                    };
                    live &= self.bind(item, &of, scope);
                }
                live & (known || list.is_some())
            }
            Expr::Object { fields, .. } => {
                let mut live = true;
                for (_, key, item) in fields {
                    let of = match key.as_ref() {
                        Expr::String { span, .. } => self.field(value, span, "this", scope),
                        other => {
                            self.expression(other, scope);
                            Type::any()
                        }
                    };
                    live &= self.bind(item, &of, scope);
                }
                live
            }
            other => {
                let of = self.expression(other, scope);
                self.meet((&of, None), (value, None), other.span(), scope)
            }
        }
    }

    fn assign(&mut self, op: &AssignOp, lhs: &'a Expr, rhs: &'a Expr, scope: &mut Scope) -> bool {
        if let (Expr::Array { items: one, .. }, Expr::Array { items: two, .. }) = (lhs, rhs)
            && one.len() == two.len()
        {
            // Item by item: each side may give the other a value.
            return one.iter().zip(two).fold(true, |live, (one, two)| self.assign(op, one, two, scope) & live);
        }
        let mut right = Uses::default();
        right.expression(rhs);
        let from_right = *op == AssignOp::ColEq || right.needs.iter().all(|span| self.has_value(span.text(), scope));
        let (pattern, value) = if from_right { (lhs, rhs) } else { (rhs, lhs) };
        let of = self.expression(value, scope);
        if matches!(pattern, Expr::Var { .. } | Expr::Array { .. } | Expr::Object { .. }) {
            return self.bind(pattern, &of, scope) & !of.is_never();
        }
        let other = self.expression(pattern, scope);
        self.meet((&other, name(pattern)), (&of, name(value)), pattern.span(), scope)
            & !of.is_never()
            & !other.is_never()
    }

    /// What an expression can be.
    pub fn expression(&mut self, expression: &'a Expr, scope: &mut Scope) -> Type {
        let found = if self.enter(At::of(scope.module, expression.span())) {
            self.inside(expression, scope)
        } else {
            Type::any()
        };
        self.leave();
        found
    }

    fn inside(&mut self, expression: &'a Expr, scope: &mut Scope) -> Type {
        match expression {
            Expr::String { span, value, .. } | Expr::RawString { span, value, .. } => match value {
                Value::String(text) => {
                    let origin = self.origin(At::of(scope.module, span));
                    Type::word(text, origin)
                }
                _ => Type::text(),
            },
            Expr::Number { .. } => Type::number(),
            Expr::Bool { .. } => Type::boolean(),
            Expr::Null { .. } => Type::null(),
            Expr::Var { .. } | Expr::RefDot { .. } | Expr::RefBrack { .. } => self.reference(expression, scope),
            Expr::Array { items, .. } => Type::items(items.iter().map(|item| self.expression(item, scope)).collect()),
            Expr::Set { items, .. } => {
                let each = items.iter().fold(Type::default(), |sum, item| sum.or(&self.expression(item, scope)));
                Type::set(each)
            }
            Expr::Object { fields, .. } => self.object(fields, scope),
            Expr::ArrayCompr { term, query, .. } => Type::list(self.comprehension(query, term, scope)),
            Expr::SetCompr { term, query, .. } => Type::set(self.comprehension(query, term, scope)),
            Expr::ObjectCompr { key, value, query, .. } => {
                let mut inside = scope.clone();
                let live = self.query(query, &mut inside);
                self.term(key, &mut inside);
                let value = self.term(value, &mut inside);
                Type::table(if live { value } else { Type::default() })
            }
            Expr::Call { fcn, params, .. } => self.call(fcn, params, scope),
            Expr::UnaryExpr { expr, .. } => {
                self.expression(expr, scope);
                Type::number()
            }
            Expr::BinExpr { .. } | Expr::ArithExpr { .. } => self.chain(expression, scope),
            Expr::BoolExpr { op, lhs, rhs, .. } => self.comparison(op, lhs, rhs, scope),
            Expr::AssignExpr { op, lhs, rhs, .. } => {
                if self.assign(op, lhs, rhs, scope) {
                    Type::boolean()
                } else {
                    Type::default()
                }
            }
            Expr::Membership { key, value, collection, .. } => {
                let item = self.expression(value, scope);
                let of = self.expression(collection, scope);
                let (place, each) = self.each(&of, collection.span(), scope);
                let items = Some(format!("an item of {}", quoted(collection.span())));
                let mut live = self.meet((&item, name(value)), (&each, items), value.span(), scope);
                if let Some(key) = key {
                    let given = self.expression(key, scope);
                    live &= self.meet((&given, name(key)), (&place, None), key.span(), scope);
                }
                if live && !item.is_never() && !of.is_never() { Type::boolean() } else { Type::default() }
            }
        }
    }

    /// `a + b + c`, `a | b | c`: from the left, however long it is.
    fn chain(&mut self, expression: &'a Expr, scope: &mut Scope) -> Type {
        let (mut links, mut first) = (Vec::new(), expression);
        while let Expr::BinExpr { lhs, .. } | Expr::ArithExpr { lhs, .. } = first {
            links.push(first);
            first = lhs;
        }
        let mut left = self.expression(first, scope);
        for link in links.into_iter().rev() {
            left = match link {
                Expr::BinExpr { op, lhs, rhs, .. } => {
                    let right = self.expression(rhs, scope);
                    match op {
                        BinOp::Union => left.or(&right),
                        BinOp::Intersection => {
                            self.common(&left, &right, lhs, rhs, scope);
                            left
                        }
                    }
                }
                Expr::ArithExpr { op, lhs, rhs, .. } => {
                    let right = self.expression(rhs, scope);
                    let open = self.schema.open(&left);
                    match op {
                        ArithOp::Sub if open.set.is_some() || open.any => {
                            self.common(&open, &right, lhs, rhs, scope);
                            open
                        }
                        _ if open.is_never() || right.is_never() => Type::default(),
                        _ => Type::number(),
                    }
                }
                _ => left,
            };
        }
        left
    }

    /// Items of two sets are held against each other.
    fn common(&mut self, left: &Type, right: &Type, lhs: &Expr, rhs: &Expr, scope: &Scope) {
        let (left, right) = (self.schema.open(left), self.schema.open(right));
        if let (Some(one), Some(two)) = (&left.set, &right.set) {
            let of = |side: &Expr| name(side).map(|name| format!("an item of {name}"));
            self.meet((one, of(lhs)), (two, of(rhs)), rhs.span(), scope);
        }
    }

    fn comprehension(&mut self, query: &'a Query, term: &'a Expr, scope: &Scope) -> Type {
        let mut inside = scope.clone();
        let live = self.query(query, &mut inside);
        let each = self.term(term, &mut inside);
        if live { each } else { Type::default() }
    }

    fn object(&mut self, given: &'a [(Span, Ref<Expr>, Ref<Expr>)], scope: &mut Scope) -> Type {
        let mut fields: BTreeMap<Rc<str>, Field> = BTreeMap::new();
        let mut rest: Option<Type> = None;
        for (_, key, value) in given {
            let value = self.expression(value, scope);
            if let Expr::String { span, value: Value::String(name), .. } = key.as_ref() {
                let origin = self.origin(At::of(scope.module, span));
                fields.insert(Rc::from(name.as_ref()), Field { value, origin });
            } else {
                self.expression(key, scope);
                rest = Some(rest.unwrap_or_default().or(&value));
            }
        }
        Type::object(fields, rest)
    }

    fn comparison(&mut self, op: &BoolOp, lhs: &'a Expr, rhs: &'a Expr, scope: &mut Scope) -> Type {
        let (left, right) = (self.expression(lhs, scope), self.expression(rhs, scope));
        // The flaw is told at the side that is not written out.
        let at = if name(lhs).is_some() { lhs } else { rhs };
        let possible = self.meet((&left, name(lhs)), (&right, name(rhs)), at.span(), scope);
        if left.is_never() || right.is_never() || (*op == BoolOp::Eq && !possible) {
            Type::default()
        } else {
            Type::boolean()
        }
    }

    fn call(&mut self, called: &'a Expr, given: &'a [Ref<Expr>], scope: &mut Scope) -> Type {
        let takes_result = builtin::takes_result(called, given);
        let count = given.len().saturating_sub(usize::from(takes_result));
        let arguments: Vec<Type> = given.iter().take(count).map(|given| self.expression(given, scope)).collect();
        let full = self.names.full(scope.module, path(called));
        let value = match self.names.function(&full) {
            Some((name, arity)) => {
                if self.loose > 0 || arity != arguments.len() {
                    return Type::any();
                }
                if arguments.iter().any(Type::is_never) {
                    return Type::default();
                }
                let outcome = self.outcome(&name, arguments);
                let site = (At::of(scope.module, called.span()), FlawKind::NeverDefined);
                let written = repeated(called.span());
                match outcome.failed {
                    _ if !outcome.taken => {
                        let hint = self.takes(&name, given);
                        self.fail(site, format!("no clause of `{written}` takes these arguments"), hint, None);
                    }
                    Some(because) => {
                        let inside = self.said(because);
                        let message = format!("`{written}` never has a value for these arguments");
                        self.fail(site, message, inside, Some(because));
                    }
                    None => self.pass(site),
                }
                outcome.value
            }
            None => self.builtin(&full.join("."), &arguments, given, scope),
        };
        if takes_result && let Some(pattern) = given.last() {
            let item = if full.join(".") == "walk" { self.each(&value, pattern.span(), scope).1 } else { value };
            self.bind(pattern, &item, scope);
            return Type::boolean();
        }
        value
    }

    /// The text that a function takes and that is nearest to one that it is given.
    fn takes(&self, name: &Name, given: &[Ref<Expr>]) -> Option<String> {
        let clauses = &self.names.definitions.get(name)?.clauses;
        let known = clauses.iter().flat_map(|(_, clause)| match clause {
            Clause::Spec { head: RuleHead::Func { args, .. }, .. } => args.as_slice(),
            _ => &[],
        });
        let known: Vec<&str> = known.filter_map(|pattern| text(pattern)).collect();
        let mut given = given.iter().filter_map(|given| text(given));
        given.find_map(|word| nearest(word, known.iter().copied())).map(|near| format!("did you mean \"{near}\"?"))
    }

    fn builtin(&mut self, name: &str, arguments: &[Type], given: &'a [Ref<Expr>], scope: &mut Scope) -> Type {
        let open: Vec<Type> = arguments.iter().map(|argument| self.schema.open(argument)).collect();
        if let Some((place, wanted)) = builtin::refused(name, &open)
            && let (Some(of), Some(at)) = (open.get(place), given.get(place))
        {
            let site = (At::of(scope.module, at.span()), FlawKind::Arguments);
            self.fail(site, format!("`{name}` takes {wanted} here, and this is {}", of.kind()), None, None);
            return Type::default();
        }
        for given in given {
            self.pass((At::of(scope.module, given.span()), FlawKind::Arguments));
        }
        if arguments.iter().any(Type::is_never) && name != "object.get" {
            return Type::default();
        }
        if let ("object.get", [object, _, default], [of, key, ..]) = (name, arguments, given) {
            let failures = self.failures.len();
            let found = match key.as_ref() {
                Expr::String { span, .. } => self.field(object, span, &repeated(of.span()), scope),
                Expr::Array { items, .. } => {
                    let (mut found, mut so_far) = (object.clone(), repeated(of.span()));
                    for item in items {
                        found = match item.as_ref() {
                            Expr::String { span, .. } => self.field(&found.present(), span, &so_far, scope),
                            _ => Type::any(),
                        };
                        so_far = format!("{so_far}.{}", item.span().text());
                    }
                    found
                }
                _ => Type::any(),
            };
            // The default is for what is not there.
            self.failures.truncate(failures);
            return found.or(default);
        }
        builtin::result(name, &open)
    }
}

/// A text that is written out.
fn text(of: &Expr) -> Option<&str> {
    match of {
        Expr::String { span, .. } => Some(span.text()),
        _ => None,
    }
}

/// What a message calls an expression; what is written out has no name.
fn name(of: &Expr) -> Option<String> {
    let written = matches!(
        of,
        Expr::String { .. }
            | Expr::RawString { .. }
            | Expr::Number { .. }
            | Expr::Bool { .. }
            | Expr::Null { .. }
            | Expr::Array { .. }
            | Expr::Set { .. }
            | Expr::Object { .. }
    );
    (!written).then(|| quoted(of.span()))
}
