//! Dense storage of links and attributes (HDF5 File Format Specification 3.0, III.A.2 and III.G): a version 2 B-tree of records that
//! name objects in a fractal heap. Filtered and huge objects are not read.

use crate::extract::format::hdf5::file::{File, number};
use crate::extract::format::hdf5::tree::{self, width_of};
use crate::extract::reader::Reader;
use crate::extract::walk::ReadError;

/// Nested indirect blocks: each level multiplies the heap's size by its table's width, so 64-bit sizes need no more.
const LEVELS: usize = 64;

/// The messages that the records of the B-tree at `tree` name in the heap at `heap`; what was read before an error is kept.
pub(super) fn objects(file: &File<'_>, heap: u64, tree: u64) -> (Vec<Vec<u8>>, Result<(), ReadError>) {
    let mut objects = Vec::new();
    let outcome = read(file, heap, tree, &mut objects);
    (objects, outcome)
}

fn read(file: &File<'_>, heap: u64, tree: u64, objects: &mut Vec<Vec<u8>>) -> Result<(), ReadError> {
    let heap = Heap::read(file, heap)?;
    for record in tree::records(file, tree)? {
        // Links by name begin with a hash, and by order with a number; attributes begin with the heap's id (III.A.2).
        let skip = match record.kind {
            5 => 4,
            6 => 8,
            8 | 9 => 0,
            other => return Err(ReadError::unsupported(format!("records of type {other} in a B-tree"), None)),
        };
        let id = record.bytes.get(skip..).and_then(|rest| rest.get(..heap.id));
        let id = id.ok_or_else(|| ReadError::malformed("a B-tree record shorter than the heap's ids", None))?;
        let object = heap.object(file, id)?;
        // Flag bit 1 of an attribute's record: the message is shared.
        if matches!(record.kind, 8 | 9) && record.bytes.get(heap.id).is_some_and(|flags| flags & 2 != 0) {
            return Err(ReadError::unsupported("an attribute that is stored as a shared message", None));
        }
        objects.push(object);
    }
    Ok(())
}

/// A fractal heap (III.G).
struct Heap {
    /// Bytes of an id.
    id: usize,
    /// Bytes of an offset in an id.
    offset: usize,
    /// Bytes of a length in an id.
    length: usize,
    width: u64,
    start: u64,
    direct: u64,
    root: Option<u64>,
    rows: u64,
}

impl Heap {
    fn read(file: &File<'_>, address: u64) -> Result<Self, ReadError> {
        let size = file.widths(3, 12).saturating_add(26);
        let bytes = file.signed(b"FRHP", address, size, "a fractal heap")?;
        let mut reader = Reader::new(&bytes);
        reader.take(1)?;
        let id = usize::from(reader.le_u16()?);
        let filters = reader.le_u16()?;
        reader.take(1)?;
        let managed = u64::from(reader.le_u32()?);
        file.size(&mut reader)?;
        file.address(&mut reader)?;
        file.size(&mut reader)?;
        file.address(&mut reader)?;
        for _ in 0..8 {
            file.size(&mut reader)?;
        }
        let width = u64::from(reader.le_u16()?);
        let start = file.size(&mut reader)?;
        let direct = file.size(&mut reader)?;
        let bits = usize::from(reader.le_u16()?);
        reader.take(2)?;
        let root = file.address(&mut reader)?;
        let rows = u64::from(reader.le_u16()?);
        let at = file.base.checked_add(address);
        if filters != 0 {
            return Err(ReadError::unsupported("a fractal heap with filters", at));
        }
        let powers = width.is_power_of_two() && start.is_power_of_two() && direct.is_power_of_two() && start <= direct;
        if !powers || bits > 64 || bits == 0 {
            return Err(ReadError::malformed("a fractal heap with sizes that are no powers of two", at));
        }
        // H5HFhdr.c, `H5HF__hdr_finish_init_phase1`: the bits of an offset in a block, or those of the largest managed object.
        let inside = usize::try_from(direct.checked_ilog2().unwrap_or(0).div_ceil(8)).unwrap_or(8);
        let length = inside.min(width_of(managed.max(1)));
        Ok(Self { id, offset: bits.div_ceil(8), length, width, start, direct, root, rows })
    }

    /// The object of an id.
    fn object(&self, file: &File<'_>, id: &[u8]) -> Result<Vec<u8>, ReadError> {
        let mut reader = Reader::new(id);
        let flags = reader.u8()?;
        match flags >> 4 {
            0 => {
                let offset = number(&mut reader, self.offset)?;
                let length = number(&mut reader, self.length)?;
                self.managed(file, offset, length)
            }
            1 => Err(ReadError::unsupported("a huge object in a fractal heap", None)),
            2 => {
                let length = usize::from(flags & 0xf).saturating_add(1);
                Ok(reader.take(length)?.to_vec())
            }
            other => Err(ReadError::malformed(format!("a heap id of type {other}"), None)),
        }
    }

    /// Bytes at an offset of the heap's own space, found through the doubling table: rows 0 and 1 have blocks of the starting size,
    /// each later one blocks of twice the size of the one before.
    fn managed(&self, file: &File<'_>, mut offset: u64, length: u64) -> Result<Vec<u8>, ReadError> {
        let wrong = |what: &str| ReadError::malformed(format!("a fractal heap {what}"), None);
        let mut block = self.root.ok_or_else(|| wrong("without blocks"))?;
        if self.rows == 0 {
            return self.within(file, block, offset, length, self.start);
        }
        let mut rows = self.rows;
        for _ in 0..LEVELS {
            file.step()?;
            let (row, size, first) = self.row(offset).ok_or_else(|| wrong("id outside of the heap"))?;
            if row >= rows {
                return Err(wrong("id outside of the heap"));
            }
            let inside = offset.saturating_sub(first);
            let column = inside.checked_div(size).unwrap_or(0);
            offset = inside.checked_rem(size).unwrap_or(0);
            let index = row.saturating_mul(self.width).saturating_add(column);
            // Signature, version, the heap's address, and the block's own offset stand in front.
            let head = file.widths(1, 0).saturating_add(5).saturating_add(u64::try_from(self.offset).unwrap_or(8));
            file.signed(b"FHIB", block, 4, "an indirect block")?;
            let at = block.saturating_add(head).saturating_add(file.widths(index, 0));
            let bytes = file.block(at, file.widths(1, 0), "an indirect block")?;
            block = file.address(&mut Reader::new(&bytes))?.ok_or_else(|| wrong("id in a block that is not there"))?;
            if size <= self.direct {
                return self.within(file, block, offset, length, size);
            }
            // As many rows as make up the size of the nested block (H5HFdtable.c, `H5HF__dtable_size_to_rows`).
            let whole = self.start.saturating_mul(self.width);
            let ratio = size.checked_div(whole).unwrap_or(0);
            rows = u64::from(ratio.checked_ilog2().unwrap_or(0)).saturating_add(1);
        }
        Err(wrong("that is too deep"))
    }

    /// Row, size of its blocks, and the offset at which it begins.
    fn row(&self, offset: u64) -> Option<(u64, u64, u64)> {
        let first = self.start.checked_mul(self.width)?;
        if offset < first {
            return Some((0, self.start, 0));
        }
        // Row r from 1 on begins at first * 2^(r-1).
        let power = offset.checked_div(first)?.checked_ilog2()?;
        let row = u64::from(power).checked_add(1)?;
        Some((row, self.start.checked_shl(power)?, first.checked_shl(power)?))
    }

    fn within(&self, file: &File<'_>, block: u64, offset: u64, length: u64, size: u64) -> Result<Vec<u8>, ReadError> {
        file.signed(b"FHDB", block, 4, "a direct block")?;
        if offset.saturating_add(length) > size {
            return Err(ReadError::malformed("a heap object outside of its block", file.base.checked_add(block)));
        }
        file.block(block.saturating_add(offset), length, "an object in a fractal heap")
    }
}
