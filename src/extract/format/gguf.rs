//! GGUF, versions 1 to 3 in both byte orders (ggml's docs/gguf.md, and gguf.cpp, which loads it). Header, metadata and tensor infos are
//! walked; tensor data is measured, and its beginnings are looked at. Templates in the metadata are read, and bytes that no tensor accounts for become members.

mod cursor;
mod tensors;

use crate::extract::embedded::{self, Looked};
use crate::extract::format::note::Notes;
use crate::extract::format::{Claim, Format, Window};
use crate::extract::source::Source;
use crate::extract::template;
use crate::extract::walk::{ReadError, Walk};
use crate::facts::{DeviationKind, FormatId, MemberId, Metadata, TensorTable};
use crate::limits::Exhausted;
use crate::place;
use cursor::Cursor;
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use tensors::Tensors;

/// GGUF.
pub(super) struct Gguf;

/// Longest key ("Standardized key-value pairs": 2^16-1 bytes).
const KEY: u64 = 65_535;
/// How deep arrays are followed in arrays. The specification allows any depth, and gguf.cpp none.
const DEPTH: usize = 16;
/// Alignment when `general.alignment` says none ("File Structure").
const ALIGNMENT: u64 = 32;

impl Format for Gguf {
    fn id(&self) -> FormatId {
        FormatId::Gguf
    }

    fn about(&self) -> &'static str {
        "GGUF: header, metadata, every rule of the tensor infos; chat templates are read, the tensors are listed"
    }

    /// The magic is the bytes `GGUF` in both byte orders: only what follows is swapped.
    fn claims(&self, window: &Window) -> Claim {
        if window.starts_with(b"GGUF") { Claim::Certain } else { Claim::No }
    }

    fn read(&self, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let mut cursor = Cursor::new(source, walk.limits.header);
        cursor.skip(4, "the version")?;
        let version = cursor.number(4, "the version")?;
        // A big-endian file has its version in the high half (gguf-py's reader does the same; the specification has no mark).
        cursor.big = version & 0xffff == 0 && version != 0;
        cursor.version = if cursor.big { version.swap_bytes() >> 32 } else { version };
        if !(1..=3).contains(&cursor.version) {
            return Err(ReadError::unsupported(format!("GGUF version {}", cursor.version), 4));
        }
        let tensors = cursor.length("the number of tensors")?;
        let pairs = cursor.length("the number of metadata pairs")?;
        let mut header = Header {
            notes: Notes { member, format: FormatId::Gguf },
            keys: HashSet::new(),
            alignment: None,
            table: TensorTable {
                member,
                format: FormatId::Gguf,
                count: tensors,
                entries: Vec::new(),
                metadata: Vec::new(),
                metadata_count: pairs,
            },
        };
        let left = source.size().saturating_sub(cursor.at);
        // The smallest pair: a length, one byte of key, a type, one byte of value. The smallest tensor info: a length, the number
        // of dimensions, a type, an offset.
        let (pair, tensor) = if cursor.version == 1 { (10, 20) } else { (14, 24) };
        for (count, least, field) in [(pairs, pair, "metadata_kv_count"), (tensors, tensor, "tensor_count")] {
            if count.checked_mul(least).is_none_or(|bytes| bytes > left) {
                header.notes.of(DeviationKind::CountMismatch).field(field).found(count).at(8).write(walk);
            }
        }
        let outcome = header.pairs(&mut cursor, pairs, walk);
        let outcome = outcome.and_then(|()| {
            let mut infos = Tensors::new(header.notes);
            let outcome =
                infos.read(&mut cursor, tensors, header.alignment.unwrap_or(ALIGNMENT), &mut header.table, walk);
            Ok((infos, outcome?))
        });
        walk.tensors(header.table);
        let (infos, ()) = outcome?;
        infos.cover(source, cursor.at, header.alignment.unwrap_or(ALIGNMENT), walk)
    }
}

struct Header {
    notes: Notes,
    keys: HashSet<u64>,
    alignment: Option<u64>,
    table: TensorTable,
}

impl Header {
    fn pairs(&mut self, cursor: &mut Cursor, count: u64, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        for _ in 0..count {
            self.pair(cursor, walk)?;
        }
        Ok(())
    }

    fn pair(&mut self, cursor: &mut Cursor, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let notes = self.notes;
        let at = cursor.at;
        let text = walk.limits.text;
        let (key, length) = cursor.text(KEY.saturating_add(1), "a metadata key")?;
        // lower_snake_case parts by the specification; what is written also has dashes and capitals. A key of other signs has none.
        if length == 0 || length > KEY || !key.iter().all(u8::is_ascii_graphic) {
            notes.of(DeviationKind::InvalidValue).entry(&key).field("key").at(at).write(walk);
        }
        if !self.keys.insert(hash(&key)) {
            notes.of(DeviationKind::DuplicateKey).entry(&key).at(at).write(walk);
        }
        let kind = cursor.number(4, "a value type")?;
        let begin = cursor.at;
        let lower = key.to_ascii_lowercase();
        let templates = lower.windows(13).any(|part| part == b"chat_template");
        let shown = match kind {
            8 if templates => {
                let (value, length) = cursor.text(walk.limits.template, "a template")?;
                let found =
                    template::Found { member: notes.member, format: FormatId::Gguf, key: Some(&key), name: None };
                match std::str::from_utf8(&value) {
                    _ if length > walk.limits.template => template::refuse(found, length, walk),
                    Ok(value) => template::read(found, value, walk),
                    // Python's reader would give up on it; a laxer one reads what is left.
                    Err(_) => {
                        notes.of(DeviationKind::InvalidValue).entry(&key).field("UTF-8").at(begin).write(walk);
                        template::read(found, &String::from_utf8_lossy(&value), walk);
                    }
                }
                place::escape_cut(&value, usize::try_from(text).unwrap_or(usize::MAX))
            }
            8 => {
                let (value, length) = cursor.text(embedded::TEXT, "a text")?;
                embedded::text(notes.member, &place::escape_cut(&key, 512), &value, walk);
                let value = value.get(..usize::try_from(text).unwrap_or(usize::MAX)).unwrap_or(&value);
                let more = if length > text { format!("... ({length} bytes)") } else { String::new() };
                format!("{}{more}", place::escape(value))
            }
            9 => self.array(cursor, &key, walk)?,
            _ => self.scalar(cursor, kind, &key, walk)?,
        };
        if key == b"general.alignment" {
            self.align(kind, &shown, at, walk);
        }
        if u64::try_from(self.table.metadata.len()).is_ok_and(|kept| kept < walk.limits.records) {
            let key = place::escape_cut(&key, usize::try_from(text).unwrap_or(usize::MAX));
            let size = cursor.at.saturating_sub(begin);
            self.table.metadata.push(Metadata { key, value: shown, size });
        }
        Ok(())
    }

    fn scalar(&mut self, cursor: &mut Cursor, kind: u64, key: &[u8], walk: &mut Walk<'_>) -> Result<String, ReadError> {
        let at = cursor.at;
        let Some(size) = size_of(kind) else {
            self.notes.of(DeviationKind::InvalidValue).entry(key).field("value_type").found(kind).at(at).write(walk);
            return Err(ReadError::malformed(format!("a value of the unknown type {kind}"), at));
        };
        let bits = cursor.number(size, "a value")?;
        if kind == 7 && bits > 1 {
            self.notes.of(DeviationKind::InvalidValue).entry(key).field("bool").found(bits).at(at).write(walk);
        }
        Ok(match kind {
            1 | 3 | 5 | 11 => signed(bits, size).to_string(),
            6 => u32::try_from(bits).map(f32::from_bits).unwrap_or_default().to_string(),
            7 => (bits != 0).to_string(),
            12 => f64::from_bits(bits).to_string(),
            _ => bits.to_string(),
        })
    }

    /// Walks an array, and arrays in it, without keeping items; says what it is. Its texts are looked at.
    fn array(&mut self, cursor: &mut Cursor, key: &[u8], walk: &mut Walk<'_>) -> Result<String, ReadError> {
        let mut looked = Looked::default();
        let shown = self.items(cursor, key, &mut looked, walk);
        looked.write(self.notes.member, walk);
        shown
    }

    fn items(
        &mut self,
        cursor: &mut Cursor,
        key: &[u8],
        looked: &mut Looked,
        walk: &mut Walk<'_>,
    ) -> Result<String, ReadError> {
        let (mut kind, mut left) = (cursor.number(4, "an array's type")?, cursor.length("an array's length")?);
        let shown = format!("{left} of type {kind}");
        let mut open: Vec<(u64, u64)> = Vec::new();
        loop {
            let at = cursor.at;
            match (kind, size_of(kind)) {
                (_, Some(size)) => {
                    let bytes = left.checked_mul(size).ok_or_else(|| {
                        self.notes.of(DeviationKind::Overflow).entry(key).field("len").found(left).at(at).write(walk);
                        ReadError::truncated("the end of an array", at)
                    })?;
                    cursor.skip(bytes, "the end of an array")?;
                }
                (8, _) => {
                    for number in 0..left {
                        let text = cursor.short_text("a text in an array")?;
                        looked.text(&String::from_utf8_lossy(text), || {
                            format!("{}[{number}]", String::from_utf8_lossy(key))
                        });
                    }
                }
                (9, _) if left > 0 => {
                    if open.len() >= DEPTH {
                        return Err(ReadError::Limit(Exhausted("depth")));
                    }
                    open.push((kind, left.saturating_sub(1)));
                    (kind, left) = (cursor.number(4, "an array's type")?, cursor.length("an array's length")?);
                    continue;
                }
                (9, _) => {}
                _ => {
                    let note = self.notes.of(DeviationKind::InvalidValue).entry(key).field("value_type").found(kind);
                    note.at(at).write(walk);
                    return Err(ReadError::malformed(format!("an array of the unknown type {kind}"), at));
                }
            }
            match open.pop() {
                Some(outer) => (kind, left) = outer,
                None => return Ok(shown),
            }
        }
    }

    fn align(&mut self, kind: u64, shown: &str, at: u64, walk: &mut Walk<'_>) {
        let alignment = shown.parse::<u64>().ok().filter(|_| kind == 4);
        // A multiple of 8 by the specification, a power of two by gguf.cpp.
        let valid = alignment.filter(|alignment| alignment.is_power_of_two() && alignment.is_multiple_of(8));
        if valid.is_none() {
            let note = self.notes.of(DeviationKind::InvalidValue).field("general.alignment");
            note.expected("a power of two from 8 on, as UINT32").found(shown).at(at).write(walk);
        }
        self.alignment = valid.or(self.alignment);
    }
}

/// Bytes of a value of a fixed size ("File Structure", `gguf_metadata_value_type`).
fn size_of(kind: u64) -> Option<u64> {
    match kind {
        0 | 1 | 7 => Some(1),
        2 | 3 => Some(2),
        4..=6 => Some(4),
        10..=12 => Some(8),
        _ => None,
    }
}

/// A number of so many bytes, in two's complement.
fn signed(bits: u64, size: u64) -> i64 {
    let unused = u32::try_from(size.saturating_mul(8)).map_or(0, |used| 64u32.saturating_sub(used));
    let high = bits.checked_shl(unused).unwrap_or(0);
    i64::from_le_bytes(high.to_le_bytes()).checked_shr(unused).unwrap_or(0)
}

fn hash(text: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}
