//! gzip (RFC 1952): every header field, several members, both trailer fields. A wrong checksum never hides the content.

use crate::extract::embedded;
use crate::extract::format::deflate::Inflate;
use crate::extract::format::stream::{self, Begin, Codec, Input, Note, Pump, Stream};
use crate::extract::format::{Claim, Format, Window};
use crate::extract::source::Source;
use crate::extract::walk::{ReadError, Walk};
use crate::facts::{DeviationKind, FormatId, MemberId};

/// gzip.
pub(super) struct Gzip;

/// ID1, ID2 and CM = 8, deflate (RFC 1952, 2.3.1): no other method was ever defined.
const MAGIC: &[u8] = &[0x1f, 0x8b, 8];

// Bits of FLG.
const FHCRC: u8 = 0x02;
const FEXTRA: u8 = 0x04;
const FNAME: u8 = 0x08;
const FCOMMENT: u8 = 0x10;
const RESERVED: u8 = 0xe0;

impl Format for Gzip {
    fn id(&self) -> FormatId {
        FormatId::Gzip
    }

    fn about(&self) -> &'static str {
        "gzip: all members, header fields, checksums; the content is read"
    }

    fn claims(&self, window: &Window) -> Claim {
        if window.starts_with(MAGIC) { Claim::Certain } else { Claim::No }
    }

    fn read(&self, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let header = Header::read(&mut Input::new(source, 0))?;
        for (key, text) in [("extra field", &header.extra), ("file name", &header.name), ("comment", &header.comment)] {
            embedded::text(member, key, text, walk);
        }
        let comment = header.comment;
        let comment = (!comment.is_empty()).then(|| stream::shown(&comment, walk));
        stream::read(&mut Members, (FormatId::Gzip, "deflate", comment), source, member, walk).1
    }
}

/// What a member's header says, as far as it matters.
struct Header {
    notes: Vec<Note>,
    extra: Vec<u8>,
    name: Vec<u8>,
    comment: Vec<u8>,
}

impl Header {
    fn read(input: &mut Input) -> Result<Self, ReadError> {
        let mut crc = crc32fast::Hasher::new();
        let start = input.at();
        let fixed: [u8; 10] = input.array("the gzip header")?;
        crc.update(&fixed);
        let [_, _, _, flags, ..] = fixed;
        let mut header = Self { notes: Vec::new(), extra: Vec::new(), name: Vec::new(), comment: Vec::new() };
        if flags & RESERVED != 0 {
            header.notes.push(Note {
                kind: DeviationKind::InvalidValue,
                field: "FLG",
                expected: "reserved bits 0".to_owned(),
                found: format!("{flags:02x}"),
                offset: start,
            });
        }
        if flags & FEXTRA != 0 {
            let length: [u8; 2] = input.array("the gzip extra field")?;
            crc.update(&length);
            for _ in 0..u16::from_le_bytes(length) {
                let byte = input.array::<1>("the gzip extra field")?;
                crc.update(&byte);
                header.extra.extend(byte);
            }
        }
        if flags & FNAME != 0 {
            header.name = text(input, &mut crc, "the gzip file name")?;
        }
        if flags & FCOMMENT != 0 {
            header.comment = text(input, &mut crc, "the gzip comment")?;
        }
        if flags & FHCRC != 0 {
            let at = input.at();
            let says = u32::from(u16::from_le_bytes(input.array("the gzip header checksum")?));
            let is = crc.finalize() & 0xffff;
            header.notes.extend(Note::compare(DeviationKind::ChecksumMismatch, "CRC16", says, is, at));
        }
        Ok(header)
    }
}

/// A text that ends with a zero byte; its first 4 KiB are kept.
fn text(input: &mut Input, crc: &mut crc32fast::Hasher, what: &str) -> Result<Vec<u8>, ReadError> {
    let mut kept = Vec::new();
    loop {
        let byte: [u8; 1] = input.array(what)?;
        crc.update(&byte);
        match byte {
            [0] => return Ok(kept),
            _ if kept.len() < 4 << 10 => kept.extend_from_slice(&byte),
            _ => {}
        }
    }
}

struct Members;

impl Codec for Members {
    fn begin(&mut self, source: &Source, at: u64, _first: bool) -> Result<Begin, ReadError> {
        if source.bytes_at(at, 3)? != MAGIC {
            return Ok(Begin::Nothing);
        }
        let mut input = Input::new(source, at);
        let header = Header::read(&mut input)?;
        Ok(Begin::Stream(Box::new(Member {
            pump: Pump::new(input, Inflate::new()),
            notes: header.notes,
            crc: crc32fast::Hasher::new(),
            size: 0,
            ended: false,
        })))
    }
}

struct Member {
    pump: Pump<Inflate>,
    notes: Vec<Note>,
    crc: crc32fast::Hasher,
    /// ISIZE counts modulo 2^32 (RFC 1952, 2.3.1).
    size: u32,
    ended: bool,
}

impl Stream for Member {
    fn read(&mut self, into: &mut [u8], notes: &mut Vec<Note>) -> Result<usize, ReadError> {
        notes.append(&mut self.notes);
        if self.ended {
            return Ok(0);
        }
        let count = self.pump.read(into)?;
        if count > 0 {
            self.crc.update(into.get(..count).unwrap_or_default());
            self.size = self.size.wrapping_add(u32::try_from(count).unwrap_or(u32::MAX));
            return Ok(count);
        }
        self.ended = true;
        let at = self.pump.input.at();
        let crc = u32::from_le_bytes(self.pump.input.array("the gzip checksum")?);
        let size = u32::from_le_bytes(self.pump.input.array("the gzip size")?);
        let is = self.crc.clone().finalize();
        notes.extend(Note::compare(DeviationKind::ChecksumMismatch, "CRC32", crc, is, at));
        notes.extend(Note::compare(DeviationKind::SizeMismatch, "ISIZE", size, self.size, at.saturating_add(4)));
        Ok(0)
    }

    fn end(&self) -> u64 {
        self.pump.input.at()
    }
}
