//! One node of OCDBT once it is unpacked: the files that it names and what of them, and of a leaf the keys and values. Follows nothing: the
//! nodes of a tree lie in several files, and each is read where it lies.

use crate::extract::embedded;
use crate::extract::format::first_letter;
use crate::extract::format::note::Notes;
use crate::extract::format::outline::Outline;
use crate::extract::format::zstd;
use crate::extract::reader::Reader;
use crate::extract::source::Source;
use crate::extract::walk::{Entry, Hash, ReadError, Walk};
use crate::facts::{DeviationKind, FormatId, MemberId, Origin, ReferenceKind};
use crate::limits::Exhausted;
use crate::place;

/// A kind of node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// "Manifest format".
    Manifest,
    /// "Version tree node format".
    Version,
    /// "B+tree node format".
    Tree,
}

impl Kind {
    /// Kinds that stand in data files.
    pub(super) const IN_FILES: [Self; 2] = [Self::Version, Self::Tree];

    /// What it begins with.
    pub(super) const fn magic(self) -> [u8; 4] {
        match self {
            Self::Manifest => [0x0c, 0xdb, 0x3a, 0x2a],
            Self::Version => [0x0c, 0xdb, 0x12, 0x34],
            Self::Tree => [0x0c, 0xdb, 0x20, 0xde],
        }
    }
}

/// Longest path ("Data file table format": 65,535 bytes), and bytes of all paths of one node.
const PATH: u64 = 65_535;
const PATHS: u64 = 16 << 20;
/// Longest value that is taken for the metadata of an array; chunks are longer, or do not begin as JSON does.
const METADATA: u64 = 1 << 20;
/// Bytes of a packed value from which its first ones are unpacked: one block of Zstandard (RFC 8878, 3.1.1.2.4) and its headers.
const BEGINNING: u64 = (128 << 10) + 32;

/// A node that is read.
pub(super) struct Node<'a> {
    /// The file that it stands in.
    pub source: &'a Source,
    /// The member of that.
    pub member: MemberId,
    /// Where it begins.
    pub at: u64,
    /// What takes its facts.
    pub outline: &'a mut Outline,
    /// Takes where values in this file begin and end.
    pub covered: &'a mut Vec<(u64, u64)>,
}

/// The files that a node names, and which of them it uses for nodes and for values.
struct Files {
    paths: Vec<Vec<u8>>,
    used: Vec<[bool; 2]>,
}

/// What a file is named for.
#[derive(Clone, Copy)]
enum Use {
    Node,
    Value,
}

impl Files {
    /// Marks a file as used; its path.
    fn take(&mut self, index: u64, to: Use) -> Result<&[u8], ReadError> {
        let broken = || ReadError::malformed(format!("a node names file {index}, which its table does not have"), None);
        let index = usize::try_from(index).map_err(|_| broken())?;
        let used = self.used.get_mut(index).ok_or_else(broken)?;
        let [node, value] = used;
        match to {
            Use::Node => *node = true,
            Use::Value => *value = true,
        }
        Ok(self.paths.get(index).map(Vec::as_slice).unwrap_or_default())
    }
}

impl Node<'_> {
    /// Reads the body of a node.
    pub(super) fn read(mut self, kind: Kind, body: &[u8], walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let mut reader = Reader::new(body);
        match kind {
            Kind::Manifest => {
                // "Manifest configuration": the identifier, then which manifest it is (format/config_codec.h, `ManifestKindCodec`).
                reader.take(16)?;
                let numbered = reader.varint()?;
                reader.varint()?;
                reader.varint()?;
                reader.u8()?;
                let compression = reader.varint()?;
                if compression == 1 {
                    reader.le_u32()?;
                }
                self.outline.version("manifest", None, if numbered == 0 { "single" } else { "numbered" });
                if numbered == 0 {
                    let mut files = files(&mut reader, walk)?;
                    self.versions(&mut reader, &mut files, walk)?;
                    self.older(&mut reader, &mut files, true, walk)?;
                    self.refer(&files);
                }
            }
            Kind::Version => {
                reader.u8()?;
                let height = reader.u8()?;
                let mut files = files(&mut reader, walk)?;
                match height {
                    0 => self.versions(&mut reader, &mut files, walk)?,
                    _ => self.older(&mut reader, &mut files, false, walk)?,
                }
                self.refer(&files);
            }
            Kind::Tree => {
                let height = reader.u8()?;
                let mut files = files(&mut reader, walk)?;
                let count = reader.varint()?;
                match height {
                    0 => self.leaf(&mut reader, &mut files, count, walk)?,
                    _ => self.interior(&mut reader, &mut files, count, walk)?,
                }
                self.refer(&files);
            }
        }
        if reader.rest().is_empty() {
            Ok(())
        } else {
            Err(ReadError::malformed("a node holds more than it says", self.at))
        }
    }

    /// "Version tree leaf node entries format": roots of trees. A version without a tree has neither place nor length (`IsMissing`).
    fn versions(&self, reader: &mut Reader<'_>, files: &mut Files, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let count = reader.varint()?;
        pass(reader, count, walk)?;
        for _ in 0..count {
            reader.u8()?;
        }
        places(reader, files, count, walk)?;
        for _ in 0..3 {
            pass(reader, count, walk)?;
        }
        for _ in 0..count {
            reader.le_u64()?;
        }
        Ok(())
    }

    /// "Interior version tree node entries", and those of the manifest, which say their height.
    fn older(
        &self,
        reader: &mut Reader<'_>,
        files: &mut Files,
        height: bool,
        walk: &mut Walk<'_>,
    ) -> Result<(), ReadError> {
        let count = reader.varint()?;
        pass(reader, count, walk)?;
        places(reader, files, count, walk)?;
        pass(reader, count, walk)?;
        for _ in 0..count {
            reader.le_u64()?;
        }
        for _ in 0..if height { count } else { 0 } {
            reader.u8()?;
        }
        Ok(())
    }

    /// "Interior B+tree node format": child nodes.
    fn interior(
        &self,
        reader: &mut Reader<'_>,
        files: &mut Files,
        count: u64,
        walk: &mut Walk<'_>,
    ) -> Result<(), ReadError> {
        pass(reader, count.saturating_sub(1), walk)?;
        let lengths = numbers(reader, count, walk)?;
        pass(reader, count, walk)?;
        for length in lengths {
            reader.take(usize::try_from(length).unwrap_or(usize::MAX))?;
        }
        places(reader, files, count, walk)?;
        for _ in 0..3 {
            pass(reader, count, walk)?;
        }
        Ok(())
    }

    /// "Leaf B+tree node format": keys and values.
    fn leaf(
        &mut self,
        reader: &mut Reader<'_>,
        files: &mut Files,
        count: u64,
        walk: &mut Walk<'_>,
    ) -> Result<(), ReadError> {
        let mut prefixes = vec![0];
        prefixes.extend(numbers(reader, count.saturating_sub(1), walk)?);
        let suffixes = numbers(reader, count, walk)?;
        let mut keys: Vec<Vec<u8>> = Vec::new();
        let mut room = PATHS;
        for (prefix, suffix) in prefixes.iter().zip(&suffixes) {
            let last = keys.last().map(Vec::as_slice).unwrap_or_default();
            keys.push(joined(last, *prefix, *suffix, reader, &mut room)?);
        }
        let lengths = numbers(reader, count, walk)?;
        let kinds = numbers(reader, count, walk)?;
        let indirect = kinds.iter().filter(|kind| **kind != 0).count();
        let indirect = u64::try_from(indirect).unwrap_or(u64::MAX);
        let (ids, offsets) = (numbers(reader, indirect, walk)?, numbers(reader, indirect, walk)?);
        let mut outside = ids.iter().zip(&offsets);
        for ((key, length), kind) in keys.iter().zip(&lengths).zip(&kinds) {
            let shown = place::escape_cut(key, 512);
            if *kind == 0 {
                let value = reader.take(usize::try_from(*length).unwrap_or(usize::MAX))?;
                let value = Source::memory(value.to_vec());
                if first_letter(&value)? == Some(b'{') {
                    self.metadata(&shown, &value, walk)?;
                } else {
                    look(self.member, &shown, &value, walk)?;
                }
                continue;
            }
            let Some((id, offset)) = outside.next() else { break };
            let path = files.take(*id, Use::Value)?;
            let own = path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
            let here = walk.facts(self.member).is_some_and(|member| member.name.as_bytes() == own);
            self.outline.tensor(Some(&String::from_utf8_lossy(key)), "value", &[], Some(*offset), Some(*length));
            if !here {
                continue;
            }
            if offset.checked_add(*length).is_none_or(|end| end > self.source.size()) {
                let notes = Notes { member: self.member, format: FormatId::Ocdbt };
                let note = notes.of(DeviationKind::OutOfRange).entry(key).field("offset and length");
                let note = note.expected(format!("within {} bytes", self.source.size()));
                note.found(format!("{length} bytes at {offset}")).at(self.at).write(walk);
                continue;
            }
            let value = self.source.range(*offset, *length);
            self.covered.push((*offset, offset.saturating_add(*length)));
            if *length <= METADATA && first_letter(&value)? == Some(b'{') {
                self.metadata(&shown, &value, walk)?;
            } else {
                look(self.member, &shown, &value, walk)?;
            }
        }
        Ok(())
    }

    /// A value that begins as JSON does, and is of a format, becomes a member: it says how an array is stored.
    fn metadata(&self, key: &str, value: &Source, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        walk.budget.decoded(value.size())?;
        let mark = walk.before();
        let entry = Entry { payload: true, ..Entry::default() };
        let id = walk.member(Some(self.member), key.as_bytes(), Origin::Value, value, Hash::Wanted, entry);
        if id.and_then(|id| walk.facts(id)).is_none_or(|member| member.formats.is_empty()) {
            walk.take_back(mark);
        }
        Ok(())
    }

    /// Names the files that were used.
    fn refer(&mut self, files: &Files) {
        for (path, [node, value]) in files.paths.iter().zip(&files.used) {
            for (by, used) in [("tree-node", *node), ("stored-value", *value)] {
                if used {
                    self.outline.refer(ReferenceKind::ExternalData, by, None, path, self.at);
                }
            }
        }
    }
}

/// Looks at the beginning of a value that is no metadata: a chunk of an array, packed or not. What is another format becomes a member.
pub(super) fn look(member: MemberId, name: &str, value: &Source, walk: &mut Walk<'_>) -> Result<(), ReadError> {
    let head = value.bytes_at(0, BEGINNING)?;
    // A node may name the same bytes for each of its keys.
    walk.budget.decoded(u64::try_from(head.len()).unwrap_or(u64::MAX))?;
    match zstd::beginning(&head).map(|inner| embedded::begins(&Source::memory(inner))) {
        // The packing itself is how arrays are stored.
        Some(false) => {}
        Some(true) => embedded::hold(member, &format!("value of {name}"), value, walk),
        None => embedded::tensor(member, name, value, walk),
    }
    Ok(())
}

/// "Data file table format": paths, each with what it shares with the one before.
fn files(reader: &mut Reader<'_>, walk: &mut Walk<'_>) -> Result<Files, ReadError> {
    let count = reader.varint()?;
    let mut prefixes = vec![0];
    prefixes.extend(numbers(reader, count.saturating_sub(1), walk)?);
    let suffixes = numbers(reader, count, walk)?;
    // How much of each is the path of another database, which the nodes in that file belong to.
    pass(reader, count, walk)?;
    let (mut paths, mut room): (Vec<Vec<u8>>, _) = (Vec::new(), PATHS);
    for (prefix, suffix) in prefixes.iter().zip(&suffixes) {
        let last = paths.last().map(Vec::as_slice).unwrap_or_default();
        let path = joined(last, *prefix, *suffix, reader, &mut room)?;
        if u64::try_from(path.len()).is_ok_and(|length| length > PATH) {
            return Err(ReadError::malformed("a path of more than 65,535 bytes", None));
        }
        paths.push(path);
    }
    let used = vec![[false; 2]; paths.len()];
    Ok(Files { paths, used })
}

/// A text that shares its beginning with the one before; `room` is what all may have together.
fn joined(
    last: &[u8],
    prefix: u64,
    suffix: u64,
    reader: &mut Reader<'_>,
    room: &mut u64,
) -> Result<Vec<u8>, ReadError> {
    let shared = usize::try_from(prefix).ok().and_then(|prefix| last.get(..prefix));
    let shared = shared.ok_or_else(|| ReadError::malformed("a key shares more than the one before has", None))?;
    *room = room.checked_sub(prefix.saturating_add(suffix)).ok_or(Exhausted("text"))?;
    Ok([shared, reader.take(usize::try_from(suffix).unwrap_or(usize::MAX))?].concat())
}

/// Files, offsets and lengths of nodes, each as a row of its own. What is missing has the highest offset and length.
fn places(reader: &mut Reader<'_>, files: &mut Files, count: u64, walk: &mut Walk<'_>) -> Result<(), ReadError> {
    let ids = numbers(reader, count, walk)?;
    let offsets = numbers(reader, count, walk)?;
    let lengths = numbers(reader, count, walk)?;
    for ((id, offset), length) in ids.iter().zip(&offsets).zip(&lengths) {
        if (*offset, *length) != (u64::MAX, u64::MAX) {
            files.take(*id, Use::Node)?;
        }
    }
    Ok(())
}

/// So many numbers. Each is a byte at least, so a list is never longer than the node.
fn numbers(reader: &mut Reader<'_>, count: u64, walk: &mut Walk<'_>) -> Result<Vec<u64>, ReadError> {
    walk.budget.opcodes(count)?;
    let mut all = Vec::new();
    for _ in 0..count {
        all.push(reader.varint()?);
    }
    Ok(all)
}

fn pass(reader: &mut Reader<'_>, count: u64, walk: &mut Walk<'_>) -> Result<(), ReadError> {
    walk.budget.opcodes(count)?;
    for _ in 0..count {
        reader.varint()?;
    }
    Ok(())
}
