//! Which rules and functions a clause comes to: no unknown or forbidden function, no wrong number of arguments, and no circle.

use crate::policy::check::Parsed;
use crate::policy::check::builtin;
use crate::policy::check::flaw::{At, FlawKind, Flaws, nearest};
use crate::policy::check::names::{Name, Names};
use regorus::unstable::{AssignOp, Expr, Literal, Query, Ref, Rule as Clause, RuleHead};
use std::collections::{BTreeMap, BTreeSet};

/// What one rule or function uses, and where it stands.
pub(super) struct Used {
    at: At,
    /// What it uses.
    pub names: BTreeSet<Name>,
}

/// The first part of the name that a clause defines.
pub(in crate::policy) fn head(clause: &Clause) -> Option<String> {
    let refr = match clause {
        Clause::Spec {
            head: RuleHead::Compr { refr, .. } | RuleHead::Set { refr, .. } | RuleHead::Func { refr, .. },
            ..
        } => refr,
        Clause::Default { refr, .. } => refr,
    };
    path(refr).into_iter().next()
}

/// The constant parts that a reference begins with: `data.lists[x].y` begins with `data.lists`.
pub(in crate::policy) fn path(reference: &Expr) -> Vec<String> {
    let (mut parts, mut at) = (Vec::new(), reference);
    loop {
        match at {
            Expr::RefDot { refr, field, .. } => {
                parts.push(Some(field.0.text().to_owned()));
                at = refr;
            }
            Expr::RefBrack { refr, index, .. } => {
                parts.push(match index.as_ref() {
                    Expr::String { span, .. } => Some(span.text().to_owned()),
                    _ => None,
                });
                at = refr;
            }
            Expr::Var { span, .. } => {
                parts.push(Some(span.text().to_owned()));
                break;
            }
            _ => {
                parts.push(None);
                break;
            }
        }
    }
    parts.into_iter().rev().map_while(|part| part).collect()
}

/// Looks at every clause of the asked modules; what each rule and function uses.
pub(super) fn uses(trees: &[Parsed<'_>], asked: &[bool], names: &Names<'_>, flaws: &mut Flaws) -> BTreeMap<Name, Used> {
    let mut uses: BTreeMap<Name, Used> = BTreeMap::new();
    for (index, parsed) in trees.iter().enumerate().filter(|(index, _)| asked.get(*index) == Some(&true)) {
        let mut module = Module { index, tests: parsed.module.tests, names, flaws };
        for clause in &parsed.tree.policy {
            let Some(name) = head(clause) else { continue };
            let found = module.uses(clause);
            let key = (names.home(index).to_owned(), name);
            let at = At::of(index, name_of(clause));
            uses.entry(key).or_insert_with(|| Used { at, names: BTreeSet::new() }).names.extend(found);
        }
    }
    uses
}

/// The name of a clause, to point at.
pub(super) fn name_of(clause: &Clause) -> &regorus::unstable::Span {
    match clause {
        Clause::Spec {
            head: RuleHead::Compr { refr, .. } | RuleHead::Set { refr, .. } | RuleHead::Func { refr, .. },
            ..
        }
        | Clause::Default { refr, .. } => refr.span(),
    }
}

/// One module that is looked at.
struct Module<'a, 'n> {
    index: usize,
    tests: bool,
    names: &'n Names<'a>,
    flaws: &'n mut Flaws,
}

impl Module<'_, '_> {
    /// A value behind an import is lost when the engine has evaluated the importing module as a whole (interpreter.rs, `lookup_var`:
    /// the alias is looked for in the finished module, and is undefined). Functions are found in another way and are not.
    fn direct(&mut self, reference: &Expr, locals: &BTreeSet<String>) {
        let written = path(reference);
        let Some((first, rest)) = written.split_first() else { return };
        if self.tests || locals.contains(first) {
            return;
        }
        let Some(target) = self.names.import(self.index, first) else { return };
        let full = [target, rest].concat().join(".");
        let message = format!("`{}`: the engine can lose a value behind an import", written.join("."));
        let at = At::of(self.index, reference.span());
        self.flaws.add(at, FlawKind::Import, message, Some(format!("write `{full}`")));
    }

    /// Every rule and function that a clause may come to.
    fn uses(&mut self, clause: &Clause) -> BTreeSet<Name> {
        let mut found = BTreeSet::new();
        let (mut pending, mut references) = (Pending::default(), Vec::new());
        pending.clause(clause);
        while let Some(expression) = pending.expressions.pop() {
            match expression {
                Expr::Call { fcn, params, .. } => self.callee(fcn, params, &mut found),
                Expr::Var { .. } | Expr::RefDot { .. } | Expr::RefBrack { .. } => references.push(expression),
                _ => {}
            }
            pending.inside(expression);
        }
        for name in ["input", "data"].into_iter().filter(|name| pending.locals.contains(*name)) {
            let at = At::of(self.index, name_of(clause));
            let hint = "choose another name: the engine looks into the facts and the data all the same".to_owned();
            self.flaws.add(at, FlawKind::Unbound, format!("`{name}` cannot be the name of a variable"), Some(hint));
        }
        // A name that the clause declares hides a rule of that name. Functions are always called by their own; a rule that comes
        // back to itself behind such a name is an error of the engine, not its end.
        for reference in references {
            self.direct(reference, &pending.locals);
            if path(reference).first().is_none_or(|first| !pending.locals.contains(first)) {
                self.reached(reference, &mut found);
            }
        }
        found
    }

    fn callee(&mut self, called: &Expr, params: &[Ref<Expr>], found: &mut BTreeSet<Name>) {
        let (parts, given) = (self.names.full(self.index, path(called)), params.len());
        let (at, written) = (At::of(self.index, called.span()), parts.join("."));
        if let Some((name, arity)) = self.names.function(&parts) {
            if !self.tests && self.names.definitions.get(&name).is_some_and(|known| known.clauses.is_empty()) {
                let message = format!("`{}` is there for tests alone", called.span().text());
                let hint = "a rule is judged without the modules of tests".to_owned();
                self.flaws.add(at, FlawKind::UnknownFunction, message, Some(hint));
            }
            found.insert(name);
            self.count(at, called, (arity, arity), given);
            return;
        }
        let imported =
            path(called).first().and_then(|first| self.names.import(self.index, first).map(<[String]>::to_vec));
        if self.names.is_unread(&parts) || imported.is_some_and(|target| !self.names.resolves(&target)) {
            return;
        }
        if let Some((why, instead)) = builtin::forbidden(&written) {
            let message = format!("`{written}` {why}, and a verdict must be the same again");
            self.flaws.add(at, FlawKind::Forbidden, message, Some(instead.to_owned()));
        } else if let Some((least, most)) = builtin::arity(&written) {
            let extra = usize::from(builtin::takes_result(called, params));
            self.count(at, called, (least, most.saturating_add(extra)), given);
        } else {
            let known = self.names.functions(self.index);
            let text = called.span().text();
            let mut all: Vec<&str> = builtin::names().collect();
            known.iter().for_each(|name| all.push(name));
            let near = nearest(text, all);
            let hint = near.map(|near| format!("did you mean `{near}`?"));
            self.flaws.add(at, FlawKind::UnknownFunction, format!("there is no function `{text}`"), hint);
        }
    }

    fn count(&mut self, at: At, called: &Expr, (least, most): (usize, usize), given: usize) {
        if given < least || given > most {
            let name = called.span().text();
            let plural = if least == 1 { "" } else { "s" };
            let message = format!("`{name}` takes {least} argument{plural}, not {given}");
            self.flaws.add(at, FlawKind::Arguments, message, None);
        }
    }

    /// A reference may come to every rule whose path it begins, or that begins with it.
    fn reached(&self, reference: &Expr, found: &mut BTreeSet<Name>) {
        let parts = self.names.full(self.index, path(reference));
        let Some((root, rest)) = parts.split_first() else { return };
        if root != "data" {
            return;
        }
        let mut node = &self.names.root;
        for part in rest {
            let Some(child) = node.children.get(part) else { return };
            if let Some(name) = &child.rule {
                found.insert(name.clone());
                return;
            }
            node = child;
        }
        let mut below = vec![node];
        while let Some(node) = below.pop() {
            found.extend(node.rule.clone());
            below.extend(node.children.values());
        }
    }
}

/// Expressions still to be looked at, and the names that were declared on the way.
#[derive(Default)]
struct Pending<'a> {
    expressions: Vec<&'a Expr>,
    locals: BTreeSet<String>,
}

impl<'a> Pending<'a> {
    fn clause(&mut self, clause: &'a Clause) {
        match clause {
            Clause::Spec { head, bodies, .. } => {
                match head {
                    RuleHead::Compr { assign, .. } => {
                        self.expressions.extend(assign.iter().map(|assign| assign.value.as_ref()))
                    }
                    RuleHead::Set { key, .. } => self.expressions.extend(key.iter().map(AsRef::as_ref)),
                    RuleHead::Func { args, assign, .. } => {
                        args.iter().for_each(|arg| self.declare(arg));
                        self.expressions.extend(assign.iter().map(|assign| assign.value.as_ref()));
                    }
                }
                for body in bodies {
                    self.expressions.extend(body.assign.iter().map(|assign| assign.value.as_ref()));
                    self.query(&body.query);
                }
            }
            Clause::Default { value, .. } => self.expressions.push(value),
        }
    }

    fn query(&mut self, query: &'a Query) {
        let mut queries = vec![query];
        while let Some(query) = queries.pop() {
            for statement in &query.stmts {
                match &statement.literal {
                    Literal::SomeVars { vars, .. } => {
                        self.locals.extend(vars.iter().map(|span| span.text().to_owned()))
                    }
                    Literal::SomeIn { key, value, collection, .. } => {
                        key.iter().for_each(|key| self.declare(key));
                        self.declare(value);
                        self.expressions.extend(key.iter().map(AsRef::as_ref));
                        self.expressions.extend([value.as_ref(), collection.as_ref()]);
                    }
                    Literal::Expr { expr, .. } | Literal::NotExpr { expr, .. } => self.expressions.push(expr),
                    Literal::Every { key, value, domain, query, .. } => {
                        self.locals.extend(key.iter().chain([value]).map(|span| span.text().to_owned()));
                        self.expressions.push(domain);
                        queries.push(query);
                    }
                }
                for with in &statement.with_mods {
                    self.expressions.extend([with.refr.as_ref(), with.r#as.as_ref()]);
                }
            }
        }
    }

    /// The names in a pattern: `x`, `[x, y]`, `{"a": x}`.
    fn declare(&mut self, pattern: &Expr) {
        let mut pending = vec![pattern];
        while let Some(pattern) = pending.pop() {
            match pattern {
                Expr::Var { span, .. } => {
                    self.locals.insert(span.text().to_owned());
                }
                Expr::Array { items, .. } => pending.extend(items.iter().map(AsRef::as_ref)),
                Expr::Object { fields, .. } => pending.extend(fields.iter().map(|(_, _, value)| value.as_ref())),
                _ => {}
            }
        }
    }

    fn inside(&mut self, expression: &'a Expr) {
        match expression {
            Expr::String { .. }
            | Expr::RawString { .. }
            | Expr::Number { .. }
            | Expr::Bool { .. }
            | Expr::Null { .. }
            | Expr::Var { .. } => {}
            Expr::Array { items, .. } | Expr::Set { items, .. } => {
                self.expressions.extend(items.iter().map(AsRef::as_ref))
            }
            Expr::Object { fields, .. } => {
                self.expressions.extend(fields.iter().flat_map(|(_, key, value)| [key.as_ref(), value.as_ref()]));
            }
            Expr::ArrayCompr { term, query, .. } | Expr::SetCompr { term, query, .. } => {
                self.expressions.push(term);
                self.query(query);
            }
            Expr::ObjectCompr { key, value, query, .. } => {
                self.expressions.extend([key.as_ref(), value.as_ref()]);
                self.query(query);
            }
            // The function's name is looked at by itself.
            Expr::Call { params, .. } => self.expressions.extend(params.iter().map(AsRef::as_ref)),
            Expr::UnaryExpr { expr, .. } => self.expressions.push(expr),
            // A reference was looked at as a whole; what stands in its brackets was not.
            Expr::RefDot { .. } | Expr::RefBrack { .. } => self.brackets(expression),
            Expr::BinExpr { lhs, rhs, .. } | Expr::BoolExpr { lhs, rhs, .. } | Expr::ArithExpr { lhs, rhs, .. } => {
                self.expressions.extend([lhs.as_ref(), rhs.as_ref()])
            }
            Expr::AssignExpr { op, lhs, rhs, .. } => {
                if matches!(op, AssignOp::ColEq) {
                    self.declare(lhs);
                }
                self.expressions.extend([lhs.as_ref(), rhs.as_ref()]);
            }
            Expr::Membership { key, value, collection, .. } => {
                self.expressions.extend(key.iter().map(AsRef::as_ref));
                self.expressions.extend([value.as_ref(), collection.as_ref()]);
            }
        }
    }

    fn brackets(&mut self, reference: &'a Expr) {
        let mut at = reference;
        loop {
            match at {
                Expr::RefDot { refr, .. } => at = refr,
                Expr::RefBrack { refr, index, .. } => {
                    self.expressions.push(index);
                    at = refr;
                }
                Expr::Var { .. } => return,
                other => return self.expressions.push(other),
            }
        }
    }
}

/// No rule or function comes back to itself.
pub(super) fn acyclic(uses: &BTreeMap<Name, Used>, flaws: &mut Flaws) {
    let mut done: BTreeSet<&Name> = BTreeSet::new();
    for start in uses.keys() {
        // The way from `start` to here, and what is still to be tried at each step.
        let mut way: Vec<(&Name, Vec<&Name>)> = vec![(start, next(uses, start))];
        let mut on_way: BTreeSet<&Name> = BTreeSet::from([start]);
        while let Some((name, left)) = way.last_mut() {
            let name = *name;
            let Some(used) = left.pop() else {
                done.insert(name);
                on_way.remove(name);
                way.pop();
                continue;
            };
            if on_way.contains(used) {
                let begin = way.iter().position(|(name, _)| *name == used).unwrap_or(0);
                let circle: Vec<String> =
                    way.iter().skip(begin).map(|((package, name), _)| format!("{package}.{name}")).collect();
                if let Some(found) = uses.get(used) {
                    let message = format!("`{}` comes back to itself (by {})", used.1, circle.join(", "));
                    flaws.add(found.at, FlawKind::Recursion, message, Some("Rego has no recursion".to_owned()));
                }
                continue;
            }
            if !done.contains(used) {
                on_way.insert(used);
                way.push((used, next(uses, used)));
            }
        }
    }
}

fn next<'a>(uses: &'a BTreeMap<Name, Used>, name: &Name) -> Vec<&'a Name> {
    uses.get(name).map(|found| found.names.iter().filter(|used| uses.contains_key(*used)).collect()).unwrap_or_default()
}
