//! Bytes to opcodes: reads a source in windows, checks what CPython checks while reading, and never copies a payload.
//!
//! Frames are followed as each unpickler does (`Lib/pickle.py` `_Unframer`; `Modules/_pickle.c` `load_frame`,
//! `_Unpickler_ReadImpl`): in memory C ignores them, Python refuses what crosses their end, and C on a file object drops
//! what is left of a frame when an operand crosses its end.

use crate::extract::pickle::opcode::{Form, form, op};
use crate::extract::source::Source;
use crate::facts::EndedKind;
use std::io;

/// Bytes read at one time. A line longer than this is not looked into.
const WINDOW: usize = 1 << 20;

/// Whose way of reading is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flavour {
    /// The C unpickler over bytes in memory, or over a file object with `peek`.
    C,
    /// The C unpickler over a file object without `peek` (`io.BytesIO`): torch reads `data.pkl` so.
    File,
    /// The Python unpickler.
    Python,
}

/// Why no further opcode can be had.
#[derive(Debug)]
pub(super) enum Fault {
    /// CPython stops here too.
    Ended(EndedKind, &'static str),
    /// The operating system.
    Io(io::Error),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

const TRUNCATED: Fault = Fault::Ended(EndedKind::Truncated, "");

/// A range of the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    /// First byte.
    pub start: u64,
    /// Bytes.
    pub size: u64,
}

/// What stands behind an opcode.
#[derive(Debug, Clone, Copy)]
pub(super) enum Operand {
    /// Nothing, or a float.
    None,
    /// A number; that of FRAME is cut to 63 bits.
    Number(i64),
    /// Counted bytes, or a line without its newline.
    Bytes(Span),
    /// Two lines without their newlines.
    Lines(Span, Span),
}

/// An opcode and its operand.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    /// Offset of the opcode.
    pub at: u64,
    /// Its byte.
    pub opcode: u8,
    /// Its operand.
    pub operand: Operand,
}

/// A reader of opcodes.
#[derive(Debug)]
pub(super) struct Decoder<'a> {
    source: &'a Source,
    flavour: Flavour,
    window: Vec<u8>,
    /// Offset of the window's first byte.
    base: u64,
    /// Next byte in the window.
    at: usize,
    /// Where quick reads end in the window: its end, or the end of the frame.
    fence: usize,
    /// End of the frame; `u64::MAX` outside of one.
    frame: u64,
    /// Bytes that the next refill asks for: little at first, most pickles are small.
    chunk: usize,
    /// Whether another flavour would have read something else, or would have stopped here.
    pub differs: bool,
    /// Whether an operand was read from behind a frame's end, away from its opcode.
    pub jumped: bool,
}

impl<'a> Decoder<'a> {
    /// A decoder at `offset`.
    pub(super) fn new(source: &'a Source, offset: u64, flavour: Flavour) -> Self {
        Self {
            source,
            flavour,
            window: Vec::new(),
            base: offset,
            at: 0,
            fence: 0,
            frame: u64::MAX,
            chunk: 4 << 10,
            differs: false,
            jumped: false,
        }
    }

    /// Offset of the next byte.
    #[inline]
    pub(super) fn position(&self) -> u64 {
        self.base.saturating_add(u64::try_from(self.at).unwrap_or(0))
    }

    /// The source.
    pub(super) fn source(&self) -> &'a Source {
        self.source
    }

    /// Reads the next opcode.
    #[inline]
    pub(super) fn step(&mut self) -> Result<Step, Fault> {
        let at = self.position();
        let opcode = match self.window.get(self.at) {
            Some(byte) if self.at < self.fence => {
                let byte = *byte;
                self.at = self.at.saturating_add(1);
                byte
            }
            _ => {
                let [byte] = self.take::<1>()?;
                byte
            }
        };
        let Some(form) = form(opcode) else {
            return Err(Fault::Ended(EndedKind::UnknownOpcode, ""));
        };
        let operand = match form {
            Form::Empty => Operand::None,
            Form::U1 => Operand::Number(self.u8()?.into()),
            Form::U2 => Operand::Number(u16::from_le_bytes(self.take()?).into()),
            Form::I4 => Operand::Number(i32::from_le_bytes(self.take()?).into()),
            Form::U4 => Operand::Number(u32::from_le_bytes(self.take()?).into()),
            Form::F8 => {
                self.take::<8>()?;
                Operand::None
            }
            Form::U8 => self.load_frame()?,
            Form::Counted1 => {
                let size = self.u8()?.into();
                self.counted(opcode, size)?
            }
            Form::Counted4 => {
                let size = u32::from_le_bytes(self.take()?);
                if opcode == op::BINSTRING && i32::try_from(size).is_err() {
                    // Python reads this length as a signed one.
                    self.differs = true;
                    if self.flavour == Flavour::Python {
                        return Err(Fault::Ended(EndedKind::BadOperand, "negative length"));
                    }
                }
                self.counted(opcode, size.into())?
            }
            Form::Signed4 => {
                let size = i32::from_le_bytes(self.take()?);
                let size = u64::try_from(size).map_err(|_| Fault::Ended(EndedKind::BadOperand, "negative length"))?;
                self.counted(opcode, size)?
            }
            Form::Counted8 => {
                let size = u64::from_le_bytes(self.take()?);
                if i64::try_from(size).is_err() {
                    return Err(Fault::Ended(EndedKind::BadOperand, "the length is over 63 bits"));
                }
                self.counted(opcode, size)?
            }
            Form::Line => Operand::Bytes(self.line()?),
            Form::Lines => {
                let first = self.line()?;
                Operand::Lines(first, self.line()?)
            }
        };
        Ok(Step { at, opcode, operand })
    }

    #[inline]
    fn u8(&mut self) -> Result<u8, Fault> {
        self.take::<1>().map(|[byte]| byte)
    }

    /// The next `N` bytes.
    #[inline]
    fn take<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let end = self.at.saturating_add(N);
        if end > self.fence {
            self.ready(N)?;
        }
        let end = self.at.saturating_add(N);
        let bytes = self.window.get(self.at..end).and_then(|bytes| <[u8; N]>::try_from(bytes).ok()).ok_or(TRUNCATED)?;
        self.at = end;
        Ok(bytes)
    }

    /// Makes `count` bytes (at most [`WINDOW`]) stand in the window, within the frame's rules.
    fn ready(&mut self, count: usize) -> Result<(), Fault> {
        self.within_frame(u64::try_from(count).unwrap_or(u64::MAX))?;
        if self.window.len().saturating_sub(self.at) < count {
            self.refill()?;
        }
        if self.window.len().saturating_sub(self.at) < count { Err(TRUNCATED) } else { Ok(()) }
    }

    /// Reads on, keeping what was not used yet.
    fn refill(&mut self) -> Result<(), Fault> {
        let kept = self.window.len().saturating_sub(self.at);
        self.window.copy_within(self.at.., 0);
        self.base = self.position();
        self.at = 0;
        let left = self.source.size().saturating_sub(self.base);
        let most = self.chunk.max(kept.saturating_mul(2)).min(WINDOW).max(kept);
        let wanted = usize::try_from(left).unwrap_or(usize::MAX).min(most);
        self.chunk = self.chunk.saturating_mul(4).min(WINDOW);
        self.window.resize(wanted, 0);
        let next = self.base.saturating_add(u64::try_from(kept).unwrap_or(0));
        let read = self.source.read_at(next, self.window.get_mut(kept..).unwrap_or_default())?;
        self.window.truncate(kept.saturating_add(read));
        self.set_fence();
        Ok(())
    }

    fn set_fence(&mut self) {
        let in_frame = usize::try_from(self.frame.saturating_sub(self.base)).unwrap_or(usize::MAX);
        self.fence = self.window.len().min(in_frame);
    }

    fn leave_frame(&mut self) {
        self.frame = u64::MAX;
        self.set_fence();
    }

    /// Moves to an offset ahead.
    fn jump(&mut self, offset: u64) {
        let ahead = usize::try_from(offset.saturating_sub(self.base)).unwrap_or(usize::MAX);
        if ahead <= self.window.len() {
            self.at = ahead;
        } else {
            self.window.clear();
            self.base = offset;
            self.at = 0;
        }
        self.set_fence();
    }

    /// What a read of `size` bytes means for the frame.
    fn within_frame(&mut self, size: u64) -> Result<(), Fault> {
        if self.frame == u64::MAX {
            return Ok(());
        }
        let at = self.position();
        if at.saturating_add(size) <= self.frame {
            return Ok(());
        }
        if at < self.frame {
            self.cross()?;
        } else {
            self.leave_frame();
        }
        Ok(())
    }

    /// An operand crosses the frame's end.
    fn cross(&mut self) -> Result<(), Fault> {
        self.differs = true;
        let end = self.frame;
        match self.flavour {
            Flavour::C => {}
            Flavour::File => {
                self.jump(end);
                self.jumped = true;
            }
            Flavour::Python => {
                return Err(Fault::Ended(EndedKind::BadOperand, "the operand crosses the end of the frame"));
            }
        }
        self.leave_frame();
        Ok(())
    }

    fn load_frame(&mut self) -> Result<Operand, Fault> {
        let size = u64::from_le_bytes(self.take()?);
        let Ok(number) = i64::try_from(size) else {
            return Err(Fault::Ended(EndedKind::BadOperand, "the frame is over 63 bits long"));
        };
        let at = self.position();
        let inside = self.frame != u64::MAX && at < self.frame;
        self.differs |= inside;
        let mut end = at.saturating_add(size);
        if inside && end <= self.frame && self.flavour != Flavour::Python {
            // The buffer of C stays the outer frame.
            return Ok(Operand::Number(number));
        }
        match self.flavour {
            Flavour::Python if inside => {
                return Err(Fault::Ended(EndedKind::BadOperand, "a frame begins before the last one ends"));
            }
            Flavour::Python => end = end.min(self.source.size()),
            Flavour::File if inside => {
                self.jump(self.frame);
                end = self.frame.saturating_add(size);
            }
            Flavour::File | Flavour::C => {}
        }
        if end > self.source.size() {
            self.differs = true;
            return Err(TRUNCATED);
        }
        self.frame = end;
        self.set_fence();
        Ok(Operand::Number(number))
    }

    /// A payload of `size` bytes: skipped, and checked as CPython does at once.
    fn counted(&mut self, opcode: u8, size: u64) -> Result<Operand, Fault> {
        let raw = matches!(opcode, op::BINBYTES | op::BINBYTES8 | op::SHORT_BINBYTES | op::BYTEARRAY8);
        if raw && self.flavour == Flavour::File {
            // These are read by `_Unpickler_ReadInto`, which takes what is left of the frame first.
            if self.position().saturating_add(size) > self.frame {
                self.leave_frame();
            }
        } else {
            self.within_frame(size)?;
        }
        let start = self.position();
        let end = start.checked_add(size).filter(|end| *end <= self.source.size()).ok_or(TRUNCATED)?;
        if matches!(opcode, op::SHORT_BINUNICODE | op::BINUNICODE | op::BINUNICODE8) {
            self.check_unicode(end)?;
        }
        self.jump(end);
        Ok(Operand::Bytes(Span { start, size }))
    }

    /// UTF-8 with surrogates let through (`surrogatepass`), up to `end`.
    fn check_unicode(&mut self, end: u64) -> Result<(), Fault> {
        const BAD: Fault = Fault::Ended(EndedKind::BadOperand, "not UTF-8");
        loop {
            let left = end.saturating_sub(self.position());
            let wanted = usize::try_from(left).unwrap_or(usize::MAX);
            if wanted == 0 {
                return Ok(());
            }
            let have = self.window.len().saturating_sub(self.at);
            if have < wanted && have < 4 {
                self.refill()?;
                if self.window.len().saturating_sub(self.at) < wanted.min(4) {
                    return Err(TRUNCATED);
                }
            }
            let stop = self.at.saturating_add(wanted).min(self.window.len());
            let bytes = self.window.get(self.at..stop).unwrap_or_default();
            let whole = bytes.len() == wanted;
            let taken = unicode(bytes, whole).ok_or(BAD)?;
            if taken == 0 {
                self.refill()?;
                let have = self.window.len().saturating_sub(self.at).min(wanted);
                let bytes = self.window.get(self.at..self.at.saturating_add(have)).unwrap_or_default();
                if unicode(bytes, have == wanted).is_none_or(|taken| taken == 0) {
                    return Err(BAD);
                }
            }
            self.at = self.at.saturating_add(taken);
        }
    }

    /// A line; its newline is consumed and not part of it.
    fn line(&mut self) -> Result<Span, Fault> {
        if self.frame != u64::MAX && self.position() >= self.frame {
            self.leave_frame();
        }
        if let Some(span) = self.line_within(self.frame)? {
            return Ok(span);
        }
        if self.frame == u64::MAX {
            return self.cut_line();
        }
        self.cross()?;
        match self.line_within(u64::MAX)? {
            Some(span) => Ok(span),
            None => self.cut_line(),
        }
    }

    /// No newline up to the end. `Lib/pickle.py` takes what is there, without its last byte (`readline()[:-1]`).
    fn cut_line(&mut self) -> Result<Span, Fault> {
        self.differs = true;
        if self.flavour != Flavour::Python {
            return Err(TRUNCATED);
        }
        let start = self.position();
        let size = self.source.size().saturating_sub(start);
        self.jump(self.source.size());
        Ok(Span { start, size: size.saturating_sub(1) })
    }

    /// A line that ends before `end`; the position does not move when there is none.
    fn line_within(&mut self, end: u64) -> Result<Option<Span>, Fault> {
        let start = self.position();
        if self.window.len().saturating_sub(self.at) == 0 {
            self.refill()?;
        }
        let allowed = usize::try_from(end.saturating_sub(self.base)).unwrap_or(usize::MAX).min(self.window.len());
        let found = |bytes: &[u8]| bytes.iter().position(|byte| *byte == b'\n');
        if let Some(size) = self.window.get(self.at..allowed).and_then(found) {
            self.at = self.at.saturating_add(size).saturating_add(1);
            return Ok(Some(Span { start, size: u64::try_from(size).unwrap_or(0) }));
        }
        // Not in what is left of the window: look on in a larger one, then through the source.
        let mut seen = 0;
        let allowed = loop {
            self.refill()?;
            let allowed = usize::try_from(end.saturating_sub(self.base)).unwrap_or(usize::MAX).min(self.window.len());
            if let Some(size) = self.window.get(..allowed).and_then(found) {
                self.at = size.saturating_add(1);
                return Ok(Some(Span { start, size: u64::try_from(size).unwrap_or(0) }));
            }
            if self.window.len() >= WINDOW || self.window.len() == seen || allowed < self.window.len() {
                break allowed;
            }
            seen = self.window.len();
        };
        let mut chunk = vec![0; 64 << 10];
        let end = end.min(self.source.size());
        let mut next = self.base.saturating_add(u64::try_from(allowed).unwrap_or(0));
        while next < end {
            let read = self.source.read_at(next, &mut chunk)?;
            let left = usize::try_from(end.saturating_sub(next)).unwrap_or(usize::MAX).min(read);
            let bytes = chunk.get(..left).unwrap_or_default();
            if let Some(size) = found(bytes) {
                let newline = next.saturating_add(u64::try_from(size).unwrap_or(0));
                self.jump(newline.saturating_add(1));
                return Ok(Some(Span { start, size: newline.saturating_sub(start) }));
            }
            if bytes.is_empty() {
                break;
            }
            next = next.saturating_add(u64::try_from(left).unwrap_or(0));
        }
        Ok(None)
    }

    /// Bytes of a span that was just read, when they stand in the window: always, unless they are longer than it.
    pub(super) fn bytes(&self, span: Span) -> Option<&[u8]> {
        let start = usize::try_from(span.start.checked_sub(self.base)?).ok()?;
        self.window.get(start..start.checked_add(usize::try_from(span.size).ok()?)?)
    }

    /// Up to `size` bytes at `offset`, from the window if they stand there.
    pub(super) fn bytes_at(&self, offset: u64, size: u64) -> Vec<u8> {
        let size = size.min(self.source.size().saturating_sub(offset));
        match self.bytes(Span { start: offset, size }) {
            Some(bytes) => bytes.to_vec(),
            None => self.source.bytes_at(offset, size).unwrap_or_default(),
        }
    }

    /// Where the next stream begins after STOP: behind the frame for those that read a frame at once.
    pub(super) fn behind(&mut self) -> u64 {
        let at = self.position();
        if self.frame == u64::MAX || at >= self.frame {
            return at;
        }
        self.differs = true;
        if self.flavour == Flavour::C { at } else { self.frame }
    }

    /// Jumps over bytes that are no opcodes (joblib's arrays).
    pub(super) fn skip(&mut self, size: u64) -> Result<(), Fault> {
        let end = self.position().checked_add(size).filter(|end| *end <= self.source.size()).ok_or(TRUNCATED)?;
        self.leave_frame();
        self.jump(end);
        Ok(())
    }
}

/// How many of the bytes are whole characters of UTF-8 or surrogates in its form; `None` at a bad one. `whole` says that no byte
/// follows, so that an unfinished character is a bad one.
fn unicode(bytes: &[u8], whole: bool) -> Option<usize> {
    let mut taken = 0usize;
    loop {
        let rest = bytes.get(taken..)?;
        let error = match std::str::from_utf8(rest) {
            Ok(_) => return Some(bytes.len()),
            Err(error) => error,
        };
        taken = taken.saturating_add(error.valid_up_to());
        match bytes.get(taken..)? {
            [0xed, 0xa0..=0xbf, 0x80..=0xbf, ..] => taken = taken.saturating_add(3),
            [0xed] | [0xed, 0xa0..=0xbf] if !whole => return Some(taken),
            _ if error.error_len().is_none() && !whole => return Some(taken),
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn surrogates_pass_and_other_bad_utf8_does_not() {
        assert_eq!(unicode("größe".as_bytes(), true), Some(7));
        assert_eq!(unicode(b"a\xed\xa0\x80b", true), Some(5));
        assert_eq!(unicode(b"a\xed\xa0", true), None);
        assert_eq!(unicode(b"a\xed\xa0", false), Some(1));
        assert_eq!(unicode(b"\xc0\x80", true), None);
        assert_eq!(unicode(b"\xf0\x9f\x98", false), Some(0));
    }

    #[test]
    fn a_payload_longer_than_the_window_is_checked_and_skipped() {
        let mut bytes = vec![op::BINUNICODE8];
        let text = "é".repeat(WINDOW);
        bytes.extend_from_slice(&u64::try_from(text.len()).unwrap().to_le_bytes());
        bytes.extend_from_slice(text.as_bytes());
        bytes.push(op::STOP);
        let source = Source::memory(bytes);
        let mut decoder = Decoder::new(&source, 0, Flavour::C);
        let Operand::Bytes(span) = decoder.step().unwrap().operand else { panic!("a payload") };
        assert_eq!(span.size, u64::try_from(text.len()).unwrap());
        assert_eq!(decoder.step().unwrap().opcode, op::STOP);
    }
}
