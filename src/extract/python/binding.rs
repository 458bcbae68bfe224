//! What binds names in a source: assignments, patterns and imports. Never says what runs.

use crate::extract::python::definitions::Defined;
use crate::extract::python::follow::Follow;
use crate::extract::python::tree::{self, Expr, Pattern, StmtImport, StmtImportFrom};
use crate::extract::python::value::{Kind, Value, below};
use crate::facts::CodePlace;
use std::collections::BTreeSet;
use std::rc::Rc;

impl<'a> Follow<'a> {
    /// What a target of an assignment is from now on.
    pub(super) fn assign(&mut self, target: &'a Expr, value: &Value) {
        if !self.pay(1) {
            return;
        }
        match target {
            Expr::Name(name) => {
                self.bind(name.id.as_str(), value);
                self.alias(name.id.as_str(), value, tree::start(name));
            }
            Expr::Tuple(tuple) => self.unpack(&tuple.elts, value),
            Expr::List(list) => self.unpack(&list.elts, value),
            Expr::Starred(starred) => self.assign(&starred.value, value),
            Expr::Attribute(attribute) => {
                let object = self.value(&attribute.value);
                let name = attribute.attr.as_str();
                for index in object.definitions() {
                    let whole = self.units.get(index).map(|unit| below(&unit.name, name)).unwrap_or_default();
                    self.note_alias(whole, value, tree::start(attribute));
                }
                let mut known = false;
                for (path, _) in object.paths() {
                    known = true;
                    self.patches.entry(below(path, name)).or_default().join(value);
                }
                if !known {
                    self.attributes.entry(name).or_default().join(value);
                }
            }
            Expr::Subscript(subscript) => {
                let (object, key) = (self.value(&subscript.value), self.value(&subscript.slice));
                let names: Vec<String> = object.paths().map(|(name, _)| name.to_string()).collect();
                for name in names {
                    if let Some(key) = key.text() {
                        let module =
                            matches!(name.as_str(), "builtins.globals()" | "builtins.locals()" | "builtins.vars()");
                        let whole = if module { key.to_string() } else { format!("{name}[{key}]") };
                        self.patches.entry(whole).or_default().join(value);
                    }
                }
                // What a container holds can be asked of it.
                if let Expr::Name(name) = &*subscript.value {
                    let held = Value::list(vec![value.clone()]);
                    self.bind(name.id.as_str(), &Value { literal: false, ..held });
                }
            }
            other => drop(self.value(other)),
        }
    }

    pub(super) fn unpack(&mut self, targets: &'a [Expr], value: &Value) {
        for (at, target) in targets.iter().enumerate() {
            let key = Value::one(Kind::Number(i64::try_from(at).unwrap_or(i64::MAX)));
            let item = value.item(&key);
            self.assign(target, &item);
        }
    }

    pub(super) fn bind(&mut self, name: &'a str, value: &Value) {
        let firm = self.conditions == 0;
        self.scopes.bind(self.scope, name, value, firm);
        if self.place == CodePlace::Class {
            self.attributes.entry(name).or_default().join(value);
        }
    }

    /// Notes that a name at the top, or in a class there, is another one of functions or classes of this source.
    fn alias(&mut self, name: &str, value: &Value, at: usize) {
        let class = self.class.and_then(|class| self.units.get(class)).map(|class| class.name.as_str());
        match class.filter(|_| self.place == CodePlace::Class) {
            Some(class) => self.note_alias(below(class, name), value, at),
            None if self.unit == 0 => self.note_alias(name.to_owned(), value, at),
            None => {}
        }
    }

    fn note_alias(&mut self, name: String, value: &Value, at: usize) {
        let meant: BTreeSet<usize> = value.definitions().map(|index| self.top(index)).collect();
        if self.notes_now() && !meant.is_empty() {
            self.note_definition(name, false, Vec::new(), Vec::new(), Defined::Alias(meant), at);
        }
    }

    pub(super) fn pattern(&mut self, pattern: &'a Pattern, subject: &Value) {
        if !self.pay(1) {
            return;
        }
        match pattern {
            Pattern::MatchAs(one) => {
                if let Some(inner) = one.pattern.as_deref() {
                    self.pattern(inner, subject);
                }
                if let Some(name) = &one.name {
                    self.bind(name.as_str(), subject);
                }
            }
            Pattern::MatchOr(one) => one.patterns.iter().for_each(|one| self.pattern(one, subject)),
            Pattern::MatchSequence(one) => {
                let item = subject.item(&Value::unknown());
                one.patterns.iter().for_each(|one| self.pattern(one, &item));
            }
            Pattern::MatchMapping(one) => {
                let item = subject.item(&Value::unknown());
                one.patterns.iter().for_each(|one| self.pattern(one, &item));
            }
            Pattern::MatchClass(one) => {
                one.arguments.patterns.iter().for_each(|one| self.pattern(one, &Value::unknown()));
                one.arguments.keywords.iter().for_each(|one| self.pattern(&one.pattern, &Value::unknown()));
            }
            Pattern::MatchValue(one) => drop(self.value(&one.value)),
            Pattern::MatchStar(_) | Pattern::MatchSingleton(_) => {}
        }
    }

    pub(super) fn import(&mut self, one: &'a StmtImport) {
        let line = self.line(tree::start(one));
        for alias in &one.names {
            let module = alias.name.as_str();
            let bound = match &alias.asname {
                Some(name) => (name.as_str(), module),
                None => {
                    let first = module.split('.').next().unwrap_or(module);
                    (first, first)
                }
            };
            self.bind(bound.0, &Value::path(bound.1, false));
            if self.notes_now() {
                let at = self.at();
                let bound = alias.asname.as_ref().map(|name| name.as_str());
                self.notes.import(module, None, bound, at, line);
            }
        }
    }

    pub(super) fn import_from(&mut self, one: &'a StmtImportFrom) {
        let line = self.line(tree::start(one));
        let dots = usize::try_from(one.level).unwrap_or(0).min(64);
        let module = format!("{}{}", ".".repeat(dots), one.module.as_ref().map_or("", |module| module.as_str()));
        for alias in &one.names {
            let name = alias.name.as_str();
            if name == "*" {
                let star: Rc<str> = Rc::from(module.as_str());
                if self.stars.len() < 8 && !self.stars.contains(&star) {
                    self.stars.push(star);
                }
            } else {
                let bound = alias.asname.as_ref().map_or(name, |name| name.as_str());
                self.bind(bound, &Value::path(&below(&module, name), false));
            }
            if self.notes_now() {
                let at = self.at();
                let bound = alias.asname.as_ref().map(|name| name.as_str());
                self.notes.import(&module, Some(name), bound, at, line);
            }
        }
    }
}
