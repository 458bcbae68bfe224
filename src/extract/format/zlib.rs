//! zlib (RFC 1950), and joblib's oldest compressed file, which is `ZF`, a length in text and a zlib stream. Firm only where the
//! decoded content bears it out, because two bytes are no magic.

use crate::extract::format::deflate::Inflate;
use crate::extract::format::stream::{self, Begin, Codec, Input, Note, Pump, Stream};
use crate::extract::format::{Claim, Format, Window};
use crate::extract::source::Source;
use crate::extract::walk::{ReadError, Walk};
use crate::facts::{DeviationKind, FormatId, MemberId};

/// zlib.
pub(super) struct Zlib;

/// `ZF` and the decoded length as Python's `hex` writes it, padded to 19 characters (joblib/numpy_pickle_compat.py, `_MAX_LEN`).
const ZF: &[u8] = b"ZF0x";
const ZF_HEADER: u64 = 21;

impl Format for Zlib {
    fn id(&self) -> FormatId {
        FormatId::Zlib
    }

    fn about(&self) -> &'static str {
        "zlib, also behind joblib's old ZF header: checksum; the content is read"
    }

    fn claims(&self, window: &Window) -> Claim {
        match window.head.as_slice() {
            head if head.starts_with(ZF) => Claim::Possible,
            [method, flags, _, ..] if header(*method, *flags) => Claim::Possible,
            _ => Claim::No,
        }
    }

    fn read(&self, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let mut codec = Streams { start: start(source)? };
        let (outcome, result) = stream::read(&mut codec, (FormatId::Zlib, "deflate", None), source, member, walk);
        stream::reached(&outcome, true, walk);
        result
    }
}

/// Whether CMF and FLG can be: deflate, a window of at most 32 KiB, and a multiple of 31 (RFC 1950, 2.2).
fn header(method: u8, flags: u8) -> bool {
    method & 0x0f == 8 && method >> 4 <= 7 && u16::from_be_bytes([method, flags]).is_multiple_of(31)
}

/// Where the zlib stream begins: behind joblib's header, which is one space longer as Python 2 wrote it.
fn start(source: &Source) -> Result<u64, ReadError> {
    if source.bytes_at(0, 4)? != ZF {
        return Ok(0);
    }
    let wide = source.bytes_at(ZF_HEADER, 1)? == b" ";
    Ok(ZF_HEADER.saturating_add(u64::from(wide)))
}

struct Streams {
    start: u64,
}

impl Codec for Streams {
    fn begin(&mut self, source: &Source, at: u64, first: bool) -> Result<Begin, ReadError> {
        if at < self.start {
            return Ok(Begin::Skip(self.start));
        }
        let mut input = Input::new(source, at);
        let bytes = source.bytes_at(at, 2)?;
        let (Some(method), Some(flags)) = (bytes.first().copied(), bytes.get(1).copied()) else {
            return if first { Err(ReadError::truncated("the zlib header", at)) } else { Ok(Begin::Nothing) };
        };
        // Behind a stream only the four headers that writers make are taken for another one.
        let begins = if first { header(method, flags) } else { method == 0x78 && header(method, flags) };
        if !begins {
            return if first { Err(ReadError::malformed("no zlib header", at)) } else { Ok(Begin::Nothing) };
        }
        if flags & 0x20 != 0 {
            return Err(ReadError::unsupported("a zlib stream with a preset dictionary", at));
        }
        let _: [u8; 2] = input.array("the zlib header")?;
        Ok(Begin::Stream(Box::new(One {
            pump: Pump::new(input, Inflate::new()),
            adler: Adler::default(),
            ended: false,
        })))
    }
}

struct One {
    pump: Pump<Inflate>,
    adler: Adler,
    ended: bool,
}

impl Stream for One {
    fn read(&mut self, into: &mut [u8], notes: &mut Vec<Note>) -> Result<usize, ReadError> {
        if self.ended {
            return Ok(0);
        }
        let count = self.pump.read(into)?;
        if count > 0 {
            self.adler.update(into.get(..count).unwrap_or_default());
            return Ok(count);
        }
        self.ended = true;
        let at = self.pump.input.at();
        let says = u32::from_be_bytes(self.pump.input.array("the zlib checksum")?);
        notes.extend(Note::compare(DeviationKind::ChecksumMismatch, "ADLER32", says, self.adler.value(), at));
        Ok(0)
    }

    fn end(&self) -> u64 {
        self.pump.input.at()
    }
}

/// Adler-32 (RFC 1950, 8.2).
struct Adler(u32, u32);

impl Default for Adler {
    fn default() -> Self {
        Self(1, 0)
    }
}

impl Adler {
    const BASE: u32 = 65_521;

    fn update(&mut self, bytes: &[u8]) {
        // 5,552 bytes are the most for which neither sum overflows 32 bits.
        for chunk in bytes.chunks(5_552) {
            for byte in chunk {
                self.0 = self.0.wrapping_add(u32::from(*byte));
                self.1 = self.1.wrapping_add(self.0);
            }
            self.0 = self.0.checked_rem(Self::BASE).unwrap_or(0);
            self.1 = self.1.checked_rem(Self::BASE).unwrap_or(0);
        }
    }

    fn value(&self) -> u32 {
        (self.1 << 16) | self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adler_knows_its_answer() {
        let mut adler = Adler::default();
        adler.update(b"Wikipedia");
        assert_eq!(adler.value(), 0x11e6_0398);
    }
}
