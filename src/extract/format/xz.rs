//! xz (the .xz file format 1.2.1) and the older LZMA-alone file, decoded within the dictionary limit.

use crate::extract::format::dictionary::Permit;
use crate::extract::format::stream::{self, Begin, Codec, Input, Note, Restart, Stream};
use crate::extract::format::{Claim, Format, Window};
use crate::extract::source::Source;
use crate::extract::walk::{ReadError, Walk};
use crate::facts::{FormatId, MemberId};
use lzma_rust2::{Action, LzmaReader, Status, XzReader, XzStream};
use std::io;

/// xz.
pub(super) struct Xz;

/// Header magic bytes (.xz file format, 2.1.1.1).
const MAGIC: &[u8] = &[0xfd, b'7', b'z', b'X', b'Z', 0];

impl Format for Xz {
    fn id(&self) -> FormatId {
        FormatId::Xz
    }

    fn about(&self) -> &'static str {
        "xz: all streams, padding, index and checks; the content is read"
    }

    fn claims(&self, window: &Window) -> Claim {
        if window.starts_with(MAGIC) { Claim::Certain } else { Claim::No }
    }

    fn read(&self, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let mut codec = XzStreams { ceiling: walk.limits.dictionary };
        stream::read(&mut codec, (FormatId::Xz, "lzma2", None), source, member, walk).1
    }
}

struct XzStreams {
    ceiling: u64,
}

impl Codec for XzStreams {
    fn begin(&mut self, source: &Source, at: u64, first: bool) -> Result<Begin, ReadError> {
        let bytes = source.bytes_at(at, 6)?;
        if !first && bytes.starts_with(&[0; 4]) {
            // Stream padding, in units of four bytes (2.2).
            let next = source.bytes_at(at, 64 << 10)?;
            let zeros = next.chunks_exact(4).take_while(|unit| *unit == [0; 4]).count();
            return Ok(Begin::Skip(u64::try_from(zeros).unwrap_or(1).saturating_mul(4)));
        }
        if bytes != MAGIC {
            return Ok(Begin::Nothing);
        }
        // A block names its dictionary as late as its own header, so the permit is for the most that is let through.
        let permit = Permit::take(self.ceiling, self.ceiling)?;
        let (from, ceiling) = (source.clone(), kibibytes(self.ceiling));
        let again = move || {
            // It keeps a record a block, and a block has 20 bytes or more: not for a content of millions of them.
            let stream = (from.size() <= 64 << 20).then(|| XzStream::new_mem_limit(false, ceiling))?;
            let tail: Box<dyn io::Read> = Box::new(Tail { stream, input: Input::new(&from, at), failed: false });
            Some(tail)
        };
        let decoder = XzReader::new_mem_limit(Input::new(source, at), false, ceiling);
        Ok(Begin::Stream(Box::new(XzOne(Restart::new(decoder, again, permit)))))
    }
}

/// The push decoder, which gives what a cut chunk holds where the reader gives nothing of it.
struct Tail {
    stream: XzStream,
    input: Input,
    failed: bool,
}

impl io::Read for Tail {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.failed || into.is_empty() {
                return Ok(0);
            }
            let bytes = self.input.fill()?;
            let action = if bytes.is_empty() { Action::Finish } else { Action::Run };
            let before = (self.stream.total_in(), self.stream.total_out());
            let outcome = self.stream.process(bytes, into, action);
            let since = |now: u64, before: u64| usize::try_from(now.saturating_sub(before)).unwrap_or(0);
            self.input.consume(since(self.stream.total_in(), before.0));
            self.failed = !matches!(&outcome, Ok(result) if result.status == Status::Ok);
            let given = since(self.stream.total_out(), before.1);
            if given > 0 || action == Action::Finish {
                return Ok(given);
            }
        }
    }
}

struct XzOne<F>(Restart<XzReader<Input>, F>);

impl<F: FnMut() -> Option<Box<dyn io::Read>>> Stream for XzOne<F> {
    fn read(&mut self, into: &mut [u8], _notes: &mut Vec<Note>) -> Result<usize, ReadError> {
        self.0.read(into)
    }

    fn end(&self) -> u64 {
        self.0.decoder().map_or(0, |decoder| decoder.inner().at())
    }
}

/// LZMA-alone.
pub(super) struct Lzma;

/// Properties, dictionary size, decoded size (lzma-file-format.txt of the XZ Utils, 1.1).
const ALONE_HEADER: u64 = 13;

impl Format for Lzma {
    fn id(&self) -> FormatId {
        FormatId::Lzma
    }

    fn about(&self) -> &'static str {
        "the older LZMA file (.lzma): all streams; the content is read"
    }

    fn claims(&self, window: &Window) -> Claim {
        if plausible(&window.head) { Claim::Possible } else { Claim::No }
    }

    fn read(&self, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let mut codec = LzmaStreams { ceiling: walk.limits.dictionary };
        let (outcome, result) = stream::read(&mut codec, (FormatId::Lzma, "lzma", None), source, member, walk);
        // There is no checksum: a whole stream proves something only with the properties that all writers use (lc 3, lp 0, pb 2).
        let usual = source.bytes_at(0, 1)? == [0x5d];
        stream::reached(&outcome, usual, walk);
        result
    }
}

/// Whether a header can be: what liblzma asks before it takes a file for LZMA-alone (alone_decoder.c, `picky`), and the first
/// byte of the range coder, which is 0.
fn plausible(head: &[u8]) -> bool {
    let Some(&[properties, d0, d1, d2, d3, s0, s1, s2, s3, s4, s5, s6, s7, first]) = head.first_chunk::<14>() else {
        return false;
    };
    let dictionary = u32::from_le_bytes([d0, d1, d2, d3]);
    let size = u64::from_le_bytes([s0, s1, s2, s3, s4, s5, s6, s7]);
    // 2^n or 2^n + 2^(n-1): one bit, or two neighbours.
    let sane = dictionary == u32::MAX
        || dictionary.count_ones() == 1
        || (dictionary.count_ones() == 2 && dictionary & (dictionary << 1) != 0);
    properties < 225 && sane && (size == u64::MAX || size < 1 << 38) && first == 0
}

struct LzmaStreams {
    ceiling: u64,
}

impl Codec for LzmaStreams {
    fn begin(&mut self, source: &Source, at: u64, _first: bool) -> Result<Begin, ReadError> {
        let head = source.bytes_at(at, ALONE_HEADER.saturating_add(1))?;
        if !plausible(&head) {
            return Ok(Begin::Nothing);
        }
        let permit = Permit::take(self.ceiling, self.ceiling)?;
        let ceiling = kibibytes(self.ceiling);
        let decoder = LzmaReader::new_mem_limit(Input::new(source, at), ceiling, None);
        let mut decoder = decoder.map_err(stream::decoder_error)?;
        decoder.set_defer_errors(true);
        // Its errors wait for the bytes before them, so there is nothing to take again.
        let restart = Restart::new(decoder, || None, permit);
        Ok(Begin::Stream(Box::new(LzmaOne { restart, end: at })))
    }
}

struct LzmaOne<F> {
    restart: Restart<LzmaReader<Input>, F>,
    end: u64,
}

impl<F: FnMut() -> Option<Box<dyn io::Read>>> Stream for LzmaOne<F> {
    fn read(&mut self, into: &mut [u8], _notes: &mut Vec<Note>) -> Result<usize, ReadError> {
        let count = self.restart.read(into)?;
        if count == 0
            && let Some(decoder) = self.restart.take()
        {
            // The decoder reads ahead; what it did not use stands behind the stream.
            let (input, unused) = decoder.into_parts();
            self.end = input.at().saturating_sub(u64::try_from(unused.len()).unwrap_or(0));
        }
        Ok(count)
    }

    fn end(&self) -> u64 {
        self.end
    }
}

fn kibibytes(bytes: u64) -> u32 {
    u32::try_from(bytes >> 10).unwrap_or(u32::MAX)
}
