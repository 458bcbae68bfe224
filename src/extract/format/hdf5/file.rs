//! The bytes of an HDF5 file by address: bounded reads of metadata, numbers in the file's own widths. Never reads a dataset's data.

use crate::extract::reader::{End, Reader};
use crate::extract::source::Source;
use crate::extract::walk::ReadError;
use crate::limits::Exhausted;
use std::cell::Cell;

/// An HDF5 file behind its superblock.
pub(super) struct File<'a> {
    /// The whole content.
    pub source: &'a Source,
    /// Where address 0 lies: the superblock, whatever base address it states (H5Fsuper.c, `H5F__super_read`).
    pub base: u64,
    /// Bytes of an address.
    pub offset: usize,
    /// Bytes of a length.
    pub length: usize,
    /// Bytes of metadata that may still be read.
    pub left: Cell<u64>,
    /// Objects, links and records that may still be looked at.
    pub steps: Cell<u64>,
}

impl File<'_> {
    /// `size` bytes of metadata at an address.
    ///
    /// # Errors
    /// Truncated when they are not there, the limit `header` when too much was read already.
    pub(super) fn block(&self, address: u64, size: u64, what: &str) -> Result<Vec<u8>, ReadError> {
        self.left.set(self.left.get().checked_sub(size).ok_or(Exhausted("header"))?);
        let at =
            self.base.checked_add(address).ok_or_else(|| ReadError::malformed(format!("address of {what}"), None))?;
        let bytes = self.source.bytes_at(at, size)?;
        if u64::try_from(bytes.len()) != Ok(size) {
            return Err(ReadError::truncated(what, at));
        }
        Ok(bytes)
    }

    /// A block whose first bytes are a signature; the rest.
    pub(super) fn signed(
        &self,
        signature: &[u8; 4],
        address: u64,
        size: u64,
        what: &str,
    ) -> Result<Vec<u8>, ReadError> {
        let mut bytes = self.block(address, size, what)?;
        if !bytes.starts_with(signature) {
            return Err(ReadError::malformed(format!("no {what} where one is named"), self.base.checked_add(address)));
        }
        bytes.drain(..4);
        Ok(bytes)
    }

    /// Pays for one step of work.
    pub(super) fn step(&self) -> Result<(), ReadError> {
        self.steps.set(self.steps.get().checked_sub(1).ok_or(Exhausted("values"))?);
        Ok(())
    }

    /// The next address; `None` for the undefined one, all of whose bits are set.
    pub(super) fn address(&self, reader: &mut Reader<'_>) -> Result<Option<u64>, End> {
        let number = number(reader, self.offset)?;
        let undefined = u64::MAX.checked_shr(64u32.saturating_sub(bits(self.offset))).unwrap_or(0);
        Ok((number != undefined).then_some(number))
    }

    /// The next length.
    pub(super) fn size(&self, reader: &mut Reader<'_>) -> Result<u64, End> {
        number(reader, self.length)
    }

    /// Bytes of so many addresses and lengths together.
    pub(super) fn widths(&self, offsets: u64, lengths: u64) -> u64 {
        let wide = |count: u64, width: usize| count.saturating_mul(u64::try_from(width).unwrap_or(8));
        wide(offsets, self.offset).saturating_add(wide(lengths, self.length))
    }
}

fn bits(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(8).saturating_mul(8)
}

/// The next number of `width` bytes (8 at most), little-endian.
pub(super) fn number(reader: &mut Reader<'_>, width: usize) -> Result<u64, End> {
    let mut bytes = [0; 8];
    let from = reader.take(width)?;
    if let Some(into) = bytes.get_mut(..from.len()) {
        into.copy_from_slice(from);
    }
    Ok(u64::from_le_bytes(bytes))
}

/// The bytes up to a NUL, or all of them.
pub(super) fn text(bytes: &[u8]) -> &[u8] {
    bytes.split(|byte| *byte == 0).next().unwrap_or_default()
}
