//! Compression methods of zip (APPNOTE.TXT 6.3.10, section 4.4.5), each as a reader of bounded memory.

use crate::extract::source::{Source, SourceReader};
use crate::extract::walk::ReadError;
use crate::limits::{Exhausted, Limits};
use flate2::{Decompress, FlushDecompress, Status};
use std::io::{self, BufRead as _, BufReader, Read};

/// Stored as it is.
pub(super) const STORED: u16 = 0;
/// Deflate.
pub(super) const DEFLATE: u16 = 8;
/// BZIP2, which Python's zipfile reads too.
pub(super) const BZIP2: u16 = 12;
/// LZMA, which Python's zipfile reads too.
pub(super) const LZMA: u16 = 14;
/// AES encryption; the true method stands in an extra field.
pub(super) const AES: u16 = 99;

/// The method by its specification's name.
pub(super) fn name(method: u16) -> String {
    let name = match method {
        STORED => "stored",
        1 => "shrink",
        2..=5 => "reduce",
        6 => "implode",
        DEFLATE => "deflate",
        9 => "deflate64",
        10 => "dcl-implode",
        BZIP2 => "bzip2",
        LZMA => "lzma",
        20 | 93 => "zstd",
        94 => "mp3",
        95 => "xz",
        96 => "jpeg",
        97 => "wavpack",
        98 => "ppmd",
        AES => "aes",
        _ => return format!("unknown ({method})"),
    };
    name.to_owned()
}

/// Whether the number is a method that the specification names.
pub(super) fn known(method: u16) -> bool {
    matches!(method, 0..=6 | 8..=10 | 12 | 14 | 20 | 93..=99)
}

/// An entry's content while it is decoded.
pub(super) enum Decoder {
    /// Deflate, which says how many bytes it took.
    Deflate(Box<Inflate>),
    /// All others.
    Other(Box<dyn Read>),
}

impl Decoder {
    /// A decoder for `content`; `unpacked` is the size that the entry declares, `flags` its general purpose flags.
    pub(super) fn new(
        method: u16,
        content: &Source,
        flags: u16,
        unpacked: u64,
        limits: &Limits,
    ) -> Result<Self, ReadError> {
        let mut reader = content.reader();
        let memory = u32::try_from(limits.dictionary >> 10).unwrap_or(u32::MAX);
        Ok(match method {
            STORED => Self::Other(Box::new(reader)),
            DEFLATE => Self::Deflate(Box::new(Inflate::new(content))),
            BZIP2 => Self::Other(Box::new(bzip2::read::BzDecoder::new(reader))),
            LZMA => {
                // 5.8.8: two bytes of version, two of the properties' size, then the properties of LZMA.
                let mut head = [0; 9];
                reader.read_exact(&mut head)?;
                let [_, _, 5, 0, properties, one, two, three, four] = head else {
                    return Err(ReadError::malformed("LZMA properties that are not 5 bytes long", None));
                };
                let dictionary = u32::from_le_bytes([one, two, three, four]);
                let needed = lzma_rust2::lzma_get_memory_usage_by_props(dictionary, properties)
                    .map_err(|error| ReadError::malformed(error.to_string(), None))?;
                if needed > memory {
                    return Err(Exhausted("dictionary").into());
                }
                // Flag bit 1: the stream ends with a marker, and its size is not needed.
                let size = if flags & 0x2 == 0 { unpacked } else { u64::MAX };
                let decoder = lzma_rust2::LzmaReader::new_with_props(reader, size, properties, dictionary, None);
                Self::Other(Box::new(decoder.map_err(|error| ReadError::malformed(error.to_string(), None))?))
            }
            20 | 93 => {
                let decoder = ruzstd::decoding::StreamingDecoder::new_with_max_window_size(reader, limits.dictionary)
                    .map_err(|error| ReadError::malformed(error.to_string(), None))?;
                Self::Other(Box::new(decoder))
            }
            95 => Self::Other(Box::new(lzma_rust2::XzReader::new_mem_limit(reader, true, memory))),
            _ => return Err(ReadError::unsupported(format!("compression method {}", name(method)), None)),
        })
    }

    /// Bytes that were taken of the content, when the decoder knows it.
    pub(super) fn taken(&self) -> Option<u64> {
        match self {
            Self::Deflate(inflate) => Some(inflate.state.total_in()),
            Self::Other(_) => None,
        }
    }
}

impl Read for Decoder {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Deflate(inflate) => inflate.read(into),
            Self::Other(reader) => reader.read(into),
        }
    }
}

/// Raw deflate that says when its stream is cut; flate2's own reader ends in silence there.
pub(super) struct Inflate {
    reader: BufReader<SourceReader>,
    state: Decompress,
    ended: bool,
}

impl Inflate {
    fn new(content: &Source) -> Self {
        Self { reader: content.reader(), state: Decompress::new(false), ended: false }
    }
}

impl Read for Inflate {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while !self.ended && !into.is_empty() {
            let input = self.reader.fill_buf()?;
            let over = input.is_empty();
            let (taken, given) = (self.state.total_in(), self.state.total_out());
            let status = self.state.decompress(input, into, FlushDecompress::None).map_err(io::Error::other)?;
            let taken = usize::try_from(self.state.total_in().saturating_sub(taken)).unwrap_or(0);
            let given = usize::try_from(self.state.total_out().saturating_sub(given)).unwrap_or(0);
            self.reader.consume(taken);
            self.ended = status == Status::StreamEnd;
            if given > 0 {
                return Ok(given);
            }
            if over && !self.ended {
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the deflate stream has no end"));
            }
        }
        Ok(0)
    }
}

/// A reader that keeps the first bytes it gives.
pub(super) struct Head<R> {
    inner: R,
    /// The first bytes, up to 8.
    pub first: Vec<u8>,
}

impl<R: Read> Head<R> {
    /// Keeps the first bytes of `inner`.
    pub(super) fn new(inner: R) -> Self {
        Self { inner, first: Vec::new() }
    }

    /// The reader itself.
    pub(super) fn inner(&self) -> &R {
        &self.inner
    }
}

impl<R: Read> Read for Head<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(into)?;
        let room = 8usize.saturating_sub(self.first.len());
        self.first.extend(into.iter().take(read.min(room)));
        Ok(read)
    }
}
