//! The code objects of a file: each is the module, a class or a function, and what it loads is joined over all of them. Knows no version.

use crate::extract::python::bytecode::marshal::{Index, Item};
use crate::extract::python::bytecode::names::{Event, Names};
use crate::extract::python::bytecode::opcodes::Version;
use crate::extract::python::bytecode::steps::{Step, Steps, Table, steps};
use crate::extract::python::notes::{At, Notes, Within};
use crate::extract::python::value::{Value, below};
use crate::facts::{CodeCall, CodePlace, Definition, Runs, Source};
use crate::place;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::rc::Rc;

/// Instructions of all code objects, of which several may share theirs. The largest modules have under a million.
const STEPS: usize = 8_000_000;
/// Most code objects.
const MOST: usize = 65_536;
/// Most attributes of things that are not known, of one function.
const ATTRIBUTES: usize = 8_192;
/// The flag of a function's code object; a module or class has its names in a dictionary (Include/cpython/code.h, `CO_OPTIMIZED`).
const FUNCTION: u32 = 1;
/// What looks something up by a text: who uses one of these can mean any text as a name.
const LOOKUPS: &[&str] = &[
    "__builtins__",
    "__dict__",
    "__getattribute__",
    "__import__",
    "attrgetter",
    "getattr",
    "globals",
    "import_module",
    "locals",
    "methodcaller",
    "modules",
    "vars",
];

/// Where a code object stands.
#[derive(Clone)]
struct Scope {
    /// The class around it, with those around that; empty outside of classes.
    class: Rc<str>,
    /// The function or method at the top in which it stands, or which it is.
    function: Option<Rc<str>>,
    place: CodePlace,
}

struct Unit<'a> {
    scope: Scope,
    line: u64,
    steps: Steps<'a>,
    names: &'a [Index],
}

/// Where a function or the module asks things that are not known for attributes, and for which.
type Loose = (At, u64, BTreeSet<String>);

/// The code objects of a file.
pub(super) struct Units<'a> {
    table: Table<'a>,
    units: Vec<Unit<'a>>,
    definitions: Vec<Definition>,
}

impl<'a> Units<'a> {
    /// All code objects that stand in the one at `top`; an error says what is not understood.
    pub(super) fn gather(table: Table<'a>, version: &Version, top: Index) -> Result<Self, &'static str> {
        let mut all = Self { table, units: Vec::new(), definitions: Vec::new() };
        let module = Scope { class: Rc::from(""), function: None, place: CodePlace::Module };
        let (mut open, mut seen, mut count) = (vec![(top, module)], HashSet::from([top]), 0usize);
        while let Some((index, scope)) = open.pop() {
            let Item::Code(code) = table.item(index) else { continue };
            let steps = steps(code, table, version)?;
            count = count.saturating_add(steps.steps.len());
            if count > STEPS || all.units.len() >= MOST {
                return Err("more instructions than are followed");
            }
            let mut lists = vec![code.constants];
            while let Some(list) = lists.pop() {
                for inner in table.list(list) {
                    match table.item(*inner) {
                        Item::Code(_) if seen.insert(*inner) => {
                            let scope = all.below(&scope, *inner);
                            open.push((*inner, scope));
                        }
                        Item::List(_) if seen.insert(*inner) => lists.push(*inner),
                        _ => {}
                    }
                }
            }
            all.units.push(Unit { scope, line: u64::from(code.line), steps, names: table.list(code.names) });
        }
        Ok(all)
    }

    /// Where a code object stands that stands in another; a function or class at the top is a definition.
    fn below(&mut self, outer: &Scope, index: Index) -> Scope {
        let Item::Code(code) = self.table.item(index) else { return outer.clone() };
        let name = self.table.text(code.name).unwrap_or("?");
        // Lambdas, comprehensions and the like run, as far as is known, where they stand.
        if outer.function.is_some() || name.starts_with('<') {
            return outer.clone();
        }
        let whole = if outer.class.is_empty() { name.to_owned() } else { below(&outer.class, name) };
        let class = code.flags & FUNCTION == 0;
        self.definitions.push(Definition {
            name: whole.clone(),
            class,
            bases: Vec::new(),
            decorators: Vec::new(),
            reached: false,
            uses: Vec::new(),
            line: u64::from(code.line),
        });
        if class {
            Scope { class: Rc::from(whole), function: None, place: CodePlace::Class }
        } else {
            Scope { function: Some(Rc::from(whole)), place: CodePlace::Function, ..outer.clone() }
        }
    }

    /// Writes what the code objects do into the record; texts are cut at `cut` bytes.
    pub(super) fn write(mut self, cut: usize, source: &mut Source) {
        let mut names = Names::default();
        // Names that stand for what other names stand for take a second look.
        for _ in 0..2 {
            for unit in &self.units {
                names.bind(&unit.steps.steps);
            }
        }
        let used = self.link();
        let mut notes = Notes::new(cut);
        notes.cut |= names.cut;
        let mut loose: BTreeMap<(Option<Rc<str>>, bool), Loose> = BTreeMap::new();
        for unit in &self.units {
            let function = unit.scope.function.as_deref();
            let runs = match function {
                None => Runs::Import,
                Some(function) if used.contains(function) => Runs::Reached,
                Some(_) => Runs::Called,
            };
            let at = At { place: unit.scope.place, runs };
            let class = unit.scope.place == CodePlace::Class;
            let key = (unit.scope.function.clone(), class);
            let (_, _, loose) = loose.entry(key).or_insert_with(|| (at, unit.line, BTreeSet::new()));
            let within = Within { unit: function, function };
            self.events(unit, &names, &mut |event| match event {
                Event::Load(path) if path.starts_with("*.") => {
                    loose.insert(path);
                }
                Event::Load(path) => notes.call(&Rc::from(path), false, at, within, unit.line, &[Value::unknown()]),
                Event::Import(module, name) => notes.import(&module, name, None, at, unit.line),
            });
        }
        for definition in self.definitions {
            let safe = |text: &str| place::escape_cut(text.as_bytes(), cut);
            let uses = definition.uses.iter().map(|name| safe(name)).collect();
            notes.definition(Definition { name: safe(&definition.name), uses, ..definition });
        }
        notes.write(source);
        for ((function, _), (at, line, names)) in loose {
            if names.is_empty() {
                continue;
            }
            let complete = names.len() <= ATTRIBUTES;
            source.complete &= complete;
            let function = function.map(|name| place::escape_cut(name.as_bytes(), cut));
            source.calls.push(CodeCall {
                name: "*".to_owned(),
                built: false,
                place: at.place,
                runs: at.runs,
                within: function.clone(),
                functions: function.into_iter().collect(),
                line,
                count: 1,
                literal: false,
                texts: Vec::new(),
                from: Vec::new(),
                passes: names.iter().take(ATTRIBUTES).map(|name| place::escape_cut(name.as_bytes(), cut)).collect(),
                complete,
            });
        }
    }

    /// What the instructions of a code object mean, name by name.
    fn events(&self, unit: &Unit<'a>, names: &Names<'a>, told: &mut dyn FnMut(Event<'a>)) {
        let lookup = looks_up(&unit.steps.steps);
        names.follow(&unit.steps.steps, lookup, told);
        // Whoever jumps behind the first half of a long argument means another name of the table.
        if unit.steps.extended {
            for name in unit.names.iter().filter_map(|index| self.table.text(*index)) {
                names.follow(&[Step::Name(name), Step::Other, Step::Attribute(name)], false, told);
            }
        }
    }

    /// Says which definitions each function uses, and gives those that code uses which runs on import.
    fn link(&mut self) -> HashSet<String> {
        let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
        for (at, definition) in self.definitions.iter().enumerate() {
            let last = definition.name.rsplit('.').next().unwrap_or_default();
            by_name.entry(last).or_default().push(at);
        }
        let mut uses: HashMap<Option<Rc<str>>, BTreeSet<usize>> = HashMap::new();
        for unit in &self.units {
            let set = uses.entry(unit.scope.function.clone()).or_default();
            let lookup = looks_up(&unit.steps.steps);
            for step in &unit.steps.steps {
                // A text is a name for who looks things up by texts; others have the names of their functions there.
                if matches!(step, Step::Text(_)) && !lookup {
                    continue;
                }
                let (Step::Name(name) | Step::Variable(name) | Step::Attribute(name) | Step::Text(name)) = step else {
                    continue;
                };
                set.extend(by_name.get(name).into_iter().flatten());
            }
        }
        let mut methods: HashMap<&str, Vec<usize>> = HashMap::new();
        for (at, definition) in self.definitions.iter().enumerate() {
            if let Some((class, _)) = definition.name.rsplit_once('.') {
                methods.entry(class).or_default().push(at);
            }
        }
        let mut open: Vec<usize> = uses.get(&None).into_iter().flatten().copied().collect();
        let mut reached = BTreeSet::new();
        while let Some(at) = open.pop() {
            let Some(definition) = self.definitions.get(at).filter(|_| reached.insert(at)) else { continue };
            let key = Some(Rc::from(definition.name.as_str()));
            open.extend(uses.get(&key).into_iter().flatten());
            open.extend(methods.get(definition.name.as_str()).into_iter().flatten());
        }
        let names: Vec<String> = self.definitions.iter().map(|definition| definition.name.clone()).collect();
        for (at, definition) in self.definitions.iter_mut().enumerate() {
            definition.reached = reached.contains(&at);
            let key = Some(Rc::from(definition.name.as_str()));
            let used: BTreeSet<&String> =
                uses.get(&key).into_iter().flatten().filter_map(|at| names.get(*at)).collect();
            definition.uses = used.into_iter().cloned().collect();
        }
        reached.iter().filter_map(|at| names.get(*at)).cloned().collect()
    }
}

/// Whether instructions look something up by a text.
fn looks_up(steps: &[Step<'_>]) -> bool {
    steps.iter().any(|step| match step {
        Step::Name(name) | Step::Attribute(name) | Step::From(name) => LOOKUPS.contains(name),
        _ => false,
    })
}
