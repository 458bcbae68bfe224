//! Zarr's metadata in JSON (Zarr specifications 2 and 3: `.zarray`, `.zmetadata`, `zarr.json`), as Orbax and AnnData keep arrays: the codecs
//! by which stored bytes become values. Chunks are files of their own and not looked at here.

#[cfg(test)]
mod tests;

use crate::extract::format::json::{self, Key, KeyText, Notes};
use crate::extract::format::objects::{Named, Objects};
use crate::extract::format::{Claim, Format, Window};
use crate::extract::source::Source;
use crate::extract::walk::{Reached, ReadError, Walk};
use crate::facts::{FormatId, MemberId, ObjectKind};
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use std::cell::{Cell, RefCell};
use std::fmt;

/// Zarr's metadata.
pub(super) struct Zarr;

/// Bytes of a name that are kept.
const NAME: usize = 512;

impl Format for Zarr {
    fn id(&self) -> FormatId {
        FormatId::Zarr
    }

    fn about(&self) -> &'static str {
        "Zarr metadata (.zarray, .zmetadata, zarr.json): the codecs of every array"
    }

    fn claims(&self, window: &Window) -> Claim {
        match window.letter {
            Some(b'{') => Claim::Possible,
            _ => Claim::No,
        }
    }

    fn read(&self, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        if !json::holds(source, &["zarr_format", "zarr_consolidated_format"])? {
            return Ok(());
        }
        let notes = Notes::default();
        let at = Cell::new(0);
        let objects = RefCell::new(Objects::new(member, FormatId::Zarr, walk.limits));
        let scan = Scan { at: &at, objects, zarr: Cell::new(false) };
        let value = Value { scan: &scan, part: Part::Other };
        let mut parser = json::counted(source, &notes, &at);
        let outcome = value.deserialize(&mut parser).map(drop);
        // What has more behind it is no document: a file of a store in which metadata is the first value.
        let more = outcome.is_ok() && parser.end().is_err();
        let outcome = outcome.map_err(|error| json::json_error(error, false));
        if !scan.zarr.get() || more {
            return Ok(());
        }
        walk.reached(Reached::Effect);
        let named = scan.objects.into_inner().finish(walk);
        outcome.and(named)
    }
}

struct Scan<'a> {
    at: &'a Cell<u64>,
    objects: RefCell<Objects>,
    /// Whether a key `zarr_format` or `zarr_consolidated_format` was seen.
    zarr: Cell<bool>,
}

/// What a value is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// A codec or a list of them.
    Codec,
    /// The name of a codec: `id` in version 2, `name` in version 3.
    Name,
    Other,
}

struct Value<'s, 'a> {
    scan: &'s Scan<'a>,
    part: Part,
}

impl<'de> DeserializeSeed<'de> for Value<'_, '_> {
    type Value = Option<String>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Option<String>, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_, '_> {
    type Value = Option<String>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Option<String>, E> {
        Ok(None)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Option<String>, E> {
        Ok(None)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Option<String>, E> {
        Ok(None)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Option<String>, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Option<String>, E> {
        Ok(None)
    }

    fn visit_str<E>(self, value: &str) -> Result<Option<String>, E> {
        let text = value.get(..value.floor_char_boundary(NAME)).unwrap_or_default();
        // Version 3 takes a codec without a configuration as its name alone.
        if self.part == Part::Codec {
            let named = Named::new(ObjectKind::Codec, text.as_bytes());
            self.scan.objects.borrow_mut().take(named, self.scan.at.get());
        }
        Ok((self.part == Part::Name).then(|| text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Option<String>, A::Error> {
        while items.next_element_seed(Value { scan: self.scan, part: self.part })?.is_some() {}
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Option<String>, A::Error> {
        let at = self.scan.at.get().saturating_sub(1);
        while let Some(KeyText { text: key, .. }) = map.next_key_seed(Key)? {
            let part = match &*key {
                "filters" | "compressor" | "codecs" | "index_codecs" => Part::Codec,
                "id" | "name" if self.part == Part::Codec => Part::Name,
                _ => Part::Other,
            };
            if matches!(&*key, "zarr_format" | "zarr_consolidated_format") {
                self.scan.zarr.set(true);
            }
            let value = map.next_value_seed(Value { scan: self.scan, part })?;
            if let Some(name) = value {
                self.scan.objects.borrow_mut().take(Named::new(ObjectKind::Codec, name.as_bytes()), at);
            }
        }
        Ok(None)
    }
}
