//! safetensors: every rule of its format (the safetensors project's README, "Format", and its Rust crate's `tensor.rs`). Only the
//! header is parsed; tensor data is measured, and bytes that no tensor accounts for become members.

use crate::extract::embedded;
use crate::extract::format::json::{self, KeyText, Keys, LongText, Node, NodeSeed, Notes, Object, Taker};
use crate::extract::format::{Claim, Format, Window, stream};
use crate::extract::source::Source;
use crate::extract::walk::{Entry, Hash, Reached, ReadError, Walk};
use crate::facts::{Deviation, DeviationKind, FormatId, MemberId, Metadata, Origin, Tensor, TensorTable};
use crate::limits::Exhausted;
use crate::place;
use serde::de::{DeserializeSeed as _, MapAccess};
use std::cell::Cell;

/// safetensors.
pub(super) struct Safetensors;

/// Longest header that the format allows (`MAX_HEADER_SIZE`).
const LONGEST: u64 = 100_000_000;
/// Parts of one tensor's record; a shape has a handful of lengths.
const PARTS: u64 = 1_024;
/// Holes between tensors that become members one by one.
const HOLES: usize = 64;
/// Bytes of one metadata text that the facts show.
const SHOWN: usize = 512;
/// Bytes of metadata texts that are looked at.
const KEPT: usize = 8 << 20;

impl Format for Safetensors {
    fn id(&self) -> FormatId {
        FormatId::Safetensors
    }

    fn about(&self) -> &'static str {
        "safetensors: every rule of the header, offsets and sizes; the tensors are listed"
    }

    fn claims(&self, window: &Window) -> Claim {
        let Some((length, rest)) = split(&window.head) else { return Claim::No };
        let mut rest = rest.iter().filter(|byte| !byte.is_ascii_whitespace());
        match (rest.next(), rest.next()) {
            (Some(b'{'), Some(b'"' | b'}')) if whole(length, window.size) => Claim::Certain,
            (Some(b'{'), Some(b'"' | b'}') | None) => Claim::Possible,
            (Some(b'{'), Some(_)) if whole(length, window.size) => Claim::Possible,
            _ => Claim::No,
        }
    }

    fn read(&self, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let head = source.bytes_at(0, 9)?;
        let Some((length, rest)) = split(&head) else { return Err(ReadError::truncated("the header", 0)) };
        if length > LONGEST.min(walk.limits.header) {
            deviate(member, walk, DeviationKind::OutOfRange, None, "header length", Some(length.to_string()));
            return Err(ReadError::Limit(Exhausted("header")));
        }
        if rest != b"{" {
            deviate(member, walk, DeviationKind::InvalidValue, None, "first byte of the header", None);
        }
        let records = usize::try_from(walk.limits.records).unwrap_or(usize::MAX);
        let mut header = Header::new(records);
        let outcome = header.read(&source.range(8, length));
        header.record(member, walk);
        header.look(member, walk);
        outcome?;
        walk.reached(Reached::Data);
        if !whole(length, source.size()) {
            return Err(ReadError::truncated("the end of the header", source.size()));
        }
        header.cover(&source.range(length.saturating_add(8), u64::MAX), length.saturating_add(8), member, walk)
    }
}

fn split(head: &[u8]) -> Option<(u64, &[u8])> {
    head.split_first_chunk().map(|(length, rest)| (u64::from_le_bytes(*length), rest))
}

/// Whether a header of so many bytes is allowed and there.
fn whole(length: u64, size: u64) -> bool {
    (2..=LONGEST).contains(&length) && length <= size.saturating_sub(8)
}

fn deviate(
    member: MemberId,
    walk: &mut Walk<'_>,
    kind: DeviationKind,
    name: Option<&str>,
    field: &str,
    found: Option<String>,
) {
    let name = name.map(str::to_owned);
    let field = (!field.is_empty()).then(|| field.to_owned());
    walk.deviation(Deviation { name, field, found, ..stream::deviation(member, FormatId::Safetensors, kind) });
}

/// Bits of an element (the crate's `Dtype::bitsize`, and the names of its later versions).
fn bits(dtype: &str) -> Option<u64> {
    Some(match dtype {
        "F4" => 4,
        "F6_E2M3" | "F6_E3M2" => 6,
        "BOOL" | "U8" | "I8" | "F8_E5M2" | "F8_E4M3" | "F8_E8M0" | "F8_E4M3FNUZ" | "F8_E5M2FNUZ" => 8,
        "I16" | "U16" | "F16" | "BF16" => 16,
        "I32" | "U32" | "F32" => 32,
        "I64" | "U64" | "F64" | "C64" => 64,
        _ => return None,
    })
}

/// What departs, in which tensor (escaped), at which field, and what stands there.
type Departure = (DeviationKind, String, &'static str, Option<String>);

/// The header while it is read, bounded: the first tensors by name, the extents of all.
struct Header {
    records: usize,
    keys: Keys,
    count: u64,
    tensors: Vec<Tensor>,
    /// First byte, byte behind the last, and number of each tensor.
    extents: Vec<(u64, u64, u64)>,
    metadata: Pairs,
    departures: Vec<Departure>,
    parts: Cell<u64>,
}

impl Header {
    fn new(records: usize) -> Self {
        Self {
            records,
            keys: Keys::default(),
            count: 0,
            tensors: Vec::new(),
            extents: Vec::new(),
            metadata: Pairs { records, ..Pairs::default() },
            departures: Vec::new(),
            parts: Cell::new(PARTS),
        }
    }

    fn read(&mut self, source: &Source) -> Result<(), ReadError> {
        let notes = Notes::default();
        let mut parser = json::parser(source, &notes);
        let outcome = Object(self).deserialize(&mut parser);
        outcome.and_then(|()| parser.end()).map_err(|error| json::json_error(error, self.parts.get() == 0))
    }

    /// Notes a departure; the table keeps the first 64 of a kind, so a few thousand here lose nothing but names.
    fn depart(&mut self, kind: DeviationKind, name: &str, field: &'static str, found: Option<String>) {
        if self.departures.len() < self.records {
            self.departures.push((kind, name.to_owned(), field, found));
        }
    }

    fn tensor(&mut self, name: &str, value: Node) {
        let number = self.count;
        self.count = self.count.saturating_add(1);
        let mut tensor = Tensor {
            name: Some(name.to_owned()),
            dtype: String::new(),
            shape: Vec::new(),
            offset: None,
            size: None,
            file: None,
        };
        let Node::Map(pairs) = value else {
            return self.depart(DeviationKind::InvalidValue, name, "tensor", None);
        };
        let mut seen: Vec<&str> = Vec::new();
        let (mut shape_known, mut extent) = (false, None);
        for (key, value) in &pairs {
            if seen.contains(&key.as_str()) {
                self.depart(DeviationKind::DuplicateKey, name, "", Some(place::escape(key.as_bytes())));
            }
            seen.push(key);
            match (key.as_str(), value) {
                ("dtype", Node::Text(dtype, _)) => tensor.dtype = place::escape_cut(dtype.as_bytes(), 64),
                ("shape", Node::List(items)) => {
                    let lengths: Option<Vec<u64>> = items.iter().map(number_of).collect();
                    shape_known = lengths.is_some();
                    tensor.shape = lengths.unwrap_or_default();
                }
                ("data_offsets", Node::List(items)) => {
                    if let [Node::Number(begin), Node::Number(end)] = items.as_slice() {
                        extent = Some((*begin, *end));
                    }
                }
                ("dtype" | "shape" | "data_offsets", _) => {}
                _ => {
                    let key = place::escape_cut(key.as_bytes(), 64);
                    self.depart(DeviationKind::InvalidValue, name, "key", Some(key));
                }
            }
        }
        let bits = bits(&tensor.dtype);
        if bits.is_none() {
            self.depart(DeviationKind::InvalidValue, name, "dtype", Some(tensor.dtype.clone()));
        }
        if !shape_known {
            self.depart(DeviationKind::InvalidValue, name, "shape", None);
        }
        match extent {
            None => self.depart(DeviationKind::InvalidValue, name, "data_offsets", None),
            Some((begin, end)) => {
                tensor.offset = Some(begin);
                match end.checked_sub(begin) {
                    None => {
                        self.depart(DeviationKind::OutOfRange, name, "data_offsets", Some(format!("{begin}, {end}")));
                    }
                    Some(size) => {
                        tensor.size = Some(size);
                        self.extents.push((begin, end, number));
                        if let Some(bits) = bits.filter(|_| shape_known) {
                            self.measure(name, &tensor.shape, bits, size);
                        }
                    }
                }
            }
        }
        if self.tensors.len() < self.records {
            tensor.shape.truncate(64);
            self.tensors.push(tensor);
        }
    }

    fn measure(&mut self, name: &str, shape: &[u64], bits: u64, size: u64) {
        let wanted = shape.iter().try_fold(1u64, |count, length| count.checked_mul(*length));
        match wanted.and_then(|count| count.checked_mul(bits)) {
            None => self.depart(DeviationKind::Overflow, name, "shape", Some(format!("{shape:?}"))),
            Some(wanted) if !wanted.is_multiple_of(8) => {
                self.depart(DeviationKind::Misaligned, name, "shape", Some(format!("{wanted} bits")));
            }
            Some(wanted) if wanted >> 3 != size => {
                let found = format!("{size} bytes, where shape and dtype make {}", wanted >> 3);
                self.depart(DeviationKind::SizeMismatch, name, "data_offsets", Some(found));
            }
            Some(_) => {}
        }
    }

    /// Writes the table and what departs.
    fn record(&mut self, member: MemberId, walk: &mut Walk<'_>) {
        for (kind, name, field, found) in std::mem::take(&mut self.departures) {
            let found = found.map(|found| stream::shown(found.as_bytes(), walk));
            deviate(member, walk, kind, Some(&name), field, found);
        }
        for name in std::mem::take(&mut self.metadata.twice) {
            deviate(member, walk, DeviationKind::DuplicateKey, Some("__metadata__"), &name, None);
        }
        for name in std::mem::take(&mut self.metadata.wrong) {
            deviate(member, walk, DeviationKind::InvalidValue, Some("__metadata__"), &name, None);
        }
        walk.tensors(TensorTable {
            member,
            format: FormatId::Safetensors,
            count: self.count,
            entries: self.tensors.clone(),
            metadata: std::mem::take(&mut self.metadata.pairs),
            metadata_count: self.metadata.count,
        });
    }

    /// Looks at what the metadata say.
    fn look(&mut self, member: MemberId, walk: &mut Walk<'_>) {
        for (key, value) in std::mem::take(&mut self.metadata.texts) {
            embedded::text(member, &key, value.as_bytes(), walk);
        }
        if self.metadata.unkept {
            walk.incomplete(member, Some(FormatId::Safetensors), ReadError::Limit(Exhausted("metadata")));
        }
    }

    /// Asks that the tensors cover the data without holes or shared bytes, from its first byte to its last.
    fn cover(&mut self, data: &Source, base: u64, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        self.extents.sort_unstable();
        let mut reached = 0u64;
        let mut holes = 0usize;
        for (begin, end, number) in &self.extents {
            let name = usize::try_from(*number).ok().and_then(|number| self.tensors.get(number));
            let name = name.and_then(|tensor| tensor.name.as_deref());
            let found = Some(format!("{begin}, {end}"));
            if *begin < reached && end > begin {
                deviate(member, walk, DeviationKind::Overlap, name, "data_offsets", found.clone());
            } else if *begin > reached {
                deviate(member, walk, DeviationKind::Gap, name, "data_offsets", found.clone());
                let hole = data.range(reached, begin.saturating_sub(reached));
                if holes < HOLES && hole.size() > 0 && !stream::zeros(&hole)? {
                    holes = holes.saturating_add(1);
                    walk.member(Some(member), b"gap", Origin::Remainder, &hole, Hash::Wanted, Entry::default());
                }
            }
            if *end > data.size() {
                deviate(member, walk, DeviationKind::OutOfRange, name, "data_offsets", found);
            }
            if end > begin {
                embedded::tensor(
                    member,
                    name.unwrap_or_default(),
                    &data.range(*begin, end.saturating_sub(*begin)),
                    walk,
                );
            }
            reached = reached.max(*end);
        }
        if reached > data.size() {
            return Err(ReadError::truncated("the end of the tensors", base.saturating_add(data.size())));
        }
        let rest = data.range(reached, u64::MAX);
        if rest.size() > 0 {
            let offset = Some(base.saturating_add(reached));
            let found = Some(format!("{} bytes", rest.size()));
            let deviation = stream::deviation(member, FormatId::Safetensors, DeviationKind::SuffixBytes);
            walk.deviation(Deviation { found, offset, ..deviation });
            if !stream::zeros(&rest)? {
                walk.member(Some(member), b"suffix", Origin::Remainder, &rest, Hash::Wanted, Entry::default());
            }
        }
        Ok(())
    }
}

fn number_of(node: &Node) -> Option<u64> {
    match node {
        Node::Number(number) => Some(*number),
        _ => None,
    }
}

impl Taker for Header {
    fn pair<'de, A: MapAccess<'de>>(&mut self, key: KeyText, map: &mut A) -> Result<(), A::Error> {
        let name = place::escape(key.text.as_bytes());
        if self.keys.twice(&key) {
            self.depart(DeviationKind::DuplicateKey, &name, "", None);
        }
        if key.text == "__metadata__" {
            return map.next_value_seed(Object(&mut self.metadata));
        }
        self.parts.set(PARTS);
        let value = map.next_value_seed(NodeSeed(&self.parts))?;
        self.tensor(&name, value);
        Ok(())
    }
}

/// `__metadata__`: texts to texts, the first of them kept.
#[derive(Default)]
struct Pairs {
    records: usize,
    keys: Keys,
    count: u64,
    pairs: Vec<Metadata>,
    /// Each text as far as it is looked at, the bytes of all, and whether one was left out.
    texts: Vec<(String, String)>,
    kept: usize,
    unkept: bool,
    twice: Vec<String>,
    wrong: Vec<String>,
}

impl Taker for Pairs {
    fn pair<'de, A: MapAccess<'de>>(&mut self, key: KeyText, map: &mut A) -> Result<(), A::Error> {
        self.count = self.count.saturating_add(1);
        let name = place::escape(key.text.as_bytes());
        if self.keys.twice(&key) && self.twice.len() < self.records {
            self.twice.push(name.clone());
        }
        match map.next_value_seed(LongText(usize::try_from(embedded::TEXT).unwrap_or(usize::MAX)))? {
            Some((value, size)) if self.pairs.len() < self.records => {
                let shown = value.get(..value.floor_char_boundary(SHOWN)).unwrap_or_default();
                self.pairs.push(Metadata { key: name.clone(), value: place::escape(shown.as_bytes()), size });
                self.kept = self.kept.saturating_add(value.len());
                if self.kept <= KEPT {
                    self.texts.push((name, value));
                } else {
                    self.unkept = true;
                }
            }
            Some(_) => self.unkept = true,
            None if self.wrong.len() < self.records => self.wrong.push(name),
            None => {}
        }
        Ok(())
    }
}
