//! Images: PNG, JPEG, GIF, WebP, BMP, ICO, walked by their structure to the end, so that what stands behind a picture is seen.
//! The specification of a kind stands where it is walked. No pixel is decoded.

use crate::extract::format::{Claim, Format, Window, stream};
use crate::extract::source::Source;
use crate::extract::walk::{ReadError, Walk};
use crate::facts::{FormatId, MemberId};

/// Images.
pub(super) struct Image;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
const JPEG: &[u8] = &[0xff, 0xd8, 0xff];

impl Format for Image {
    fn id(&self) -> FormatId {
        FormatId::Image
    }

    fn about(&self) -> &'static str {
        "PNG, JPEG, GIF, WebP, BMP, ICO: the structure to its end"
    }

    fn claims(&self, window: &Window) -> Claim {
        if Kind::of(&window.head, window.size).is_some() { Claim::Certain } else { Claim::No }
    }

    fn read(&self, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let mut bytes = Bytes { source, at: 0, chunk: Vec::new(), start: 0 };
        let end = match Kind::of(&source.bytes_at(0, 64)?, source.size()) {
            Some(Kind::Png) => bytes.png()?,
            Some(Kind::Jpeg) => bytes.jpeg()?,
            Some(Kind::Gif) => bytes.gif()?,
            Some(Kind::Webp) => u64::from(bytes.le_u32_at(4)?).saturating_add(8).next_multiple_of(2),
            Some(Kind::Bmp) => u64::from(bytes.le_u32_at(2)?),
            Some(Kind::Ico) => bytes.ico()?,
            None => return Err(ReadError::malformed("no image", 0)),
        };
        if end > source.size() {
            return Err(ReadError::truncated("the end of the image", source.size()));
        }
        stream::remainder(FormatId::Image, source, end, member, walk)
    }
}

enum Kind {
    Png,
    Jpeg,
    Gif,
    Webp,
    Bmp,
    Ico,
}

impl Kind {
    fn of(head: &[u8], size: u64) -> Option<Self> {
        let le = |range: std::ops::Range<usize>| {
            head.get(range).map(|bytes| bytes.iter().rev().fold(0u64, |number, byte| (number << 8) | u64::from(*byte)))
        };
        match head {
            head if head.starts_with(PNG) => Some(Self::Png),
            head if head.starts_with(JPEG) => Some(Self::Jpeg),
            head if head.starts_with(b"GIF87a") || head.starts_with(b"GIF89a") => Some(Self::Gif),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::Webp),
            // Two letters are no magic: the file's size, four zero bytes and a known header size must stand there too.
            [b'B', b'M', _, _, _, _, 0, 0, 0, 0, ..] => {
                let header = le(14..18)?;
                let known = matches!(header, 12 | 40 | 52 | 56 | 64 | 108 | 124);
                (known && le(2..6)? <= size && le(10..14)? >= header).then_some(Self::Bmp)
            }
            // An icon's first directory entry: its picture lies behind the directory and inside the file.
            [0, 0, 1, 0, count @ 1..=255, 0, _, _, _, 0, ..] => {
                let directory = u64::from(*count).saturating_mul(16).saturating_add(6);
                let (length, offset) = (le(14..18)?, le(18..22)?);
                (length > 0 && offset >= directory && offset.saturating_add(length) <= size).then_some(Self::Ico)
            }
            _ => None,
        }
    }
}

/// The bytes of an image, read forward.
struct Bytes<'a> {
    source: &'a Source,
    at: u64,
    chunk: Vec<u8>,
    start: u64,
}

impl Bytes<'_> {
    const CHUNK: u64 = 64 << 10;

    fn u8(&mut self) -> Result<u8, ReadError> {
        let offset = self.at.checked_sub(self.start).and_then(|offset| usize::try_from(offset).ok());
        let byte = match offset.and_then(|offset| self.chunk.get(offset)) {
            Some(byte) => *byte,
            None => {
                self.chunk = self.source.bytes_at(self.at, Self::CHUNK)?;
                self.start = self.at;
                *self.chunk.first().ok_or_else(|| ReadError::truncated("the end of the image", self.at))?
            }
        };
        self.at = self.at.saturating_add(1);
        Ok(byte)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], ReadError> {
        let mut bytes = [0; N];
        for byte in &mut bytes {
            *byte = self.u8()?;
        }
        Ok(bytes)
    }

    fn le_u32_at(&mut self, at: u64) -> Result<u32, ReadError> {
        self.at = at;
        self.array().map(u32::from_le_bytes)
    }

    fn skip(&mut self, count: u64) {
        self.at = self.at.saturating_add(count);
    }

    /// Chunks of length, type, data and CRC, to IEND (PNG specification, 5.3).
    fn png(&mut self) -> Result<u64, ReadError> {
        self.skip(8);
        loop {
            let length = u32::from_be_bytes(self.array()?);
            let kind: [u8; 4] = self.array()?;
            if length > 0x7fff_ffff || !kind.iter().all(u8::is_ascii_alphabetic) {
                return Err(ReadError::malformed("a PNG chunk that is none", self.at));
            }
            self.skip(u64::from(length).saturating_add(4));
            if &kind == b"IEND" {
                return Ok(self.at);
            }
        }
    }

    /// Segments to EOI; behind SOS the entropy-coded data, in which 0xff stands only before 0 or a restart marker (ITU-T T.81, B.1).
    fn jpeg(&mut self) -> Result<u64, ReadError> {
        self.skip(2);
        loop {
            if self.u8()? != 0xff {
                return Err(ReadError::malformed("a JPEG segment that is none", self.at));
            }
            let mut marker = self.u8()?;
            while marker == 0xff {
                marker = self.u8()?;
            }
            match marker {
                0xd9 => return Ok(self.at),
                0x01 | 0xd0..=0xd7 => {}
                0x00 | 0xd8 => return Err(ReadError::malformed("a JPEG marker that is none", self.at)),
                _ => {
                    let length = u64::from(u16::from_be_bytes(self.array()?));
                    let rest = length.checked_sub(2);
                    self.skip(rest.ok_or_else(|| ReadError::malformed("a JPEG segment without length", self.at))?);
                    if marker == 0xda {
                        self.entropy()?;
                    }
                }
            }
        }
    }

    fn entropy(&mut self) -> Result<(), ReadError> {
        loop {
            if self.u8()? == 0xff && !matches!(self.u8()?, 0x00 | 0xd0..=0xd7) {
                // The marker is read again by the caller. Fill bytes (0xff 0xff) come back as a marker too.
                self.at = self.at.saturating_sub(2);
                return Ok(());
            }
        }
    }

    /// Blocks to the trailer (GIF89a specification, 17 to 27).
    fn gif(&mut self) -> Result<u64, ReadError> {
        self.skip(10);
        let [packed, _, _] = self.array::<3>()?;
        self.colours(packed);
        loop {
            match self.u8()? {
                0x3b => return Ok(self.at),
                0x21 => {
                    self.skip(1);
                    self.blocks()?;
                }
                0x2c => {
                    self.skip(8);
                    let packed = self.u8()?;
                    self.colours(packed);
                    self.skip(1);
                    self.blocks()?;
                }
                _ => return Err(ReadError::malformed("a GIF block that is none", self.at)),
            }
        }
    }

    fn colours(&mut self, packed: u8) {
        if packed & 0x80 != 0 {
            self.skip(3u64 << (u32::from(packed & 7).saturating_add(1)));
        }
    }

    fn blocks(&mut self) -> Result<(), ReadError> {
        loop {
            match self.u8()? {
                0 => return Ok(()),
                length => self.skip(u64::from(length)),
            }
        }
    }

    /// The end of the last picture of an icon's directory.
    fn ico(&mut self) -> Result<u64, ReadError> {
        self.skip(4);
        let count = u16::from_le_bytes(self.array()?);
        let mut end = 0u64;
        for _ in 0..count {
            self.skip(8);
            let length = u64::from(u32::from_le_bytes(self.array()?));
            let offset = u64::from(u32::from_le_bytes(self.array()?));
            end = end.max(offset.saturating_add(length));
        }
        Ok(end.max(self.at))
    }
}
