//! OCDBT, the key-value store in which Orbax keeps checkpoints (tensorstore, kvstore/ocdbt/index.rst, "Storage format"): its manifest, and the
//! nodes of its trees in data files, which stand behind the values that they name. Every node of a file is read, those of older versions too.
//! Chunks of arrays are numbers: of each only the beginning is looked at.

mod node;
#[cfg(test)]
mod tests;

use crate::extract::format::ocdbt::node::{Kind, Node};
use crate::extract::format::outline::Outline;
use crate::extract::format::{Claim, Format, Window, remainder, zstd};
use crate::extract::reader::Reader;
use crate::extract::source::Source;
use crate::extract::walk::{Reached, ReadError, Walk};
use crate::facts::{FormatId, MemberId};
use std::io::Read as _;
use std::sync::LazyLock;

/// OCDBT.
pub(super) struct Ocdbt;

/// Bytes of a node that are read; tensorstore writes nodes of up to 8 MiB before they are compressed ("Manifest configuration").
const NODE: u64 = 64 << 20;
/// Bytes of the header of a node: magic, length, version, compression, where the last two are one byte each.
const HEADER: u64 = 14;
/// Bytes of the checksum at the end.
const FOOTER: u64 = 4;
/// Longest node that is taken for one that was cut off, and not for numbers that look like one.
const PLAUSIBLE: u64 = 1 << 32;
/// How many bytes are looked through at one time.
const CHUNK: usize = 16 << 10;

impl Format for Ocdbt {
    fn id(&self) -> FormatId {
        FormatId::Ocdbt
    }

    fn about(&self) -> &'static str {
        "OCDBT, as Orbax writes checkpoints: manifest and every node of its trees; the data files that they name, metadata of arrays"
    }

    fn claims(&self, window: &Window) -> Claim {
        if window.starts_with(&Kind::Manifest.magic()) {
            return Claim::Certain;
        }
        // What the window does not show may hold nodes too, where no text is.
        let larger = window.size > u64::try_from(window.tail.len()).unwrap_or(u64::MAX);
        let binary = window.head.iter().any(|byte| *byte < 9);
        let seen = find(&window.head).or_else(|| find(&window.tail)).is_some();
        if seen || (larger && binary) { Claim::Possible } else { Claim::No }
    }

    fn read(&self, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let outline = Outline::new(member, FormatId::Ocdbt, walk);
        let mut reading = Reading { source, member, outline, nodes: 0, covered: Vec::new() };
        let outcome = if source.bytes_at(0, 4)? == Kind::Manifest.magic() {
            reading.manifest(walk)
        } else if worth(source, walk.facts(member).map_or("", |member| member.name.as_str()))? {
            reading.scan(walk)
        } else {
            return Ok(());
        };
        if reading.nodes > 0 {
            walk.reached(Reached::Effect);
        }
        let written = reading.outline.write(walk);
        outcome.and(written)
    }
}

/// Whether a data file ends here: with a whole node. What such a file begins with is a value, and read as one: a chunk that is packed makes
/// no packed file of it.
pub(super) fn is_data_file(window: &Window) -> bool {
    let ends = |at: usize| {
        let node = window.tail.get(at..).unwrap_or_default();
        Kind::IN_FILES.iter().any(|kind| node.starts_with(&kind.magic()))
            && length(node).is_some_and(|length| u64::try_from(node.len()) == Ok(length))
    };
    (0..window.tail.len()).any(ends)
}

/// The length that a header declares; `None` when these bytes are no header of a node that is known.
fn length(header: &[u8]) -> Option<u64> {
    let mut reader = Reader::new(header);
    reader.take(4).ok()?;
    let length = reader.le_u64().ok()?;
    let known = matches!(reader.rest(), [0, 0 | 1, ..]);
    (known && length >= HEADER.saturating_add(FOOTER)).then_some(length)
}

/// Whether a content may be a data file: by the name that tensorstore gives it (`DataFileIdWriter`: 32 hexadecimal digits), or by a node near
/// one of its ends. Others are not looked through: an array of numbers may be long.
fn worth(source: &Source, name: &str) -> Result<bool, ReadError> {
    if name.len() == 32 && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
        return Ok(true);
    }
    let window = Window::of(source)?;
    Ok(find(&window.head).or_else(|| find(&window.tail)).is_some())
}

/// Where the first magic of a node stands, and of which.
fn find(bytes: &[u8]) -> Option<(usize, Kind)> {
    let mut from = 0usize;
    loop {
        let at = from.checked_add(bytes.get(from..)?.iter().position(|byte| *byte == 0x0c)?)?;
        let rest = bytes.get(at..)?;
        if let Some(kind) = Kind::IN_FILES.iter().find(|kind| rest.starts_with(&kind.magic())) {
            return Some((at, *kind));
        }
        from = at.checked_add(1)?;
    }
}

struct Reading<'a> {
    source: &'a Source,
    member: MemberId,
    outline: Outline,
    /// Nodes that were found.
    nodes: u64,
    /// Where nodes, and values that they name in this file, begin and end.
    covered: Vec<(u64, u64)>,
}

impl Reading<'_> {
    fn manifest(&mut self, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let size = self.source.size();
        let length = self.header(0)?.ok_or_else(|| ReadError::unsupported("a manifest of another version", 0))?;
        if length > size {
            return Err(ReadError::truncated("the end of the manifest", size));
        }
        self.node(Kind::Manifest, 0, length, walk)?;
        if length < size {
            return Err(ReadError::malformed("bytes stand behind the manifest", length));
        }
        Ok(())
    }

    /// Looks through a data file for nodes. What follows one that is broken is looked through too.
    fn scan(&mut self, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let (mut at, mut outcome) = (0u64, Ok(()));
        while let Some((found, kind)) = self.next(at)? {
            // Each look begins anew behind the last magic, and a content may hold nothing but magics.
            walk.budget
                .decoded(CHUNK.try_into().unwrap_or(u64::MAX))
                .inspect_err(|_| self.nodes = self.nodes.max(1))?;
            at = found.saturating_add(4);
            let Some(length) = self.header(found)? else { continue };
            let left = self.source.size().saturating_sub(found);
            if length > left {
                if length < PLAUSIBLE {
                    self.nodes = self.nodes.saturating_add(1);
                    outcome = outcome.and(Err(ReadError::truncated("the end of a node", found)));
                }
                continue;
            }
            match self.node(kind, found, length, walk) {
                Ok(()) => at = found.saturating_add(length),
                Err(error) => {
                    self.nodes = self.nodes.saturating_add(1);
                    let limit = matches!(error, ReadError::Limit(_));
                    outcome = outcome.and(Err(error));
                    if limit {
                        return outcome;
                    }
                }
            }
        }
        if self.nodes > 0 {
            // What no node of this file names, nodes of others may.
            for (from, to) in remainder::gaps(&mut self.covered, self.source.size()) {
                node::look(self.member, "value", &self.source.range(from, to.saturating_sub(from)), walk)?;
            }
        }
        outcome
    }

    /// The next magic of a node from a place on.
    fn next(&self, from: u64) -> Result<Option<(u64, Kind)>, ReadError> {
        let mut reader = self.source.range(from, self.source.size().saturating_sub(from)).reader();
        let (mut chunk, mut part, mut begins) = (vec![0; CHUNK], Vec::new(), from);
        loop {
            let read = reader.read(&mut chunk)?;
            if read == 0 {
                return Ok(None);
            }
            part.extend_from_slice(chunk.get(..read).unwrap_or_default());
            if let Some((found, kind)) = find(&part) {
                return Ok(Some((begins.saturating_add(u64::try_from(found).unwrap_or(u64::MAX)), kind)));
            }
            let passed = part.len().saturating_sub(3);
            part.drain(..passed);
            begins = begins.saturating_add(u64::try_from(passed).unwrap_or(u64::MAX));
        }
    }

    /// The length that the header at a place declares, as [`length`] says.
    fn header(&self, at: u64) -> Result<Option<u64>, ReadError> {
        Ok(length(&self.source.bytes_at(at, HEADER)?))
    }

    fn node(&mut self, kind: Kind, at: u64, length: u64, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        if length > NODE {
            return Err(ReadError::unsupported("a node of more than 64 MiB", at));
        }
        // A small file may declare a long node at each of its bytes.
        walk.budget.decoded(length)?;
        let bytes = self.source.bytes_at(at, length)?;
        let (rest, sum) = bytes.split_last_chunk::<4>().ok_or_else(|| ReadError::truncated("a node", at))?;
        if crc32c(rest) != u32::from_le_bytes(*sum) {
            return Err(ReadError::malformed("the checksum of a node is not that of its bytes", at));
        }
        let body = rest.get(usize::try_from(HEADER).unwrap_or(usize::MAX)..).unwrap_or_default();
        let unpacked;
        let body = if rest.get(13) == Some(&1) {
            unpacked = zstd::unpack(body, NODE, walk)?;
            unpacked.as_slice()
        } else {
            body
        };
        self.nodes = self.nodes.saturating_add(1);
        self.covered.push((at, at.saturating_add(length)));
        let (outline, covered) = (&mut self.outline, &mut self.covered);
        Node { source: self.source, member: self.member, at, outline, covered }.read(kind, body, walk)
    }
}

/// What a byte does to a CRC-32C (RFC 3720, appendix B.4), the lowest bit first.
static CRC32C: LazyLock<Vec<u32>> = LazyLock::new(|| {
    let step = |sum: u32| if sum & 1 == 1 { (sum >> 1) ^ 0x82f6_3b78 } else { sum >> 1 };
    (0..256).map(|byte| (0..8).fold(byte, |sum, _| step(sum))).collect()
});

pub(super) fn crc32c(bytes: &[u8]) -> u32 {
    let table = CRC32C.as_slice();
    !bytes.iter().fold(!0u32, |sum, byte| {
        let [low, ..] = sum.to_le_bytes();
        table.get(usize::from(low ^ byte)).copied().unwrap_or_default() ^ (sum >> 8)
    })
}
