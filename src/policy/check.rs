//! What is asked of a module's syntax tree before it is evaluated: the engine accepts a `deny` that is no set, finds unknown
//! functions only when it comes to them, and ends the process on a function that calls itself.

use crate::policy::set::Module;
use crate::policy::{PolicyError, metadata};
use crate::verdict::{Level, Rule};
use regorus::unstable::{AssignOp, BUILTINS, Expr, Literal, Query, Ref, Rule as Clause, RuleHead};
use std::collections::{BTreeMap, BTreeSet};

/// A rule or function by its package and name.
type Name = (String, String);

/// A parsed module beside its text.
pub(super) struct Parsed<'a> {
    /// The text and what was read from it.
    pub module: &'a Module,
    /// The tree.
    pub tree: Ref<regorus::unstable::Module>,
}

/// Holds parsed modules against what the judge relies on: those that `asked` picks; the others are only known by name.
pub(super) fn check(
    modules: &[Parsed<'_>],
    rules: &[Rule],
    asked: impl Fn(&Module) -> bool,
) -> Result<(), PolicyError> {
    let mut defined: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for parsed in modules {
        let names = defined.entry(parsed.module.package.join(".")).or_default();
        names.extend(parsed.tree.policy.iter().filter_map(|clause| head(clause)));
    }
    for parsed in modules.iter().filter(|parsed| parsed.module.rule.is_some() && asked(parsed.module)) {
        let rule = rules.iter().find(|rule| Some(&rule.id) == parsed.module.rule.as_ref());
        heads(parsed, rule)?;
    }
    let mut uses: BTreeMap<Name, Uses> = BTreeMap::new();
    for parsed in modules.iter().filter(|parsed| asked(parsed.module)) {
        let scope = Scope::new(parsed, &defined);
        for clause in &parsed.tree.policy {
            let Some(name) = head(clause) else { continue };
            let found = scope.uses(clause)?;
            let line = usize::try_from(clause.span().line).unwrap_or(0);
            let entry = uses.entry((scope.package.clone(), name)).or_insert_with(|| Uses {
                file: parsed.module.file.clone(),
                line,
                names: BTreeSet::new(),
            });
            entry.names.extend(found);
        }
    }
    acyclic(&uses)
}

/// What one rule or function uses, and where it stands.
struct Uses {
    file: String,
    line: usize,
    names: BTreeSet<Name>,
}

/// The first part of the name that a clause defines.
pub(super) fn head(clause: &Clause) -> Option<String> {
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
fn path(reference: &Expr) -> Vec<String> {
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

/// `deny` and `warn` are partial sets of objects whose keys the judge knows, and their `with` has the placeholders.
fn heads(parsed: &Parsed<'_>, rule: Option<&Rule>) -> Result<(), PolicyError> {
    let module = parsed.module;
    let refuse = |line: u32, what: String| {
        Err(PolicyError::Module { file: module.file.clone(), line: usize::try_from(line).unwrap_or(0), what })
    };
    let mut sets = BTreeSet::new();
    for clause in &parsed.tree.policy {
        let Some(name) = head(clause).filter(|name| matches!(name.as_str(), "deny" | "warn")) else { continue };
        let line = clause.span().line;
        let Clause::Spec { head: RuleHead::Set { key: Some(key), .. }, .. } = clause.as_ref() else {
            return refuse(
                line,
                format!(
                    "`{name}` is not a set; write `{name} contains {{\"at\": ..., \"offset\": ..., \"with\": {{...}}}} if {{ ... }}`"
                ),
            );
        };
        if name == "deny" && rule.is_some_and(|rule| rule.level == Level::Warn) {
            return refuse(line, "`custom.level` is `warn`, and the module has a `deny`".to_owned());
        }
        if let (Expr::Object { fields, .. }, Some(rule)) = (key.as_ref(), rule) {
            literal(fields, rule).or_else(|what| refuse(line, what))?;
        }
        sets.insert(name);
    }
    let wanted = rule.map_or(Level::Deny, |rule| rule.level).to_string();
    if sets.contains(&wanted) {
        Ok(())
    } else {
        refuse(1, format!("`custom.level` is `{wanted}`, and the module has no `{wanted} contains ...`"))
    }
}

/// An object written out in a rule's head.
fn literal(fields: &[(regorus::unstable::Span, Ref<Expr>, Ref<Expr>)], rule: &Rule) -> Result<(), String> {
    let keys = |fields: &[(regorus::unstable::Span, Ref<Expr>, Ref<Expr>)]| -> Vec<String> {
        fields
            .iter()
            .filter_map(|(_, key, _)| match key.as_ref() {
                Expr::String { span, .. } => Some(span.text().to_owned()),
                _ => None,
            })
            .collect()
    };
    let mut found = keys(fields);
    found.sort();
    if found != ["at", "offset", "with"] {
        return Err(format!("a finding has the keys \"at\", \"offset\" and \"with\"; this one has {found:?}"));
    }
    let with = fields.iter().find_map(|(_, key, value)| match (key.as_ref(), value.as_ref()) {
        (Expr::String { span, .. }, Expr::Object { fields, .. }) if span.text() == "with" => Some(keys(fields)),
        _ => None,
    });
    let Some(with) = with else { return Ok(()) };
    for words in [&rule.message, &rule.remedy] {
        for name in metadata::placeholders(words)? {
            if name != metadata::OWNER && !with.contains(&name) {
                return Err(format!("METADATA names `{{{name}}}`, and `with` has no \"{name}\""));
            }
        }
    }
    Ok(())
}

/// What names mean inside one module.
struct Scope<'a> {
    file: &'a str,
    tests: bool,
    package: String,
    imports: BTreeMap<String, Vec<String>>,
    defined: &'a BTreeMap<String, BTreeSet<String>>,
}

impl<'a> Scope<'a> {
    fn new(parsed: &Parsed<'a>, defined: &'a BTreeMap<String, BTreeSet<String>>) -> Self {
        let imports = parsed
            .tree
            .imports
            .iter()
            .filter_map(|import| {
                let target = path(&import.refr);
                let name =
                    import.r#as.as_ref().map(|span| span.text().to_owned()).or_else(|| target.last().cloned())?;
                Some((name, target))
            })
            .collect();
        Self {
            file: &parsed.module.file,
            tests: parsed.module.tests,
            package: parsed.module.package.join("."),
            imports,
            defined,
        }
    }

    /// A value behind an import is lost when the engine has evaluated the importing module as a whole (interpreter.rs, `lookup_var`:
    /// the alias is looked for in the finished module, and is undefined). Functions are found in another way and are not.
    fn direct(&self, reference: &Expr, locals: &BTreeSet<String>) -> Result<(), PolicyError> {
        let written = path(reference);
        let Some((first, rest)) = written.split_first() else { return Ok(()) };
        let Some(target) = self.imports.get(first).filter(|_| !self.tests && !locals.contains(first)) else {
            return Ok(());
        };
        let full = [target.as_slice(), rest].concat().join(".");
        let line = usize::try_from(reference.span().line).unwrap_or(0);
        let what = format!("`{}`: the engine can lose a value behind an import; write `{full}`", written.join("."));
        Err(PolicyError::Module { file: self.file.to_owned(), line, what })
    }

    /// Every rule and function that a clause may come to.
    fn uses(&self, clause: &Clause) -> Result<BTreeSet<Name>, PolicyError> {
        let mut found = BTreeSet::new();
        let (mut pending, mut references) = (Pending::default(), Vec::new());
        pending.clause(clause);
        while let Some(expression) = pending.expressions.pop() {
            match expression {
                Expr::Call { fcn, .. } => self.callee(fcn, &mut found)?,
                Expr::Var { .. } | Expr::RefDot { .. } | Expr::RefBrack { .. } => references.push(expression),
                _ => {}
            }
            pending.inside(expression);
        }
        // A name that the clause declares hides a rule of that name. Functions are always called by their own; a rule that comes
        // back to itself behind such a name is an error of the engine, not its end.
        for reference in references {
            self.direct(reference, &pending.locals)?;
            if path(reference).first().is_none_or(|first| !pending.locals.contains(first)) {
                self.reached(reference, &mut found);
            }
        }
        Ok(found)
    }

    /// The full path of a reference: an import or a name of the package becomes `data. ...`.
    fn full(&self, mut parts: Vec<String>) -> Vec<String> {
        let Some(first) = parts.first().cloned() else { return parts };
        if let Some(target) = self.imports.get(&first) {
            parts.splice(..1, target.iter().cloned());
        } else if self.defined.get(&self.package).is_some_and(|names| names.contains(&first)) {
            parts.splice(..0, std::iter::once("data".to_owned()).chain(self.package.split('.').map(str::to_owned)));
        }
        parts
    }

    fn callee(&self, called: &Expr, found: &mut BTreeSet<Name>) -> Result<(), PolicyError> {
        let parts = self.full(path(called));
        let written = parts.join(".");
        let known = match parts.split_first() {
            Some((root, rest)) if root == "data" => rest.split_last().is_some_and(|(name, package)| {
                let package = package.join(".");
                let is = self.defined.get(&package).is_some_and(|names| names.contains(name));
                if is {
                    found.insert((package, name.clone()));
                }
                is
            }),
            _ => BUILTINS.contains_key(written.as_str()) || written == "print",
        };
        if known {
            return Ok(());
        }
        let line = usize::try_from(called.span().line).unwrap_or(0);
        let what = format!("there is no function `{}`", called.span().text());
        Err(PolicyError::Module { file: self.file.to_owned(), line, what })
    }

    /// A reference may come to every rule whose path it begins, or that begins with it.
    fn reached(&self, reference: &Expr, found: &mut BTreeSet<Name>) {
        let parts = self.full(path(reference));
        let Some((root, rest)) = parts.split_first() else { return };
        if root != "data" {
            return;
        }
        for (package, names) in self.defined {
            for name in names {
                let mut target: Vec<&str> = package.split('.').collect();
                target.push(name);
                if target.iter().zip(rest).all(|(one, other)| one == other) {
                    found.insert((package.clone(), name.clone()));
                }
            }
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
fn acyclic(uses: &BTreeMap<Name, Uses>) -> Result<(), PolicyError> {
    let mut done: BTreeSet<&Name> = BTreeSet::new();
    for start in uses.keys() {
        // The way from `start` to here, and what is still to be tried at each step.
        let mut way: Vec<(&Name, Vec<&Name>)> = vec![(start, next(uses, start))];
        while let Some((name, left)) = way.last_mut() {
            let name = *name;
            let Some(used) = left.pop() else {
                done.insert(name);
                way.pop();
                continue;
            };
            if let Some(begin) = way.iter().position(|(on_way, _)| *on_way == used) {
                let circle: Vec<String> =
                    way.iter().skip(begin).map(|((package, name), _)| format!("{package}.{name}")).collect();
                let (file, line) = uses.get(used).map(|found| (found.file.clone(), found.line)).unwrap_or_default();
                let what =
                    format!("`{}` comes back to itself (by {}); Rego has no recursion", used.1, circle.join(", "));
                return Err(PolicyError::Module { file, line, what });
            }
            if !done.contains(used) {
                way.push((used, next(uses, used)));
            }
        }
    }
    Ok(())
}

fn next<'a>(uses: &'a BTreeMap<Name, Uses>, name: &Name) -> Vec<&'a Name> {
    uses.get(name).map(|found| found.names.iter().filter(|used| uses.contains_key(*used)).collect()).unwrap_or_default()
}
