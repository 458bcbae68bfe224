//! The tensor infos of a GGUF file, and what their offsets and sizes make of the data behind them. Never reads a tensor.

use super::cursor::Cursor;
use super::hash;
use crate::extract::embedded;
use crate::extract::format::note::Notes;
use crate::extract::format::remainder;
use crate::extract::source::Source;
use crate::extract::walk::{ReadError, Walk};
use crate::facts::{DeviationKind, Tensor, TensorTable};
use crate::limits::Exhausted;
use crate::place;
use std::collections::HashSet;

/// Longest name of a tensor, and most dimensions ("File Structure", `gguf_tensor_info_t`).
const NAME: u64 = 64;
const DIMENSIONS: u64 = 4;
/// Bytes kept of a name, so that two long ones can be told apart.
const KEPT: u64 = 4_096;
/// Holes between tensors that are looked into one by one.
const HOLES: usize = 64;

/// Name, elements of a block, and bytes of a block by `ggml_type` (ggml.h; sizes from ggml-common.h and gguf-py's constants.py).
/// Types that were taken out again (Q4_2, Q4_0_4_4 and the like) are in no reader any more.
const TYPES: &[(u64, &str, u64, u64)] = &[
    (0, "F32", 1, 4),
    (1, "F16", 1, 2),
    (2, "Q4_0", 32, 18),
    (3, "Q4_1", 32, 20),
    (6, "Q5_0", 32, 22),
    (7, "Q5_1", 32, 24),
    (8, "Q8_0", 32, 34),
    (9, "Q8_1", 32, 36),
    (10, "Q2_K", 256, 84),
    (11, "Q3_K", 256, 110),
    (12, "Q4_K", 256, 144),
    (13, "Q5_K", 256, 176),
    (14, "Q6_K", 256, 210),
    (15, "Q8_K", 256, 292),
    (16, "IQ2_XXS", 256, 66),
    (17, "IQ2_XS", 256, 74),
    (18, "IQ3_XXS", 256, 98),
    (19, "IQ1_S", 256, 50),
    (20, "IQ4_NL", 32, 18),
    (21, "IQ3_S", 256, 110),
    (22, "IQ2_S", 256, 82),
    (23, "IQ4_XS", 256, 136),
    (24, "I8", 1, 1),
    (25, "I16", 1, 2),
    (26, "I32", 1, 4),
    (27, "I64", 1, 8),
    (28, "F64", 1, 8),
    (29, "IQ1_M", 256, 56),
    (30, "BF16", 1, 2),
    (34, "TQ1_0", 256, 54),
    (35, "TQ2_0", 256, 66),
    (39, "MXFP4", 32, 17),
    (40, "NVFP4", 64, 36),
    (41, "Q1_0", 128, 18),
];

/// The infos while they are read: names by hash, extents of all tensors whose size is known.
pub(super) struct Tensors {
    notes: Notes,
    names: HashSet<u64>,
    /// First byte in the data, byte behind the last, and the place in the table.
    extents: Vec<(u64, u64, usize)>,
    /// A tensor's size is not known: nothing can be said about holes.
    unknown: bool,
    /// Names of the tensors that the table keeps.
    kept: Vec<Option<String>>,
}

impl Tensors {
    pub(super) fn new(notes: Notes) -> Self {
        Self { notes, names: HashSet::new(), extents: Vec::new(), unknown: false, kept: Vec::new() }
    }

    /// Reads `count` infos.
    pub(super) fn read(
        &mut self,
        cursor: &mut Cursor,
        count: u64,
        alignment: u64,
        table: &mut TensorTable,
        walk: &mut Walk<'_>,
    ) -> Result<(), ReadError> {
        for number in 0..count {
            // As many as there may be members: each is remembered.
            if number >= walk.limits.members {
                return Err(ReadError::Limit(Exhausted("members")));
            }
            let tensor = self.info(cursor, alignment, walk)?;
            if number < walk.limits.records {
                self.kept.push(tensor.name.clone());
                table.entries.push(tensor);
            }
        }
        Ok(())
    }

    fn info(&mut self, cursor: &mut Cursor, alignment: u64, walk: &mut Walk<'_>) -> Result<Tensor, ReadError> {
        let notes = self.notes;
        let at = cursor.at;
        let (name, length) = cursor.text(KEPT, "a tensor's name")?;
        let deviate = |kind, field| notes.of(kind).entry(&name).field(field).at(at);
        if length > NAME {
            deviate(DeviationKind::InvalidValue, "name").expected("at most 64 bytes").found(length).write(walk);
        }
        if !self.names.insert(hash(&name)) {
            notes.of(DeviationKind::DuplicateName).entry(&name).at(at).write(walk);
        }
        let dimensions = cursor.number(4, "a tensor's dimensions")?;
        if dimensions > DIMENSIONS {
            deviate(DeviationKind::InvalidValue, "n_dimensions").expected("at most 4").found(dimensions).write(walk);
        }
        let mut shape = Vec::new();
        let mut elements = Some(1u64);
        for index in 0..dimensions {
            let length = cursor.length("a tensor's dimensions")?;
            elements = elements.and_then(|elements| elements.checked_mul(length));
            if index < 64 {
                shape.push(length);
            }
        }
        let kind = cursor.number(4, "a tensor's type")?;
        let offset = cursor.number(8, "a tensor's offset")?;
        let known = TYPES.iter().find(|(id, ..)| *id == kind);
        if known.is_none() {
            deviate(DeviationKind::InvalidValue, "type").found(kind).write(walk);
        }
        if !offset.is_multiple_of(alignment) {
            deviate(DeviationKind::Misaligned, "offset")
                .expected(format!("a multiple of {alignment}"))
                .found(offset)
                .write(walk);
        }
        let size = known.and_then(|(_, _, block, bytes)| {
            let row = shape.first().copied().unwrap_or(1);
            if !row.is_multiple_of(*block) {
                deviate(DeviationKind::InvalidValue, "dimensions")
                    .expected(format!("a multiple of {block}"))
                    .found(row)
                    .write(walk);
            }
            // gguf.cpp counts in 64 bits with a sign.
            let elements = elements.filter(|elements| i64::try_from(*elements).is_ok());
            let size = elements.and_then(|elements| elements.div_ceil(*block).checked_mul(*bytes));
            let size = size.filter(|size| size.checked_add(offset).is_some());
            if size.is_none() {
                deviate(DeviationKind::Overflow, "dimensions").found(format!("{shape:?}")).write(walk);
            }
            size
        });
        match size.and_then(|size| offset.checked_add(size)) {
            Some(end) => self.extents.push((offset, end, self.kept.len())),
            None => self.unknown = true,
        }
        Ok(Tensor {
            name: Some(place::escape_cut(&name, usize::try_from(walk.limits.text).unwrap_or(usize::MAX))),
            dtype: known.map_or_else(|| kind.to_string(), |(_, name, ..)| (*name).to_owned()),
            shape,
            offset: Some(offset),
            size,
            file: None,
        })
    }

    /// Holds the tensors against the data, which begins behind the infos at the next multiple of the alignment: they stand one
    /// after the other, each from such a multiple on, to the end of the file.
    pub(super) fn cover(
        mut self,
        source: &Source,
        infos: u64,
        alignment: u64,
        walk: &mut Walk<'_>,
    ) -> Result<(), ReadError> {
        let padded = |at: u64| at.checked_next_multiple_of(alignment).unwrap_or(u64::MAX);
        let base = padded(infos);
        let size = source.size();
        self.extents.sort_unstable();
        let (mut reached, mut holes, mut beyond) = (infos, 0usize, false);
        for (begin, end, index) in &self.extents {
            let name = self.kept.get(*index).cloned().flatten().unwrap_or_default();
            let (from, to) = (base.saturating_add(*begin), base.saturating_add(*end));
            let deviate = |kind| self.notes.of(kind).entry(name.as_bytes()).field("offset").found(begin).at(from);
            if from < reached && end > begin {
                deviate(DeviationKind::Overlap).write(walk);
            } else if from > padded(reached) && !self.unknown {
                deviate(DeviationKind::Gap).expected(padded(reached).saturating_sub(base)).write(walk);
            }
            if to > size && end > begin {
                deviate(DeviationKind::OutOfRange).write(walk);
                beyond = true;
            }
            if from > reached && from <= size && holes < HOLES {
                holes = holes.saturating_add(1);
                // What hides behind padding begins where a tensor would.
                let behind = padded(reached).min(from);
                remainder::read(source, reached, behind, self.notes, walk)?;
                remainder::read(source, behind, from, self.notes, walk)?;
            }
            if end > begin && to <= size {
                embedded::tensor(self.notes.member, &name, &source.range(from, to.saturating_sub(from)), walk);
            }
            reached = reached.max(to);
        }
        if beyond {
            return Err(ReadError::truncated("the end of the tensors", size));
        }
        let behind = padded(reached).min(size);
        remainder::read(source, reached.min(size), behind, self.notes, walk)?;
        remainder::read(source, behind, size, self.notes, walk)?;
        Ok(())
    }
}
