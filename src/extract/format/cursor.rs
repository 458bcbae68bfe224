//! A cursor over the content of a serialization: numbers in both byte orders, short byte strings, and passing over what is not
//! looked at. Reads in small pieces, so that the size of the content costs no memory.

use crate::extract::source::Source;
use crate::extract::walk::ReadError;

/// Bytes that are read at one time.
const CHUNK: u64 = 64 << 10;

/// A cursor over a content.
pub(super) struct Cursor {
    source: Source,
    /// Offset of the next byte.
    pub at: u64,
    chunk: Vec<u8>,
    begins: u64,
}

impl Cursor {
    /// A cursor at the first byte.
    pub(super) fn new(source: &Source) -> Self {
        Self { source: source.clone(), at: 0, chunk: Vec::new(), begins: 0 }
    }

    /// Bytes that are left.
    pub(super) fn left(&self) -> u64 {
        self.source.size().saturating_sub(self.at)
    }

    /// Passes over `count` bytes.
    pub(super) fn skip(&mut self, count: u64, what: &str) -> Result<(), ReadError> {
        if count > self.left() {
            return Err(ReadError::truncated(what, self.source.size()));
        }
        self.at = self.at.saturating_add(count);
        Ok(())
    }

    /// The content.
    pub(in crate::extract::format) fn source(&self) -> &Source {
        &self.source
    }

    /// The next byte, which stays the next one.
    pub(super) fn peek(&mut self) -> Result<Option<u8>, ReadError> {
        let ends = self.begins.saturating_add(u64::try_from(self.chunk.len()).unwrap_or(0));
        if self.at < self.begins || self.at >= ends {
            self.chunk = self.source.bytes_at(self.at, CHUNK)?;
            self.begins = self.at;
        }
        let index = usize::try_from(self.at.saturating_sub(self.begins)).unwrap_or(usize::MAX);
        Ok(self.chunk.get(index).copied())
    }

    /// The next byte.
    pub(super) fn u8(&mut self, what: &str) -> Result<u8, ReadError> {
        let byte = self.peek()?.ok_or_else(|| ReadError::truncated(what, self.at))?;
        self.at = self.at.saturating_add(1);
        Ok(byte)
    }

    /// The next number of up to 8 bytes, the highest byte first.
    pub(super) fn be(&mut self, size: u8, what: &str) -> Result<u64, ReadError> {
        let mut number = 0u64;
        for _ in 0..size {
            number = number.wrapping_shl(8) | u64::from(self.u8(what)?);
        }
        Ok(number)
    }

    /// The next number of up to 8 bytes, the lowest byte first.
    pub(super) fn le(&mut self, size: u8, what: &str) -> Result<u64, ReadError> {
        let mut number = 0u64;
        for place in 0..size {
            number |= u64::from(self.u8(what)?).wrapping_shl(u32::from(place).saturating_mul(8));
        }
        Ok(number)
    }

    /// The next four bytes as a number in two's complement, the highest byte first.
    pub(super) fn be_i32(&mut self, what: &str) -> Result<i32, ReadError> {
        Ok(u32::try_from(self.be(4, what)?).unwrap_or(0).cast_signed())
    }

    /// The first `most` of the next `count` bytes; all of them are passed.
    pub(super) fn bytes(&mut self, count: u64, most: u64, what: &str) -> Result<Vec<u8>, ReadError> {
        let at = self.at;
        self.skip(count, what)?;
        // Most texts are short and lie in what was read already.
        let from = usize::try_from(at.wrapping_sub(self.begins)).unwrap_or(usize::MAX);
        let wanted = usize::try_from(count.min(most)).unwrap_or(usize::MAX);
        if at >= self.begins
            && let Some(bytes) = self.chunk.get(from..).and_then(|rest| rest.get(..wanted))
        {
            return Ok(bytes.to_vec());
        }
        Ok(self.source.bytes_at(at, count.min(most))?)
    }

    /// The next `count` bytes as a content of their own.
    pub(super) fn range(&mut self, count: u64, what: &str) -> Result<Source, ReadError> {
        let at = self.at;
        self.skip(count, what)?;
        Ok(self.source.range(at, count))
    }
}
