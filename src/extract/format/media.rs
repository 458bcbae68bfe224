//! Sound and film as samples beside models: WAVE, AVI, Ogg, MP3, FLAC, MP4 and QuickTime, Matroska and WebM, walked by their structure to the
//! end, so that what stands behind them is seen. The specification of a kind stands where it is walked. Nothing is decoded, and no loader of models reads one.

use crate::extract::format::cursor::Cursor;
use crate::extract::format::{Claim, Format, Window, stream};
use crate::extract::source::Source;
use crate::extract::walk::{ReadError, Walk};
use crate::facts::{FormatId, MemberId};

/// Sound and film.
pub(super) struct Media;

/// Bytes of an ID3v1 tag, which stands at the end of an MP3.
const TAG: u64 = 128;
/// Frames that must follow one another where no tag says that a file is an MP3.
const FRAMES: usize = 4;

impl Format for Media {
    fn id(&self) -> FormatId {
        FormatId::Media
    }

    fn about(&self) -> &'static str {
        "WAVE, AVI, Ogg, MP3, FLAC, MP4, QuickTime, Matroska, WebM: the structure to its end"
    }

    fn claims(&self, window: &Window) -> Claim {
        if Kind::of(&window.head).is_some() { Claim::Certain } else { Claim::No }
    }

    fn read(&self, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let mut parts = Parts { cursor: Cursor::new(source), walk };
        let size = source.size();
        match Kind::of(&source.bytes_at(0, Window::HEAD)?) {
            Some(Kind::Riff) => parts.riff()?,
            Some(Kind::Ogg) => parts.ogg()?,
            Some(Kind::Flac) => parts.flac()?,
            Some(Kind::Boxes) => parts.boxes()?,
            Some(Kind::Matroska) => parts.matroska()?,
            Some(Kind::Mp3) => parts.mp3()?,
            None => return Err(ReadError::malformed("neither sound nor film", 0)),
        }
        let end = parts.cursor.at.min(size);
        stream::remainder(FormatId::Media, source, end, member, walk)
    }
}

enum Kind {
    Riff,
    Ogg,
    Flac,
    Boxes,
    Matroska,
    Mp3,
}

impl Kind {
    fn of(head: &[u8]) -> Option<Self> {
        match head {
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E', ..]
            | [b'R', b'I', b'F', b'F', _, _, _, _, b'A', b'V', b'I', b' ', ..] => Some(Self::Riff),
            [b'O', b'g', b'g', b'S', 0, ..] => Some(Self::Ogg),
            // The first block is STREAMINFO, of 34 bytes.
            [b'f', b'L', b'a', b'C', 0 | 0x80, 0, 0, 34, ..] => Some(Self::Flac),
            [0, 0, _, _, b'f', b't', b'y', b'p', brand @ ..] => {
                brand.get(..4)?.iter().all(|byte| (0x20..0x7f).contains(byte)).then_some(Self::Boxes)
            }
            [0x1a, 0x45, 0xdf, 0xa3, ..]
                if head
                    .get(..64)?
                    .windows(3)
                    .any(|three| three == [0x42, 0x82, 0x84] || three == [0x42, 0x82, 0x88]) =>
            {
                Some(Self::Matroska)
            }
            [b'I', b'D', b'3', 2..=4, 0, _, 0..=0x7f, 0..=0x7f, 0..=0x7f, 0..=0x7f, ..] => Some(Self::Mp3),
            _ => frames(head).then_some(Self::Mp3),
        }
    }
}

/// Whether frames of MP3 follow one another from the first byte on.
fn frames(head: &[u8]) -> bool {
    let mut rest = head;
    (0..FRAMES).all(|_| {
        let length = rest.first_chunk().and_then(|header| frame(*header));
        let next = length.and_then(|length| rest.get(usize::try_from(length).ok()?..));
        rest = next.unwrap_or_default();
        next.is_some()
    })
}

/// The length of the frame of MPEG audio, layer III, whose header this is (ISO 11172-3, 2.4.2.3; ISO 13818-3, 2.4.2.3).
fn frame(header: [u8; 4]) -> Option<u64> {
    const FIRST: [u64; 15] = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
    const SECOND: [u64; 15] = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
    let [0xff, versions, rates, _] = header else { return None };
    let first = match versions & 0xfe {
        0xfa => true,
        0xf2 | 0xe2 => false,
        _ => return None,
    };
    let kilobits = *(if first { FIRST } else { SECOND }).get(usize::from(rates >> 4))?;
    let samples: u64 = match (rates >> 2) & 3 {
        0 => 44_100,
        1 => 48_000,
        2 => 32_000,
        _ => return None,
    };
    // The second version halves the rates, and 2.5 halves them again.
    let samples = samples.wrapping_shr(if first {
        0
    } else if versions & 0x10 != 0 {
        1
    } else {
        2
    });
    let bytes = kilobits.saturating_mul(if first { 144_000 } else { 72_000 }).checked_div(samples)?;
    (kilobits > 0).then_some(bytes.saturating_add(u64::from((rates >> 1) & 1)))
}

/// The parts of a file, each paid for.
struct Parts<'w, 'a> {
    cursor: Cursor,
    walk: &'w mut Walk<'a>,
}

impl Parts<'_, '_> {
    /// Passes over the rest of a part whose length is left open.
    fn rest(&mut self) {
        self.cursor.at = self.cursor.at.saturating_add(self.cursor.left());
    }

    /// The next bytes, which stay the next ones; fewer at the end.
    fn ahead<const N: usize>(&self) -> Result<[u8; N], ReadError> {
        let bytes = self.cursor.source().bytes_at(self.cursor.at, u64::try_from(N).unwrap_or(u64::MAX))?;
        Ok(bytes.first_chunk().copied().unwrap_or([0; N]))
    }

    /// One chunk of the whole length (RIFF, "Multimedia Programming Interface", 2); in further ones AVI goes on (OpenDML). Programs that write to a
    /// pipe leave the length open.
    fn riff(&mut self) -> Result<(), ReadError> {
        while &self.ahead::<4>()? == b"RIFF" {
            self.walk.budget.opcodes(1)?;
            self.cursor.skip(4, "a chunk")?;
            match self.cursor.le(4, "a chunk")? {
                0 | 0xffff_ffff => self.rest(),
                length => self.cursor.skip(length, "a chunk")?,
            }
            // Chunks begin at even places; some programs leave out what would fill up the last one.
            let over = self.cursor.at & 1;
            self.cursor.skip(over.min(self.cursor.left()), "a chunk")?;
        }
        Ok(())
    }

    /// Pages (RFC 3533, 6).
    fn ogg(&mut self) -> Result<(), ReadError> {
        while &self.ahead::<5>()? == b"OggS\0" {
            self.walk.budget.opcodes(1)?;
            self.cursor.skip(26, "a page")?;
            let segments = self.cursor.u8("a page")?;
            let lengths = self.cursor.bytes(segments.into(), 255, "a page")?;
            self.cursor.skip(lengths.iter().map(|length| u64::from(*length)).sum(), "a page")?;
        }
        Ok(())
    }

    /// Blocks, and frames behind them (RFC 9639, 8 and 9): frames have no length, so all that follows is taken for them.
    fn flac(&mut self) -> Result<(), ReadError> {
        self.cursor.skip(4, "the magic")?;
        loop {
            self.walk.budget.opcodes(1)?;
            let kind = self.cursor.u8("a block")?;
            let length = self.cursor.be(3, "a block")?;
            self.cursor.skip(length, "a block")?;
            if kind & 0x80 != 0 {
                break;
            }
        }
        if matches!(self.ahead::<2>()?, [0xff, 0xf8 | 0xf9]) {
            self.rest();
        }
        Ok(())
    }

    /// Boxes (ISO 14496-12, 4.2): a length and four letters. What is no box that fits is left for what stands behind.
    fn boxes(&mut self) -> Result<(), ReadError> {
        while self.cursor.left() >= 8 {
            self.walk.budget.opcodes(1)?;
            let begins = self.cursor.at;
            let short = self.cursor.be(4, "a box")?;
            let letters = self.cursor.bytes(4, 4, "a box")?;
            let length = match short {
                0 => self.cursor.left().saturating_add(8),
                1 => self.cursor.be(8, "a box")?,
                length => length,
            };
            let named = letters.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b'-' | 0xa9));
            let end = begins.saturating_add(length);
            if named && end < self.cursor.at {
                return Err(ReadError::malformed("a box shorter than its header", begins));
            }
            let size = self.cursor.source().size();
            if begins == 0 && end > size {
                return Err(ReadError::truncated("a box", size));
            }
            if !named || end > size {
                self.cursor.at = begins;
                break;
            }
            self.cursor.at = end;
        }
        Ok(())
    }

    /// Elements of the top (RFC 8794, 6; RFC 9559, 4.5): a header, and segments.
    fn matroska(&mut self) -> Result<(), ReadError> {
        while matches!(self.ahead::<4>()?, [0x1a, 0x45, 0xdf, 0xa3] | [0x18, 0x53, 0x80, 0x67]) {
            self.walk.budget.opcodes(1)?;
            self.cursor.skip(4, "an element")?;
            let first = self.cursor.u8("an element")?;
            let more = u8::try_from(first.leading_zeros()).unwrap_or(8);
            if more > 7 {
                return Err(ReadError::malformed("an element without length", self.cursor.at));
            }
            let high = u64::from(first) & 0x7fu64.wrapping_shr(more.into());
            let low = self.cursor.be(more, "an element")?;
            let length = high.wrapping_shl(u32::from(more).saturating_mul(8)) | low;
            // All ones: not known, to the end.
            let open = 1u64.wrapping_shl(u32::from(more).saturating_add(1).saturating_mul(7)).wrapping_sub(1);
            if length == open {
                self.rest();
            } else {
                self.cursor.skip(length, "an element")?;
            }
        }
        Ok(())
    }

    /// A tag in front (id3.org, id3v2.4.0-structure, 3.1), frames, and a tag behind.
    fn mp3(&mut self) -> Result<(), ReadError> {
        if let [b'I', b'D', b'3', _, _, flags] = self.ahead::<6>()? {
            self.cursor.skip(6, "a tag")?;
            let mut length = 0u64;
            for _ in 0..4 {
                length = length.wrapping_shl(7) | u64::from(self.cursor.u8("a tag")? & 0x7f);
            }
            let footer = if flags & 0x10 != 0 { 10 } else { 0 };
            self.cursor.skip(length.saturating_add(footer), "a tag")?;
        }
        while let Some(length) = frame(self.ahead()?) {
            self.walk.budget.opcodes(1)?;
            // Recorders that are stopped cut the last one.
            self.cursor.skip(length.min(self.cursor.left()), "a frame")?;
        }
        if self.cursor.left() >= TAG && &self.ahead::<3>()? == b"TAG" {
            self.cursor.skip(TAG, "a tag")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::arithmetic_side_effects, clippy::as_conversions, reason = "tests build bytes")]

    use super::*;
    use crate::extract::format::trial::{damage_of, facts};
    use crate::facts::{DeviationKind, IncompleteKind};

    fn samples() -> Vec<(&'static str, Vec<u8>)> {
        let riff =
            |kind: &[u8], data: &[u8]| [b"RIFF", &(data.len() as u32 + 4).to_le_bytes()[..], kind, data].concat();
        let page = |data: &[u8]| [b"OggS\0", &[0; 21][..], &[1, data.len() as u8], data].concat();
        let part = |kind: &[u8], data: &[u8]| [&(data.len() as u32 + 8).to_be_bytes()[..], kind, data].concat();
        // 128 kilobits at 44,100 samples: 417 bytes.
        let frame = [&[0xff, 0xfb, 0x90, 0][..], &[0; 413]].concat();
        vec![
            ("a.wav", riff(b"WAVE", b"fmt \x04\0\0\0abcddata\x02\0\0\0xy")),
            ("a.avi", riff(b"AVI ", b"LIST\x02\0\0\0xy")),
            ("a.ogg", [page(b"OpusHead"), page(b"data")].concat()),
            ("a.mp3", [&b"ID3\x04\0\0\0\0\0\x02xy"[..], &frame, &frame].concat()),
            ("b.mp3", [&frame.repeat(5)[..], b"TAG", &[0; 125]].concat()),
            ("a.flac", [&b"fLaC\x80\0\0\x22"[..], &[7; 34], b"\xff\xf8frames"].concat()),
            ("a.mp4", [part(b"ftyp", b"isom\0\0\x02\0isom"), part(b"moov", b"xy"), part(b"mdat", b"data")].concat()),
            (
                "a.webm",
                [&b"\x1a\x45\xdf\xa3\x87\x42\x82\x84webm"[..], &[0x18, 0x53, 0x80, 0x67, 0x84], b"data", &[0; 60]]
                    .concat(),
            ),
        ]
    }

    #[test]
    fn sound_and_film_are_ordinary() {
        for (name, content) in samples() {
            let tables = facts(name, &content);
            assert_eq!(tables.formats(), [FormatId::Media], "{name}");
            tables.assert_ordinary(name);
            assert!(tables.members_below().is_empty(), "{name}");
        }
    }

    #[test]
    fn what_stands_behind_is_seen() {
        for (name, content) in samples().into_iter().filter(|(name, _)| !matches!(*name, "a.flac" | "a.webm")) {
            let tables = facts(name, &[&content[..], b"\x80\x04cposix\nsystem\n\x8c\x02id\x85R."].concat());
            assert_eq!(tables.of(DeviationKind::SuffixBytes).len(), 1, "{name}");
            assert!(tables.members.iter().any(|member| member.formats.contains(&FormatId::Pickle)), "{name}");
        }
    }

    #[test]
    fn damage_is_seen() {
        for (name, content) in
            samples().into_iter().filter(|(name, _)| name.ends_with(".wav") || name.ends_with(".avi"))
        {
            damage_of(name, &content);
        }
        // Of these a part may be missing, and what is left is whole.
        for (name, content) in samples() {
            for (at, _) in content.iter().enumerate() {
                let mut changed = content.clone();
                changed[at] ^= 0xff;
                assert!(!facts(name, &changed).lacks(IncompleteKind::Internal), "{name} changed at {at}");
            }
            assert!(facts(name, &content[..content.len() - 1]).formats().len() <= 1, "{name}");
        }
    }

    #[test]
    fn what_is_written_to_a_pipe_goes_on_to_the_end() {
        for content in [b"RIFF\xff\xff\xff\xffWAVEfmt ", b"RIFF\0\0\0\0WAVEfmt "] {
            facts("a.wav", content).assert_ordinary("open");
        }
    }

    #[test]
    fn what_is_neither_is_unread() {
        for content in [&b"RIFF\0\0\0\0ABCD"[..], b"ID3\x04\0\0\xff\0\0\0", b"\xff\xfb\x90\0frame", &[0; 40]] {
            assert!(facts("a.mp3", content).lacks(IncompleteKind::UnknownFormat), "{content:?}");
        }
        let tables = facts("a.ogg", b"OggS\0page");
        assert!(tables.lacks(IncompleteKind::Truncated));
        assert!(facts("a.mp4", b"\0\0\xff\xffftypisom").lacks(IncompleteKind::Truncated));
        let short = [&b"\0\0\0\x10ftypisom\0\0\0\0"[..], b"\0\0\0\x04moov"].concat();
        assert!(facts("a.mp4", &short).lacks(IncompleteKind::Malformed));
    }
}
