//! Tensors whose bytes lie in other files of the artifact: external data of ONNX, shards of a checkpoint, weights beside OpenVINO's and Core
//! ML's programs, weights of TensorFlow.js that go on from file to file (`groups`). They are looked at when all files were read, because the
//! file that names them may come first or last.

use crate::extract::collect::Tables;
use crate::extract::embedded::Looked;
use crate::extract::groups;
use crate::extract::source::Source;
use crate::extract::walk::{ReadError, Walk};
use crate::facts::{MemberId, ReferenceKind};
use crate::limits::{Budget, Limits};
use crate::place;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// A tensor in another file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(fuzzing, derive(serde::Serialize))]
pub(super) struct Range {
    /// The member that names it.
    pub member: MemberId,
    /// The file, as the member's reference has it.
    pub target: Arc<str>,
    /// The tensor's name, escaped.
    pub name: String,
    /// Its first byte in the file.
    pub at: u64,
    /// Bytes of it; to the file's end when it does not say.
    pub size: Option<u64>,
    /// There stands a record that says where the bytes are (Core ML).
    pub record: bool,
}

impl Range {
    /// What it costs of [`Limits::facts`] without its target.
    pub(super) fn price(&self) -> u64 {
        let fixed = u64::try_from(size_of::<Self>()).unwrap_or(u64::MAX);
        fixed.saturating_add(u64::try_from(self.name.len()).unwrap_or(u64::MAX))
    }

    /// What a target costs that no range had before, with the letters that it is found by.
    pub(super) fn target_price(target: &[u8]) -> u64 {
        // Escaped a byte may be four.
        u64::try_from(target.len()).unwrap_or(u64::MAX).saturating_mul(5).saturating_add(128)
    }
}

/// The targets of the ranges of one file, each once: thousands of tensors lie in one.
#[derive(Debug, Default)]
pub(super) struct Targets(HashMap<Vec<u8>, Arc<str>>);

impl Targets {
    /// A target as references have it, when a range had it before.
    pub(super) fn known(&self, target: &[u8]) -> Option<Arc<str>> {
        self.0.get(target).cloned()
    }

    /// A target that no range had before.
    pub(super) fn add(&mut self, target: &[u8]) -> Arc<str> {
        let escaped: Arc<str> = place::escape(target).into();
        self.0.insert(target.to_vec(), escaped.clone());
        escaped
    }
}

/// Which file each reference to external data leads to.
pub(super) fn places(tables: &Tables) -> HashMap<(MemberId, &str), MemberId> {
    let named = tables.references.iter().filter(|one| one.kind == ReferenceKind::ExternalData);
    named.filter_map(|one| Some(((one.member, one.target.as_str()), one.to?))).collect()
}

/// What begins a record of Core ML's weight files, in 64 bytes (mlmodel/src/MILBlob/Blob/StorageFormat.hpp, `blob_metadata`: the sentinel,
/// a type, the size and the offset).
const SENTINEL: u64 = 0xdead_beef;

/// Looks at the beginning of every tensor that lies in another file; `limits.facts` is what all of them may cost. `open` gives the content of
/// a member that is a file, if it is the same as when it was read.
pub(super) fn look(tables: &mut Tables, limits: &Limits, open: impl Fn(MemberId) -> Result<Option<Source>, ReadError>) {
    let (ranges, groups) = (std::mem::take(&mut tables.ranges), std::mem::take(&mut tables.groups));
    if ranges.is_empty() && groups.is_empty() {
        return;
    }
    let places = places(tables);
    let mut ranges: Vec<(MemberId, Range)> =
        ranges.into_iter().filter_map(|range| Some((*places.get(&(range.member, &*range.target))?, range))).collect();
    let (mut values, mut failed) = (limits.values, Vec::new());
    for group in &groups {
        let outcome = groups::spread(group, &places, tables, &open, &mut values, &mut ranges);
        failed.extend(outcome.err().map(|error| (group, error)));
    }
    let mut files: BTreeMap<MemberId, Vec<&Range>> = BTreeMap::new();
    for (file, range) in &ranges {
        files.entry(*file).or_default().push(range);
    }
    let mut left = limits.clone();
    for (file, ranges) in files {
        let (looked, failed) = match open(file) {
            Ok(Some(source)) => (looked(&source, &ranges), None),
            Ok(None) => continue,
            Err(error) => (Looked::default(), Some(error)),
        };
        if failed.is_none() && looked.is_empty() {
            continue;
        }
        let mut budget =
            Budget::new(&left, tables.members.get(usize::try_from(file).unwrap_or(0)).map_or(0, |one| one.size));
        let mut walk = Walk::new(limits, &mut budget, &());
        walk.tables = std::mem::take(tables);
        looked.write(file, &mut walk);
        if let Some(error) = failed {
            walk.incomplete(file, None, error);
        }
        *tables = walk.tables;
        left.facts = budget.facts_left();
    }
    for (group, error) in failed {
        let mut budget = Budget::new(&left, 0);
        let mut walk = Walk::new(limits, &mut budget, &());
        walk.tables = std::mem::take(tables);
        walk.incomplete(group.member, Some(group.format), error);
        *tables = walk.tables;
    }
}

fn looked(source: &Source, ranges: &[&Range]) -> Looked {
    let mut looked = Looked::default();
    for range in ranges {
        let (at, size) = if range.record { record(source, range.at) } else { (range.at, range.size) };
        looked.tensor(&range.name, &source.range(at, size.unwrap_or(u64::MAX)));
    }
    looked
}

/// Where the bytes are that a record speaks of; where there is no record, from there on.
fn record(source: &Source, at: u64) -> (u64, Option<u64>) {
    let number = |offset: u64, bytes: u64| {
        let mut number = [0; 8];
        let read = source.bytes_at(at.saturating_add(offset), bytes).unwrap_or_default();
        number.iter_mut().zip(read).for_each(|(into, byte)| *into = byte);
        u64::from_le_bytes(number)
    };
    if number(0, 4) == SENTINEL { (number(16, 8), Some(number(8, 8))) } else { (at, None) }
}
