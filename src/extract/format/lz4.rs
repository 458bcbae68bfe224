//! LZ4 frames (LZ4 Frame Format 1.6.4), as joblib writes them, and the legacy frame. The frame is walked here, because a
//! library's reader takes a cut frame or an empty block for the end of the content; blocks are decoded by the library.

use crate::extract::format::stream::{self, Begin, Codec, Input, Note, Stream};
use crate::extract::format::zstd::{first_frame, skippable};
use crate::extract::format::{Claim, Format, Window};
use crate::extract::source::Source;
use crate::extract::walk::{Reached, ReadError, Walk};
use crate::facts::{DeviationKind, FormatId, MemberId};
use lz4_flex::block;
use std::hash::Hasher as _;
use twox_hash::XxHash32;

/// LZ4.
pub(super) struct Lz4;

const MAGIC: [u8; 4] = [0x04, 0x22, 0x4d, 0x18];
const LEGACY: [u8; 4] = [0x02, 0x21, 0x4c, 0x18];

/// How far a block may look back into the blocks before it.
const HISTORY: usize = 64 << 10;
/// Most decoded bytes of a legacy block ("Legacy frame").
const LEGACY_BLOCK: usize = 8 << 20;

// Bits of FLG.
const INDEPENDENT: u8 = 0x20;
const BLOCK_CHECKSUM: u8 = 0x10;
const CONTENT_SIZE: u8 = 0x08;
const CONTENT_CHECKSUM: u8 = 0x04;
const RESERVED: u8 = 0x02;
const DICTIONARY: u8 = 0x01;

impl Format for Lz4 {
    fn id(&self) -> FormatId {
        FormatId::Lz4
    }

    fn about(&self) -> &'static str {
        "LZ4 frames, also legacy ones: checksums; the content is read"
    }

    fn claims(&self, window: &Window) -> Claim {
        if window.starts_with(&MAGIC) || window.starts_with(&LEGACY) {
            Claim::Certain
        } else if skippable(&window.head).is_some() {
            Claim::Possible
        } else {
            Claim::No
        }
    }

    fn read(&self, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let Some(start) = first_frame(source, &[MAGIC, LEGACY])? else {
            return Err(ReadError::malformed("no LZ4 frame", None));
        };
        walk.reached(Reached::Effect);
        stream::read(&mut Frames { start }, (FormatId::Lz4, "lz4", None), source, member, walk).1
    }
}

struct Frames {
    start: u64,
}

impl Codec for Frames {
    fn begin(&mut self, source: &Source, at: u64, _first: bool) -> Result<Begin, ReadError> {
        if at < self.start {
            return Ok(Begin::Skip(self.start));
        }
        let head = source.bytes_at(at, 8)?;
        if let Some(length) = skippable(&head) {
            return Ok(Begin::Skip(length));
        }
        let mut input = Input::new(source, at);
        if head.starts_with(&LEGACY) {
            input.skip(4, "the LZ4 frame header")?;
            return Ok(Begin::Stream(Box::new(Frame::new(input, Header::legacy()))));
        }
        if !head.starts_with(&MAGIC) {
            return Ok(Begin::Nothing);
        }
        let header = Header::read(&mut input)?;
        Ok(Begin::Stream(Box::new(Frame::new(input, header))))
    }
}

/// What a frame's header says.
struct Header {
    legacy: bool,
    flags: u8,
    block: usize,
    size: Option<u64>,
    notes: Vec<Note>,
}

impl Header {
    fn legacy() -> Self {
        Self { legacy: true, flags: INDEPENDENT, block: LEGACY_BLOCK, size: None, notes: Vec::new() }
    }

    fn read(input: &mut Input) -> Result<Self, ReadError> {
        const WHAT: &str = "the LZ4 frame header";
        let at = input.at();
        let [_, _, _, _, flags, sizes] = input.array::<6>(WHAT)?;
        let mut described = vec![flags, sizes];
        if flags >> 6 != 1 {
            return Err(ReadError::unsupported(format!("LZ4 frame version {}", flags >> 6), at));
        }
        let block = match sizes >> 4 & 7 {
            4 => 64 << 10,
            5 => 256 << 10,
            6 => 1 << 20,
            7 => 4 << 20,
            other => return Err(ReadError::malformed(format!("LZ4 block size {other}"), at)),
        };
        let mut header = Self { legacy: false, flags, block, size: None, notes: Vec::new() };
        if flags & RESERVED != 0 || sizes & 0x8f != 0 {
            header.note(DeviationKind::InvalidValue, "FLG", "reserved bits 0", format!("{flags:02x} {sizes:02x}"), at);
        }
        if flags & CONTENT_SIZE != 0 {
            let bytes: [u8; 8] = input.array(WHAT)?;
            described.extend_from_slice(&bytes);
            header.size = Some(u64::from_le_bytes(bytes));
        }
        if flags & DICTIONARY != 0 {
            return Err(ReadError::unsupported("an LZ4 frame that needs a dictionary", at));
        }
        let [says] = input.array::<1>(WHAT)?;
        // The second byte of the descriptor's hash ("Header Checksum").
        let [_, is, ..] = xxh32(&described).to_le_bytes();
        if says != is {
            header.note(DeviationKind::ChecksumMismatch, "HC", &format!("{says:02x}"), format!("{is:02x}"), at);
        }
        Ok(header)
    }

    fn note(&mut self, kind: DeviationKind, field: &'static str, expected: &str, found: String, offset: u64) {
        self.notes.push(Note { kind, field, expected: expected.to_owned(), found, offset });
    }
}

fn xxh32(bytes: &[u8]) -> u32 {
    XxHash32::oneshot(0, bytes)
}

struct Frame {
    input: Input,
    header: Header,
    /// What the next block may look back into, and behind it the block that is handed out.
    window: Vec<u8>,
    /// Room for one decoded block, made once: a hostile frame has millions of tiny blocks.
    room: Vec<u8>,
    given: usize,
    hash: XxHash32,
    size: u64,
    ended: bool,
}

impl Frame {
    fn new(input: Input, header: Header) -> Self {
        Self {
            input,
            header,
            window: Vec::new(),
            room: Vec::new(),
            given: 0,
            hash: XxHash32::with_seed(0),
            size: 0,
            ended: false,
        }
    }

    /// Decodes the next block behind the history. Says whether there was one.
    fn block(&mut self, notes: &mut Vec<Note>) -> Result<bool, ReadError> {
        let at = self.input.at();
        if self.header.legacy && (self.input.fill()?.is_empty() || self.legacy_ends()?) {
            return Ok(false);
        }
        let word = u32::from_le_bytes(self.input.array("the end of the LZ4 frame")?);
        if word == 0 && !self.header.legacy {
            self.trailer(notes)?;
            return Ok(false);
        }
        let plain = word & 0x8000_0000 != 0 && !self.header.legacy;
        let length = usize::try_from(if plain { word & 0x7fff_ffff } else { word }).unwrap_or(usize::MAX);
        // A legacy block that does not compress is a little longer than what it holds (LZ4_compressBound).
        let most = if self.header.legacy { LEGACY_BLOCK.saturating_add(LEGACY_BLOCK >> 7) } else { self.header.block };
        if length > most {
            return Err(ReadError::malformed(format!("an LZ4 block of {length} bytes"), at));
        }
        let mut encoded = vec![0; length];
        std::io::Read::read_exact(&mut self.input, &mut encoded)
            .map_err(|_| ReadError::truncated("the end of the LZ4 block", at))?;
        if self.header.flags & BLOCK_CHECKSUM != 0 {
            let at = self.input.at();
            let says = u32::from_le_bytes(self.input.array("the LZ4 block checksum")?);
            notes.extend(Note::compare(DeviationKind::ChecksumMismatch, "Block checksum", says, xxh32(&encoded), at));
        }
        // The window is moved seldom, for the same reason.
        if self.header.flags & INDEPENDENT != 0 {
            self.window.clear();
        } else if self.window.len() > HISTORY.saturating_add(self.header.block) {
            self.window.drain(..self.window.len().saturating_sub(HISTORY));
        }
        self.given = self.window.len();
        if plain {
            self.window.extend_from_slice(&encoded);
        } else {
            self.room.resize(self.header.block, 0);
            let history = self.window.get(self.window.len().saturating_sub(HISTORY)..).unwrap_or_default();
            let count = block::decompress_into_with_dict(&encoded, &mut self.room, history)
                .map_err(|error| ReadError::malformed(format!("lz4: {error}"), at))?;
            self.window.extend_from_slice(self.room.get(..count).unwrap_or_default());
        }
        let fresh = self.window.get(self.given..).unwrap_or_default();
        self.size = self.size.saturating_add(u64::try_from(fresh.len()).unwrap_or(0));
        if self.header.flags & CONTENT_CHECKSUM != 0 {
            self.hash.write(fresh);
        }
        Ok(true)
    }

    /// A legacy frame has no end mark: it ends where another frame begins.
    fn legacy_ends(&mut self) -> Result<bool, ReadError> {
        let bytes = self.input.fill()?;
        Ok([MAGIC, LEGACY].iter().any(|magic| bytes.starts_with(magic)) || skippable(bytes).is_some())
    }

    fn trailer(&mut self, notes: &mut Vec<Note>) -> Result<(), ReadError> {
        let at = self.input.at();
        if let Some(says) = self.header.size.filter(|says| *says != self.size) {
            notes.push(Note {
                kind: DeviationKind::SizeMismatch,
                field: "Content Size",
                expected: says.to_string(),
                found: self.size.to_string(),
                offset: at,
            });
        }
        if self.header.flags & CONTENT_CHECKSUM != 0 {
            let says = u32::from_le_bytes(self.input.array("the LZ4 content checksum")?);
            let is = u32::try_from(self.hash.finish()).unwrap_or(0);
            notes.extend(Note::compare(DeviationKind::ChecksumMismatch, "C. Checksum", says, is, at));
        }
        Ok(())
    }
}

impl Stream for Frame {
    fn read(&mut self, into: &mut [u8], notes: &mut Vec<Note>) -> Result<usize, ReadError> {
        notes.append(&mut self.header.notes);
        loop {
            let left = self.window.get(self.given..).unwrap_or_default();
            if !left.is_empty() {
                let count = left.len().min(into.len());
                if let (Some(to), Some(from)) = (into.get_mut(..count), left.get(..count)) {
                    to.copy_from_slice(from);
                }
                self.given = self.given.saturating_add(count);
                return Ok(count);
            }
            if self.ended {
                return Ok(0);
            }
            self.ended = !self.block(notes)?;
        }
    }

    fn end(&self) -> u64 {
        self.input.at()
    }
}
