//! The first chunk of a dataset that lies in chunks (HDF5 File Format Specification 3.0, III.A.1 and VII): where it is, and its bytes behind
//! the library's own filters. The other chunks are never read.

use crate::extract::format::hdf5::file::{File, number};
use crate::extract::reader::Reader;
use crate::extract::source::Source;
use crate::extract::walk::ReadError;
use flate2::read::ZlibDecoder;
use std::io::Read as _;

/// Levels of a B-tree that are followed; the library's node of a dataset holds 32 chunks or more.
const LEVELS: usize = 16;
/// Bytes that a chunk is decoded to; the library's own guess makes chunks of 1 MiB at most (h5py, `guess_chunk`).
const DECODED: u64 = 4 << 20;

/// How the chunks are found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Index {
    /// By a B-tree at this address; so many dimensions stand in its keys.
    Tree(u64, u64),
    /// The one chunk, or the first of those that stand in a row: its address, and its size when it was filtered.
    Direct(u64, Option<u64>),
}

/// A chunk: where it lies, and which filters were left out of it, by the bits of their numbers.
pub(super) struct Chunk {
    address: u64,
    size: u64,
    without: u32,
}

/// What a data layout message of class 2 says (IV.A.2.i), behind its class; `None` when nothing is stored, or the index is of a kind that
/// only the latest version of the library makes for datasets that grow.
pub(super) fn index(file: &File<'_>, version: u8, reader: &mut Reader<'_>) -> Result<Option<Index>, ReadError> {
    if version == 3 {
        let rank = u64::from(reader.u8()?);
        return Ok(file.address(reader)?.map(|tree| Index::Tree(tree, rank)));
    }
    let flags = reader.u8()?;
    let rank = usize::from(reader.u8()?);
    let width = usize::from(reader.u8()?).min(8);
    reader.take(rank.saturating_mul(width))?;
    let size = match reader.u8()? {
        1 if flags & 2 != 0 => {
            let size = file.size(reader)?;
            reader.le_u32()?;
            Some(size)
        }
        1 | 2 => None,
        _ => return Ok(None),
    };
    Ok(file.address(reader)?.map(|address| Index::Direct(address, size)))
}

/// The chunk of the first elements. `whole` is the size of one that is not filtered.
pub(super) fn first(file: &File<'_>, index: &Index, whole: u64) -> Result<Option<Chunk>, ReadError> {
    let (mut at, rank) = match index {
        Index::Direct(address, size) => {
            return Ok(Some(Chunk { address: *address, size: size.unwrap_or(whole), without: 0 }));
        }
        Index::Tree(at, rank) => (*at, *rank),
    };
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
