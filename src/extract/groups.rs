//! Weights of TensorFlow.js: those of a group lie one behind the other in the files of the group, without regard to where a file ends; and
//! files of TVM's tensor caches and of FAISS, of which other records say what lies where. Whether the files are as long as the weights, and in
//! which of them each begins, is asked once all files of the artifact are known.

use crate::extract::collect::Tables;
use crate::extract::elsewhere::{Range, places};
use crate::extract::source::Source;
use crate::extract::walk::ReadError;
use crate::facts::{Deviation, DeviationKind, FormatId, MemberId};
use crate::limits::Exhausted;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// Weights that lie one behind the other in files that are taken for one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(fuzzing, derive(serde::Serialize))]
pub(super) struct Group {
    /// The member that names them.
    pub member: MemberId,
    /// Its format.
    pub format: FormatId,
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
    /// So many, of which other records say what lies where.
    Parts(u64),
}

/// Dimensions that are kept of a shape.
const RANK: usize = 32;

/// A shape while its document is read.
#[derive(Debug, Default)]
pub(super) struct Dimensions {
    /// The first of its lengths.
    pub kept: Vec<u64>,
    /// Numbers in it; `None` when the shape does not tell.
    pub elements: Option<u64>,
}

impl Dimensions {
    /// A shape without dimensions: one number.
    pub(super) fn new() -> Self {
        Self { kept: Vec::new(), elements: Some(1) }
    }

    /// The length of the dimension `at`; `None` for one that is no length.
    pub(super) fn length(&mut self, at: u64, length: Option<u64>) {
        // A key that stands twice: the last counts.
        if at == 0 {
            *self = Self::new();
        }
        self.elements = self.elements.zip(length).and_then(|(all, length)| all.checked_mul(length));
        if self.kept.len() < RANK {
            self.kept.extend(length);
        }
    }
}

impl Group {
    /// No weights yet.
    pub(super) fn new(member: MemberId, format: FormatId) -> Self {
        Self { member, format, files: Vec::new(), weights: Vec::new() }
    }
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
                Some(Bytes::Numbers(bytes) | Bytes::Parts(bytes)) => bytes,
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
            format: group.format,
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

/// Opens the content of a member that is a file; `None` when it is none, or lay in a container.
type Open<'a> = &'a dyn Fn(MemberId) -> Result<Option<Source>, ReadError>;

/// The files of a group as one content.
struct Files<'a> {
    /// Where each begins, which it is, and its bytes.
    begins: Vec<(u64, MemberId, u64)>,
    end: u64,
    open: Open<'a>,
    sources: HashMap<MemberId, Source>,
}

impl<'a> Files<'a> {
    fn new(files: &[(MemberId, u64)], open: Open<'a>) -> Self {
        let mut all = Self { begins: Vec::new(), end: 0, open, sources: HashMap::new() };
        for (file, size) in files {
            all.begins.push((all.end, *file, *size));
            all.end = all.end.saturating_add(*size);
        }
        all
    }

    /// The file that has a byte, where in it that is, and how many bytes are left of the file from there on.
    fn place(&self, at: u64) -> Option<(MemberId, u64, u64)> {
        let index = self.begins.partition_point(|(begin, ..)| *begin <= at).checked_sub(1)?;
        let (begin, file, size) = self.begins.get(index)?;
        let inside = at.saturating_sub(*begin);
        (inside < *size).then_some((*file, inside, size.saturating_sub(inside)))
    }

    /// The number in four bytes, which may lie in two files; `None` where the files cannot be opened.
    fn number(&mut self, at: u64) -> Result<Option<u32>, ReadError> {
        let mut bytes = Vec::new();
        while let Some(missing) = 4usize.checked_sub(bytes.len()).filter(|missing| *missing > 0) {
            let next = at.saturating_add(u64::try_from(bytes.len()).unwrap_or(0));
            let place = self.place(next);
            let (file, inside, _) = place.ok_or_else(|| ReadError::truncated("a text of the weights", None))?;
            let source = match self.sources.entry(file) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(fresh) => match (self.open)(file)? {
                    Some(source) => fresh.insert(source),
                    None => return Ok(None),
                },
            };
            let more = source.bytes_at(inside, u64::try_from(missing).unwrap_or(4))?;
            if more.is_empty() {
                return Err(ReadError::truncated("a text of the weights", None));
            }
            bytes.extend(more);
        }
        Ok(<[u8; 4]>::try_from(bytes).ok().map(u32::from_le_bytes))
    }

    /// Bytes of so many texts; each takes one of `left`.
    fn texts(&mut self, start: u64, count: u64, left: &mut u64) -> Result<Option<u64>, ReadError> {
        let mut at = start;
        for _ in 0..count {
            *left = left.checked_sub(1).ok_or(Exhausted("values"))?;
            let Some(length) = self.number(at)? else { return Ok(None) };
            at = at.saturating_add(4).saturating_add(length.into());
        }
        if at > self.end {
            return Err(ReadError::truncated("a text of the weights", None));
        }
        Ok(Some(at.saturating_sub(start)))
    }
}

/// Adds where a group's weights lie: in the file in which each begins, and in the one in which it ends. Lengths of texts are paid from `left`.
///
/// # Errors
/// Truncated when the files end before the weights do and [`measure`] cannot know it; a limit; what opening a file says.
pub(super) fn spread(
    group: &Group,
    places: &HashMap<(MemberId, &str), MemberId>,
    tables: &Tables,
    open: Open<'_>,
    left: &mut u64,
    ranges: &mut Vec<(MemberId, Range)>,
) -> Result<(), ReadError> {
    let Some(files) = files(group, places, tables) else { return Ok(()) };
    let mut files = Files::new(&files, open);
    let (mut at, mut texts) = (0u64, false);
    for weight in &group.weights {
        let size = match weight.bytes {
            Some(Bytes::Numbers(size)) => Some(size),
            Some(Bytes::Texts(count)) => {
                texts = true;
                files.texts(at, count, left)?
            }
            Some(Bytes::Parts(_)) | None => None,
        };
        // What is not known is told by who read the manifest, or was said to be so of a container.
        let Some(size) = size else { return Ok(()) };
        let range = |at: u64, size: u64| {
            let (member, name) = (group.member, weight.name.clone());
            Range { member, target: std::sync::Arc::default(), name, at, size: Some(size), record: false }
        };
        let behind = at.saturating_add(size);
        if let Some((file, inside, rest)) = files.place(at) {
            ranges.push((file, range(inside, size.min(rest))));
            // What begins in this file and ends in another ends there; what lies between is the middle of it.
            if size > rest
                && let Some((file, inside, _)) = behind.checked_sub(1).and_then(|last| files.place(last))
            {
                ranges.push((file, range(0, inside.saturating_add(1))));
            }
        }
        at = behind;
    }
    if texts && at > files.end {
        return Err(ReadError::truncated("the end of the weights", None));
    }
    Ok(())
}
