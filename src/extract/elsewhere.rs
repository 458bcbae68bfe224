//! Tensors whose bytes lie in other files of the artifact: external data of ONNX, shards of a checkpoint, weights beside OpenVINO's and Core
//! ML's programs, weights of TensorFlow.js that go on from file to file. They are looked at when all files were read, because the file that names
//! them may come first or last.

use crate::extract::collect::Tables;
use crate::extract::embedded::Looked;
use crate::extract::source::Source;
use crate::extract::walk::{ReadError, Walk};
use crate::facts::{Deviation, DeviationKind, FormatId, MemberId, ReferenceKind};
use crate::limits::{Budget, Exhausted, Limits};
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

/// A tensor in another file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(fuzzing, derive(serde::Serialize))]
pub(super) struct Range {
    /// The member that names it.
    pub member: MemberId,
    /// The file, as the member's reference has it.
    pub target: String,
    /// The tensor's name, escaped.
    pub name: String,
    /// Its first byte in the file.
    pub at: u64,
    /// Bytes of it; to the file's end when it does not say.
    pub size: Option<u64>,
    /// There stands a record that says where the bytes are (Core ML).
    pub record: bool,
}

/// Weights of TensorFlow.js that lie one behind the other in files that are taken for one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(fuzzing, derive(serde::Serialize))]
pub(super) struct Group {
    /// The member that names them.
    pub member: MemberId,
    /// The files in their order, as the member's references have them.
    pub files: Vec<String>,
    /// The weights in their order.
    pub weights: Vec<Weight>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(fuzzing, derive(serde::Serialize))]
pub(super) struct Weight {
    /// Its name, escaped.
    pub name: String,
    /// Its bytes; `None` when they are not known, and then where the next ones lie is not known either.
    pub bytes: Option<Bytes>,
}

/// Bytes of a weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(fuzzing, derive(serde::Serialize))]
pub(super) enum Bytes {
    /// So many.
    Numbers(u64),
    /// So many texts, each behind its length in 4 bytes (tfjs-core/src/io/io_utils.ts, `decodeWeights`).
    Texts(u64),
}

impl Group {
    /// No weights yet.
    pub(super) fn new(member: MemberId) -> Self {
        Self { member, files: Vec::new(), weights: Vec::new() }
    }
}

/// Which file each reference to external data leads to.
fn places(tables: &Tables) -> HashMap<(MemberId, &str), MemberId> {
    let named = tables.references.iter().filter(|one| one.kind == ReferenceKind::ExternalData);
    named.filter_map(|one| Some(((one.member, one.target.as_str()), one.to?))).collect()
}

/// The files of a group and their sizes; `None` when one of them is not there, or is a pointer to what is not there.
fn files(group: &Group, places: &HashMap<(MemberId, &str), MemberId>, tables: &Tables) -> Option<Vec<(MemberId, u64)>> {
    let file = |name: &String| {
        let to = *places.get(&(group.member, name.as_str()))?;
        let member = tables.members.get(usize::try_from(to).ok()?)?;
        let there = member.pointer.as_ref().is_none_or(|pointer| pointer.resolved);
        there.then_some((to, member.size))
    };
    group.files.iter().map(file).collect()
}

/// Holds the weights of each group against the sizes of its files, which are known only now. What is told of texts is the least that they take.
pub(super) fn measure(tables: &mut Tables) {
    let places = places(tables);
    let mut found = Vec::new();
    for group in &tables.groups {
        let Some(files) = files(group, &places, tables) else { continue };
        let there = files.iter().fold(0u64, |all, (_, size)| all.saturating_add(*size));
        let (mut needed, mut beyond, mut exact) = (0u64, None, true);
        for weight in &group.weights {
            let bytes = match weight.bytes {
                Some(Bytes::Numbers(bytes)) => bytes,
                Some(Bytes::Texts(count)) => {
                    exact = false;
                    count.saturating_mul(4)
                }
                None => {
                    exact = false;
                    0
                }
            };
            needed = needed.saturating_add(bytes);
            if needed > there && beyond.is_none() {
                beyond = Some(weight.name.clone());
            }
        }
        let kind = match beyond {
            Some(_) => DeviationKind::OutOfRange,
            None if exact && needed < there => DeviationKind::SizeMismatch,
            None => continue,
        };
        found.push(Deviation {
            member: group.member,
            format: FormatId::Tfjs,
            kind,
            name: beyond.or_else(|| group.files.last().cloned()),
            field: Some("weights".to_owned()),
            expected: Some(format!("{there} bytes in {} files", files.len())),
            found: Some(needed.to_string()),
            offset: None,
            count: 1,
        });
    }
    found.into_iter().for_each(|record| tables.deviation(record));
}

/// The ranges of a group's weights: in the file in which each begins, and in the one in which it ends.
fn spread(
    group: &Group,
    files: &[(MemberId, u64)],
    open: &impl Fn(MemberId) -> Result<Option<Source>, ReadError>,
    left: &mut u64,
) -> (Vec<(MemberId, Range)>, Result<(), ReadError>) {
    let mut begins = Vec::new();
    let mut end = 0u64;
    for (file, size) in files {
        begins.push((end, *file, *size));
        end = end.saturating_add(*size);
    }
    let place = |at: u64| {
        let index = begins.partition_point(|(begin, ..)| *begin <= at).checked_sub(1)?;
        let (begin, file, size) = begins.get(index)?;
        let inside = at.saturating_sub(*begin);
        (inside < *size).then_some((*file, inside, size.saturating_sub(inside), *begin))
    };
    let mut ranges = Vec::new();
    let mut sources: HashMap<MemberId, Source> = HashMap::new();
    let mut at = 0u64;
    for weight in &group.weights {
        let Some((file, inside, rest, _)) = place(at) else { break };
        let size = match weight.bytes {
            Some(Bytes::Numbers(size)) => size,
            Some(Bytes::Texts(count)) => {
                let start = at;
                let mut at = at;
                for _ in 0..count {
                    let Some(next) = left.checked_sub(1) else { return (ranges, Err(Exhausted("values").into())) };
                    *left = next;
                    let mut length = [0; 4];
                    // Each byte by itself: a length may go on in the next file.
                    for byte in &mut length {
                        let Some((file, inside, ..)) = place(at) else { return (ranges, Ok(())) };
                        let source = match sources.entry(file) {
                            Entry::Occupied(known) => known.into_mut(),
                            Entry::Vacant(fresh) => match open(file) {
                                Ok(Some(source)) => fresh.insert(source),
                                Ok(None) => return (ranges, Ok(())),
                                Err(error) => return (ranges, Err(error)),
                            },
                        };
                        *byte = source.bytes_at(inside, 1).ok().and_then(|one| one.first().copied()).unwrap_or(0);
                        at = at.saturating_add(1);
                    }
                    at = at.saturating_add(u32::from_le_bytes(length).into());
                }
                at.saturating_sub(start)
            }
            None => break,
        };
        let range = |at: u64, size: u64| Range {
            member: group.member,
            target: String::new(),
            name: weight.name.clone(),
            at,
            size: Some(size),
            record: false,
        };
        ranges.push((file, range(inside, size.min(rest))));
        let next = at.saturating_add(size);
        // What begins in this file and ends in another ends there; what lies between is the middle of it.
        if size > rest
            && let Some((file, inside, _, _)) = next.checked_sub(1).and_then(place)
        {
            ranges.push((file, range(0, inside.saturating_add(1))));
        }
        at = next;
    }
    (ranges, Ok(()))
}

/// What begins a record of Core ML's weight files, in 64 bytes (mlmodel/src/MILBlob/Blob/StorageFormat.hpp, `blob_metadata`: the sentinel,
/// a type, the size and the offset).
const SENTINEL: u64 = 0xdead_beef;

/// Looks at the beginning of every tensor that lies in another file; `limits.facts` is what all of them may cost. `open` gives the content of a member that is a file, if it is the
/// same as when it was read.
pub(super) fn look(tables: &mut Tables, limits: &Limits, open: impl Fn(MemberId) -> Result<Option<Source>, ReadError>) {
    let (ranges, groups) = (std::mem::take(&mut tables.ranges), std::mem::take(&mut tables.groups));
    if ranges.is_empty() && groups.is_empty() {
        return;
    }
    let places = places(tables);
    let mut ranges: Vec<(MemberId, Range)> = ranges
        .into_iter()
        .filter_map(|range| Some((*places.get(&(range.member, range.target.as_str()))?, range)))
        .collect();
    let (mut values, mut failed) = (limits.values, Vec::new());
    for group in &groups {
        let Some(files) = files(group, &places, tables) else { continue };
        let (more, outcome) = spread(group, &files, &open, &mut values);
        ranges.extend(more);
        failed.extend(outcome.err().map(|error| (group.member, error)));
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
    for (member, error) in failed {
        let mut budget = Budget::new(&left, 0);
        let mut walk = Walk::new(limits, &mut budget, &());
        walk.tables = std::mem::take(tables);
        walk.incomplete(member, Some(FormatId::Tfjs), error);
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
