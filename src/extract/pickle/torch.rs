//! torch's older file: five pickles (magic number, protocol version, system information, object, storage keys), and behind them the
//! storages in the order of the keys, each an int64 count and as many elements (`torch/serialization.py` `_legacy_save`,
//! `_legacy_load`; `torch/csrc/generic/serialization.cpp` `THPStorage_writeFileRaw`).

use crate::extract::embedded::Looked;
use crate::extract::pickle::reading::Read;
use crate::extract::source::Source;
use crate::extract::walk::{ReadError, Walk};
use crate::facts::{Deviation, DeviationKind, FormatId, MemberId};
use std::collections::{BTreeSet, HashMap};

/// What the pickles said so far.
#[derive(Debug, Default)]
pub(super) struct Legacy {
    pickles: u64,
    magic: bool,
    sizes: HashMap<Vec<u8>, u64>,
    keys: Option<Vec<Vec<u8>>>,
}

impl Legacy {
    /// Whether the next pickle may be the fifth, whose list must be kept whole.
    pub(super) fn wants_keys(&self) -> bool {
        self.pickles == 4
    }

    /// Whether the loader of a file that begins with the magic number goes on to another pickle.
    pub(super) fn expects_more(&self) -> bool {
        self.magic && self.pickles < 5
    }

    /// Takes what a pickle said.
    pub(super) fn add(&mut self, reads: &[Read]) {
        let Some(read) = reads.first() else { return };
        if self.pickles == 0 {
            self.magic = read.outcome.magic;
        }
        if self.pickles == 3 {
            self.sizes.clone_from(&read.outcome.storages);
        }
        if self.pickles == 4 {
            self.keys.clone_from(&read.outcome.texts);
        }
        self.pickles = self.pickles.saturating_add(1);
    }

    /// The keys of the storages that the first pickle names: an archive around it has to hold them.
    pub(super) fn asked(reads: &[Read]) -> Vec<Vec<u8>> {
        let keys: BTreeSet<&Vec<u8>> = reads.iter().flat_map(|read| read.outcome.storages.keys()).collect();
        keys.into_iter().cloned().collect()
    }

    /// After the fifth pickle: the offset behind the storages. Else, and for other files, `end`.
    pub(super) fn storages(&mut self, source: &Source, end: u64, member: MemberId, walk: &mut Walk<'_>) -> u64 {
        // Without the number the file may still have been written by torch and changed, or compute the number by a call.
        if !self.magic && (self.pickles < 5 || self.sizes.is_empty()) {
            return end;
        }
        walk.claimed(member, FormatId::TorchLegacy);
        if self.pickles != 5 {
            return end;
        }
        if !self.magic {
            walk.deviation(Deviation {
                member,
                format: FormatId::TorchLegacy,
                kind: DeviationKind::InvalidValue,
                name: None,
                field: Some("magic number".to_owned()),
                expected: Some("0x1950a86a20f9469cfc6c".to_owned()),
                found: None,
                offset: Some(0),
                count: 1,
            });
        }
        let mut looked = Looked::default();
        let outcome = self.account(source, end, &mut looked);
        looked.write(member, walk);
        match outcome {
            Ok(end) => end,
            Err(error) => {
                walk.incomplete(member, Some(FormatId::TorchLegacy), error);
                end
            }
        }
    }

    fn account(&self, source: &Source, start: u64, looked: &mut Looked) -> Result<u64, ReadError> {
        let keys = self.keys.as_ref();
        let keys = keys.ok_or_else(|| ReadError::malformed("the storage keys are no list of texts", start))?;
        let mut cursor = start;
        for key in keys {
            let size = self.sizes.get(key);
            let size = size.ok_or_else(|| ReadError::malformed("a storage key that no persistent id names", cursor))?;
            let header = source.bytes_at(cursor, 8)?;
            let count = <[u8; 8]>::try_from(header.as_slice()).map(i64::from_le_bytes);
            let count = count.map_err(|_| ReadError::truncated("a storage's size", cursor))?;
            let next = u64::try_from(count)
                .ok()
                .and_then(|count| count.checked_mul(*size)?.checked_add(8)?.checked_add(cursor))
                .filter(|next| *next <= source.size());
            let next = next.ok_or_else(|| ReadError::truncated("the end of a storage", cursor))?;
            let data = cursor.saturating_add(8);
            looked.tensor(&String::from_utf8_lossy(key), &source.range(data, next.saturating_sub(data)));
            cursor = next;
        }
        Ok(cursor)
    }
}

/// Bytes of one element of a torch storage class (`torch/storage.py` `_storage_type_to_dtype_map`).
pub(super) fn element_size(class: &str) -> Option<u64> {
    Some(match class {
        "DoubleStorage" | "LongStorage" | "ComplexFloatStorage" => 8,
        "FloatStorage" | "IntStorage" | "QInt32Storage" => 4,
        "HalfStorage" | "ShortStorage" | "BFloat16Storage" => 2,
        "CharStorage" | "ByteStorage" | "BoolStorage" | "QInt8Storage" | "QUInt8Storage" | "QUInt4x2Storage"
        | "QUInt2x4Storage" | "UntypedStorage" | "_UntypedStorage" => 1,
        "ComplexDoubleStorage" => 16,
        _ => return None,
    })
}
