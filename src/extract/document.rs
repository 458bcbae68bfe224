//! A document of objects, lists and values (JSON, UBJSON) as one parser after the other hands it over, value by value with its path. Never
//! holds the document.

/// One step of a path: a key of an object, or the number of an item in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// A key.
    Key(String),
    /// An item.
    Item(u64),
}

impl Part {
    /// Whether it is this key.
    pub(super) fn is(&self, key: &str) -> bool {
        matches!(self, Self::Key(text) if text == key)
    }
}

/// Takes what a document holds, in its order.
pub(super) trait Taker {
    /// A text; `at` is the offset of its value, as near as the parser knows.
    fn text(&mut self, path: &[Part], text: &str, at: u64);

    /// A whole number.
    fn number(&mut self, path: &[Part], number: i128);

    /// The end of an object.
    fn close(&mut self, path: &[Part], at: u64);
}

/// Whether a path is these keys; `*` is any one part.
pub(super) fn is(path: &[Part], keys: &[&str]) -> bool {
    path.len() == keys.len() && path.iter().zip(keys).all(|(part, key)| *key == "*" || part.is(key))
}

/// Whether a path begins with these keys; `*` is any one part.
pub(super) fn begins(path: &[Part], keys: &[&str]) -> bool {
    path.get(..keys.len()).is_some_and(|start| is(start, keys))
}

/// The start of a text that is kept while an object is open: what is longer names nothing (PATH_MAX of Linux, limits.h).
pub(super) fn cut(text: &str) -> String {
    text.get(..text.floor_char_boundary(4_096)).unwrap_or_default().to_owned()
}

/// The path as a text: `nodes[3].attrs.op_type`.
pub(super) fn written(path: &[Part]) -> String {
    let mut text = String::new();
    for part in path {
        match part {
            Part::Item(number) => text.push_str(&format!("[{number}]")),
            Part::Key(key) => {
                if !text.is_empty() {
                    text.push('.');
                }
                text.push_str(key);
            }
        }
        if text.len() > 512 {
            break;
        }
    }
    text
}
