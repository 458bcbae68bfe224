//! A checked cursor over bytes in memory: no indexing, no panic, every error says where.

use crate::extract::walk::ReadError;
use std::fmt;

/// Bytes that were wanted and are not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the content ends at byte {at}, where {wanted} more are needed")]
pub(super) struct End {
    /// Offset at which the bytes were wanted.
    pub at: usize,
    /// How many were wanted.
    pub wanted: usize,
}

/// A cursor over bytes.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl fmt::Debug for Reader<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Reader({} of {})", self.at, self.bytes.len())
    }
}

impl<'a> Reader<'a> {
    /// A cursor at the first byte.
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Offset of the next byte.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// What is left.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// The next `count` bytes.
    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], End> {
        let end = self.at.checked_add(count).ok_or(End { at: self.at, wanted: count })?;
        let bytes = self.bytes.get(self.at..end).ok_or(End { at: self.at, wanted: count })?;
        self.at = end;
        Ok(bytes)
    }

    /// A cursor over the next `count` bytes only.
    pub(super) fn sub(&mut self, count: usize) -> Result<Self, End> {
        self.take(count).map(Self::new)
    }

    /// The next `N` bytes as an array.
    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], End> {
        let bytes = self.take(N)?;
        <[u8; N]>::try_from(bytes).map_err(|_| End { at: self.at, wanted: N })
    }

    /// The next byte.
    pub(super) fn u8(&mut self) -> Result<u8, End> {
        self.array::<1>().map(|[byte]| byte)
    }

    /// The next two bytes, little-endian.
    pub(super) fn le_u16(&mut self) -> Result<u16, End> {
        self.array().map(u16::from_le_bytes)
    }

    /// The next four bytes, little-endian.
    pub(super) fn le_u32(&mut self) -> Result<u32, End> {
        self.array().map(u32::from_le_bytes)
    }

    /// The next eight bytes, little-endian.
    pub(super) fn le_u64(&mut self) -> Result<u64, End> {
        self.array().map(u64::from_le_bytes)
    }

    /// The next number in base 128, the lowest digit first, of ten bytes at most.
    pub(super) fn varint(&mut self) -> Result<u64, ReadError> {
        let mut number = 0u64;
        for index in 0..10u32 {
            let byte = self.u8()?;
            number |= u64::from(byte & 0x7f).checked_shl(index.saturating_mul(7)).unwrap_or(0);
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(ReadError::malformed("a number of more than ten bytes", None))
    }
}
