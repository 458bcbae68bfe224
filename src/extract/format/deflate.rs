//! Raw deflate (RFC 1951) for gzip and zlib, whose headers and trailers are read by themselves so that a wrong checksum is a
//! deviation and not the end of reading.

use crate::extract::format::stream::Push;
use flate2::{Decompress, FlushDecompress, Status};

/// A raw deflate stream.
pub(super) struct Inflate(Decompress);

impl Inflate {
    /// A decoder before its first byte.
    pub(super) fn new() -> Self {
        Self(Decompress::new(false))
    }
}

impl Push for Inflate {
    fn push(&mut self, input: &[u8], output: &mut [u8]) -> (usize, usize, Result<bool, String>) {
        let before = (self.0.total_in(), self.0.total_out());
        let outcome = self.0.decompress(input, output, FlushDecompress::None);
        let since = |now: u64, before: u64| usize::try_from(now.saturating_sub(before)).unwrap_or(0);
        let taken = since(self.0.total_in(), before.0);
        let given = since(self.0.total_out(), before.1);
        let outcome = match outcome {
            Ok(status) => Ok(status == Status::StreamEnd),
            Err(error) => Err(format!("deflate: {error}")),
        };
        (taken, given, outcome)
    }
}
