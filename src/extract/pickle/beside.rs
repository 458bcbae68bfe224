//! Files that an object opens beside the pickle, by a name in its state: an array of joblib's older wrappers
//! (`joblib/numpy_pickle_compat.py`, `NDArrayWrapper.read`), and what gensim stores apart (`gensim/utils.py`, `SaveLoad._load_specials`). Both
//! hand the file to another unpickler. A plain name is left out: that file lies beside, and is checked with the model.

use crate::extract::pickle::global::Role;
use crate::extract::pickle::machine::Machine;
use crate::extract::pickle::text;
use crate::extract::pickle::value::{Value, kind};

/// Bytes of a name that are kept: the longest path that systems take.
const NAME: u64 = 4096;
/// Names that are kept of one pickle.
const NAMES: usize = 4096;
/// Lists of gensim's that are looked at when the pickle ends: a model has three of each of its parts.
const LISTS: usize = 4096;

/// A file that an object opens by a name that is not plain.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Beside {
    /// The attribute that has the name.
    pub by: &'static str,
    /// The name; `None` when it is not known.
    pub name: Option<Vec<u8>>,
}

/// The attributes of gensim whose items are parts of a file's name.
const PARTS: [&str; 3] = ["__numpys", "__scipys", "__recursive_saveloads"];

impl Machine<'_> {
    /// Looks at a state that is set.
    pub(super) fn beside(&mut self, object: Value, state: Value) {
        let wrapper = self.out.effects.globals.role(object.maker()) == Role::OldWrapper;
        let dicts = match state.kind() {
            kind::DICT => vec![state],
            // A state and one of slots.
            kind::TUPLE => self.heap.elements(state).unwrap_or_default().to_vec(),
            _ => Vec::new(),
        };
        // The rules want the keys of any other state to be known.
        let known = |dict: &Value| {
            dict.kind() == kind::NONE
                || (dict.kind() == kind::DICT && self.heap.summary(*dict).is_some_and(|summary| summary.complete))
        };
        if wrapper && (dicts.is_empty() || !dicts.iter().all(known)) {
            self.open("filename", None);
        }
        for dict in dicts.into_iter().filter(|dict| dict.kind() == kind::DICT) {
            let cells: Vec<Value> = self.heap.cells(dict).collect();
            for pair in cells.chunks_exact(2) {
                let [key, value] = pair else { continue };
                self.out.effects.work = self.out.effects.work.saturating_add(1);
                let Some(at) = key.offset().filter(|_| key.kind() == kind::TEXT) else { continue };
                let Some(key) = text::text(&self.decoder, at, 32) else { continue };
                if wrapper && key.bytes == b"filename" {
                    self.open_text("filename", *value, is_plain);
                }
                let by = PARTS.into_iter().find(|part| part.as_bytes() == key.bytes && key.whole());
                if let Some(by) = by {
                    // A list may be given items after it was set.
                    if self.lists.len() < LISTS {
                        self.lists.push((by, *value));
                    } else {
                        self.out.effects.cut = true;
                    }
                }
            }
        }
    }

    /// Looks at the lists that were set, as they are at the end.
    pub(super) fn beside_lists(&mut self) {
        for (by, list) in std::mem::take(&mut self.lists) {
            let summary = self.heap.summary(list);
            let items: Vec<Value> = match list.kind() {
                kind::NONE => continue,
                kind::TUPLE => self.heap.elements(list).unwrap_or_default().to_vec(),
                kind::LIST | kind::SET => self.heap.cells(list).collect(),
                _ => Vec::new(),
            };
            if summary.is_none_or(|summary| u64::try_from(items.len()).is_ok_and(|kept| kept < summary.size)) {
                self.open(by, None);
            }
            for item in items {
                self.open_text(by, item, is_identifier);
            }
        }
    }

    fn open_text(&mut self, by: &'static str, value: Value, plain: impl Fn(&[u8]) -> bool) {
        let at = value.offset().filter(|_| value.kind() == kind::TEXT);
        match at.and_then(|at| text::text(&self.decoder, at, NAME)) {
            Some(text) if text.whole() && plain(&text.bytes) => {}
            // What is cut is no name of a file.
            Some(text) if text.whole() => self.open(by, Some(text.bytes)),
            _ => self.open(by, None),
        }
    }

    fn open(&mut self, by: &'static str, name: Option<Vec<u8>>) {
        let file = Beside { by, name };
        if self.out.beside.contains(&file) {
            return;
        }
        if self.out.beside.len() < NAMES {
            self.out.beside.insert(file);
        } else {
            self.out.effects.cut = true;
        }
    }
}

/// Whether a name stays in its folder on every system.
fn is_plain(name: &[u8]) -> bool {
    !matches!(name, b"" | b"." | b"..")
        && name.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b' '))
        && !name.ends_with(b".")
}

fn is_identifier(name: &[u8]) -> bool {
    !name.is_empty() && name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte >= 0x80)
}
