//! Chunk indexes that are arrays (HDF5 File Format Specification 3.0, VII.C and VII.D): the first element of a fixed array, whose dataset
//! does not grow, and of an extensible one, whose dataset grows in one dimension. The other elements are never read.

use crate::extract::format::hdf5::chunk::Chunk;
use crate::extract::format::hdf5::file::{File, number};
use crate::extract::reader::Reader;
use crate::extract::walk::ReadError;

/// What the header and every block of an array begin with: signature, version, client.
const HEAD: u64 = 6;
/// The most elements of a page, as a power of two: more than a file of 64-bit addresses holds.
const PAGE: u8 = 63;

/// How elements are written.
struct Elements {
    /// Bytes of one.
    width: u64,
    /// Whether each has the chunk's size and its filters beside the address (client 1).
    filtered: bool,
    /// Bytes of a chunk that is not filtered.
    whole: u64,
}

impl Elements {
    fn new(client: u8, width: u8, whole: u64, at: Option<u64>) -> Result<Self, ReadError> {
        if client > 1 {
            return Err(ReadError::unsupported(format!("an array of client {client}"), at));
        }
        Ok(Self { width: u64::from(width), filtered: client == 1, whole })
    }

    /// The element at an address of the file.
    fn read(&self, file: &File<'_>, at: u64) -> Result<Option<Chunk>, ReadError> {
        file.step()?;
        let bytes = file.block(at, self.width, "an element of a chunk index")?;
        chunk(file, &bytes, self.filtered, 0, self.whole)
    }
}

/// A chunk as an element of an array or a record of a B-tree says where it is; `behind` bytes of the record are something else.
pub(super) fn chunk(
    file: &File<'_>,
    bytes: &[u8],
    filtered: bool,
    behind: usize,
    whole: u64,
) -> Result<Option<Chunk>, ReadError> {
    let mut reader = Reader::new(bytes);
    let address = file.address(&mut reader)?;
    let (mut size, mut without) = (whole, 0);
    if filtered {
        // The size has as many bytes as address and mask of filters leave (H5Dfarray.c, `H5D__farray_filt_encode`).
        let width = reader.rest().len().checked_sub(behind.saturating_add(4)).filter(|width| *width <= 8);
        let width = width.ok_or_else(|| ReadError::malformed("a chunk whose size has no room", None))?;
        size = number(&mut reader, width)?;
        without = reader.le_u32()?;
    }
    Ok(address.map(|address| Chunk { address, size, without }))
}

/// The first element of the fixed array at `address` (H5FAhdr.c and H5FAdblock.c).
pub(super) fn fixed(file: &File<'_>, address: u64, whole: u64) -> Result<Option<Chunk>, ReadError> {
    let size = HEAD.saturating_add(2).saturating_add(file.widths(1, 1));
    let at = file.base.checked_add(address);
    let bytes = file.signed(b"FAHD", address, size, "a fixed array")?;
    let mut reader = Reader::new(&bytes);
    reader.take(1)?;
    let (client, width, page) = (reader.u8()?, reader.u8()?, reader.u8()?);
    let elements = Elements::new(client, width, whole, at)?;
    let count = file.size(&mut reader)?;
    let Some(block) = file.address(&mut reader)? else { return Ok(None) };
    if page > PAGE {
        return Err(ReadError::malformed("a fixed array of pages that are too large", at));
    }
    let head = HEAD.saturating_add(file.widths(1, 0));
    file.signed(b"FADB", block, head, "a block of a fixed array")?;
    let first = block.saturating_add(head);
    let page = 1u64 << page;
    if count <= page {
        return elements.read(file, first);
    }
    // In pages: a bit for each says whether it was written, the highest bit first; a checksum stands behind the bits.
    let bits = count.div_ceil(page).div_ceil(8);
    let written = file.block(first, 1, "the pages of a fixed array")?;
    if written.first().is_none_or(|bits| bits & 0x80 == 0) {
        return Ok(None);
    }
    elements.read(file, first.saturating_add(bits).saturating_add(4))
}

/// The first element of the extensible array at `address` (H5EAhdr.c, H5EAiblock.c and H5EAdblock.c).
pub(super) fn extensible(file: &File<'_>, address: u64, whole: u64) -> Result<Option<Chunk>, ReadError> {
    let size = HEAD.saturating_add(6).saturating_add(file.widths(1, 6));
    let at = file.base.checked_add(address);
    let bytes = file.signed(b"EAHD", address, size, "an extensible array")?;
    let mut reader = Reader::new(&bytes);
    reader.take(1)?;
    let (client, width) = (reader.u8()?, reader.u8()?);
    let elements = Elements::new(client, width, whole, at)?;
    let (bits, inside, _least, pointers, _page) =
        (reader.u8()?, reader.u8()?, reader.u8()?, reader.u8()?, reader.u8()?);
    for _ in 0..6 {
        file.size(&mut reader)?;
    }
    let Some(block) = file.address(&mut reader)? else { return Ok(None) };
    let head = HEAD.saturating_add(file.widths(1, 0));
    file.signed(b"EAIB", block, head, "the index block of an extensible array")?;
    let first = block.saturating_add(head);
    if inside > 0 {
        return elements.read(file, first);
    }
    // No element in the index block: then the first data block has it, whose address comes first unless there are none.
    if pointers < 2 {
        return Err(ReadError::unsupported("an extensible array whose first elements lie in a secondary block", at));
    }
    let bytes = file.block(first, file.widths(1, 0), "the index block of an extensible array")?;
    let Some(block) = file.address(&mut Reader::new(&bytes))? else { return Ok(None) };
    // In front of the elements stands where they begin in the array, in as many bytes as the array's longest length needs.
    let head = head.saturating_add(u64::from(bits).div_ceil(8));
    file.signed(b"EADB", block, head, "a data block of an extensible array")?;
    elements.read(file, block.saturating_add(head))
}
