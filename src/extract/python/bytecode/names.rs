//! What names of byte code stand for: modules and what is taken from them, as far as a load stands right before the store. Joined over the whole file.

use crate::extract::python::bytecode::steps::Step;
use crate::extract::python::expression::BUILTINS;
use std::collections::{BTreeSet, HashMap};

/// Most modules and names that one name stands for.
const MEANINGS: usize = 64;
/// Longest dotted name.
const LONGEST: usize = 256;
/// Functions that import what a text names.
const IMPORTS: &[&str] = &["__import__", "import_module"];

/// What an instruction means.
#[derive(Debug)]
pub(super) enum Event<'a> {
    /// Something is loaded, by its dotted name; `*.NAME` is an attribute of what is not known.
    Load(String),
    /// A module is imported, and perhaps a name of it.
    Import(String, Option<&'a str>),
}

/// What a name stands for.
#[derive(Debug, Default)]
struct Meaning {
    paths: BTreeSet<String>,
    /// Whether it can be something else.
    open: bool,
}

/// The names of a file.
#[derive(Debug, Default)]
pub(super) struct Names<'a> {
    meanings: HashMap<&'a str, Meaning>,
    stars: BTreeSet<String>,
    /// Whether something was left out.
    pub cut: bool,
}

/// What was loaded last, and what of an import is still to be stored.
#[derive(Default)]
struct Hand<'a> {
    /// What it can be; empty when nothing is known of it.
    paths: Vec<String>,
    /// Whether an attribute was taken of it.
    taken: bool,
    /// The module that is being imported.
    module: Option<&'a str>,
    /// The name that was taken of it and is not yet stored.
    from: Option<String>,
}

impl<'a> Names<'a> {
    /// Takes the meanings of what a code object stores.
    pub(super) fn bind(&mut self, steps: &[Step<'a>]) {
        let mut stored: Vec<(&'a str, Vec<String>)> = Vec::new();
        let mut stars = BTreeSet::new();
        self.walk(steps, &mut |_| {}, &mut |name, paths| stored.push((name, paths)), &mut |module| {
            stars.insert(module.to_owned());
        });
        self.stars.extend(stars);
        for (name, paths) in stored {
            let meaning = self.meanings.entry(name).or_default();
            meaning.open |= paths.is_empty();
            for path in paths {
                meaning.open |= path.starts_with('*');
                if !path.starts_with('*') && meaning.paths.len() < MEANINGS {
                    meaning.paths.insert(path);
                } else if !path.starts_with('*') && !meaning.paths.contains(&path) {
                    self.cut = true;
                }
            }
        }
    }

    /// Tells what the instructions of a code object mean. When it looks things up by texts, each of its texts may be a name.
    pub(super) fn follow(&self, steps: &[Step<'a>], lookup: bool, told: &mut dyn FnMut(Event<'a>)) {
        let mut bare: Vec<String> = Vec::new();
        let mut load = |path: &str, whole: bool, told: &mut dyn FnMut(Event<'a>)| {
            if lookup && whole {
                bare.push(format!("{path}.*"));
            }
            told(Event::Load(path.to_owned()));
        };
        self.walk(
            steps,
            &mut |heard| match heard {
                Heard::Load(path, whole) => load(path, whole, told),
                Heard::Import(module, name) => {
                    for module in modules(module) {
                        told(Event::Import(module, name));
                    }
                }
            },
            &mut |_, _| {},
            &mut |_| {},
        );
        if !lookup {
            return;
        }
        bare.into_iter().filter(|path| !path.starts_with('*')).for_each(|path| told(Event::Load(path)));
        let imports = steps.iter().any(|step| {
            matches!(step, Step::Name(name) | Step::Attribute(name) | Step::From(name) if IMPORTS.contains(name))
        });
        for step in steps {
            let Step::Text(text) = step else { continue };
            let plain = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '.');
            if text.is_empty() || text.len() > LONGEST || !text.chars().all(plain) {
                continue;
            }
            told(Event::Load(format!("*.{text}")));
            if imports {
                told(Event::Import((*text).to_owned(), None));
            }
        }
    }

    fn walk(
        &self,
        steps: &[Step<'a>],
        told: &mut dyn FnMut(Heard<'_, 'a>),
        stored: &mut dyn FnMut(&'a str, Vec<String>),
        star: &mut dyn FnMut(&str),
    ) {
        let mut hand = Hand::default();
        for step in steps {
            match step {
                Step::Name(name) => {
                    hand.drop(told);
                    hand.paths = self.look(name, true);
                }
                Step::Variable(name) => {
                    hand.drop(told);
                    hand.paths = self.look(name, false);
                }
                Step::Attribute(name) => hand.attribute(name, told),
                Step::Import(module) => {
                    hand.drop(told);
                    told(Heard::Import(module, None));
                    let first = module.split('.').next().unwrap_or(module);
                    hand = Hand { paths: vec![first.to_owned()], module: Some(*module), ..Hand::default() };
                    if first != *module {
                        hand.paths.push((*module).to_owned());
                    }
                }
                Step::From(name) => {
                    let module = hand.module;
                    if let Some(from) = hand.from.take() {
                        told(Heard::Load(&from, true));
                    }
                    let module = module.unwrap_or("*");
                    told(Heard::Import(module, Some(name)));
                    hand.paths = Vec::new();
                    hand.from = Some(dotted(module, name));
                }
                Step::Star => {
                    star(hand.module.unwrap_or("*"));
                    told(Heard::Import(hand.module.unwrap_or("*"), Some("*")));
                }
                Step::Store(name) => match hand.from.take() {
                    Some(from) => stored(name, vec![from]),
                    None => {
                        let paths = std::mem::take(&mut hand.paths);
                        if hand.module.is_none() {
                            paths.iter().for_each(|path| told(Heard::Load(path, true)));
                        }
                        stored(name, paths);
                    }
                },
                Step::Exec => {
                    hand.drop(told);
                    told(Heard::Load("builtins.exec", true));
                }
                // What is imported may be moved about before it is stored.
                Step::Other | Step::Text(_) if hand.from.is_some() => {}
                Step::Other | Step::Text(_) => {
                    let module = hand.module;
                    hand.drop(told);
                    hand.module = module;
                }
            }
        }
        hand.drop(told);
    }

    /// What a name stands for.
    fn look(&self, name: &str, global: bool) -> Vec<String> {
        let meaning = self.meanings.get(name);
        let mut paths: Vec<String> = meaning.map(|one| one.paths.iter().cloned().collect()).unwrap_or_default();
        if global && (meaning.is_none() || BUILTINS.contains(&name)) {
            paths.push(dotted("builtins", name));
            paths.extend(self.stars.iter().map(|star| dotted(star, name)));
        }
        if meaning.is_some_and(|meaning| meaning.open) || paths.is_empty() {
            paths.push("*".to_owned());
        }
        paths
    }
}

/// What is heard of the instructions.
enum Heard<'h, 'a> {
    /// Something is loaded; whether no attribute was taken of it.
    Load(&'h str, bool),
    Import(&'h str, Option<&'a str>),
}

impl<'a> Hand<'a> {
    /// Lets go of what was loaded; it was used somehow.
    fn drop(&mut self, told: &mut dyn FnMut(Heard<'_, 'a>)) {
        if let Some(from) = self.from.take() {
            told(Heard::Load(&from, true));
        }
        let paths = std::mem::take(&mut self.paths);
        // A module that was just imported is told already.
        if self.module.is_none() || self.taken {
            for path in paths.iter().filter(|path| path.as_str() != "*") {
                told(Heard::Load(path, !self.taken));
            }
        }
        (self.taken, self.module) = (false, None);
    }

    /// Takes an attribute of what was loaded. Each name on the way counts as loaded too: `os.system.__call__`.
    fn attribute(&mut self, name: &'a str, told: &mut dyn FnMut(Heard<'_, 'a>)) {
        if let Some(from) = self.from.take() {
            self.paths.push(from);
        }
        if self.paths.is_empty() {
            self.paths.push("*".to_owned());
        }
        if self.taken {
            self.paths.iter().for_each(|path| told(Heard::Load(path, false)));
        }
        self.paths = self.paths.iter().map(|path| dotted(path, name)).collect();
        (self.taken, self.module) = (true, None);
    }
}

/// A name below another; one that grows too long to be one is not known.
fn dotted(outer: &str, name: &str) -> String {
    if outer.len().saturating_add(name.len()) >= LONGEST {
        return format!("*.{}", name.get(..name.floor_char_boundary(LONGEST)).unwrap_or_default());
    }
    if outer.ends_with('.') { format!("{outer}{name}") } else { format!("{outer}.{name}") }
}

/// The modules that a name in an import can mean: how many folders above it begins is not read.
fn modules(module: &str) -> Vec<String> {
    if module.is_empty() { vec![".".to_owned(), "..".to_owned()] } else { vec![module.to_owned()] }
}
