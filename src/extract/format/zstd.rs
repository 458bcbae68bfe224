//! Zstandard (RFC 8878): several frames, skippable frames, content checksum; frames that want a dictionary are said to be unread.

use crate::extract::format::dictionary::Permit;
use crate::extract::format::stream::{self, Begin, Codec, Input, Note, Stream};
use crate::extract::format::{Claim, Format, Window, ocdbt};
use crate::extract::source::Source;
use crate::extract::walk::{Reached, ReadError, Walk};
use crate::facts::{DeviationKind, FormatId, MemberId};
use crate::limits::Exhausted;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder, StreamingDecoder};
use std::io::Read as _;

/// Zstandard.
pub(super) struct Zstd;

/// Magic number of a frame (RFC 8878, 3.1.1).
const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

impl Format for Zstd {
    fn id(&self) -> FormatId {
        FormatId::Zstd
    }

    fn about(&self) -> &'static str {
        "Zstandard: all frames, checksum; the content is read"
    }

    fn claims(&self, window: &Window) -> Claim {
        if window.starts_with(&MAGIC) && !ocdbt::is_data_file(window) {
            Claim::Certain
        } else if skippable(&window.head).is_some() {
            Claim::Possible
        } else {
            Claim::No
        }
    }

    fn read(&self, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let Some(start) = first_frame(source, &[MAGIC])? else {
            return Err(ReadError::malformed("no Zstandard frame", None));
        };
        let mut codec = Frames { start, ceiling: walk.limits.dictionary };
        walk.reached(Reached::Effect);
        stream::read(&mut codec, (FormatId::Zstd, "zstd", None), source, member, walk).1
    }
}

/// Length of the skippable frame that begins here (RFC 8878, 3.1.2; LZ4 frame format, "Skippable Frames", has the same).
pub(super) fn skippable(bytes: &[u8]) -> Option<u64> {
    match bytes {
        [0x50..=0x5f, 0x2a, 0x4d, 0x18, a, b, c, d, ..] => {
            Some(u64::from(u32::from_le_bytes([*a, *b, *c, *d])).saturating_add(8))
        }
        _ => None,
    }
}

/// Skippable frames that are passed over before the first frame; a writer puts one or two there.
const SKIPPED: u32 = 65_536;

/// Where the first frame with one of `magics` begins, behind skippable frames; two formats share those, so what follows decides.
pub(super) fn first_frame(source: &Source, magics: &[[u8; 4]]) -> Result<Option<u64>, ReadError> {
    let mut at = 0u64;
    for _ in 0..SKIPPED {
        let head = source.bytes_at(at, 8)?;
        match skippable(&head) {
            Some(length) => at = at.saturating_add(length),
            None => return Ok(magics.iter().any(|magic| head.starts_with(magic)).then_some(at)),
        }
    }
    Ok(None)
}

/// Unpacks one frame in memory, for formats that pack parts of themselves: at most `ceiling` bytes, which are paid for.
pub(super) fn unpack(bytes: &[u8], ceiling: u64, walk: &mut Walk<'_>) -> Result<Vec<u8>, ReadError> {
    let window = window_size(bytes).ok_or_else(|| ReadError::truncated("the header of a Zstandard frame", None))?;
    let _permit = Permit::take(window, walk.limits.dictionary)?;
    let decoder = StreamingDecoder::new_with_max_window_size(bytes, walk.limits.dictionary);
    let mut decoder = decoder.map_err(|error| frame_error(error, 0))?;
    let (mut unpacked, mut chunk) = (Vec::new(), vec![0; 64 << 10]);
    loop {
        let read = decoder.read(&mut chunk)?;
        if read == 0 {
            break;
        }
        walk.budget.decoded(u64::try_from(read).unwrap_or(u64::MAX))?;
        unpacked.extend_from_slice(chunk.get(..read).unwrap_or_default());
        if u64::try_from(unpacked.len()).is_ok_and(|length| length > ceiling) {
            return Err(Exhausted("ratio").into());
        }
    }
    match decoder.into_inner() {
        [] => Ok(unpacked),
        _ => Err(ReadError::malformed("bytes stand behind a Zstandard frame", None)),
    }
}

/// The first bytes that a frame holds, as far as they come out of its beginning; `None` when this is no frame, or one of more than 8 MiB.
pub(super) fn beginning(head: &[u8]) -> Option<Vec<u8>> {
    if !head.starts_with(&MAGIC) {
        return None;
    }
    let (mut first, window) = (Vec::new(), window_size(head)?);
    let _permit = Permit::take(window, 8 << 20).ok()?;
    let decoder = StreamingDecoder::new_with_max_window_size(head, 8 << 20).ok()?;
    // What was unpacked before an error stays.
    decoder.take(64).read_to_end(&mut first).ok();
    Some(first)
}

struct Frames {
    start: u64,
    ceiling: u64,
}

impl Codec for Frames {
    fn begin(&mut self, source: &Source, at: u64, _first: bool) -> Result<Begin, ReadError> {
        if at < self.start {
            return Ok(Begin::Skip(self.start));
        }
        let head = source.bytes_at(at, 18)?;
        if let Some(length) = skippable(&head) {
            return Ok(Begin::Skip(length));
        }
        if !head.starts_with(&MAGIC) {
            return Ok(Begin::Nothing);
        }
        // The ring of the decoder grows to the next power of two above the window, and holds the old one while it copies.
        let window = window_size(&head).unwrap_or(u64::MAX);
        let permit = Permit::take(window, self.ceiling)?;
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(self.ceiling);
        let mut input = Input::new(source, at);
        decoder.init(&mut input).map_err(|error| frame_error(error, at))?;
        let checksum = head.get(4).is_some_and(|descriptor| descriptor & 0x04 != 0);
        let size = (decoder.content_size() > 0).then(|| decoder.content_size());
        Ok(Begin::Stream(Box::new(Frame {
            decoder,
            input,
            checksum,
            size,
            given: 0,
            closed: false,
            ended: false,
            error: None,
            _permit: permit,
        })))
    }
}

/// Window size from a frame's header (RFC 8878, 3.1.1.1.2); the content size when it is one segment.
fn window_size(head: &[u8]) -> Option<u64> {
    let descriptor = *head.get(4)?;
    if descriptor & 0x20 == 0 {
        let window = *head.get(5)?;
        let base = 1u64 << (10u32.saturating_add(u32::from(window >> 3)));
        return Some(base.saturating_add((base >> 3).saturating_mul(u64::from(window & 7))));
    }
    let dictionary = [0usize, 1, 2, 4].get(usize::from(descriptor & 3)).copied()?;
    let length = [1usize, 2, 4, 8].get(usize::from(descriptor >> 6)).copied()?;
    let from = 5usize.saturating_add(dictionary);
    let field = head.get(from..from.saturating_add(length))?;
    let size = field.iter().rev().fold(0u64, |size, byte| (size << 8) | u64::from(*byte));
    Some(if length == 2 { size.saturating_add(256) } else { size })
}

struct Frame {
    decoder: FrameDecoder,
    input: Input,
    checksum: bool,
    size: Option<u64>,
    given: u64,
    /// The decoder was told that its last block has come, so that it hands out what it held back for its window.
    closed: bool,
    ended: bool,
    error: Option<ReadError>,
    _permit: Permit,
}

impl Stream for Frame {
    fn read(&mut self, into: &mut [u8], notes: &mut Vec<Note>) -> Result<usize, ReadError> {
        loop {
            if self.decoder.can_collect() > 0 {
                let count = self.decoder.read(into)?;
                self.given = self.given.saturating_add(u64::try_from(count).unwrap_or(0));
                return Ok(count);
            }
            if let Some(error) = self.error.take() {
                return Err(error);
            }
            if self.ended || self.closed {
                return Ok(0);
            }
            if self.decoder.is_finished() {
                self.ended = true;
                self.check(notes);
                return Ok(0);
            }
            if let Err(error) = self.decoder.decode_blocks(&mut self.input, BlockDecodingStrategy::UptoBlocks(1)) {
                self.error = Some(frame_error(error, self.input.at()));
                // An empty last block (RFC 8878, 3.1.1.2) and room for a checksum.
                let close: &[u8] = &[1, 0, 0, 0, 0, 0, 0];
                self.closed = true;
                let _ = self.decoder.decode_blocks(close, BlockDecodingStrategy::UptoBlocks(1));
            }
        }
    }

    fn end(&self) -> u64 {
        self.input.at()
    }
}

impl Frame {
    fn check(&self, notes: &mut Vec<Note>) {
        let at = self.input.at();
        if self.checksum
            && let (Some(says), Some(is)) =
                (self.decoder.get_checksum_from_data(), self.decoder.get_calculated_checksum())
        {
            let at = at.saturating_sub(4);
            notes.extend(Note::compare(DeviationKind::ChecksumMismatch, "Content_Checksum", says, is, at));
        }
        if let Some(says) = self.size.filter(|says| *says != self.given) {
            notes.push(Note {
                kind: DeviationKind::SizeMismatch,
                field: "Frame_Content_Size",
                expected: says.to_string(),
                found: self.given.to_string(),
                offset: at,
            });
        }
    }
}

fn frame_error(error: FrameDecoderError, at: u64) -> ReadError {
    match &error {
        FrameDecoderError::DictNotProvided { .. } => {
            ReadError::unsupported("a Zstandard frame that needs a dictionary", at)
        }
        FrameDecoderError::WindowSizeTooBig { .. } => ReadError::Limit(Exhausted("dictionary")),
        FrameDecoderError::ReadFrameHeaderError(
            ReadFrameHeaderError::MagicNumberReadError(_)
            | ReadFrameHeaderError::FrameDescriptorReadError(_)
            | ReadFrameHeaderError::WindowDescriptorReadError(_)
            | ReadFrameHeaderError::DictionaryIdReadError(_)
            | ReadFrameHeaderError::FrameContentSizeReadError(_),
        ) => ReadError::truncated("the Zstandard frame header", at),
        _ if ends_early(&error) => ReadError::truncated("the end of the Zstandard frame", at),
        _ => ReadError::malformed(format!("zstd: {error}"), at),
    }
}

/// Whether a decoder's error goes back to missing bytes.
fn ends_early(error: &FrameDecoderError) -> bool {
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = source {
        if error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == std::io::ErrorKind::UnexpectedEof)
        {
            return true;
        }
        source = error.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn window_sizes_are_read_as_the_specification_says() {
        assert_eq!(window_size(&[0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58]), Some(2 << 20));
        assert_eq!(window_size(&[0x28, 0xb5, 0x2f, 0xfd, 0x20, 0x05]), Some(5));
        assert_eq!(window_size(&[0x28, 0xb5, 0x2f, 0xfd, 0x60, 0x05, 0x00]), Some(261));
        assert_eq!(window_size(&[0x28, 0xb5, 0x2f, 0xfd]), None);
    }

    #[test]
    fn skippable_frames_have_lengths() {
        assert_eq!(skippable(&[0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0]), Some(12));
        assert_eq!(skippable(&[0x60, 0x2a, 0x4d, 0x18, 4, 0, 0, 0]), None);
    }
}
