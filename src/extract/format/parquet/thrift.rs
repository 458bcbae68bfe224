//! Thrift's compact protocol (doc/specs/thrift-compact-protocol.md), walked without recursion: structures, lists and maps of any
//! depth, of which the footer's pairs of key and value are given out.

use crate::extract::reader::Reader;
use crate::extract::walk::{ReadError, Walk};
use crate::limits::Exhausted;

/// How deep structures may nest; parquet.thrift nests 7.
const DEPTH: usize = 64;

/// What the footer holds (parquet.thrift, `FileMetaData`).
pub(super) enum Part<'a> {
    /// Key and value of `key_value_metadata`, at the footer's or a column's.
    Pair { key: &'a [u8], value: &'a [u8], at: u64 },
    /// `encryption_algorithm`: columns may be encrypted.
    Encryption(u64),
}

/// A structure, list or map that is open.
#[derive(Clone, Copy)]
struct Open {
    kind: Kind,
    /// Number of the field that it stands in, of the structure around it; lists hand on theirs.
    within: i64,
    /// Number of the last field.
    field: i64,
    /// Items that are left, and their types.
    left: u64,
    types: [u8; 2],
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Structure,
    List,
    Map,
}

/// The walk.
pub(super) struct Thrift<'a> {
    reader: Reader<'a>,
    base: u64,
    open: Vec<Open>,
    key: &'a [u8],
}

impl<'a> Thrift<'a> {
    /// A walk over a structure that lies at `base`.
    pub(super) fn new(bytes: &'a [u8], base: u64) -> Self {
        let open = Open { kind: Kind::Structure, within: 0, field: 0, left: 0, types: [0; 2] };
        Self { reader: Reader::new(bytes), base, open: vec![open], key: &[] }
    }

    fn at(&self) -> u64 {
        self.base.saturating_add(u64::try_from(self.reader.at()).unwrap_or(u64::MAX))
    }

    /// The next part; `None` at the end.
    pub(super) fn next(&mut self, walk: &mut Walk<'_>) -> Result<Option<Part<'a>>, ReadError> {
        while let Some(open) = self.open.last().copied() {
            walk.budget.opcodes(1)?;
            let kind = match open.kind {
                Kind::Structure => match self.field(open.field)? {
                    Some(kind) => kind,
                    None => {
                        self.open.pop();
                        continue;
                    }
                },
                Kind::List | Kind::Map if open.left == 0 => {
                    self.open.pop();
                    continue;
                }
                Kind::List | Kind::Map => {
                    let [first, second] = open.types;
                    if let Some(last) = self.open.last_mut() {
                        last.left = last.left.saturating_sub(1);
                        last.types = [second, first];
                    }
                    first
                }
            };
            if let Some(part) = self.value(kind, open.kind)? {
                return Ok(Some(part));
            }
        }
        Ok(None)
    }

    /// The header of a structure's next field: its type; `None` at the structure's end.
    fn field(&mut self, before: i64) -> Result<Option<u8>, ReadError> {
        let byte = self.byte()?;
        if byte == 0 {
            return Ok(None);
        }
        let number = match byte >> 4 {
            0 => {
                let number = self.varint()?;
                // zigzag
                let half = i64::try_from(number >> 1).unwrap_or(0);
                if number & 1 == 1 { half.saturating_neg().saturating_sub(1) } else { half }
            }
            more => before.saturating_add(i64::from(more)),
        };
        if let Some(last) = self.open.last_mut() {
            last.field = number;
        }
        Ok(Some(byte & 0x0f))
    }

    fn value(&mut self, kind: u8, holder: Kind) -> Result<Option<Part<'a>>, ReadError> {
        let at = self.at();
        match kind {
            // A boolean field has its value in the type; one in a list is a byte.
            1 | 2 if holder == Kind::Structure => {}
            1..=3 => drop(self.byte()?),
            4..=6 => drop(self.varint()?),
            7 => drop(self.take(8)?),
            8 => {
                let length = usize::try_from(self.varint()?).unwrap_or(usize::MAX);
                let bytes = self.take(length)?;
                return Ok(self.binary(bytes, at));
            }
            9 | 10 => {
                let byte = self.byte()?;
                let left = if byte >> 4 == 15 { self.varint()? } else { u64::from(byte >> 4) };
                self.push(Kind::List, left, [byte & 0x0f; 2])?;
            }
            11 => {
                let left = self.varint()?;
                let byte = if left == 0 { 0 } else { self.byte()? };
                self.push(Kind::Map, left.saturating_mul(2), [byte >> 4, byte & 0x0f])?;
            }
            12 => {
                let encryption = self.open.len() == 1 && self.open.last().is_some_and(|open| open.field == 8);
                self.push(Kind::Structure, 0, [0; 2])?;
                if encryption {
                    return Ok(Some(Part::Encryption(at)));
                }
            }
            13 => drop(self.take(16)?),
            kind => return Err(ReadError::malformed(format!("a value of the unknown type {kind}"), at)),
        }
        Ok(None)
    }

    /// A binary: the key or the value of a pair. Pairs stand in lists: field 5 of the footer, field 8 of a column's metadata.
    fn binary(&mut self, bytes: &'a [u8], at: u64) -> Option<Part<'a>> {
        let open = self.open.last()?;
        let footer = self.open.len() == 3 && open.within == 5;
        // FileMetaData.row_groups[].columns[].meta_data.key_value_metadata[]
        let column = self.open.len() == 8 && open.within == 8;
        match (footer || column, open.field) {
            (true, 1) => {
                self.key = bytes;
                None
            }
            (true, 2) => Some(Part::Pair { key: self.key, value: bytes, at }),
            _ => None,
        }
    }

    fn push(&mut self, kind: Kind, left: u64, types: [u8; 2]) -> Result<(), ReadError> {
        if self.open.len() >= DEPTH {
            return Err(Exhausted("depth").into());
        }
        let within = match self.open.last() {
            Some(open) if open.kind == Kind::Structure => open.field,
            Some(open) => open.within,
            None => 0,
        };
        self.open.push(Open { kind, within, field: 0, left, types });
        Ok(())
    }

    fn varint(&mut self) -> Result<u64, ReadError> {
        let at = self.at();
        let mut number = 0u64;
        for shift in (0..70).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(ReadError::malformed("a number of more than 10 bytes", at))
    }

    fn byte(&mut self) -> Result<u8, ReadError> {
        let at = self.at();
        self.reader.u8().map_err(|_| ReadError::truncated("the end of the footer", at))
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], ReadError> {
        let at = self.at();
        self.reader.take(count).map_err(|_| ReadError::truncated("the end of the footer", at))
    }
}
