//! Compression methods of zip (APPNOTE.TXT 6.3.10, section 4.4.5), each as a reader of bounded memory.

use crate::extract::format::dictionary::Permit;
use crate::extract::source::{Source, SourceReader};
use crate::extract::walk::ReadError;
use crate::limits::Limits;
use flate2::{Decompress, FlushDecompress, Status};
use ruzstd::decoding::StreamingDecoder;
use std::cell::RefCell;
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
    Other {
        /// The decoder.
        reader: Box<dyn Read>,
        /// Given back with the decoder.
        _permit: Option<Permit>,
    },
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
        let (reader, permit): (Box<dyn Read>, _) = match method {
            STORED => (Box::new(reader), None),
            DEFLATE => return Ok(Self::Deflate(Box::new(Inflate::new(content)))),
            BZIP2 => (Box::new(bzip2::read::BzDecoder::new(reader)), None),
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
                let permit = Permit::take(u64::from(needed) << 10, limits.dictionary)?;
                // Flag bit 1: the stream ends with a marker, and its size is not needed.
                let size = if flags & 0x2 == 0 { unpacked } else { u64::MAX };
                let decoder = lzma_rust2::LzmaReader::new_with_props(reader, size, properties, dictionary, None);
                (Box::new(decoder.map_err(|error| ReadError::malformed(error.to_string(), None))?), Some(permit))
            }
            20 | 93 => {
                let permit = Permit::take(limits.dictionary, limits.dictionary)?;
                let decoder = StreamingDecoder::new_with_max_window_size(reader, limits.dictionary)
                    .map_err(|error| ReadError::malformed(error.to_string(), None))?;
                (Box::new(decoder), Some(permit))
            }
            95 => {
                let permit = Permit::take(limits.dictionary, limits.dictionary)?;
                let memory = u32::try_from(limits.dictionary >> 10).unwrap_or(u32::MAX);
                (Box::new(lzma_rust2::XzReader::new_mem_limit(reader, true, memory)), Some(permit))
            }
            _ => return Err(ReadError::unsupported(format!("compression method {}", name(method)), None)),
        };
        Ok(Self::Other { reader, _permit: permit })
    }

    /// Bytes that were taken of the content, when the decoder knows it.
    pub(super) fn taken(&self) -> Option<u64> {
        match self {
            Self::Deflate(inflate) => Some(inflate.state.total_in()),
            Self::Other { .. } => None,
        }
    }
}

impl Read for Decoder {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Deflate(inflate) => inflate.read(into),
            Self::Other { reader, .. } => reader.read(into),
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

/// What was seen of a stream while it was decoded.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// The first decoded bytes, up to 8.
    pub first: Vec<u8>,
    /// Bytes that the decoder took, when it knows that.
    pub taken: Option<u64>,
}

/// A decoder that is watched. The walk owns it, so that its memory is free before what it decoded is read.
pub(super) struct Watched<'a> {
    decoder: Decoder,
    seen: &'a RefCell<Seen>,
}

impl<'a> Watched<'a> {
    /// Writes to `seen` what `decoder` does.
    pub(super) fn new(decoder: Decoder, seen: &'a RefCell<Seen>) -> Self {
        Self { decoder, seen }
    }
}

impl Read for Watched<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.decoder.read(into);
        let mut seen = self.seen.borrow_mut();
        seen.taken = self.decoder.taken();
        let read = read?;
        let room = 8usize.saturating_sub(seen.first.len());
        seen.first.extend(into.iter().take(read.min(room)));
        Ok(read)
    }
}
