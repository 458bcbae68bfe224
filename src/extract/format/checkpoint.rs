//! The index of a TensorFlow checkpoint (tensorflow/core/lib/io/table_format.txt, a LevelDB table; tensor_bundle.proto): the tensors by
//! name, and the shard files beside it that hold their bytes. The shards themselves are raw numbers; the beginnings of tensors in them are looked at.

#[cfg(test)]
mod tests;

use crate::extract::elsewhere::Range;
use crate::extract::format::{Claim, Format, Window, stream};
use crate::extract::protobuf::{Value, Wire, narrow};
use crate::extract::reader::Reader;
use crate::extract::source::Source;
use crate::extract::walk::{ReadError, Walk};
use crate::facts::{
    Deviation, DeviationKind, FormatId, Leads, MemberId, Reference, ReferenceKind, Tensor, TensorTable,
};
use crate::limits::Exhausted;
use crate::place;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The index of a checkpoint.
pub(super) struct Checkpoint;

/// `kTableMagicNumber`, in the file's order, and the bytes of the footer that it ends.
const MAGIC: [u8; 8] = 0xdb47_7524_8b80_fb57u64.to_le_bytes();
const FOOTER: u64 = 48;
/// Bytes of one block that are read; TensorFlow writes blocks of 256 KiB (table_options.h), and one entry more.
const BLOCK: u64 = 16 << 20;
/// Bytes behind a block: its compression and a checksum.
const TRAILER: u64 = 5;

impl Format for Checkpoint {
    fn id(&self) -> FormatId {
        FormatId::TensorflowCheckpoint
    }

    fn about(&self) -> &'static str {
        "index of a TensorFlow checkpoint: its tensors, and the shard files that hold them"
    }

    fn claims(&self, window: &Window) -> Claim {
        let table = window.size >= FOOTER && window.tail.ends_with(&MAGIC);
        if table { Claim::Certain } else { Claim::No }
    }

    fn read(&self, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let mut bundle = Bundle {
            member,
            shards: None,
            used: BTreeSet::new(),
            places: Vec::new(),
            tensors: TensorTable::new(member, FormatId::TensorflowCheckpoint),
            records: usize::try_from(walk.limits.records).unwrap_or(usize::MAX),
        };
        let outcome = bundle.table(source, walk);
        bundle.name_shards(walk);
        walk.tensors(bundle.tensors);
        outcome
    }
}

/// A number of 32 bits as parsers read it; a negative one is too many shards for any file.
fn low(number: u64) -> u64 {
    u64::from(narrow(number).cast_unsigned())
}

/// A checkpoint while it is read.
struct Bundle {
    member: MemberId,
    /// `BundleHeaderProto.num_shards`.
    shards: Option<u64>,
    used: BTreeSet<u64>,
    /// Every tensor: name, shard, offset and size.
    places: Vec<(String, u64, u64, u64)>,
    tensors: TensorTable,
    records: usize,
}

impl Bundle {
    /// The footer, the index block, and each block that it lists.
    fn table(&mut self, source: &Source, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let at = source.size().saturating_sub(FOOTER);
        let footer = source.bytes_at(at, FOOTER)?;
        let mut reader = Reader::new(&footer);
        handle(&mut reader)?; // of the metaindex block, which TensorFlow leaves empty
        let index = block(source, handle(&mut reader)?)?;
        let mut failed = None;
        entries(&index, &mut |_, value| {
            let one = handle(&mut Reader::new(value)).and_then(|at| block(source, at));
            let one = one.and_then(|bytes| {
                // A small table may list one block many times.
                walk.budget.decoded(u64::try_from(bytes.len()).unwrap_or(u64::MAX))?;
                entries(&bytes, &mut |key, value| self.entry(key, value, walk))
            });
            if let Err(error) = one {
                failed.get_or_insert(error);
            }
            Ok(())
        })?;
        if let Some(error) = failed {
            return Err(error);
        }
        if self.shards.is_none() {
            return Err(ReadError::malformed("a table without the header of a checkpoint", None));
        }
        Ok(())
    }

    /// An entry: `BundleHeaderProto` under the empty key, else `BundleEntryProto`.
    fn entry(&mut self, key: &[u8], value: &[u8], walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let source = Source::memory(value.to_vec());
        let mut wire = Wire::new(&source);
        let mut span = wire.whole();
        if key.is_empty() {
            let mut shards = 0;
            while let Some(field) = wire.next(&mut span) {
                if let (1, Value::Number(number)) = (field.number, field.value) {
                    shards = low(number);
                }
            }
            self.shards = Some(shards);
            return wire.end();
        }
        let (mut kind, mut shape, mut shard, mut offset, mut size) = (0, Vec::new(), 0, 0, 0);
        while let Some(field) = wire.next(&mut span) {
            match (field.number, field.value) {
                (1, Value::Number(number)) => kind = narrow(number),
                (2, Value::Bytes(mut dimensions)) => {
                    // `TensorShapeProto.dim` 2 with `size` 1; a scalar has none.
                    while let Some(field) = wire.next(&mut dimensions) {
                        let (2, Value::Bytes(mut dimension)) = (field.number, field.value) else { continue };
                        let mut length = 0;
                        while let Some(field) = wire.next(&mut dimension) {
                            if let (1, Value::Number(number)) = (field.number, field.value) {
                                length = number;
                            }
                        }
                        if shape.len() < 32 {
                            shape.push(length);
                        }
                    }
                }
                (3, Value::Number(number)) => shard = low(number),
                (4, Value::Number(number)) => offset = number,
                (5, Value::Number(number)) => size = number,
                _ => {}
            }
        }
        let name = place::escape_cut(key, usize::try_from(walk.limits.text).unwrap_or(usize::MAX));
        let outside = self.shards.is_some_and(|shards| shard >= shards) || i64::try_from(offset).is_err();
        if outside || offset.checked_add(size).is_none_or(|end| i64::try_from(end).is_err()) {
            walk.deviation(Deviation {
                name: Some(name.clone()),
                field: Some("shard, offset and size".to_owned()),
                expected: Some(match self.shards.filter(|shards| shard >= *shards) {
                    Some(shards) => format!("a shard below {shards}"),
                    None => "an end below 2^63".to_owned(),
                }),
                found: Some(format!("{size} bytes at {offset} of shard {shard}")),
                ..stream::deviation(self.member, FormatId::TensorflowCheckpoint, DeviationKind::OutOfRange)
            });
        } else if self.used.len() < self.records {
            self.used.insert(shard);
        } else if !self.used.contains(&shard) {
            return Err(Exhausted("records").into());
        }
        if u64::try_from(self.places.len()).unwrap_or(u64::MAX) < walk.limits.members {
            self.places.push((name.clone(), shard, offset, size));
        } else {
            return Err(Exhausted("members").into());
        }
        self.tensors.count = self.tensors.count.saturating_add(1);
        if self.tensors.entries.len() < self.records {
            self.tensors.entries.push(Tensor {
                name: Some(name),
                dtype: format!("type {kind}"),
                shape,
                offset: Some(offset),
                size: Some(size),
                file: None,
            });
        }
        wire.end()
    }

    /// The shards by their names: `PREFIX.data-00000-of-00001` beside `PREFIX.index` (tensor_bundle/naming.cc).
    fn name_shards(&self, walk: &mut Walk<'_>) {
        let name = walk.facts(self.member).map(|member| member.name.clone()).unwrap_or_default();
        let (Some(prefix), Some(shards)) = (name.strip_suffix(".index").and_then(place::unescape), self.shards) else {
            return;
        };
        let file = |shard: u64| [prefix.as_slice(), format!(".data-{shard:05}-of-{shards:05}").as_bytes()].concat();
        for shard in &self.used {
            let record = Reference {
                member: self.member,
                format: FormatId::TensorflowCheckpoint,
                kind: ReferenceKind::ExternalData,
                by: "shard".to_owned(),
                name: None,
                target: String::new(),
                leads: Leads::Unknown,
                to: None,
                offset: None,
                count: 1,
            };
            walk.reference(record, &file(*shard));
        }
        for (name, shard, at, size) in &self.places {
            let (name, size) = (name.clone(), Some(*size));
            let range = Range { member: self.member, target: Arc::default(), name, at: *at, size, record: false };
            walk.elsewhere(&file(*shard), range);
        }
    }
}

/// `BlockHandle`: an offset and a size.
fn handle(reader: &mut Reader<'_>) -> Result<(u64, u64), ReadError> {
    Ok((reader.varint()?, reader.varint()?))
}

/// The bytes of a block. TensorFlow writes them as they are; compressed ones are said, not read.
fn block(source: &Source, (at, size): (u64, u64)) -> Result<Vec<u8>, ReadError> {
    let end = at.checked_add(size).and_then(|end| end.checked_add(TRAILER));
    if end.is_none_or(|end| end > source.size()) {
        return Err(ReadError::malformed("a block of the table lies outside of the file", at));
    }
    if size > BLOCK {
        return Err(ReadError::unsupported("a block of the table of more than 16 MiB", at));
    }
    match source.bytes_at(at.saturating_add(size), 1)?.first() {
        Some(0) => Ok(source.bytes_at(at, size)?),
        _ => Err(ReadError::unsupported("a compressed block of the table", at)),
    }
}

/// Shows `each` the keys and values of a block. A key repeats the beginning of the one before; at the end stand the places where it does not.
fn entries(block: &[u8], each: &mut impl FnMut(&[u8], &[u8]) -> Result<(), ReadError>) -> Result<(), ReadError> {
    let broken = || ReadError::malformed("a block of the table whose entries do not fit", None);
    let (rest, restarts) = block.split_last_chunk::<4>().ok_or_else(broken)?;
    let restarts = usize::try_from(u32::from_le_bytes(*restarts)).map_err(|_| broken())?;
    let length = restarts.checked_mul(4).and_then(|bytes| rest.len().checked_sub(bytes)).ok_or_else(broken)?;
    let mut reader = Reader::new(rest.get(..length).ok_or_else(broken)?);
    let mut key: Vec<u8> = Vec::new();
    while !reader.rest().is_empty() {
        let mut next = || usize::try_from(reader.varint()?).map_err(|_| broken());
        let (shared, fresh, size) = (next()?, next()?, next()?);
        if shared > key.len() {
            return Err(broken());
        }
        key.truncate(shared);
        key.extend_from_slice(reader.take(fresh)?);
        each(&key, reader.take(size)?)?;
    }
    Ok(())
}
