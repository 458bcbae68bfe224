//! TorchScript's words (torch/csrc/jit/frontend/lexer.cpp): names, signs, numbers, and where lines begin. Texts and comments are passed
//! over, and so is white space, line ends within an expression too.

use crate::extract::source::Source;
use crate::extract::walk::ReadError;
use std::io::{self, BufReader, Read};

/// The longest name that is kept; a longer one is read to its end and cut.
const NAME: usize = 512;

/// A word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Word {
    /// A name or number.
    Name(Vec<u8>),
    /// A sign.
    Sign(u8),
    /// A text.
    Text,
    /// The end of a line that has words.
    Line,
}

/// The words of a source.
pub(super) struct Words {
    bytes: io::Bytes<BufReader<Box<dyn Read>>>,
    /// The bytes that were looked at and not taken yet.
    ahead: Vec<u8>,
    at: u64,
    /// Parentheses that are open: within them a line goes on.
    open: u64,
    line: bool,
    /// Why the words end early.
    pub failed: Option<ReadError>,
}

impl Words {
    /// The words of a source.
    pub(super) fn new(source: &Source) -> Self {
        let reader: Box<dyn Read> = Box::new(source.reader());
        let bytes = BufReader::with_capacity(64 << 10, reader).bytes();
        Self { bytes, ahead: Vec::new(), at: 0, open: 0, line: true, failed: None }
    }

    /// The next word, and where it begins.
    pub(super) fn next(&mut self) -> Option<(u64, Word)> {
        loop {
            let at = self.at;
            let byte = self.take()?;
            let word = match byte {
                b'\n' if self.open == 0 && !self.line => {
                    self.line = true;
                    return Some((at, Word::Line));
                }
                // A backslash at its end takes a line on.
                b'\\' => {
                    while self.peek(0).is_some_and(|byte| matches!(byte, b'\r' | b'\n')) {
                        self.take();
                    }
                    continue;
                }
                b' ' | b'\t' | b'\r' | b'\n' | b'\x0c' => continue,
                b'#' => {
                    while self.peek(0).is_some_and(|byte| byte != b'\n') {
                        self.take();
                    }
                    continue;
                }
                b'"' | b'\'' => {
                    self.text(byte, at);
                    Word::Text
                }
                _ if is_name(byte) => Word::Name(self.name(byte)),
                b'(' | b'[' | b'{' => {
                    self.open = self.open.saturating_add(1);
                    Word::Sign(byte)
                }
                b')' | b']' | b'}' => {
                    self.open = self.open.saturating_sub(1);
                    Word::Sign(byte)
                }
                _ => Word::Sign(byte),
            };
            self.line = false;
            return Some((at, word));
        }
    }

    fn name(&mut self, first: u8) -> Vec<u8> {
        let mut name = vec![first];
        while let Some(byte) = self.peek(0).filter(|byte| is_name(*byte)) {
            if name.len() < NAME {
                name.push(byte);
            }
            self.take();
        }
        name
    }

    /// Passes over a text, to its closing quotes; a backslash takes the byte behind it along.
    fn text(&mut self, quote: u8, at: u64) {
        let triple = self.peek(0) == Some(quote) && self.peek(1) == Some(quote);
        if triple {
            self.take();
            self.take();
        }
        while let Some(byte) = self.take() {
            match byte {
                b'\\' => drop(self.take()),
                b'\n' if !triple => break,
                _ if byte != quote => {}
                _ if !triple => return,
                _ if self.peek(0) == Some(quote) && self.peek(1) == Some(quote) => {
                    self.take();
                    self.take();
                    return;
                }
                _ => {}
            }
        }
        self.failed.get_or_insert(ReadError::malformed("a text in the code that does not end", at));
    }

    fn peek(&mut self, index: usize) -> Option<u8> {
        while self.ahead.len() <= index {
            let byte = self.fresh()?;
            self.ahead.push(byte);
        }
        self.ahead.get(index).copied()
    }

    fn take(&mut self) -> Option<u8> {
        let byte = if self.ahead.is_empty() { self.fresh()? } else { self.ahead.remove(0) };
        self.at = self.at.saturating_add(1);
        Some(byte)
    }

    fn fresh(&mut self) -> Option<u8> {
        match self.bytes.next()? {
            Ok(byte) => Some(byte),
            Err(error) => {
                self.failed.get_or_insert(ReadError::Io(error));
                None
            }
        }
    }
}

/// Whether a byte is part of a name; what is not ASCII is, so that it parts no name in two.
fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}
