//! The names of a source: what each stands for, in its module, classes and functions. Joined over all that is assigned to it.

use crate::extract::python::value::Value;
use std::collections::{HashMap, HashSet};

/// A module, class or function: where names are bound.
#[derive(Debug, Default)]
pub(super) struct Scope<'a> {
    /// The scope around it; `None` for the module.
    pub outer: Option<usize>,
    /// Whether it is a class, whose names its methods do not see.
    pub class: bool,
    /// What each name can be.
    pub names: HashMap<&'a str, Value>,
    /// Names that are said to be the module's.
    pub globals: HashSet<&'a str>,
    /// Names that are bound for certain, so that Python's own of that name are not meant.
    pub firm: HashSet<&'a str>,
}

/// All scopes of a source; the module is the first.
#[derive(Debug)]
pub(super) struct Scopes<'a> {
    all: Vec<Scope<'a>>,
}

/// What a name stands for.
pub(super) struct Looked {
    /// What it can be.
    pub value: Option<Value>,
    /// Whether it can be Python's own of that name.
    pub builtin: bool,
}

impl<'a> Scopes<'a> {
    pub(super) fn new() -> Self {
        Self { all: vec![Scope::default()] }
    }

    /// Adds a scope.
    pub(super) fn open(&mut self, outer: usize, class: bool) -> usize {
        self.all.push(Scope { outer: Some(outer), class, ..Scope::default() });
        self.all.len().saturating_sub(1)
    }

    /// Says that a name of that scope is the module's.
    pub(super) fn global(&mut self, scope: usize, name: &'a str) {
        if let Some(scope) = self.all.get_mut(scope) {
            scope.globals.insert(name);
        }
    }

    /// Binds a name; it can be that from now on, beside what it was.
    pub(super) fn bind(&mut self, scope: usize, name: &'a str, value: &Value, firm: bool) {
        let global = self.all.get(scope).is_some_and(|scope| scope.globals.contains(name));
        let at = if global { 0 } else { scope };
        let Some(scope) = self.all.get_mut(at) else { return };
        scope.names.entry(name).or_default().join(value);
        if firm || at != 0 {
            scope.firm.insert(name);
        }
    }

    /// Says that a name is deleted somewhere: Python's own can be meant.
    pub(super) fn delete(&mut self, scope: usize, name: &'a str) {
        if let Some(scope) = self.all.get_mut(scope) {
            scope.firm.remove(name);
        }
    }

    /// What the module binds a name to.
    pub(super) fn of_module(&self, name: &str) -> Option<&Value> {
        self.all.first().and_then(|scope| scope.names.get(name))
    }

    /// What a name stands for in a scope.
    pub(super) fn look(&self, from: usize, name: &str) -> Looked {
        let mut at = Some(from);
        if self.all.get(from).is_some_and(|scope| scope.globals.contains(name)) {
            at = Some(0);
        }
        while let Some(index) = at {
            let Some(scope) = self.all.get(index) else { break };
            if (index == from || !scope.class)
                && let Some(value) = scope.names.get(name)
            {
                return Looked { value: Some(value.clone()), builtin: !scope.firm.contains(name) };
            }
            at = scope.outer;
        }
        Looked { value: None, builtin: true }
    }
}
