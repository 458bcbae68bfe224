//! What a value can be, as far as it is known: one slot a kind of JSON value, so that a union never grows with its parts.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Parts of one type. A larger type is any type: comparing and joining stay cheap, whatever a policy writes.
const PARTS: u32 = 4_096;

/// Parts of an argument. Records of the facts are one part each; the largest of the shipped policies has some ten.
const GIVEN: u32 = 256;

/// Words that one text can be. The longest list of the schema (`FormatId`) has fewer than 64.
const WORDS: usize = 256;

/// Place of a text that is written out in a policy; 0 is the facts' schema.
pub(super) type Origin = u32;

/// Whatever is possible. Without anything it is the type of what never has a value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Type {
    pub any: bool,
    pub null: bool,
    pub boolean: bool,
    pub number: bool,
    pub text: Text,
    pub list: Option<Rc<List>>,
    pub set: Option<Rc<Type>>,
    pub object: Option<Rc<Object>>,
    /// Parts of the schema that are looked up when they are needed.
    pub named: BTreeSet<usize>,
    parts: u32,
}

/// What a text can be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) enum Text {
    #[default]
    None,
    Words(Rc<BTreeSet<(Rc<str>, Origin)>>),
    Any,
}

/// A list. The first items can be known one by one.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct List {
    pub items: Vec<Type>,
    pub each: Type,
}

/// An object: its fields, and what all others are. Without that it is closed.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Object {
    pub fields: BTreeMap<Rc<str>, Field>,
    pub rest: Option<Type>,
}

/// A field, and where its name is written out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Field {
    pub value: Type,
    pub origin: Origin,
}

impl Type {
    pub fn any() -> Self {
        Self { any: true, ..Self::default() }
    }

    pub fn null() -> Self {
        Self { null: true, ..Self::default() }
    }

    pub fn boolean() -> Self {
        Self { boolean: true, ..Self::default() }
    }

    pub fn number() -> Self {
        Self { number: true, ..Self::default() }
    }

    pub fn text() -> Self {
        Self { text: Text::Any, ..Self::default() }
    }

    pub fn word(word: &str, origin: Origin) -> Self {
        let words = BTreeSet::from([(Rc::from(word), origin)]);
        Self { text: Text::Words(Rc::new(words)), parts: 1, ..Self::default() }
    }

    pub fn named(index: usize) -> Self {
        Self { named: BTreeSet::from([index]), ..Self::default() }
    }

    pub fn list(each: Self) -> Self {
        let parts = each.parts.saturating_add(1);
        Self { list: Some(Rc::new(List { items: Vec::new(), each })), parts, ..Self::default() }.bounded()
    }

    pub fn items(items: Vec<Self>) -> Self {
        let mut each = Self::default();
        items.iter().for_each(|item| each.join(item));
        let parts = items.iter().fold(each.parts.saturating_add(1), |sum, item| sum.saturating_add(item.parts.max(1)));
        Self { list: Some(Rc::new(List { items, each })), parts, ..Self::default() }.bounded()
    }

    pub fn set(each: Self) -> Self {
        let parts = each.parts.saturating_add(1);
        Self { set: Some(Rc::new(each)), parts, ..Self::default() }.bounded()
    }

    pub fn object(fields: BTreeMap<Rc<str>, Field>, rest: Option<Self>) -> Self {
        let of = |sum: u32, value: &Self| sum.saturating_add(value.parts).saturating_add(1);
        let parts = fields.values().map(|field| &field.value).chain(rest.as_ref()).fold(1, of);
        Self { object: Some(Rc::new(Object { fields, rest })), parts, ..Self::default() }.bounded()
    }

    /// An object of unknown names.
    pub fn table(value: Self) -> Self {
        Self::object(BTreeMap::new(), Some(value))
    }

    fn bounded(self) -> Self {
        if self.parts > PARTS { Self::any() } else { self }
    }

    /// As an argument: a large one is any value, so that a function is not followed again for each large value that differs a little.
    pub fn given(self) -> Self {
        if self.parts > GIVEN { Self::any() } else { self }
    }

    /// Whether there never is a value.
    pub fn is_never(&self) -> bool {
        *self == Self::default()
    }

    /// Whether it is text and nothing else.
    pub fn is_text(&self) -> bool {
        self.text != Text::None && *self == Self { text: self.text.clone(), parts: self.parts, ..Self::default() }
    }

    /// The words that a text can be, when they are known.
    pub fn words(&self) -> Option<&BTreeSet<(Rc<str>, Origin)>> {
        match &self.text {
            Text::Words(words) => Some(words),
            _ => None,
        }
    }

    /// Without `null`.
    pub fn present(mut self) -> Self {
        self.null = false;
        self
    }

    /// The objects that it can be; none when that is not known.
    pub fn as_object(&self) -> Option<Self> {
        if self.any || !self.named.is_empty() {
            return None;
        }
        let mut object = Self { object: Some(self.object.clone()?), ..Self::default() };
        object.parts = object.weigh();
        Some(object)
    }

    /// Adds what another type can be.
    pub fn join(&mut self, other: &Self) {
        if self.any || *self == *other {
            return;
        }
        if other.any {
            *self = Self::any();
            return;
        }
        self.null |= other.null;
        self.boolean |= other.boolean;
        self.number |= other.number;
        self.text = match (&self.text, &other.text) {
            (Text::Any, _) | (_, Text::Any) => Text::Any,
            (Text::None, text) | (text, Text::None) => text.clone(),
            (Text::Words(one), Text::Words(two)) => {
                let words: BTreeSet<_> = one.union(two).cloned().collect();
                if words.len() > WORDS { Text::Any } else { Text::Words(Rc::new(words)) }
            }
        };
        self.list = match (self.list.take(), &other.list) {
            (Some(one), Some(two)) => Some(joined_lists(&one, two)),
            (one, two) => one.or_else(|| two.clone()),
        };
        self.set = match (self.set.take(), &other.set) {
            (Some(one), Some(two)) => {
                let mut each = one.as_ref().clone();
                each.join(two);
                Some(Rc::new(each))
            }
            (one, two) => one.or_else(|| two.clone()),
        };
        self.object = match (self.object.take(), &other.object) {
            (Some(one), Some(two)) => Some(joined_objects(&one, two)),
            (one, two) => one.or_else(|| two.clone()),
        };
        self.named.extend(&other.named);
        self.parts = self.weigh();
        if self.parts > PARTS {
            *self = Self::any();
        }
    }

    fn weigh(&self) -> u32 {
        let words = self.words().map_or(0, |words| u32::try_from(words.len()).unwrap_or(u32::MAX));
        let list = self.list.as_ref().map_or(0, |list| {
            list.items.iter().fold(list.each.parts.saturating_add(1), |sum, item| sum.saturating_add(item.parts.max(1)))
        });
        let set = self.set.as_ref().map_or(0, |set| set.parts.saturating_add(1));
        let object = self.object.as_ref().map_or(0, |object| {
            let values = object.fields.values().map(|field| &field.value).chain(object.rest.as_ref());
            values.fold(1u32, |sum, value| sum.saturating_add(value.parts).saturating_add(1))
        });
        words.saturating_add(list).saturating_add(set).saturating_add(object)
    }

    /// The union of two.
    pub fn or(mut self, other: &Self) -> Self {
        self.join(other);
        self
    }

    /// What it is, in words: `a text`, `a list`; several kinds are `a value`.
    pub fn kind(&self) -> &'static str {
        let kinds = [
            (self.boolean, "a boolean"),
            (self.number, "a number"),
            (self.text != Text::None, "a text"),
            (self.list.is_some(), "a list"),
            (self.set.is_some(), "a set"),
            (self.object.is_some(), "an object"),
        ];
        let mut found = kinds.iter().filter(|(is, _)| *is).map(|(_, name)| *name);
        match (found.next(), found.next()) {
            (Some(kind), None) => kind,
            (None, None) if self.null => "null",
            _ => "a value",
        }
    }

    /// Whether a value can be of both types; `null` does not count.
    pub fn shares_kind(&self, other: &Self) -> bool {
        self.any
            || other.any
            || (self.boolean && other.boolean)
            || (self.number && other.number)
            || (self.text != Text::None && other.text != Text::None)
            || (self.list.is_some() && other.list.is_some())
            || (self.set.is_some() && other.set.is_some())
            || (self.object.is_some() && other.object.is_some())
    }
}

fn joined_lists(one: &Rc<List>, two: &Rc<List>) -> Rc<List> {
    if one == two {
        return one.clone();
    }
    let items = if one.items.len() == two.items.len() {
        one.items.iter().zip(&two.items).map(|(one, two)| one.clone().or(two)).collect()
    } else {
        Vec::new()
    };
    Rc::new(List { items, each: one.each.clone().or(&two.each) })
}

fn joined_objects(one: &Rc<Object>, two: &Rc<Object>) -> Rc<Object> {
    if one == two {
        return one.clone();
    }
    let mut fields = one.fields.clone();
    for (name, field) in &mut fields {
        if let (None, Some(rest)) = (two.fields.get(name), &two.rest) {
            field.value.join(rest);
        }
    }
    for (name, field) in &two.fields {
        match fields.get_mut(name) {
            Some(known) => known.value.join(&field.value),
            None => {
                let mut field = field.clone();
                if let Some(rest) = &one.rest {
                    field.value.join(rest);
                }
                fields.insert(name.clone(), field);
            }
        }
    }
    let rest = match (&one.rest, &two.rest) {
        (Some(one), Some(two)) => Some(one.clone().or(two)),
        (one, two) => one.clone().or_else(|| two.clone()),
    };
    Rc::new(Object { fields, rest })
}
