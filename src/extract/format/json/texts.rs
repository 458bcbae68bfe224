//! One pass over a document that shows every text below some of its keys, with the keys that lead to it. Builds no document; a key that stands twice is walked
//! both times.

use crate::extract::format::json::Key;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// What stands for an item of a list among the keys.
pub(in crate::extract::format) const ITEM: &str = "[]";

/// The pass: the keys on the way to where it is, and who is shown each text.
pub(in crate::extract::format) struct Texts<F> {
    path: Vec<String>,
    top: &'static [&'static str],
    each: F,
}

impl<F: FnMut(&[String], &str)> Texts<F> {
    /// A pass that shows `each` the keys and the text. Below other keys of the outermost object than those in `top` nothing is shown.
    pub(in crate::extract::format) fn new(top: &'static [&'static str], each: F) -> Self {
        Self { path: Vec::new(), top, each }
    }
}

impl<'de, F: FnMut(&[String], &str)> DeserializeSeed<'de> for &mut Texts<F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de, F: FnMut(&[String], &str)> Visitor<'de> for &mut Texts<F> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        (self.each)(&self.path, text);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        self.path.push(ITEM.to_owned());
        while items.next_element_seed(&mut *self)?.is_some() {}
        self.path.pop();
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key_seed(Key)? {
            if self.path.is_empty() && !self.top.contains(&key.text.as_str()) {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            self.path.push(key.text);
            map.next_value_seed(&mut *self)?;
            self.path.pop();
        }
        Ok(())
    }
}

/// The last `N` keys of a path; `None` when it is shorter.
pub(in crate::extract::format) fn last<const N: usize>(path: &[String]) -> Option<[&str; N]> {
    let keys = path.last_chunk::<N>()?;
    Some(keys.each_ref().map(String::as_str))
}
