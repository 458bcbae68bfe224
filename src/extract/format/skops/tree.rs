//! One pass over `schema.json`: modules, classes and loaders of every object that has them.

use crate::extract::format::json::{Key, KeyText};
use crate::extract::format::objects::Objects;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use std::cell::{Cell, RefCell};
use std::fmt;

/// Values that are kept of a key that stands several times in an object, and bytes of each.
const TWICE: usize = 4;
const NAME: usize = 512;

/// What the pass found.
pub(super) struct Found {
    pub objects: Objects,
    /// Objects with module, class and loader.
    pub nodes: u64,
}

/// The pass.
pub(super) struct Scan<'a> {
    at: &'a Cell<u64>,
    found: RefCell<Found>,
}

impl<'a> Scan<'a> {
    /// A pass that has seen nothing. `at` is the parser's place.
    pub(super) fn new(at: &'a Cell<u64>, objects: Objects) -> Self {
        Self { at, found: RefCell::new(Found { objects, nodes: 0 }) }
    }

    /// What was seen.
    pub(super) fn finish(self) -> Found {
        self.found.into_inner()
    }

    /// Takes what the keys of an object say together.
    fn node(&self, node: &Node, at: u64) {
        let mut found = self.found.borrow_mut();
        for loader in &node.loaders {
            for module in &node.modules {
                for class in &node.classes {
                    found.nodes = found.nodes.saturating_add(1);
                    super::take(&mut found.objects, module, class, loader, at);
                    // A method is looked up on the object (`MethodNode`, `get_unsafe_set`), and so are a random generator's parts.
                    for method in node.methods.iter().filter(|_| loader == "MethodNode") {
                        super::take(&mut found.objects, module, &format!("{class}.{method}"), loader, at);
                    }
                }
            }
        }
    }
}

#[derive(Default)]
struct Node {
    modules: Vec<String>,
    classes: Vec<String>,
    loaders: Vec<String>,
    methods: Vec<String>,
}

/// What is known of a value once it was read.
#[derive(Default)]
pub(super) struct Seen {
    text: Option<String>,
    /// The text under `func` in it.
    functions: Vec<String>,
}

/// Reads a value. Texts are kept when they stand under a wanted key.
pub(super) struct Value<'s, 'a> {
    pub scan: &'s Scan<'a>,
    pub wanted: Option<&'static str>,
}

/// The keys that matter.
fn wanted(key: &str) -> Option<&'static str> {
    ["__module__", "__class__", "__loader__", "content", "func"].into_iter().find(|one| *one == key)
}

impl<'de> DeserializeSeed<'de> for Value<'_, '_> {
    type Value = Seen;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Seen, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_, '_> {
    type Value = Seen;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Seen, E> {
        Ok(Seen::default())
    }

    fn visit_i64<E>(self, _: i64) -> Result<Seen, E> {
        Ok(Seen::default())
    }

    fn visit_u64<E>(self, _: u64) -> Result<Seen, E> {
        Ok(Seen::default())
    }

    fn visit_f64<E>(self, _: f64) -> Result<Seen, E> {
        Ok(Seen::default())
    }

    fn visit_unit<E>(self) -> Result<Seen, E> {
        Ok(Seen::default())
    }

    fn visit_str<E>(self, value: &str) -> Result<Seen, E> {
        let keep = |value: &str| value.get(..value.floor_char_boundary(NAME)).unwrap_or_default().to_owned();
        Ok(Seen { text: self.wanted.map(|_| keep(value)), functions: Vec::new() })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Seen, A::Error> {
        while items.next_element_seed(Value { scan: self.scan, wanted: None })?.is_some() {}
        Ok(Seen::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Seen, A::Error> {
        let at = self.scan.at.get().saturating_sub(1);
        let mut node = Node::default();
        let mut functions = Vec::new();
        while let Some(KeyText { text: key, .. }) = map.next_key_seed(Key)? {
            let wanted = wanted(&key);
            let seen = map.next_value_seed(Value { scan: self.scan, wanted })?;
            let kept = match wanted {
                Some("__module__") => &mut node.modules,
                Some("__class__") => &mut node.classes,
                Some("__loader__") => &mut node.loaders,
                Some("func") => &mut functions,
                Some("content") => {
                    node.methods.extend(seen.functions);
                    node.methods.truncate(TWICE);
                    continue;
                }
                _ => continue,
            };
            if let Some(text) = seen.text
                && kept.len() < TWICE
                && !kept.contains(&text)
            {
                kept.push(text);
            }
        }
        self.scan.node(&node, at);
        Ok(Seen { text: None, functions })
    }
}
