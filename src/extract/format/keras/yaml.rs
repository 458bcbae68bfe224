//! The pass over a configuration in YAML, as `Model.to_yaml` of Keras before 2.6 writes it and `model_from_yaml` reads it under any name.
//! Iterative: what is open stands in a list. Expands no alias and builds no document; tags are read with all other YAML.

use crate::extract::format::keras::scan::{Object, Scan, Seen};
use crate::extract::format::yaml::{self, Node};
use crate::extract::source::Source;
use crate::extract::walk::{ReadError, Walk};
use crate::limits::Exhausted;
use std::collections::HashMap;
use std::io::Read as _;
use std::rc::Rc;

/// Anchors that are kept for their aliases.
const ANCHORS: usize = 65_536;
/// Bytes of texts that are looked at again where an alias stands for them.
const AGAIN: usize = 32 << 20;
/// What names a class, as every architecture has it.
const CLASS: &[u8] = b"class_name";
/// How YAML writes a letter in another way.
const ESCAPES: &[&[u8]] = &[b"\\x", b"\\u", b"\\U", b"\\\n", b"\\\r"];

/// The text to be read as YAML, when its name says that it is, or its letters that it may be an architecture.
pub(super) fn text(
    source: &Source,
    name: &str,
    extension: &str,
    walk: &mut Walk<'_>,
) -> Result<Option<String>, ReadError> {
    if source.size() > walk.limits.header {
        // Only what begins as an architecture is missed: long tables of text may have such a column.
        let head = source.bytes_at(0, 64 << 10)?;
        let begins = head.windows(CLASS.len().saturating_add(1)).any(|part| part == b"class_name:");
        return if begins { Err(Exhausted("header").into()) } else { Ok(None) };
    }
    let wide = matches!(source.bytes_at(0, 2)?.as_slice(), [0xff, 0xfe] | [0xfe, 0xff]);
    if yaml::is_named(name, extension) || wide || mentions(source)? { yaml::text(source, walk) } else { Ok(None) }
}

/// Whether a content has the key of a class, or letters that may hide it.
fn mentions(source: &Source) -> Result<bool, ReadError> {
    let (mut reader, mut chunk, mut kept) = (source.reader(), vec![0; 64 << 10], Vec::new());
    loop {
        let read = reader.read(&mut chunk)?;
        if read == 0 {
            return Ok(false);
        }
        // The end of the part before, in which a word may have begun.
        let mut part = std::mem::take(&mut kept);
        part.extend_from_slice(chunk.get(..read).unwrap_or_default());
        let has = |word: &[u8]| part.windows(word.len()).any(|bytes| bytes == word);
        if has(CLASS) || (part.contains(&b'\\') && ESCAPES.iter().any(|word| has(word))) {
            return Ok(true);
        }
        let from = part.len().saturating_sub(CLASS.len());
        kept = part.split_off(from);
    }
}

/// Reads a text into the pass. `at` is told the byte of each node.
pub(super) fn read(text: &str, scan: &Scan<'_>, at: &std::cell::Cell<u64>) -> Result<(), ReadError> {
    let mut builder = Builder { scan, open: Vec::new(), anchors: HashMap::new(), again: AGAIN };
    let outcome = yaml::nodes(text, |node, begins| {
        at.set(begins);
        builder.node(node)
    });
    // A configuration that breaks off in the middle was one all the same.
    if outcome.is_err() && builder.is_in_configuration() {
        scan.is_keras();
    }
    outcome
}

/// What an alias stands for.
#[derive(Clone)]
enum Kept {
    Text(Rc<str>),
    Object(Rc<Object>),
    /// A list, and whether its first item is code.
    List(bool),
    Other,
}

/// A mapping or list that is open.
struct Open {
    /// Its anchor; 0 when it has none.
    anchor: usize,
    /// Whether it is a key and not a value.
    as_key: bool,
    /// The key that it stands under.
    under: Rc<str>,
    /// The key of the object around it, while it stands below that object's `items`.
    tuple: Option<Rc<str>>,
    frame: Frame,
}

enum Frame {
    Mapping {
        object: Object,
        /// The key whose value comes next; a key comes next when there is none.
        key: Option<Rc<str>>,
        offset: u64,
        loose: usize,
    },
    /// A list, the number of its next item, what its objects have together, which a merge key takes, how much code nobody had taken when it
    /// began, and whether its first item is code.
    List(u64, Object, usize, bool),
}

struct Builder<'s, 'a> {
    scan: &'s Scan<'a>,
    open: Vec<Open>,
    anchors: HashMap<usize, Kept>,
    /// Bytes of aliases that may still be looked at.
    again: usize,
}

impl Builder<'_, '_> {
    fn node(&mut self, node: Node<'_>) -> Result<(), ReadError> {
        match node {
            Node::Mapping(anchor) => {
                let frame = Frame::Mapping {
                    object: Object::default(),
                    key: None,
                    offset: self.scan.at(),
                    loose: self.scan.loose(),
                };
                self.begin(anchor, frame);
            }
            Node::List(anchor) => self.begin(anchor, Frame::List(0, Object::default(), self.scan.loose(), false)),
            Node::End => self.end()?,
            Node::Scalar(text, is_text, anchor) => {
                let kept = if is_text && anchor != 0 { Kept::Text(text.into()) } else { Kept::Other };
                self.keep(anchor, kept)?;
                self.scalar(text, is_text);
            }
            Node::Alias(anchor) => match self.anchors.get(&anchor).cloned() {
                Some(Kept::Text(text)) => {
                    self.again = self.again.checked_sub(text.len()).ok_or(Exhausted("text"))?;
                    self.scalar(&text, true);
                }
                kept => {
                    let (_, _, _, as_key) = self.place("?");
                    if !as_key {
                        // Its items were read under another key.
                        let kept = match kept {
                            Some(Kept::List(_)) => Kept::List(false),
                            kept => kept.unwrap_or(Kept::Other),
                        };
                        self.value(kept, true);
                    }
                }
            },
            Node::Document => {
                self.open.clear();
                self.anchors.clear();
            }
        }
        Ok(())
    }

    /// Whether the outermost mapping names a class and is in its configuration.
    fn is_in_configuration(&self) -> bool {
        let outermost = self.open.first().map(|open| &open.frame);
        matches!(outermost, Some(Frame::Mapping { object, key: Some(key), .. }) if object.is_class() && &**key == "config")
    }

    fn keep(&mut self, anchor: usize, kept: Kept) -> Result<(), ReadError> {
        if anchor == 0 {
            return Ok(());
        }
        if self.anchors.len() >= ANCHORS {
            return Err(Exhausted("values").into());
        }
        self.anchors.insert(anchor, kept);
        Ok(())
    }

    fn begin(&mut self, anchor: usize, frame: Frame) {
        let (under, _, tuple, as_key) = self.place("?");
        self.open.push(Open { anchor, as_key, under, tuple, frame });
    }

    /// Where the next node stands: under which key, whether as an item of a list, under which key when it may be in a tuple, and
    /// whether it is a key itself, which is then `name`.
    fn place(&mut self, name: &str) -> (Rc<str>, bool, Option<Rc<str>>, bool) {
        let Some(open) = self.open.last_mut() else { return ("".into(), false, None, false) };
        match &mut open.frame {
            Frame::Mapping { key: Some(key), .. } => {
                let tuple = (&**key == "items").then(|| open.tuple.clone().unwrap_or_else(|| open.under.clone()));
                (key.clone(), false, tuple, false)
            }
            Frame::Mapping { key, .. } => {
                let new: Rc<str> = name.into();
                self.scan.enter(name.to_owned());
                *key = Some(new.clone());
                (new, false, None, true)
            }
            Frame::List(number, ..) => {
                self.scan.enter(format!("[{number}]"));
                *number = number.saturating_add(1);
                (open.under.clone(), true, open.tuple.clone(), false)
            }
        }
    }

    fn scalar(&mut self, text: &str, is_text: bool) {
        let (key, item, tuple, as_key) = self.place(text);
        if as_key {
            return;
        }
        if is_text {
            self.scan.text(&key, item, tuple.as_deref(), text);
        }
        self.value(if is_text { Kept::Text(text.into()) } else { Kept::Other }, false);
    }

    fn end(&mut self) -> Result<(), ReadError> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        let kept = match open.frame {
            Frame::Mapping { object, offset, loose, .. } => {
                let kept = Rc::new(object.clone());
                self.scan.named(object, offset, loose);
                Kept::Object(kept)
            }
            // A list under a merge key hands on what its objects have; any other is nothing that an object takes.
            Frame::List(_, object, ..) if &*open.under == "<<" => Kept::Object(Rc::new(object)),
            Frame::List(_, _, _, code) => Kept::List(code),
        };
        self.keep(open.anchor, kept.clone())?;
        if !open.as_key {
            self.value(kept, false);
        }
        Ok(())
    }

    /// A value is over: what it stands in takes it. `again` says that an alias stands for it.
    fn value(&mut self, kept: Kept, again: bool) {
        let top = self.open.len() == 1;
        let Some(open) = self.open.last_mut() else { return };
        self.scan.leave();
        if let (Frame::List(1, _, loose, code), Kept::Text(_)) = (&mut open.frame, &kept) {
            *code = self.scan.loose() > *loose;
        }
        match (&mut open.frame, kept) {
            (Frame::Mapping { object, key, .. }, kept) => {
                let key = key.take().unwrap_or_default();
                let seen = match kept {
                    Kept::Object(other) if &*key == "<<" => {
                        object.merge(&other);
                        Seen::Other
                    }
                    Kept::Object(other) if again => other.seen_again(),
                    Kept::Object(other) => other.seen(),
                    Kept::Text(text) => Seen::text(&text),
                    Kept::List(code) => Seen::List(code),
                    Kept::Other => Seen::Other,
                };
                object.take(self.scan, &key, seen, top);
            }
            (Frame::List(_, object, ..), Kept::Object(other)) => object.merge(&other),
            (Frame::List(..), _) => {}
        }
    }
}
