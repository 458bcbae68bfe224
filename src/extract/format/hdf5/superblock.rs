//! The superblock (HDF5 File Format Specification 3.0, II.A), versions 0 to 3: widths, the file's end, and the root group.

use crate::extract::format::hdf5::file::File;
use crate::extract::reader::Reader;
use crate::extract::source::Source;
use crate::extract::walk::ReadError;
use crate::limits::Limits;
use std::cell::Cell;
use std::io;

/// What a superblock begins with.
pub(super) const SIGNATURE: &[u8] = b"\x89HDF\r\n\x1a\n";

/// What the superblock says.
pub(super) struct Superblock {
    /// Where the file ends, counted from the first byte of the content.
    pub end: u64,
    /// Address of the root group's object header.
    pub root: Option<u64>,
    /// The B-tree and the local heap of the root group, as its symbol table entry repeats them.
    pub cached: Option<(u64, u64)>,
    /// Address of the superblock extension, an object header of its own.
    pub extension: Option<u64>,
    /// Whether the file is one of several (a driver information block).
    pub driver: bool,
    /// Bytes of the superblock.
    pub size: u64,
}

/// Where the library finds the superblock: at 0, and then at 512 and its doubles (H5FDint.c, `H5FD_locate_signature`).
pub(in crate::extract::format) fn locate(source: &Source) -> io::Result<Option<u64>> {
    let mut at = 0u64;
    while at < source.size() {
        if source.bytes_at(at, 8)? == SIGNATURE {
            return Ok(Some(at));
        }
        at = if at == 0 { 512 } else { at.saturating_mul(2) };
    }
    Ok(None)
}

/// Reads the superblock at `base`.
pub(super) fn read<'a>(source: &'a Source, base: u64, limits: &Limits) -> Result<(File<'a>, Superblock), ReadError> {
    let bytes = source.bytes_at(base, 128)?;
    let mut reader = Reader::new(&bytes);
    reader.take(SIGNATURE.len())?;
    let version = reader.u8()?;
    let mut file =
        File { source, base, offset: 8, length: 8, left: Cell::new(limits.header), steps: Cell::new(limits.values) };
    let old = match version {
        0 | 1 => true,
        2 | 3 => false,
        _ => return Err(ReadError::unsupported(format!("version {version} of the superblock"), base)),
    };
    if old {
        reader.take(4)?;
    }
    for width in [&mut file.offset, &mut file.length] {
        *width = match reader.u8()? {
            known @ (2 | 4 | 8) => usize::from(known),
            other => return Err(ReadError::unsupported(format!("addresses or lengths of {other} bytes"), base)),
        };
    }
    reader.take(if old { 9 } else { 1 })?;
    if version == 1 {
        reader.take(4)?;
    }
    let stated = file.address(&mut reader)?.unwrap_or(0);
    let second = file.address(&mut reader)?;
    let end = file.address(&mut reader)?.unwrap_or(0);
    let third = file.address(&mut reader)?;
    // The library takes the superblock's place for the base address, and moves the end with it.
    let end = end.saturating_sub(stated).saturating_add(base);
    let mut superblock = Superblock { end, root: third, cached: None, extension: second, driver: false, size: 0 };
    if old {
        superblock.driver = third.is_some();
        superblock.extension = None;
        file.address(&mut reader)?;
        superblock.root = file.address(&mut reader)?;
        superblock.cached = cached(&file, &mut reader)?;
    } else {
        reader.take(4)?;
    }
    superblock.size = u64::try_from(reader.at()).unwrap_or(0);
    Ok((file, superblock))
}

/// The end of a symbol table entry (III.C): the B-tree and heap of the group that it names, when it repeats them.
pub(super) fn cached(file: &File<'_>, reader: &mut Reader<'_>) -> Result<Option<(u64, u64)>, ReadError> {
    let kind = reader.le_u32()?;
    reader.take(4)?;
    let scratch = reader.take(16)?;
    if kind != 1 {
        return Ok(None);
    }
    let mut scratch = Reader::new(scratch);
    Ok(file.address(&mut scratch)?.zip(file.address(&mut scratch)?))
}
