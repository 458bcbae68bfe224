//! One pass over a configuration: what each object names, and the texts that rules ask about; over JSON here, over YAML in `yaml.rs`.
//! Reads a key that stands twice both times.

use crate::extract::format::json::{Key, KeyText};
use crate::extract::format::keras::text::{self, Code, Name};
use crate::limits::Limits;
use crate::place;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fmt;

/// Values kept of one key that stands several times in an object.
const TWICE: usize = 16;
/// Bytes kept of a text that names something; what is cut names nothing that is listed.
const NAME: usize = 512;
/// How Keras 2 writes a tuple: `{"class_name": "__tuple__", "items": [...]}` (keras/saving/legacy/saved_model/json_utils.py, `_encode_tuple`).
const TUPLE: &str = "__tuple__";
/// What that module makes of an object by itself, which is no function.
const VALUES: &[&str] = &[TUPLE, "__ellipsis__", "TensorShape", "TypeSpec", "CompositeTensor"];
/// Bytes of all decoded code of one configuration.
const CODE: usize = 32 << 20;

/// What a configuration names.
#[derive(Default)]
pub(super) struct Found {
    /// Whether the shape is that of a configuration of Keras.
    pub keras: bool,
    /// Whether a text was too long to be looked at.
    pub cut: bool,
    /// What is named by class.
    pub layers: Vec<Named>,
    /// Code in texts.
    pub codes: Vec<Code>,
    /// Paths and addresses.
    pub names: Vec<Name>,
    /// The first Lambda layer whose function is neither a name, nor code, nor an object that names a class: its place and byte.
    pub strange: Option<(String, u64)>,
}

/// What an object names by class.
pub(super) struct Named {
    pub place: String,
    pub name: Option<String>,
    pub class_name: String,
    pub module: Option<String>,
    pub registered_name: Option<String>,
    pub function: Option<String>,
    /// Indices of its code.
    pub codes: Vec<usize>,
    pub offset: u64,
    pub count: u64,
}

/// A class name, a module, a registered name and a function: what is looked up.
type Looked = (String, Option<String>, Option<String>, Option<String>);

/// The pass.
pub(super) struct Scan<'a> {
    at: &'a Cell<u64>,
    records: usize,
    path: RefCell<Vec<String>>,
    known: RefCell<HashMap<Looked, usize>>,
    /// Code that no object has taken yet.
    loose: RefCell<Vec<usize>>,
    room: Cell<usize>,
    found: RefCell<Found>,
}

impl<'a> Scan<'a> {
    /// A pass that has seen nothing. `at` is the parser's place.
    pub(super) fn new(at: &'a Cell<u64>, limits: &Limits) -> Self {
        Self {
            at,
            records: usize::try_from(limits.records).unwrap_or(usize::MAX),
            path: RefCell::default(),
            known: RefCell::default(),
            loose: RefCell::default(),
            room: Cell::new(CODE),
            found: RefCell::default(),
        }
    }

    /// What was seen.
    pub(super) fn finish(self) -> Found {
        self.found.into_inner()
    }

    /// Steps into a key or an item.
    pub(super) fn enter(&self, part: String) {
        self.path.borrow_mut().push(part);
    }

    /// Steps out of the last one.
    pub(super) fn leave(&self) {
        self.path.borrow_mut().pop();
    }

    /// The byte where the parser is.
    pub(super) fn at(&self) -> u64 {
        self.at.get()
    }

    /// How much code no object has taken yet.
    pub(super) fn loose(&self) -> usize {
        self.loose.borrow().len()
    }

    /// Says that the document has the shape of a configuration.
    pub(super) fn is_keras(&self) {
        self.found.borrow_mut().keras = true;
    }

    fn place(&self) -> String {
        let path = self.path.borrow();
        let mut text = String::new();
        for part in path.iter() {
            if !part.starts_with('[') && !text.is_empty() {
                text.push('.');
            }
            text.push_str(part);
            if text.len() > NAME {
                return format!(
                    "{}...",
                    place::escape(text.get(..text.floor_char_boundary(NAME)).unwrap_or_default().as_bytes())
                );
            }
        }
        place::escape(text.as_bytes())
    }

    /// Looks at a text under a key. `tuple` is the key of an object around it that may be a tuple, whose item it then is.
    pub(super) fn text(&self, key: &str, item: bool, tuple: Option<&str>, value: &str) {
        let mut found = self.found.borrow_mut();
        let kind = text::refers(key, item, value).or_else(|| text::refers(tuple?, true, value));
        let key = tuple.unwrap_or(key);
        if let Some(kind) = kind {
            // One more than is kept, so that it is seen that there are more.
            if found.names.len() <= self.records {
                let name = Name {
                    kind,
                    key: place::escape_cut(key.as_bytes(), NAME),
                    place: self.place(),
                    text: value.to_owned(),
                    offset: self.at.get(),
                };
                found.names.push(Name {
                    text: name.text.get(..name.text.floor_char_boundary(4_096)).unwrap_or_default().to_owned(),
                    ..name
                });
            }
        }
        if item && key.ends_with("vocabulary") {
            return;
        }
        let Some((bytes, certain)) = text::code(key, value) else { return };
        let many = found.codes.len() >= self.records;
        match self.room.get().checked_sub(bytes.len().saturating_add(64)) {
            Some(room) if !many => {
                self.room.set(room);
                self.loose.borrow_mut().push(found.codes.len());
                found.codes.push(Code { place: self.place(), bytes, certain });
            }
            _ => found.cut = true,
        }
    }

    /// Takes what an object names. `loose` is how much code nobody had taken when it began.
    pub(super) fn named(&self, object: Object, offset: u64, loose: usize) {
        let mut codes = {
            let mut all = self.loose.borrow_mut();
            let from = loose.min(all.len());
            all.split_off(from)
        };
        let mut found = self.found.borrow_mut();
        let place = self.place();
        // A tuple leaves its code to what it is a value of.
        if object.classes.iter().all(|class| class == TUPLE) {
            self.loose.borrow_mut().append(&mut codes);
        }
        if object.strange && object.is_lambda() && found.strange.is_none() {
            found.strange = Some((place.clone(), offset));
        }
        let times =
            [&object.classes, &object.modules, &object.registered].iter().map(|all| all.len()).max().unwrap_or(0);
        for number in 0..times {
            let pick = |all: &[String]| all.get(number).or(all.last()).cloned();
            let Some(class_name) = pick(&object.classes) else { continue };
            let functions: Vec<Option<String>> = match &*class_name {
                "function" if !object.functions.is_empty() => object.functions.iter().cloned().map(Some).collect(),
                // A function of TensorFlow by its public name (Keras 2, `tf_op_layer.py`), which is called when the layer is made.
                "TFOpLambda" | "SlicingOpLambda" if !object.operations.is_empty() => {
                    object.operations.iter().cloned().map(Some).collect()
                }
                _ => vec![None],
            };
            for function in functions {
                let looked = (class_name.clone(), pick(&object.modules), pick(&object.registered), function);
                let mut known = self.known.borrow_mut();
                let same = known
                    .get(&looked)
                    .copied()
                    .filter(|_| codes.is_empty())
                    .and_then(|index| found.layers.get_mut(index));
                if let Some(same) = same {
                    same.count = same.count.saturating_add(1);
                    continue;
                }
                if found.layers.len() > self.records {
                    continue;
                }
                if codes.is_empty() {
                    known.insert(looked.clone(), found.layers.len());
                }
                let (class_name, module, registered_name, function) = looked;
                found.layers.push(Named {
                    place: place.clone(),
                    name: object.name.clone(),
                    class_name,
                    module,
                    registered_name,
                    function,
                    codes: std::mem::take(&mut codes),
                    offset,
                    count: 1,
                });
            }
        }
        // So does what names no class.
        self.loose.borrow_mut().append(&mut codes);
    }
}

/// What is kept of an object while it is read.
#[derive(Clone, Default)]
pub(super) struct Object {
    classes: Vec<String>,
    modules: Vec<String>,
    registered: Vec<String>,
    functions: Vec<String>,
    /// Texts under `function` in its configuration.
    operations: Vec<String>,
    /// Texts under its own `function`.
    function: Vec<String>,
    name: Option<String>,
    config: bool,
    /// Its `items` begin with code, as those of a function's tuple do.
    code: bool,
    /// Its own `function` is nothing that is known to be one.
    odd: bool,
    /// That of its configuration is nothing that is known to be one.
    strange: bool,
}

impl Object {
    /// Takes a value under a key. Once the object, which is the whole document or not, has the shape of a configuration, so has the document.
    pub(super) fn take(&mut self, scan: &Scan<'_>, key: &str, value: Seen, top: bool) {
        self.keep(key, value);
        // What a training configuration, and a model's topology for a browser, have at the top.
        let training = top && matches!(key, "optimizer_config" | "model_config" | "modelTopology");
        // Keras 3 writes module and registered name with every class; earlier versions are known by their outermost object.
        let named = self.is_class() && self.config;
        if training || (named && (top || !self.modules.is_empty() || !self.registered.is_empty())) {
            scan.is_keras();
        }
    }

    /// Whether it names a class.
    pub(super) fn is_class(&self) -> bool {
        !self.classes.is_empty()
    }

    /// What is known of it once it was read.
    pub(super) fn seen(&self) -> Seen {
        if self.classes.iter().any(|class| class == TUPLE) {
            return Seen::List(self.code);
        }
        // What names a class is judged by that.
        let named = self.is_class() && !self.classes.iter().any(|class| VALUES.contains(&&**class));
        Seen::Object { name: self.name.clone(), functions: self.function.clone(), odd: self.odd, named }
    }

    /// The same of an alias: its items were read under another key.
    pub(super) fn seen_again(&self) -> Seen {
        match self.seen() {
            Seen::List(_) => Seen::List(false),
            seen => seen,
        }
    }

    /// Whether it may be Keras's Lambda, under its name or with its package.
    fn is_lambda(&self) -> bool {
        self.classes.iter().chain(&self.registered).any(|name| name.rsplit(['>', '.']).next() == Some("Lambda"))
    }

    /// Takes over what another object has, as YAML's merge key does.
    pub(super) fn merge(&mut self, other: &Self) {
        for (mine, theirs) in [
            (&mut self.classes, &other.classes),
            (&mut self.modules, &other.modules),
            (&mut self.registered, &other.registered),
            (&mut self.functions, &other.functions),
            (&mut self.operations, &other.operations),
            (&mut self.function, &other.function),
        ] {
            theirs.iter().for_each(|text| keep(mine, text.clone()));
        }
        self.name = self.name.take().or_else(|| other.name.clone());
        self.config |= other.config;
        self.odd |= other.odd;
        self.strange |= other.strange;
    }

    fn keep(&mut self, key: &str, value: Seen) {
        match (key, value) {
            ("class_name", Seen::Text(text)) => keep(&mut self.classes, text),
            ("module", Seen::Text(text)) => keep(&mut self.modules, text),
            ("registered_name", Seen::Text(text)) => keep(&mut self.registered, text),
            ("config", Seen::Text(text)) => {
                self.config = true;
                keep(&mut self.functions, text);
            }
            ("config", Seen::Object { name, functions, odd, .. }) => {
                self.config = true;
                self.strange |= odd;
                self.name = self.name.take().or(name);
                functions.into_iter().for_each(|function| keep(&mut self.operations, function));
            }
            ("function", Seen::Text(text)) => keep(&mut self.function, text),
            ("function", Seen::Object { named, .. }) => self.odd |= !named,
            ("function", Seen::List(code)) => self.odd |= !code,
            ("items", Seen::List(code)) => self.code |= code,
            ("config", _) => self.config = true,
            ("name", Seen::Text(text)) => self.name = Some(text),
            _ => {}
        }
    }
}

fn keep(all: &mut Vec<String>, text: String) {
    if all.len() < TWICE && !all.contains(&text) {
        all.push(text);
    }
}

/// What is known of a value once it was read.
pub(super) enum Seen {
    /// A text, cut.
    Text(String),
    /// An object.
    Object {
        /// The name in it.
        name: Option<String>,
        /// The texts under its `function`.
        functions: Vec<String>,
        /// Another value stands there, which is no function that is known.
        odd: bool,
        /// It names a class.
        named: bool,
    },
    /// A list or tuple, and whether its first item is code.
    List(bool),
    /// Anything else.
    Other,
}

impl Seen {
    /// A text, of which as much is kept as a name has.
    pub(super) fn text(value: &str) -> Self {
        Self::Text(value.get(..value.floor_char_boundary(NAME)).unwrap_or_default().to_owned())
    }
}

/// Reads a value.
struct Value<'s, 'a> {
    scan: &'s Scan<'a>,
    key: &'s str,
    /// It is an item of a list under the key.
    item: bool,
    /// The key of the object around it, while it stands below that object's `items`: it may be a tuple, whatever its class, which may
    /// come later, says.
    tuple: Option<&'s str>,
    /// It is the document.
    top: bool,
}

/// Reads a document for what the pass keeps of it.
pub(super) struct Document<'s, 'a>(pub &'s Scan<'a>);

impl<'de> DeserializeSeed<'de> for Document<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        Value { scan: self.0, key: "", item: false, tuple: None, top: true }.deserialize(from).map(drop)
    }
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
        Ok(Seen::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Seen, E> {
        Ok(Seen::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Seen, E> {
        Ok(Seen::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Seen, E> {
        Ok(Seen::Other)
    }

    fn visit_unit<E>(self) -> Result<Seen, E> {
        Ok(Seen::Other)
    }

    fn visit_str<E>(self, value: &str) -> Result<Seen, E> {
        self.scan.text(self.key, self.item, self.tuple, value);
        Ok(Seen::text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Seen, A::Error> {
        let (loose, mut code) = (self.scan.loose(), false);
        for number in 0u64.. {
            self.scan.path.borrow_mut().push(format!("[{number}]"));
            let item = Value { scan: self.scan, key: self.key, item: true, tuple: self.tuple, top: false };
            let next = items.next_element_seed(item)?;
            self.scan.path.borrow_mut().pop();
            match next {
                None => break,
                Some(Seen::Text(_)) if number == 0 => code = self.scan.loose() > loose,
                Some(_) => {}
            }
        }
        Ok(Seen::List(code))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Seen, A::Error> {
        let offset = self.scan.at.get().saturating_sub(1);
        let loose = self.scan.loose.borrow().len();
        let mut object = Object::default();
        while let Some(KeyText { text: key, .. }) = map.next_key_seed(Key)? {
            self.scan.path.borrow_mut().push(key.clone());
            let tuple = (key == "items").then(|| self.tuple.unwrap_or(self.key));
            let value = Value { scan: self.scan, key: &key, item: false, tuple, top: false };
            let value = map.next_value_seed(value)?;
            self.scan.path.borrow_mut().pop();
            object.take(self.scan, &key, value, self.top);
        }
        let seen = object.seen();
        self.scan.named(object, offset, loose);
        Ok(seen)
    }
}
