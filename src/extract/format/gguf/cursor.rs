//! A cursor over a GGUF file's header: numbers in either byte order, texts cut to what is kept, a ceiling for all of it. What is
//! passed over is not read.

use crate::extract::source::Source;
use crate::extract::walk::ReadError;
use crate::limits::Exhausted;

/// Bytes that are read at one time.
const CHUNK: u64 = 64 << 10;

pub(super) struct Cursor {
    source: Source,
    /// Offset of the next byte.
    pub at: u64,
    /// Whether numbers are big-endian.
    pub big: bool,
    /// The file's version.
    pub version: u64,
    ceiling: u64,
    chunk: Vec<u8>,
    begins: u64,
}

impl Cursor {
    /// A cursor at the first byte that goes no further than `ceiling`.
    pub(super) fn new(source: &Source, ceiling: u64) -> Self {
        Self { source: source.clone(), at: 0, big: false, version: 0, ceiling, chunk: Vec::new(), begins: 0 }
    }

    /// Passes over `count` bytes.
    pub(super) fn skip(&mut self, count: u64, what: &str) -> Result<(), ReadError> {
        let end = self.at.checked_add(count).filter(|end| *end <= self.source.size());
        let end = end.ok_or_else(|| ReadError::truncated(what, self.at))?;
        if end > self.ceiling {
            return Err(ReadError::Limit(Exhausted("header")));
        }
        self.at = end;
        Ok(())
    }

    /// The next number of 1, 2, 4 or 8 bytes.
    pub(super) fn number(&mut self, size: u64, what: &str) -> Result<u64, ReadError> {
        let at = self.at;
        self.skip(size, what)?;
        if at < self.begins || at.saturating_add(size) > self.end() {
            self.chunk = self.source.bytes_at(at, CHUNK)?;
            self.begins = at;
        }
        let from = usize::try_from(at.saturating_sub(self.begins)).unwrap_or(usize::MAX);
        let to = from.saturating_add(usize::try_from(size).unwrap_or(usize::MAX));
        let bytes = self.chunk.get(from..to).ok_or_else(|| ReadError::truncated(what, at))?;
        let next = |number: u64, byte: &u8| number.wrapping_shl(8) | u64::from(*byte);
        Ok(if self.big { bytes.iter().fold(0, next) } else { bytes.iter().rev().fold(0, next) })
    }

    /// The next count or length: 32 bits wide in version 1.
    pub(super) fn length(&mut self, what: &str) -> Result<u64, ReadError> {
        self.number(if self.version == 1 { 4 } else { 8 }, what)
    }

    /// The next text: at most `most` bytes of it, and its whole length.
    pub(super) fn text(&mut self, most: u64, what: &str) -> Result<(Vec<u8>, u64), ReadError> {
        let length = self.length(what)?;
        let at = self.at;
        self.skip(length, what)?;
        Ok((self.source.bytes_at(at, length.min(most))?, length))
    }

    /// The next text of many short ones: at most a chunk of it, without a read of its own.
    pub(super) fn short_text(&mut self, what: &str) -> Result<&[u8], ReadError> {
        let length = self.length(what)?;
        let at = self.at;
        self.skip(length, what)?;
        if at < self.begins || at.saturating_add(length) > self.end() {
            self.chunk = self.source.bytes_at(at, CHUNK)?;
            self.begins = at;
        }
        let from = usize::try_from(at.saturating_sub(self.begins)).unwrap_or(usize::MAX);
        let to = from.saturating_add(usize::try_from(length).unwrap_or(usize::MAX)).min(self.chunk.len());
        Ok(self.chunk.get(from..to).unwrap_or_default())
    }

    fn end(&self) -> u64 {
        self.begins.saturating_add(u64::try_from(self.chunk.len()).unwrap_or(0))
    }
}
