//! The bytes of a document as the parser takes them, one by one from a chunk: counted, and with Python's words for numbers that are none put into
//! other words of the same length. And whether a document holds a key at all, asked of its letters before anybody parses all of it.

use crate::extract::source::Source;
use memchr::memmem;
use std::cell::Cell;
use std::io::{self, Read};

/// Bytes that are read at a time.
const CHUNK: usize = 64 << 10;

/// Letters of the longest key that is asked for, each written as an escape of six.
const OVERLAP: usize = 6 * 32;

/// What was put into other words.
#[derive(Debug, Default)]
pub(in crate::extract::format) struct Notes {
    pub(super) words: Cell<u64>,
}

/// Reads a content, and puts `NaN` and `Infinity` outside of texts into numbers of the same length (Python's json/decoder.py, `_CONSTANTS`).
pub(super) struct Letters<'a> {
    source: Source,
    /// Where the next chunk begins.
    from: u64,
    chunk: Vec<u8>,
    /// What of the chunk was taken.
    taken: usize,
    state: State,
    notes: &'a Notes,
    /// Told how many bytes were taken.
    at: Option<&'a Cell<u64>>,
}

#[derive(Clone, Copy)]
enum State {
    Outside,
    Text,
    Escape,
    /// Within a word: what is still to come.
    Word(&'static [u8]),
}

impl<'a> Letters<'a> {
    /// The letters of a content from an offset on.
    pub(super) fn new(source: &Source, from: u64, notes: &'a Notes, at: Option<&'a Cell<u64>>) -> Self {
        if let Some(at) = at {
            at.set(from);
        }
        Self { source: source.clone(), from, chunk: Vec::new(), taken: 0, state: State::Outside, notes, at }
    }

    fn fill(&mut self) -> io::Result<()> {
        self.chunk.resize(CHUNK, 0);
        self.taken = 0;
        let read = self.source.read_at(self.from, &mut self.chunk);
        self.chunk.truncate(*read.as_ref().unwrap_or(&0));
        self.from = self.from.saturating_add(u64::try_from(read?).unwrap_or(0));
        let mut chunk = std::mem::take(&mut self.chunk);
        self.translate(&mut chunk);
        self.chunk = chunk;
        Ok(())
    }

    fn translate(&mut self, mut bytes: &mut [u8]) {
        loop {
            let passed = match self.state {
                State::Outside => memchr::memchr3(b'"', b'N', b'I', bytes),
                State::Text => memchr::memchr2(b'"', b'\\', bytes),
                State::Escape | State::Word(_) => Some(0),
            };
            let Some((byte, rest)) = passed.and_then(|passed| bytes.get_mut(passed..)?.split_first_mut()) else {
                return;
            };
            self.state = match (self.state, *byte) {
                (State::Text, b'\\') => State::Escape,
                (State::Text, b'"') => State::Outside,
                (State::Text | State::Escape, _) => State::Text,
                (State::Word([next, rest @ ..]), is) if *next == is => {
                    *byte = if matches!(rest.len(), 1 | 6) && (is == b'a' || is == b'n') { b'.' } else { b'0' };
                    if rest.is_empty() { State::Outside } else { State::Word(rest) }
                }
                (State::Word(_), _) => {
                    *byte = b'!'; // a word that breaks off is no number: the parser refuses this
                    State::Outside
                }
                (State::Outside, b'"') => State::Text,
                (State::Outside, b'N') => self.word(byte, b"aN"),
                (State::Outside, b'I') => self.word(byte, b"nfinity"),
                (State::Outside, _) => State::Outside,
            };
            bytes = rest;
        }
    }

    fn word(&self, byte: &mut u8, rest: &'static [u8]) -> State {
        *byte = b'0';
        self.notes.words.set(self.notes.words.get().saturating_add(1));
        State::Word(rest)
    }
}

impl Read for Letters<'_> {
    #[inline]
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.taken >= self.chunk.len() {
            self.fill()?;
        }
        let left = self.chunk.get(self.taken..).unwrap_or_default();
        // The parser asks for one byte after the other.
        let count = if let ([into], [byte, ..]) = (&mut *into, left) {
            *into = *byte;
            1
        } else {
            let count = left.len().min(into.len());
            into.iter_mut().zip(left).for_each(|(into, byte)| *into = *byte);
            count
        };
        self.taken = self.taken.saturating_add(count);
        if let Some(at) = self.at {
            at.set(at.get().saturating_add(u64::try_from(count).unwrap_or(0)));
        }
        Ok(count)
    }
}

/// Whether one of these words of ASCII, of 32 letters at most, stands in a document, written plainly or with escapes. What has none of a format's keys need
/// not be parsed for it; a word in a text is one too, and then parsing tells.
pub(in crate::extract::format) fn holds(source: &Source, words: &[&str]) -> io::Result<bool> {
    let finders: Vec<_> = words.iter().map(|word| memmem::Finder::new(word.as_bytes())).collect();
    let escape = memmem::Finder::new(b"\\u00");
    let (mut part, mut at) = (Vec::new(), 0u64);
    loop {
        // The end of the part before, in which a word may have begun.
        part.drain(..part.len().saturating_sub(OVERLAP));
        let kept = part.len();
        part.resize(kept.saturating_add(CHUNK), 0);
        let read = source.read_at(at, part.get_mut(kept..).unwrap_or_default())?;
        part.truncate(kept.saturating_add(read));
        let plain;
        let letters = if escape.find(&part).is_some() {
            plain = unescaped(&part);
            &plain
        } else {
            &part
        };
        if finders.iter().any(|finder| finder.find(letters).is_some()) {
            return Ok(true);
        }
        if read == 0 {
            return Ok(false);
        }
        at = at.saturating_add(u64::try_from(read).unwrap_or(0));
    }
}

/// With a letter of ASCII in place of each escape of one. A backslash that is escaped itself may be taken for the beginning of one: then there is
/// more to be found.
fn unescaped(bytes: &[u8]) -> Vec<u8> {
    let mut letters = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(byte) = rest.first() {
        let digits = rest.strip_prefix(b"\\u00").and_then(|behind| std::str::from_utf8(behind.get(..2)?).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(letter) => {
                letters.push(letter);
                rest = rest.get(6..).unwrap_or_default();
            }
            None => {
                letters.push(*byte);
                rest = rest.get(1..).unwrap_or_default();
            }
        }
    }
    letters
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_found_however_it_is_written() {
        let holds = |text: &[u8]| holds(&Source::memory(text.to_vec()), &["weight_map", "other"]).unwrap();
        let escaped: String = "weight_map".chars().map(|one| format!("\\u{:04x}", u32::from(one))).collect();
        for word in ["weight_map", "weight\\u005fmap", "\\u0077eight\\u005Fmap", "other", escaped.as_str()] {
            for before in [0, 1, CHUNK - 200, CHUNK - 61, CHUNK - 60, CHUNK - 20, CHUNK - 1, CHUNK, 3 * CHUNK - 5] {
                let text = [&b" ".repeat(before)[..], b"{\"", word.as_bytes(), b"\": 1}"].concat();
                assert!(holds(&text), "{word} behind {before} bytes");
            }
        }
        for text in ["", "{\"weight-map\": 1}", "{\"weight_\\u006\": \"map\"}", "weight_ma"] {
            assert!(!holds(text.as_bytes()), "{text}");
        }
    }
}
