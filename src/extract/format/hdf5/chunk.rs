//! The first chunk of a dataset that lies in chunks (HDF5 File Format Specification 3.0, III.A and VII): where it is, and its bytes behind
//! the library's own filters. The other chunks are never read.

use crate::extract::format::hdf5::file::{File, number};
use crate::extract::format::hdf5::{array, tree};
use crate::extract::reader::Reader;
use crate::extract::source::Source;
use crate::extract::walk::ReadError;
use flate2::read::ZlibDecoder;
use std::io::Read as _;

/// Levels of a B-tree that are followed; the library's node of a dataset holds 32 chunks or more.
const LEVELS: usize = 16;
/// Bytes that a chunk is decoded to; the library's own guess makes chunks of 1 MiB at most (h5py, `guess_chunk`).
const DECODED: u64 = 4 << 20;

/// How the chunks are found (VII).
#[derive(Debug, Clone, PartialEq, Eq)]
enum Index {
    /// By a version 1 B-tree at this address.
    Tree(u64),
    /// By a version 2 B-tree.
    Second(u64),
    /// By a fixed array.
    Fixed(u64),
    /// By an extensible array.
    Extensible(u64),
    /// The one chunk: its address, and when it was filtered its size, and which filters were left out.
    Single(u64, Option<(u64, u32)>),
    /// The first of those that stand in a row.
    Row(u64),
}

/// The chunks of a dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chunks {
    index: Index,
    /// The lengths of a chunk; the last is an element's size.
    lengths: Vec<u64>,
    /// Whether chunks that reach over the dataset's edge are not filtered.
    plain_edges: bool,
}

/// A chunk: where it lies, its bytes there, and which filters were left out of it, by the bits of their numbers.
pub(super) struct Chunk {
    pub address: u64,
    pub size: u64,
    pub without: u32,
}

/// What a data layout message of class 2 says (IV.A.2.i), behind its class; `None` when nothing is stored.
pub(super) fn chunks(file: &File<'_>, version: u8, reader: &mut Reader<'_>) -> Result<Option<Chunks>, ReadError> {
    if version == 3 {
        let rank = usize::from(reader.u8()?);
        let tree = file.address(reader)?;
        let lengths = lengths(reader, rank, 4)?;
        return Ok(tree.map(|tree| Chunks { index: Index::Tree(tree), lengths, plain_edges: false }));
    }
    let flags = reader.u8()?;
    let rank = usize::from(reader.u8()?);
    let width = usize::from(reader.u8()?);
    let lengths = lengths(reader, rank, width)?;
    let kind = reader.u8()?;
    let mut filtered = None;
    match kind {
        1 if flags & 2 != 0 => filtered = Some((file.size(reader)?, reader.le_u32()?)),
        1 | 2 => {}
        // How large the array's and the tree's parts are: their own headers repeat it.
        3 => drop(reader.take(1)?),
        4 => drop(reader.take(5)?),
        5 => drop(reader.take(6)?),
        other => return Err(ReadError::unsupported(format!("an index of chunks of type {other}"), None)),
    }
    let Some(address) = file.address(reader)? else { return Ok(None) };
    let index = match kind {
        1 => Index::Single(address, filtered),
        2 => Index::Row(address),
        3 => Index::Fixed(address),
        4 => Index::Extensible(address),
        _ => Index::Second(address),
    };
    Ok(Some(Chunks { index, lengths, plain_edges: flags & 1 != 0 }))
}

/// What a data layout message of the versions 1 and 2 says of chunks: so many lengths of 4 bytes.
pub(super) fn old(tree: u64, rank: usize, reader: &mut Reader<'_>) -> Result<Chunks, ReadError> {
    Ok(Chunks { index: Index::Tree(tree), lengths: lengths(reader, rank, 4)?, plain_edges: false })
}

fn lengths(reader: &mut Reader<'_>, rank: usize, width: usize) -> Result<Vec<u64>, ReadError> {
    if width > 8 {
        return Err(ReadError::malformed(format!("lengths of {width} bytes"), None));
    }
    (0..rank).map(|_| Ok(number(reader, width)?)).collect()
}

impl Chunks {
    /// Bytes of an element, also where its type lies elsewhere.
    pub(super) fn element(&self) -> u64 {
        self.lengths.last().copied().unwrap_or(1)
    }

    /// Whether the chunk of the first elements of a dataset of that shape was stored without filters.
    pub(super) fn plain(&self, shape: &[u64]) -> bool {
        self.plain_edges && shape.iter().zip(&self.lengths).any(|(length, chunk)| length < chunk)
    }
}

/// The chunk of the first elements. `all` is the size of the whole dataset.
pub(super) fn first(file: &File<'_>, chunks: &Chunks, all: u64) -> Result<Option<Chunk>, ReadError> {
    let whole = chunks.lengths.iter().fold(1, |whole: u64, length| whole.saturating_mul(*length));
    match chunks.index {
        Index::Single(address, filtered) => {
            let (size, without) = filtered.unwrap_or((whole, 0));
            Ok(Some(Chunk { address, size, without }))
        }
        Index::Row(address) => Ok(Some(Chunk { address, size: all.max(whole), without: 0 })),
        Index::Fixed(address) => array::fixed(file, address, whole),
        Index::Extensible(address) => array::extensible(file, address, whole),
        Index::Second(address) => {
            let Some(record) = tree::first(file, address)? else { return Ok(None) };
            // The place of the chunk in each dimension stands behind, in 8 bytes each (III.A.2, types 10 and 11).
            let behind = chunks.lengths.len().saturating_sub(1).saturating_mul(8);
            match record.kind {
                10 | 11 => array::chunk(file, &record.bytes, record.kind == 11, behind, whole),
                other => Err(ReadError::malformed(
                    format!("records of type {other} in a B-tree of chunks"),
                    file.base.checked_add(address),
                )),
            }
        }
        Index::Tree(address) => leftmost(file, address, u64::try_from(chunks.lengths.len()).unwrap_or(u64::MAX)),
    }
}

/// The first chunk of the version 1 B-tree (III.A.1) at an address; so many dimensions stand in its keys.
fn leftmost(file: &File<'_>, mut at: u64, rank: u64) -> Result<Option<Chunk>, ReadError> {
    for _ in 0..LEVELS {
        file.step()?;
        let head = file.widths(2, 0).saturating_add(8);
        let bytes = file.signed(b"TREE", at, head, "a B-tree node")?;
        let mut reader = Reader::new(&bytes);
        let (kind, level, entries) = (reader.u8()?, reader.u8()?, reader.le_u16()?);
        if kind != 1 {
            return Err(ReadError::malformed("a dataset's B-tree of another kind", file.base.checked_add(at)));
        }
        if entries == 0 {
            return Ok(None);
        }
        // The first key: size and filters of the chunk, and its place in each dimension and in the element.
        let key = rank.saturating_mul(8).saturating_add(8);
        let bytes = file.block(at.saturating_add(head), key.saturating_add(file.widths(1, 0)), "a B-tree node")?;
        let mut reader = Reader::new(&bytes);
        let (size, without) = (number(&mut reader, 4)?, reader.le_u32()?);
        reader.take(usize::try_from(rank.saturating_mul(8)).unwrap_or(usize::MAX))?;
        let Some(child) = file.address(&mut reader)? else { return Ok(None) };
        if level == 0 {
            return Ok(Some(Chunk { address: child, size, without }));
        }
        at = child;
    }
    Err(ReadError::malformed("a B-tree that is too deep", file.base.checked_add(at)))
}

/// The bytes of a chunk behind its filters, given by number in the order in which they were applied (IV.A.2.l); `None` when one of them is
/// not read here. `element` is the size of an element.
pub(super) fn content(file: &File<'_>, chunk: &Chunk, filters: &[u16], element: u64) -> Option<Source> {
    let stored = file.source.range(file.base.checked_add(chunk.address)?, chunk.size);
    let applied =
        |place: &usize| u32::try_from(*place).is_ok_and(|place| chunk.without.checked_shr(place).unwrap_or(0) & 1 == 0);
    let applied: Vec<u16> = filters.iter().enumerate().filter(|(place, _)| applied(place)).map(|(_, id)| *id).collect();
    let mut content = stored;
    for filter in applied.into_iter().rev() {
        content = match filter {
            // A checksum of 4 bytes stands behind the others.
            3 => content.range(0, content.size().saturating_sub(4)),
            1 => {
                let mut bytes = Vec::new();
                // What breaks off is what there is.
                let _ = ZlibDecoder::new(content.reader()).take(DECODED).read_to_end(&mut bytes);
                Source::memory(bytes)
            }
            2 => Source::memory(unshuffled(&content.bytes_at(0, DECODED).ok()?, usize::try_from(element).ok()?)?),
            _ => return None,
        };
    }
    Some(content)
}

/// Puts the bytes of elements together again, whose first bytes stand first, then their second ones, and so on.
fn unshuffled(bytes: &[u8], element: usize) -> Option<Vec<u8>> {
    let count = bytes.len().checked_div(element)?;
    let (body, rest) = bytes.split_at_checked(count.checked_mul(element)?)?;
    if count == 0 || element == 1 {
        return Some(bytes.to_vec());
    }
    let planes: Vec<&[u8]> = body.chunks_exact(count).collect();
    let mut whole = Vec::with_capacity(bytes.len());
    for number in 0..count {
        whole.extend(planes.iter().filter_map(|plane| plane.get(number)));
    }
    whole.extend_from_slice(rest);
    Some(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shuffled_bytes_are_put_together() {
        assert_eq!(unshuffled(b"acebdf", 2).as_deref(), Some(&b"abcdef"[..]));
        assert_eq!(unshuffled(b"adbecfx", 3).as_deref(), Some(&b"abcdefx"[..]));
        assert_eq!(unshuffled(b"abc", 0), None);
    }
}
