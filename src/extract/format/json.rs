//! JSON (RFC 8259), read strictly in one bounded pass that keeps what parsers hide: keys that stand twice. Python's `NaN` and `Infinity` are
//! taken and noted, because the loaders of models take them. Never builds the document in memory.

mod letters;
pub(super) mod relaxed;
pub(super) mod shapes;
mod templates;
#[cfg(test)]
mod tests;
pub(super) mod texts;

use crate::extract::document::{Part, Taker as _};
use crate::extract::format::{Claim, Format, MARK, Window, stream};
use crate::extract::loader::{Pass, Step};
use crate::extract::source::Source;
use crate::extract::walk::{Reached, ReadError, Walk};
use crate::facts::{Deviation, DeviationKind, FormatId, MemberId};
use crate::limits::{Exhausted, Limits};
use letters::Letters;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use shapes::Shapes;
use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::collections::hash_map::DefaultHasher;
use std::fmt;
use std::hash::{Hash as _, Hasher as _};
use std::io::Read;
use templates::Templates;

pub(super) use letters::{Notes, holds};

/// JSON.
pub(super) struct Json;

impl Format for Json {
    fn id(&self) -> FormatId {
        FormatId::Json
    }

    fn about(&self) -> &'static str {
        "JSON objects and lists: strictly, with keys that stand twice; chat templates are read, and names of code for \
         transformers, PEFT, sentence-transformers, diffusers, MLServer, TorchServe, jsonpickle, editors"
    }

    fn claims(&self, window: &Window) -> Claim {
        match window.letter {
            Some(b'{' | b'[') => Claim::Possible,
            _ => Claim::No,
        }
    }

    fn read(&self, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        read(source, member, walk)
    }
}

/// Reads a document into the facts.
pub(super) fn read(source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
    let facts = walk.facts(member);
    let promised = facts.map(|member| member.promised.clone()).unwrap_or_default();
    let name = facts.map(|member| member.name.clone()).unwrap_or_default();
    let relaxed = relaxed::plain(source, member, walk)?;
    let source = relaxed.as_ref().unwrap_or(source);
    let at = Cell::new(0);
    let scan = Scan::new(&name, member, walk.limits, &at);
    let notes = Notes::default();
    let mut values = 0u64;
    let mut json = counted(source, &notes, &at);
    let outcome = loop {
        match scan.seed().deserialize(&mut json) {
            Ok(()) => values = values.saturating_add(1),
            Err(error) => break Err(json_error(error, scan.left.get() == 0)),
        }
        match json.end() {
            Ok(()) => break Ok(()),
            Err(error) if error.is_io() || error.is_eof() => break Err(json_error(error, false)),
            Err(_) => {} // another value stands behind: JSON lines
        }
    };
    let Scan { shapes, templates, twice, loader, .. } = scan;
    let model = shapes.into_inner().write(member, walk);
    if promised.contains(&FormatId::Text)
        && !promised.contains(&FormatId::Json)
        && matches!(model, Ok(false))
        && !loader.borrow().names_code()
    {
        // A text whose whole content happens to be JSON stays what its name says: the two do not exclude each other. Names of code count
        // under any name of a file.
        return Ok(());
    }
    if outcome.is_ok() {
        walk.reached(Reached::Data);
    }
    let deviation = |kind| stream::deviation(member, FormatId::Json, kind);
    if values > 1 {
        walk.deviation(Deviation { found: Some(values.to_string()), ..deviation(DeviationKind::SeveralStreams) });
    }
    let words = notes.words.get();
    if words > 0 {
        let found = Some("NaN or Infinity".to_owned());
        walk.deviation(Deviation { found, count: words, ..deviation(DeviationKind::InvalidValue) });
    }
    loader.into_inner().record(member, FormatId::Json, walk);
    templates.into_inner().read(member, walk);
    for (key, count) in twice.into_inner() {
        let name = Some(stream::shown(key.as_bytes(), walk));
        walk.deviation(Deviation { name, count, ..deviation(DeviationKind::DuplicateKey) });
    }
    outcome.and(model.map(drop))
}

/// A parser over a content. Python's words for numbers that are none are put into other words of the same length.
pub(super) fn parser<'a>(
    source: &Source,
    notes: &'a Notes,
) -> serde_json::Deserializer<serde_json::de::IoRead<impl Read + use<'a>>> {
    serde_json::Deserializer::from_reader(Letters::new(source, marked(source), notes, None))
}

/// As [`parser`], and `at` is always how many bytes were taken.
pub(super) fn counted<'a>(
    source: &Source,
    notes: &'a Notes,
    at: &'a Cell<u64>,
) -> serde_json::Deserializer<serde_json::de::IoRead<impl Read + use<'a>>> {
    serde_json::Deserializer::from_reader(Letters::new(source, marked(source), notes, Some(at)))
}

/// Bytes of the byte order mark that Python passes over.
fn marked(source: &Source) -> u64 {
    let mark = u64::try_from(MARK.len()).unwrap_or(0);
    // An error is met again by who reads.
    if source.bytes_at(0, mark).is_ok_and(|start| start == MARK) { mark } else { 0 }
}

/// What a parser's error means. `exhausted` tells that our own ceiling stopped it.
pub(super) fn json_error(error: serde_json::Error, exhausted: bool) -> ReadError {
    if exhausted {
        return ReadError::Limit(Exhausted("values"));
    }
    if error.is_io() {
        return ReadError::Io(error.into());
    }
    if error.is_eof() {
        return ReadError::truncated("the end of the JSON", None);
    }
    let text = error.to_string();
    // The parser follows 128 levels (serde_json, `Deserializer::disable_recursion_limit`).
    if text.starts_with("recursion limit exceeded") {
        return ReadError::Limit(Exhausted("depth"));
    }
    ReadError::malformed(format!("JSON: {text}"), None)
}

/// A pass over a document that remembers only the keys of the objects that are open.
struct Scan<'a> {
    /// The parser's place.
    at: &'a Cell<u64>,
    path: RefCell<Vec<Part>>,
    shapes: RefCell<Shapes>,
    /// Keys that may still be held.
    left: Cell<u64>,
    /// Keys that stand twice in one object, and how often; the first 64 by name.
    twice: RefCell<Vec<(String, u64)>>,
    templates: RefCell<Templates>,
    loader: RefCell<Pass>,
}

impl<'a> Scan<'a> {
    fn new(file: &str, member: MemberId, limits: &Limits, at: &'a Cell<u64>) -> Self {
        Self {
            at,
            path: RefCell::default(),
            shapes: RefCell::new(Shapes::new(member, limits)),
            left: Cell::new(limits.values),
            twice: RefCell::default(),
            templates: RefCell::new(Templates::new(limits)),
            loader: RefCell::new(Pass::new(file, limits)),
        }
    }

    fn seed(&self) -> ScanSeed<'_, 'a> {
        ScanSeed { scan: self, template: None }
    }
}

/// Reads a value. `template` is the key below which every text is a template.
#[derive(Clone, Copy)]
struct ScanSeed<'s, 'a> {
    scan: &'s Scan<'a>,
    template: Option<&'s str>,
}

impl<'de> DeserializeSeed<'de> for ScanSeed<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ScanSeed<'_, '_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.scan.loader.borrow_mut().flag(value, None);
        Ok(())
    }

    fn visit_i64<E>(self, number: i64) -> Result<(), E> {
        self.scan.shapes.borrow_mut().number(&self.scan.path.borrow(), i128::from(number));
        Ok(())
    }

    fn visit_u64<E>(self, number: u64) -> Result<(), E> {
        self.scan.shapes.borrow_mut().number(&self.scan.path.borrow(), i128::from(number));
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        if let Some(key) = self.template {
            self.scan.templates.borrow_mut().take(key, text);
        }
        self.scan.shapes.borrow_mut().text(&self.scan.path.borrow(), text, self.scan.at.get());
        self.scan.loader.borrow_mut().text(text, None);
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        self.scan.path.borrow_mut().push(Part::Item(0));
        self.scan.loader.borrow_mut().enter(Step::Item(0));
        for next in 1u64.. {
            if items.next_element_seed(self)?.is_none() {
                break;
            }
            if let Some(part) = self.scan.path.borrow_mut().last_mut() {
                *part = Part::Item(next);
            }
            self.scan.loader.borrow_mut().next(next);
        }
        self.scan.loader.borrow_mut().leave();
        self.scan.path.borrow_mut().pop();
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { scan, template } = self;
        let mut keys = Keys::default();
        let mut name = None;
        let first = scan.templates.borrow().len();
        while let Some(key) = map.next_key_seed(Key)? {
            if !keys.twice(&key) {
                let left = scan.left.get().checked_sub(1).ok_or_else(|| A::Error::custom("too many keys"))?;
                scan.left.set(left);
            } else {
                note(&mut scan.twice.borrow_mut(), key.text.clone());
            }
            let before = scan.templates.borrow().len();
            let below = template.or_else(|| Templates::named(&key.text).then_some(key.text.as_str()));
            scan.path.borrow_mut().push(Part::Key(key.text.clone()));
            scan.loader.borrow_mut().enter(Step::Key(key.text.clone()));
            map.next_value_seed(ScanSeed { scan, template: below })?;
            scan.loader.borrow_mut().leave();
            scan.path.borrow_mut().pop();
            let mut templates = scan.templates.borrow_mut();
            match (template, key.text.as_str()) {
                (None, _) | (_, "template") => {}
                (_, "name") => name = templates.last_as_name(before).or(name),
                (_, key) => templates.name(before, key),
            }
        }
        if let Some(name) = name {
            scan.templates.borrow_mut().name(first, &name);
        }
        scan.shapes.borrow_mut().close(&scan.path.borrow(), scan.at.get());
        // The keys of a closed object are forgotten.
        scan.left.set(scan.left.get().saturating_add(keys.len()));
        Ok(())
    }
}

fn note(twice: &mut Vec<(String, u64)>, key: String) {
    if twice.len() < 64 {
        twice.push((key, 1));
    } else if let Some((_, count)) = twice.last_mut() {
        *count = count.saturating_add(1);
    }
}

/// The keys of one object, by a 64-bit hash each: enough to see one twice, small enough for millions.
#[derive(Default)]
pub(super) struct Keys(HashSet<u64>);

impl Keys {
    /// Whether the key was there before.
    pub(super) fn twice(&mut self, key: &KeyText) -> bool {
        !self.0.insert(key.hash)
    }

    fn len(&self) -> u64 {
        u64::try_from(self.0.len()).unwrap_or(u64::MAX)
    }
}

/// A key: its first 512 bytes, and a hash of all of it.
pub(super) struct KeyText {
    /// The first bytes.
    pub text: String,
    hash: u64,
}

/// Reads a key.
pub(super) struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = KeyText;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<KeyText, D::Error> {
        from.deserialize_str(self)
    }
}

impl Visitor<'_> for Key {
    type Value = KeyText;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<KeyText, E> {
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        Ok(KeyText { text: cut(key), hash: hasher.finish() })
    }
}

/// The first 512 bytes of a text, or few less to keep a character whole.
fn cut(text: &str) -> String {
    text.get(..text.floor_char_boundary(512)).unwrap_or_default().to_owned()
}

/// Reads a text of up to so many bytes, with its whole length; anything else is `None`.
pub(super) struct LongText(pub usize);

impl<'de> DeserializeSeed<'de> for LongText {
    type Value = Option<(String, u64)>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for LongText {
    type Value = Option<(String, u64)>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        let kept = text.get(..text.floor_char_boundary(self.0)).unwrap_or_default();
        Ok(Some((kept.to_owned(), u64::try_from(text.len()).unwrap_or(u64::MAX))))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        while items.next_element::<serde::de::IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut pairs: A) -> Result<Self::Value, A::Error> {
        while pairs.next_entry::<serde::de::IgnoredAny, serde::de::IgnoredAny>()?.is_some() {}
        Ok(None)
    }
}

/// A small value in memory, with keys as often as they stand there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    /// A whole number from 0 on.
    Number(u64),
    /// A text: its first 512 bytes and its length.
    Text(String, u64),
    /// A list.
    List(Vec<Self>),
    /// An object.
    Map(Vec<(String, Self)>),
    /// Anything else: null, a bool, another number.
    Other,
}

/// Reads a value of at most so many nodes; the ceiling is counted down in the cell.
pub(super) struct NodeSeed<'a>(pub &'a Cell<u64>);

impl NodeSeed<'_> {
    fn pay<E: serde::de::Error>(&self) -> Result<(), E> {
        self.0.set(self.0.get().checked_sub(1).ok_or_else(|| E::custom("a value with too many parts"))?);
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for NodeSeed<'_> {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Node, D::Error> {
        self.pay()?;
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for NodeSeed<'_> {
    type Value = Node;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Node, E> {
        Ok(Node::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Node, E> {
        Ok(Node::Other)
    }

    fn visit_u64<E>(self, number: u64) -> Result<Node, E> {
        Ok(Node::Number(number))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Node, E> {
        Ok(Node::Other)
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Other)
    }

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Text(cut(text), u64::try_from(text.len()).unwrap_or(u64::MAX)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(NodeSeed(self.0))? {
            list.push(item);
        }
        Ok(Node::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut pairs = Vec::new();
        while let Some(key) = map.next_key_seed(Key)? {
            pairs.push((key.text, map.next_value_seed(NodeSeed(self.0))?));
        }
        Ok(Node::Map(pairs))
    }
}

/// Takes the pairs of an object one after the other, so that the object is never whole in memory.
pub(super) trait Taker {
    /// Takes a pair: reads the value of `key` from `map`.
    fn pair<'de, A: MapAccess<'de>>(&mut self, key: KeyText, map: &mut A) -> Result<(), A::Error>;
}

/// Reads an object into a [`Taker`].
pub(super) struct Object<'a, T>(pub &'a mut T);

impl<'de, T: Taker> DeserializeSeed<'de> for Object<'_, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de, T: Taker> Visitor<'de> for Object<'_, T> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key_seed(Key)? {
            self.0.pair(key, &mut map)?;
        }
        Ok(())
    }
}
