//! The definitions of a source: functions, classes and lambdas at its top, other names for them, and what each uses. Never says what runs.

use crate::extract::python::follow::Follow;
use crate::extract::python::value::Value;
use crate::facts::Definition;
use std::collections::{BTreeSet, HashMap};

/// What a noted definition stands for.
#[derive(Debug)]
pub(super) enum Defined {
    /// Units of that name.
    Units(Vec<usize>),
    /// Nothing of its own: it is another name of these.
    Alias(BTreeSet<usize>),
}

impl Follow<'_> {
    /// The names that a base of a class can have.
    pub(super) fn base(&self, value: &Value) -> Vec<Option<String>> {
        let own = value.definitions().filter_map(|index| self.units.get(index)).map(|unit| unit.name.clone());
        let names: Vec<Option<String>> = value.paths().map(|(name, _)| name.to_string()).chain(own).map(Some).collect();
        if names.is_empty() { vec![None] } else { names }
    }

    /// The function or lambda at the top of the source, or in a class there, in which a unit is defined; itself when it is one.
    pub(super) fn top(&self, mut index: usize) -> usize {
        while let Some(unit) = self.units.get(index).filter(|unit| unit.outer != 0 && unit.outer < index) {
            index = unit.outer;
        }
        index
    }

    pub(super) fn note_unit(
        &mut self,
        index: usize,
        bases: Vec<Option<String>>,
        decorators: Vec<Option<String>>,
        at: usize,
    ) {
        let Some(unit) = self.units.get(index) else { return };
        let (name, class) = (unit.name.clone(), unit.class);
        self.note_definition(name, class, bases, decorators, Defined::Units(vec![index]), at);
    }

    /// Notes a lambda at the top; those of one name are one definition.
    pub(super) fn note_lambda(&mut self, index: usize, at: usize) {
        let Some(name) = self.units.get(index).map(|unit| unit.name.clone()) else { return };
        if !self.notes_now() || self.top(index) != index {
            return;
        }
        match self.lambdas.get(&name).and_then(|known| self.defined.get_mut(*known)) {
            Some(Defined::Units(units)) => units.push(index),
            _ => {
                self.lambdas.insert(name, self.defined.len());
                self.note_unit(index, Vec::new(), Vec::new(), at);
            }
        }
    }

    /// Notes a definition.
    pub(super) fn note_definition(
        &mut self,
        name: String,
        class: bool,
        bases: Vec<Option<String>>,
        decorators: Vec<Option<String>>,
        defined: Defined,
        at: usize,
    ) {
        let reached = |index: &usize| self.units.get(*index).is_some_and(|unit| unit.reached);
        let reached = match &defined {
            Defined::Units(units) => units.iter().any(reached),
            Defined::Alias(units) => units.iter().any(reached),
        };
        let line = self.line(at);
        self.notes.definition(Definition { name, class, bases, decorators, reached, uses: Vec::new(), line });
        if self.notes.definitions.len() > self.defined.len() {
            self.defined.push(defined);
        }
    }

    /// What is known of definitions at the end alone; their texts are made safe here.
    pub(super) fn define(&mut self) {
        // What each unit at the top uses, by itself or in a function inside of it.
        let mut used: HashMap<usize, BTreeSet<usize>> = HashMap::new();
        for (index, unit) in self.units.iter().enumerate() {
            let top = self.top(index);
            used.entry(top).or_default().extend(unit.uses.iter().map(|used| self.top(*used)));
        }
        for (at, defined) in std::mem::take(&mut self.defined).iter().enumerate() {
            let meant: Vec<usize> = match defined {
                Defined::Units(units) => units.iter().filter_map(|unit| used.get(unit)).flatten().copied().collect(),
                Defined::Alias(units) => units.iter().copied().collect(),
            };
            let names = meant.iter().filter_map(|one| self.units.get(*one)).map(|unit| unit.name.clone()).collect();
            self.notes.uses(at, &names);
        }
        let limit = self.notes.text;
        let safe = |text: &mut String| *text = crate::place::escape_cut(text.as_bytes(), limit);
        for definition in &mut self.notes.definitions {
            safe(&mut definition.name);
            definition.bases.iter_mut().chain(&mut definition.decorators).flatten().for_each(safe);
        }
    }
}
