//! The three codings of R's serialization (serialize.c, `InInteger`, `InString`): big-endian, words of text, and the writer's own order.

use crate::extract::format::cursor::Cursor;
use crate::extract::source::Source;
use crate::extract::walk::ReadError;

/// Longest word (serialize.c, `InWord`: a buffer of 128).
const WORD: usize = 127;

/// How numbers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    /// Big-endian (`X`).
    Xdr,
    /// Words of text (`A`).
    Ascii,
    /// As the machine has them that wrote it (`B`): little-endian unless the version says otherwise.
    Native,
    /// The same, big-endian.
    NativeBig,
}

/// Numbers and texts of a content.
pub(super) struct Words {
    pub cursor: Cursor,
    pub coding: Coding,
}

impl Words {
    pub(super) fn new(source: &Source) -> Self {
        Self { cursor: Cursor::new(source), coding: Coding::Xdr }
    }

    /// The version, by which a native order is told.
    pub(super) fn version(&mut self) -> Result<i32, ReadError> {
        let version = self.int("the version")?;
        if self.coding == Coding::Native && matches!(version.swap_bytes(), 2 | 3) {
            self.coding = Coding::NativeBig;
            return Ok(version.swap_bytes());
        }
        Ok(version)
    }

    /// A 32-bit number. R's `NA` is the lowest.
    pub(super) fn int(&mut self, what: &str) -> Result<i32, ReadError> {
        match self.coding {
            Coding::Xdr | Coding::NativeBig => self.cursor.be_i32(what),
            Coding::Native => Ok(self.cursor.be_i32(what)?.swap_bytes()),
            Coding::Ascii => {
                let at = self.cursor.at;
                let word = self.word(what)?;
                let text = std::str::from_utf8(&word).unwrap_or_default();
                if text == "NA" {
                    return Ok(i32::MIN);
                }
                text.parse().map_err(|_| ReadError::malformed(format!("{what} is no number"), at))
            }
        }
    }

    /// Passes over `count` numbers of `size` bytes; gives where they stand when they stand there as bytes.
    pub(super) fn numbers(&mut self, count: u64, size: u64, what: &str) -> Result<Option<Source>, ReadError> {
        if self.coding == Coding::Ascii {
            // A complex number is two words, a real number and all others are one.
            let words = count.saturating_mul(if size == 16 { 2 } else { 1 });
            for _ in 0..words {
                self.word(what)?;
            }
            return Ok(None);
        }
        let bytes = count.checked_mul(size).ok_or_else(|| ReadError::truncated(what, self.cursor.at))?;
        self.cursor.range(bytes, what).map(Some)
    }

    /// A text of `length` bytes, of which `most` are kept.
    pub(super) fn text(&mut self, length: u64, most: u64, what: &str) -> Result<Vec<u8>, ReadError> {
        if self.coding != Coding::Ascii {
            return self.cursor.bytes(length, most, what);
        }
        let mut kept = Vec::new();
        if length == 0 {
            return Ok(kept);
        }
        self.space()?;
        for number in 0..length {
            let byte = self.letter(what)?;
            if number < most {
                kept.push(byte);
            }
        }
        Ok(kept)
    }

    /// A letter of a text in words, behind its escape (serialize.c, `InString`).
    fn letter(&mut self, what: &str) -> Result<u8, ReadError> {
        let byte = self.cursor.u8(what)?;
        if byte != b'\\' {
            return Ok(byte);
        }
        Ok(match self.cursor.u8(what)? {
            b'n' => b'\n',
            b't' => b'\t',
            b'v' => 0x0b,
            b'b' => 0x08,
            b'r' => b'\r',
            b'f' => 0x0c,
            b'a' => 0x07,
            digit @ b'0'..=b'7' => {
                let mut value = digit.saturating_sub(b'0');
                for _ in 0..2 {
                    let Some(digit @ b'0'..=b'7') = self.cursor.peek()? else { break };
                    self.cursor.u8(what)?;
                    value = value.wrapping_mul(8).wrapping_add(digit.saturating_sub(b'0'));
                }
                value
            }
            other => other,
        })
    }

    fn space(&mut self) -> Result<(), ReadError> {
        while self.cursor.peek()?.is_some_and(is_space) {
            self.cursor.u8("a word")?;
        }
        Ok(())
    }

    fn word(&mut self, what: &str) -> Result<Vec<u8>, ReadError> {
        self.space()?;
        let mut word = Vec::new();
        while let Some(byte) = self.cursor.peek()?.filter(|byte| !is_space(*byte)) {
            if word.len() >= WORD {
                return Err(ReadError::malformed(format!("{what} is too long a word"), self.cursor.at));
            }
            word.push(byte);
            self.cursor.u8(what)?;
        }
        // Behind the last word stands a line's end: without it the word itself may be cut.
        let cut = self.cursor.peek()?.is_none();
        if word.is_empty() || cut { Err(ReadError::truncated(what, self.cursor.at)) } else { Ok(word) }
    }
}

/// C's `isspace`.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}
