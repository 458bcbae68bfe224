//! FlatBuffers (flatbuffers.dev, "FlatBuffer Internals"), table by table over a [`Source`]: what a schema's reader asks for is looked up,
//! all else is passed over. Every offset, vtable and vector is checked. No recursion, no allocation from a declared size.
//!
//! Tables and vectors may be shared, and offsets may lead anywhere, so a small file can name the same table a million times: each
//! look-up of one is paid for. Nothing stops at the first error: what cannot be followed is not there, and the first error waits in
//! [`Flat::end`].

use crate::extract::source::Source;
use crate::extract::walk::ReadError;
use crate::limits::{Exhausted, Limits};
use crate::place;
use std::collections::HashMap;

/// Bytes that are read at one time, and how many such pages are kept: tables and their vtables lie far apart.
const PAGE: u64 = 4 << 10;
const PAGES: usize = 256;

/// A table: where it begins, and its vtable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Table {
    /// Its first byte.
    pub at: u64,
    /// Bytes of its own, without what it refers to.
    size: u64,
    /// Where the vtable's entries begin, and behind the last.
    slots: u64,
    behind: u64,
}

/// A vector or text: where its items begin, and how many there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Vector {
    /// The first item.
    pub at: u64,
    /// How many items.
    pub count: u64,
}

/// A cursor over the tables of a source.
pub(super) struct Flat<'a> {
    source: &'a Source,
    pages: HashMap<u64, Vec<u8>>,
    left: u64,
    broken: Option<ReadError>,
}

impl<'a> Flat<'a> {
    /// A cursor over a source.
    pub(super) fn new(source: &'a Source, limits: &Limits) -> Self {
        Self { source, pages: HashMap::new(), left: limits.values, broken: None }
    }

    /// Keeps an error; the first counts.
    pub(super) fn fail(&mut self, error: ReadError) {
        self.broken.get_or_insert(error);
    }

    /// Whether anything was broken so far.
    pub(super) fn sound(&self) -> bool {
        self.broken.is_none()
    }

    /// The first error, if there was one.
    pub(super) fn end(self) -> Result<(), ReadError> {
        self.broken.map_or(Ok(()), Err)
    }

    /// The root table.
    pub(super) fn root(&mut self) -> Option<Table> {
        self.follow(0)
    }

    /// A number of 1, 2, 4 or 8 bytes; `default` when the table does not have it.
    pub(super) fn number(&mut self, table: Table, field: u64, bytes: u64, default: u64) -> u64 {
        self.slot(table, field, bytes).and_then(|at| self.read(at, bytes)).unwrap_or(default)
    }

    /// A table that a table refers to.
    pub(super) fn table(&mut self, table: Table, field: u64) -> Option<Table> {
        let at = self.slot(table, field, 4)?;
        self.follow(at)
    }

    /// A vector of items of so many bytes each, all of them in the file.
    pub(super) fn vector(&mut self, table: Table, field: u64, bytes: u64) -> Option<Vector> {
        let slot = self.slot(table, field, 4)?;
        let at = self.target(slot)?;
        self.pay()?;
        let count = self.read(at, 4)?;
        let first = at.saturating_add(4);
        if count.saturating_mul(bytes) > self.source.size().saturating_sub(first) {
            self.fail(ReadError::truncated("the end of a FlatBuffers vector", at));
            return None;
        }
        Some(Vector { at: first, count })
    }

    /// The table that an item of a vector of tables refers to.
    pub(super) fn item(&mut self, vector: Vector, index: u64) -> Option<Table> {
        (index < vector.count).then_some(())?;
        self.follow(vector.at.saturating_add(index.saturating_mul(4)))
    }

    /// The tables of a vector, and their number; an empty vector when there is none. What cannot be followed is left out.
    pub(super) fn tables(&mut self, table: Table, field: u64) -> Vector {
        self.vector(table, field, 4).unwrap_or(Vector { at: 0, count: 0 })
    }

    /// A text, escaped, and cut after `limit` bytes with its length behind; `None` when it is not there.
    pub(super) fn text(&mut self, table: Table, field: u64, limit: u64) -> Option<String> {
        let text = self.vector(table, field, 1)?;
        let shown = place::escape(&self.take(text, limit));
        Some(if text.count > limit { format!("{shown}... ({} bytes)", text.count) } else { shown })
    }

    /// Up to `limit` bytes of a vector of bytes.
    pub(super) fn take(&mut self, bytes: Vector, limit: u64) -> Vec<u8> {
        match self.source.bytes_at(bytes.at, bytes.count.min(limit)) {
            Ok(bytes) => bytes,
            Err(error) => {
                self.fail(ReadError::Io(error));
                Vec::new()
            }
        }
    }

    /// A vector of bytes, to be a member of its own.
    pub(super) fn part(&self, bytes: Vector) -> Source {
        self.source.range(bytes.at, bytes.count)
    }

    /// Where a field of a table lies; `None` when the table does not have it.
    fn slot(&mut self, table: Table, field: u64, bytes: u64) -> Option<u64> {
        let entry = table.slots.saturating_add(field.saturating_mul(2));
        if entry.saturating_add(2) > table.behind {
            return None;
        }
        let offset = self.read(entry, 2).filter(|offset| *offset > 0)?;
        if offset.saturating_add(bytes) > table.size {
            self.fail(ReadError::malformed("a FlatBuffers field lies outside of its table", entry));
            return None;
        }
        Some(table.at.saturating_add(offset))
    }

    /// The table that the offset at `at` leads to.
    fn follow(&mut self, at: u64) -> Option<Table> {
        self.pay()?;
        let start = self.target(at)?;
        // The distance back to the vtable is signed.
        let back = self.read(start, 4).and_then(|back| u32::try_from(back).ok())?.cast_signed();
        let Some(vtable) = start.checked_add_signed(i64::from(back).saturating_neg()) else {
            self.fail(ReadError::malformed("a FlatBuffers table without a vtable", start));
            return None;
        };
        let length = self.read(vtable, 2)?;
        let size = self.read(vtable.saturating_add(2), 2)?;
        let behind = vtable.saturating_add(length);
        if length < 4 || length % 2 != 0 || size < 4 || behind > self.source.size() {
            self.fail(ReadError::malformed("a FlatBuffers vtable of a size that cannot be", vtable));
            return None;
        }
        if start.saturating_add(size) > self.source.size() {
            self.fail(ReadError::truncated("the end of a FlatBuffers table", start));
            return None;
        }
        Some(Table { at: start, size, slots: vtable.saturating_add(4), behind })
    }

    /// Where the offset at `at` leads to: forward, and not to nothing.
    fn target(&mut self, at: u64) -> Option<u64> {
        let offset = self.read(at, 4)?;
        let target = at.saturating_add(offset);
        if offset == 0 || target.saturating_add(4) > self.source.size() {
            self.fail(ReadError::malformed("a FlatBuffers offset leads out of the content", at));
            return None;
        }
        Some(target)
    }

    fn pay(&mut self) -> Option<()> {
        match self.left.checked_sub(1) {
            Some(left) => self.left = left,
            None => {
                self.fail(Exhausted("values").into());
                return None;
            }
        }
        Some(())
    }

    /// A number in little-endian order.
    fn read(&mut self, at: u64, bytes: u64) -> Option<u64> {
        let mut number = 0u64;
        for index in (0..bytes).rev() {
            number = number.wrapping_shl(8) | u64::from(self.byte(at.saturating_add(index))?);
        }
        Some(number)
    }

    fn byte(&mut self, at: u64) -> Option<u8> {
        let page = at.checked_div(PAGE)?;
        if !self.pages.contains_key(&page) {
            if self.pages.len() >= PAGES {
                self.pages.clear();
            }
            match self.source.bytes_at(page.saturating_mul(PAGE), PAGE) {
                Ok(bytes) => drop(self.pages.insert(page, bytes)),
                Err(error) => self.fail(ReadError::Io(error)),
            }
        }
        let index = usize::try_from(at.checked_rem(PAGE)?).ok()?;
        let byte = self.pages.get(&page).and_then(|bytes| bytes.get(index)).copied();
        if byte.is_none() {
            self.fail(ReadError::truncated("the end of a FlatBuffers table", at));
        }
        byte
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A root table with one text in its second field.
    const PLAIN: &[u8] = b"\x0c\0\0\0\x08\0\x08\0\0\0\x04\0\x08\0\0\0\x04\0\0\0\x02\0\0\0hi\0\0";

    fn read(bytes: &[u8]) -> (Option<String>, Option<ReadError>) {
        let source = Source::memory(bytes.to_vec());
        let mut flat = Flat::new(&source, &Limits::default());
        let text = flat.root().and_then(|root| flat.text(root, 1, 64));
        (text, flat.end().err())
    }

    #[test]
    fn a_text_is_found_by_its_field() {
        let (text, error) = read(PLAIN);
        assert_eq!(text.as_deref(), Some("hi"), "{error:?}");
        assert!(error.is_none());
    }

    #[test]
    fn every_offset_is_checked() {
        for (at, byte) in [
            (0, 0xffu8),
            (4, 3),
            (4, 0xff),
            (6, 0),
            (6, 0xff),
            (10, 7),
            (12, 0xff),
            (15, 0x80),
            (16, 0),
            (16, 0x40),
            (20, 9),
        ] {
            let mut bytes = PLAIN.to_vec();
            bytes[at] = byte;
            let (text, error) = read(&bytes);
            assert!(text.is_none() && error.is_some(), "{at} {byte}: {text:?}");
        }
        for size in 0..PLAIN.len() - 2 {
            assert!(read(&PLAIN[..size]).1.is_some(), "cut at {size}");
        }
    }

    #[test]
    fn what_is_named_again_and_again_is_paid_for() {
        let source = Source::memory(PLAIN.to_vec());
        let mut flat = Flat::new(&source, &Limits { values: 10, ..Limits::default() });
        assert_eq!((0..100).filter(|_| flat.root().is_some()).count(), 10);
        assert!(matches!(flat.end(), Err(ReadError::Limit(Exhausted("values")))));
    }
}
