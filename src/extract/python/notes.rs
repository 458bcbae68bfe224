//! What was noted of a source, grouped: equal calls, imports and names are one record. Bounded; says when something was left out.

use crate::extract::python::value::{Kind, Value};
use crate::facts::{CodeCall, CodeImport, CodeName, CodePlace, Command, Definition, Runs, Source};
use crate::place;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

/// Most calls, and most of each other table, that one source has.
const RECORDS: usize = 2_048;
/// Most texts and names of the arguments of a call, and functions in which it stands.
const TEXTS: usize = 8;
const NAMES: usize = 16;
const FUNCTIONS: usize = 32;
/// Most functions and classes of a source that one definition uses.
const USES: usize = 512;

/// Where something stands, and when it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct At {
    pub place: CodePlace,
    pub runs: Runs,
}

/// In which functions of a source something stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Within<'n> {
    /// The innermost one, by its name.
    pub unit: Option<&'n str>,
    /// The one at the top of the source.
    pub function: Option<&'n str>,
}

/// The notes of one source.
#[derive(Debug, Default)]
pub(super) struct Notes {
    calls: Vec<CodeCall>,
    called: HashMap<(Rc<str>, bool, At), usize>,
    imports: Vec<CodeImport>,
    imported: HashMap<(String, Option<String>, Option<String>, At), usize>,
    pub definitions: Vec<Definition>,
    names: Vec<CodeName>,
    named: HashMap<(String, CodePlace), usize>,
    commands: Vec<Command>,
    /// Whether something was left out.
    pub cut: bool,
    /// Bytes kept of one text.
    pub text: usize,
}

impl Notes {
    /// No notes yet; `text` bytes are kept of one text.
    pub(super) fn new(text: usize) -> Self {
        Self { text, ..Self::default() }
    }

    /// Notes a call of `name` with these arguments.
    pub(super) fn call(
        &mut self,
        name: &Rc<str>,
        built: bool,
        at: At,
        within: Within<'_>,
        line: u64,
        arguments: &[Value],
    ) {
        let key = (Rc::clone(name), built, at);
        let index = match self.called.get(&key) {
            Some(index) => *index,
            None if self.calls.len() >= RECORDS => return self.cut = true,
            None => {
                self.called.insert(key, self.calls.len());
                self.calls.push(CodeCall {
                    name: self.shown(name),
                    built,
                    place: at.place,
                    runs: at.runs,
                    within: within.unit.map(|name| self.shown(name)),
                    functions: Vec::new(),
                    line,
                    count: 0,
                    literal: true,
                    texts: Vec::new(),
                    from: Vec::new(),
                    passes: Vec::new(),
                    complete: true,
                });
                self.calls.len().saturating_sub(1)
            }
        };
        let limit = self.text;
        let Some(call) = self.calls.get_mut(index) else { return };
        call.count = call.count.saturating_add(1);
        if let Some(function) = within.function {
            call.complete &= add(&mut call.functions, place::escape_cut(function.as_bytes(), limit), FUNCTIONS);
        }
        for value in arguments {
            call.literal &= value.literal;
            call.complete &= !value.cut;
            let mut kinds: Vec<&Kind> = value.kinds.iter().collect();
            if let [Kind::List(items)] = kinds.as_slice() {
                kinds = items.iter().collect();
            }
            for kind in kinds {
                let (list, text, most) = match kind {
                    Kind::Text(text) => (&mut call.texts, place::escape_cut(text.as_bytes(), limit), TEXTS),
                    Kind::Bytes(bytes) => (&mut call.texts, place::escape_cut(bytes, limit), TEXTS),
                    Kind::Path { name, .. } => (&mut call.passes, place::escape_cut(name.as_bytes(), limit), NAMES),
                    _ => continue,
                };
                call.complete &= add(list, text, most);
            }
            for name in &value.from {
                call.complete &= add(&mut call.from, place::escape_cut(name.as_bytes(), limit), NAMES);
            }
        }
    }

    /// Notes an import.
    pub(super) fn import(&mut self, module: &str, name: Option<&str>, bound: Option<&str>, at: At, line: u64) {
        let (module, name) = (self.shown(module), name.map(|name| self.shown(name)));
        let bound = bound.map(|bound| self.shown(bound));
        let key = (module.clone(), name.clone(), bound.clone(), at);
        let fresh = CodeImport { module, name, bound, to: Vec::new(), place: at.place, runs: at.runs, line, count: 0 };
        match entry(&mut self.imports, &mut self.imported, key, fresh) {
            Some(import) => import.count = import.count.saturating_add(1),
            None => self.cut = true,
        }
    }

    /// Notes a name.
    pub(super) fn name(&mut self, name: &str, place: CodePlace) {
        let name = self.shown(name);
        let fresh = CodeName { name: name.clone(), place, count: 0 };
        match entry(&mut self.names, &mut self.named, (name, place), fresh) {
            Some(name) => name.count = name.count.saturating_add(1),
            None => self.cut = true,
        }
    }

    /// Notes a line that is no Python.
    pub(super) fn command(&mut self, kind: &str, text: &str, line: u64) {
        if self.commands.len() >= RECORDS {
            return self.cut = true;
        }
        self.commands.push(Command { kind: kind.to_owned(), text: self.shown(text), line });
    }

    /// Notes a definition.
    pub(super) fn definition(&mut self, definition: Definition) {
        if self.definitions.len() >= RECORDS {
            return self.cut = true;
        }
        self.definitions.push(definition);
    }

    /// Says what a definition uses; each once.
    pub(super) fn uses(&mut self, at: usize, names: &BTreeSet<String>) {
        self.cut |= names.len() > USES;
        let names = names.iter().take(USES).map(|name| self.shown(name)).collect();
        if let Some(definition) = self.definitions.get_mut(at) {
            definition.uses = names;
        }
    }

    /// Writes them all to the record.
    pub(super) fn write(self, source: &mut Source) {
        source.complete &= !self.cut;
        source.calls.extend(self.calls);
        source.imports.extend(self.imports);
        source.definitions.extend(self.definitions);
        source.names.extend(self.names);
        source.commands.extend(self.commands);
    }

    fn shown(&self, text: &str) -> String {
        place::escape_cut(text.as_bytes(), self.text)
    }
}

fn entry<'t, K: std::hash::Hash + Eq, T>(
    table: &'t mut Vec<T>,
    index: &mut HashMap<K, usize>,
    key: K,
    fresh: T,
) -> Option<&'t mut T> {
    if let Some(at) = index.get(&key) {
        return table.get_mut(*at);
    }
    if table.len() >= RECORDS {
        return None;
    }
    index.insert(key, table.len());
    table.push(fresh);
    table.last_mut()
}

/// Adds a text that is not there yet; `false` when there is no room.
fn add(list: &mut Vec<String>, text: String, most: usize) -> bool {
    if list.contains(&text) {
        return true;
    }
    let room = list.len() < most;
    if room {
        list.push(text);
    }
    room
}
