//! What an expression of Python can be, as far as its text tells: names of modules, texts, functions of the source itself. Bounded.

use std::rc::Rc;

/// Most things that one expression is said to be.
const KINDS: usize = 8;
/// Most names that are kept of what was called to make a value.
const NAMES: usize = 16;
/// Longest dotted name.
const LONGEST: usize = 256;
/// Most items of a list that are followed one by one.
const ITEMS: usize = 1 << 16;

/// One thing that an expression can be.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    /// Something outside of the source, by its dotted name; `built` when the source makes the name.
    Path { name: Rc<str>, built: bool },
    /// A text.
    Text(Rc<str>),
    /// Bytes.
    Bytes(Rc<[u8]>),
    /// A small whole number.
    Number(i64),
    /// A list or tuple.
    List(Rc<[Kind]>),
    /// A dictionary.
    Map(Rc<[(Kind, Kind)]>),
    /// A function or class of the source, by its index.
    Definition(usize),
    /// Anything else.
    Unknown,
}

/// What an expression can be, and what was called to make it.
#[derive(Debug, Clone, Default)]
pub(super) struct Value {
    /// All that it can be; none is unknown.
    pub kinds: Vec<Kind>,
    /// Names of what was called, sorted.
    pub from: Vec<Rc<str>>,
    /// Whether it is written out: a constant, or a list of them.
    pub literal: bool,
    /// Whether more was dropped than `kinds` and `from` hold.
    pub cut: bool,
}

impl Value {
    /// Nothing is known.
    pub(super) fn unknown() -> Self {
        Self::default()
    }

    /// One thing.
    pub(super) fn one(kind: Kind) -> Self {
        Self { kinds: vec![kind], ..Self::default() }
    }

    /// A constant.
    pub(super) fn constant(kind: Kind) -> Self {
        Self { kinds: vec![kind], literal: true, ..Self::default() }
    }

    /// Something outside of the source.
    pub(super) fn path(name: &str, built: bool) -> Self {
        Self::one(path(name, built))
    }

    /// It can be that too.
    pub(super) fn push(&mut self, kind: Kind) {
        if kind == Kind::Unknown || self.kinds.contains(&kind) {
            return;
        }
        if self.kinds.len() < KINDS {
            return self.kinds.push(kind);
        }
        // Names and functions say more than texts.
        let names = matches!(kind, Kind::Path { .. } | Kind::Definition(_));
        let spare = self.kinds.iter_mut().find(|kind| !matches!(kind, Kind::Path { .. } | Kind::Definition(_)));
        match spare.filter(|_| names) {
            Some(spare) => *spare = kind,
            None => self.cut |= names,
        }
    }

    /// It can be all that the other can be.
    pub(super) fn join(&mut self, other: &Self) {
        for kind in &other.kinds {
            self.push(kind.clone());
        }
        self.draw(other);
    }

    /// It is made of the other.
    pub(super) fn draw(&mut self, other: &Self) {
        for name in &other.from {
            self.made_by(name);
        }
        self.cut |= other.cut;
    }

    /// It is made by a call of that name.
    pub(super) fn made_by(&mut self, name: &Rc<str>) {
        if let Err(at) = self.from.binary_search(name) {
            if self.from.len() < NAMES {
                self.from.insert(at, Rc::clone(name));
            } else {
                self.cut = true;
            }
        }
    }

    /// The names that it can be.
    pub(super) fn paths(&self) -> impl Iterator<Item = (&Rc<str>, bool)> {
        self.kinds.iter().filter_map(|kind| match kind {
            Kind::Path { name, built } => Some((name, *built)),
            _ => None,
        })
    }

    /// The functions and classes of the source that it can be.
    pub(super) fn definitions(&self) -> impl Iterator<Item = usize> {
        self.kinds.iter().filter_map(|kind| match kind {
            Kind::Definition(index) => Some(*index),
            _ => None,
        })
    }

    /// The text that it is, if it is one text.
    pub(super) fn text(&self) -> Option<&Rc<str>> {
        match self.kinds.as_slice() {
            [Kind::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// The name that it is, if it is one.
    pub(super) fn name(&self) -> Option<String> {
        match self.kinds.as_slice() {
            [Kind::Path { name, .. }] => Some(name.to_string()),
            _ => None,
        }
    }

    /// A list of values, when each is one thing; else what each of them can be, all together.
    pub(super) fn list(values: Vec<Self>) -> Self {
        let mut list = Self { literal: values.iter().all(|value| value.literal), ..Self::default() };
        let plain = values.len() <= ITEMS && values.iter().all(|value| value.kinds.len() < 2);
        for value in &values {
            list.draw(value);
        }
        if plain {
            let items = values.into_iter().map(|mut value| value.kinds.pop().unwrap_or(Kind::Unknown)).collect();
            list.push(Kind::List(items));
        } else {
            values.iter().for_each(|value| list.join(value));
        }
        list
    }

    /// An item of it: the one at that place, or whatever the items can be.
    pub(super) fn item(&self, key: &Self) -> Self {
        let mut item = Self { from: self.from.clone(), cut: self.cut, ..Self::default() };
        for kind in &self.kinds {
            match kind {
                Kind::List(items) => match key.kinds.as_slice() {
                    [Kind::Number(at)] => {
                        let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
                        let at = if *at < 0 { at.saturating_add(length) } else { *at };
                        if let Some(kind) = usize::try_from(at).ok().and_then(|at| items.get(at)) {
                            item.push(kind.clone());
                        }
                    }
                    _ => telling(items.iter(), &mut item),
                },
                Kind::Map(pairs) => match key.kinds.as_slice() {
                    [wanted @ (Kind::Text(_) | Kind::Number(_))] => {
                        for (key, kind) in pairs.iter() {
                            if key == wanted {
                                item.push(kind.clone());
                            }
                        }
                    }
                    _ => telling(pairs.iter().map(|(_, kind)| kind), &mut item),
                },
                // Not a container, or one that is already told by what it holds.
                Kind::Path { .. } | Kind::Definition(_) => item.push(kind.clone()),
                _ => {}
            }
        }
        item
    }
}

/// Adds the names and functions among the items, which are what a call could come to.
fn telling<'k>(items: impl Iterator<Item = &'k Kind>, into: &mut Value) {
    for kind in items.filter(|kind| matches!(kind, Kind::Path { .. } | Kind::Definition(_) | Kind::List(_))) {
        into.push(kind.clone());
    }
}

/// A dotted name; cut where it grows too long to be one.
pub(super) fn path(name: &str, built: bool) -> Kind {
    let end = (0..=LONGEST.min(name.len())).rev().find(|end| name.is_char_boundary(*end)).unwrap_or(0);
    let cut = name.get(..end).unwrap_or_default();
    Kind::Path { name: Rc::from(cut), built }
}

/// A name below another.
pub(super) fn below(outer: &str, name: &str) -> String {
    if outer.ends_with('.') { format!("{outer}{name}") } else { format!("{outer}.{name}") }
}
