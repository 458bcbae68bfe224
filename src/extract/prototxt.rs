//! Protobuf's text format (protobuf.dev, "Text Format Language Specification"), field by field into a [`Taker`]: every scalar is handed over as a
//! text. Iterative, with a bounded depth and bounded texts; knows no schema.

use crate::extract::document::{Part, Taker};
use crate::extract::format::Window;
use crate::extract::source::Source;
use crate::extract::walk::ReadError;
use crate::limits::Exhausted;
use std::io::Read as _;

/// Messages that may nest. Caffe's own files nest 4 deep; protobuf's parser follows 100.
const DEPTH: usize = 100;
/// Bytes that are kept of one scalar.
const TEXT: usize = 64 << 10;

/// Reads a message; gives how many fields it has.
///
/// # Errors
/// What breaks it, with its offset. What stood before was handed over.
pub(super) fn read(source: &Source, taker: &mut impl Taker) -> Result<u64, ReadError> {
    let mut cursor = Cursor { bytes: source.reader().bytes(), next: None, at: 0 };
    let mut path: Vec<Part> = Vec::new();
    // What ends each message that is open, and whether it is an item of a list.
    let mut open: Vec<(u8, bool)> = Vec::new();
    let mut fields = 0u64;
    loop {
        cursor.space()?;
        let Some(byte) = cursor.peek()? else { break };
        if let Some((end, listed)) = open.last().copied()
            && byte == end
        {
            cursor.take()?;
            open.pop();
            taker.close(&path, cursor.at);
            if !listed || !items(&mut cursor, &mut open, &mut path, taker)? {
                path.pop();
            }
            continue;
        }
        let at = cursor.at;
        let name = cursor.name()?;
        fields = fields.saturating_add(1);
        path.push(Part::Key(name));
        cursor.space()?;
        let colon = cursor.peek()? == Some(b':');
        if colon {
            cursor.take()?;
            cursor.space()?;
        }
        match cursor.peek()? {
            Some(byte @ (b'{' | b'<')) => message(&mut cursor, &mut open, byte, false)?,
            // A list of messages needs no colon.
            Some(b'[') => {
                cursor.take()?;
                if !items(&mut cursor, &mut open, &mut path, taker)? {
                    path.pop();
                }
            }
            Some(_) if colon => {
                let text = cursor.scalar()?;
                taker.text(&path, &text, at);
                path.pop();
            }
            _ => return Err(ReadError::malformed("a field without a value", cursor.at)),
        }
    }
    if open.is_empty() { Ok(fields) } else { Err(ReadError::truncated("the end of a message", cursor.at)) }
}

/// Whether a text in protobuf's notation may begin here: behind comments, a name and what follows one. It may where comments are all
/// that the first bytes hold.
pub(super) fn begins(head: &[u8], size: u64) -> bool {
    let mut rest = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    while rest.first() == Some(&b'#') {
        let end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
        rest = rest.get(end..).unwrap_or_default().trim_ascii_start();
    }
    if rest.is_empty() {
        return size > u64::try_from(head.len()).unwrap_or(u64::MAX);
    }
    let name = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    let behind = rest.get(name..).unwrap_or_default().trim_ascii_start();
    name > 0 && matches!(behind.first(), Some(b':' | b'{' | b'<'))
}

/// Whether a content may begin as such a text.
pub(super) fn is_text(source: &Source) -> std::io::Result<bool> {
    Ok(begins(&source.bytes_at(0, Window::HEAD)?, source.size()))
}

/// Whether a message, as far as it can be read, has a text in the field `name` of a message `of`.
pub(super) fn has(source: &Source, of: &[&str], name: &str) -> bool {
    struct Seen<'a> {
        of: &'a [&'a str],
        name: &'a str,
        found: bool,
    }
    impl Taker for Seen<'_> {
        fn text(&mut self, path: &[Part], _: &str, _: u64) {
            if let [.., Part::Key(of), Part::Key(name)] = path {
                self.found |= name == self.name && self.of.contains(&of.as_str());
            }
        }

        fn number(&mut self, _: &[Part], _: i128) {}

        fn close(&mut self, _: &[Part], _: u64) {}
    }
    let mut seen = Seen { of, name, found: false };
    drop(read(source, &mut seen));
    seen.found
}

/// Takes the items of a list up to a message, or to the end of the list; whether a message was begun.
fn items(
    cursor: &mut Cursor<impl Iterator<Item = std::io::Result<u8>>>,
    open: &mut Vec<(u8, bool)>,
    path: &mut [Part],
    taker: &mut impl Taker,
) -> Result<bool, ReadError> {
    loop {
        cursor.space()?;
        match cursor.peek()? {
            Some(b']') => {
                cursor.take()?;
                return Ok(false);
            }
            Some(byte @ (b'{' | b'<')) => {
                message(cursor, open, byte, true)?;
                return Ok(true);
            }
            Some(_) => {
                let at = cursor.at;
                let text = cursor.scalar()?;
                taker.text(path, &text, at);
            }
            None => return Err(ReadError::truncated("the end of a list", cursor.at)),
        }
    }
}

fn message(
    cursor: &mut Cursor<impl Iterator<Item = std::io::Result<u8>>>,
    open: &mut Vec<(u8, bool)>,
    begin: u8,
    listed: bool,
) -> Result<(), ReadError> {
    if open.len() >= DEPTH {
        return Err(Exhausted("depth").into());
    }
    cursor.take()?;
    open.push((if begin == b'{' { b'}' } else { b'>' }, listed));
    Ok(())
}

/// A place in the text, with one byte seen ahead.
struct Cursor<I> {
    bytes: I,
    next: Option<u8>,
    at: u64,
}

impl<I: Iterator<Item = std::io::Result<u8>>> Cursor<I> {
    fn peek(&mut self) -> Result<Option<u8>, ReadError> {
        if self.next.is_none() {
            self.next = self.bytes.next().transpose()?;
        }
        Ok(self.next)
    }

    fn take(&mut self) -> Result<u8, ReadError> {
        let byte = self.peek()?.ok_or_else(|| ReadError::truncated("the end of the text", self.at))?;
        self.next = None;
        self.at = self.at.saturating_add(1);
        Ok(byte)
    }

    /// Passes over white space, separators and comments.
    fn space(&mut self) -> Result<(), ReadError> {
        while let Some(byte) = self.peek()? {
            match byte {
                b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c | b',' | b';' => drop(self.take()?),
                b'#' => {
                    while self.peek()?.is_some_and(|byte| byte != b'\n') {
                        self.take()?;
                    }
                }
                _ => break,
            }
        }
        Ok(())
    }

    /// The name of a field, or of an extension in brackets.
    fn name(&mut self) -> Result<String, ReadError> {
        let at = self.at;
        let mut name = String::new();
        let extension = self.peek()? == Some(b'[');
        while let Some(byte) = self.peek()? {
            let takes = match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' => true,
                b'[' | b']' | b'.' | b'/' | b'-' => extension,
                _ => false,
            };
            if !takes || name.len() >= 512 {
                break;
            }
            name.push(char::from(self.take()?));
            if byte == b']' {
                break;
            }
        }
        if name.is_empty() || name.starts_with(|first: char| first.is_ascii_digit()) {
            return Err(ReadError::malformed("no name of a field", at));
        }
        Ok(name)
    }

    /// A text in quotes, or several in a row, or a number or word.
    fn scalar(&mut self) -> Result<String, ReadError> {
        let at = self.at;
        let mut text = Vec::new();
        if !matches!(self.peek()?, Some(b'"' | b'\'')) {
            while let Some(byte @ (b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'.' | b'-' | b'+')) =
                self.peek()?
            {
                self.take()?;
                keep(&mut text, byte);
            }
            // Between a sign and its number there may be white space.
            if text == b"-" {
                self.space()?;
                return Ok(format!("-{}", self.word()?));
            }
            return match String::from_utf8(text) {
                Ok(text) if !text.is_empty() => Ok(text),
                _ => Err(ReadError::malformed("no value of a field", at)),
            };
        }
        while let Some(quote @ (b'"' | b'\'')) = self.peek()? {
            self.take()?;
            loop {
                match self.take()? {
                    byte if byte == quote => break,
                    b'\n' => return Err(ReadError::malformed("a text that ends with its line", self.at)),
                    b'\\' => self.escape(&mut text)?,
                    byte => keep(&mut text, byte),
                }
            }
            self.space()?;
        }
        Ok(String::from_utf8_lossy(&text).into_owned())
    }

    fn word(&mut self) -> Result<String, ReadError> {
        let mut text = String::new();
        while let Some(byte) = self.peek()?.filter(|byte| byte.is_ascii_alphanumeric() || *byte == b'.') {
            self.take()?;
            if text.len() < TEXT {
                text.push(char::from(byte));
            }
        }
        Ok(text)
    }

    fn escape(&mut self, text: &mut Vec<u8>) -> Result<(), ReadError> {
        let byte = match self.take()? {
            b'n' => b'\n',
            b't' => b'\t',
            b'r' => b'\r',
            b'a' => 7,
            b'b' => 8,
            b'f' => 12,
            b'v' => 11,
            first @ b'0'..=b'7' => self.digits(8, 3, u32::from(first.saturating_sub(b'0')))?,
            b'x' | b'X' => self.digits(16, 2, 0)?,
            kind @ (b'u' | b'U') => {
                let mut number = 0u32;
                for _ in 0..(if kind == b'u' { 4 } else { 8 }) {
                    let digit = char::from(self.take()?).to_digit(16);
                    let digit = digit.ok_or_else(|| ReadError::malformed("an escape without its digits", self.at))?;
                    number = number.wrapping_shl(4) | digit;
                }
                let mut bytes = [0; 4];
                let character = char::from_u32(number).unwrap_or(char::REPLACEMENT_CHARACTER);
                character.encode_utf8(&mut bytes).bytes().for_each(|byte| keep(text, byte));
                return Ok(());
            }
            other => other,
        };
        keep(text, byte);
        Ok(())
    }

    fn digits(&mut self, radix: u32, most: usize, first: u32) -> Result<u8, ReadError> {
        let (mut number, taken) = (first, usize::from(radix == 8));
        for _ in taken..most {
            let Some(digit) = self.peek()?.and_then(|byte| char::from(byte).to_digit(radix)) else { break };
            self.take()?;
            number = number.saturating_mul(radix).saturating_add(digit);
        }
        Ok(u8::try_from(number & 0xff).unwrap_or(0))
    }
}

fn keep(text: &mut Vec<u8>, byte: u8) {
    if text.len() < TEXT {
        text.push(byte);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract::document;

    #[derive(Default)]
    struct Seen(Vec<String>);

    impl Taker for Seen {
        fn text(&mut self, path: &[Part], text: &str, _: u64) {
            self.0.push(format!("{}={text}", document::written(path)));
        }

        fn number(&mut self, _: &[Part], _: i128) {}

        fn close(&mut self, path: &[Part], _: u64) {
            self.0.push(format!("{}}}", document::written(path)));
        }
    }

    fn seen(text: &str) -> (Vec<String>, Option<ReadError>) {
        let mut seen = Seen::default();
        let error = read(&Source::memory(text.as_bytes().to_vec()), &mut seen).err();
        (seen.0, error)
    }

    #[test]
    fn fields_are_handed_over_however_they_are_written() {
        let text = "name: \"a\" 'b\\x41\\101\\n' # no\nlayer { type: Data, x <y: - 1.5> } layer: {} n: [1, 2]; m [{a: b}, <c: d>] [e.x]: 1";
        let (seen, error) = seen(text);
        assert!(error.is_none(), "{error:?}");
        assert_eq!(
            seen,
            [
                "name=abAA\n",
                "layer.type=Data",
                "layer.x.y=-1.5",
                "layer.x}",
                "layer}",
                "layer}",
                "n=1",
                "n=2",
                "m.a=b",
                "m}",
                "m.c=d",
                "m}",
                "[e.x]=1"
            ]
        );
    }

    #[test]
    fn what_is_broken_is_told_and_what_stood_before_it_stays() {
        for text in ["a: 1 b {", "a: 1 }", "a: 1 b", "a: 1 b: \"x", "a: 1 b: [1", "a: 1 - x", "a: 1 b: \"\n\""] {
            let (seen, error) = seen(text);
            assert_eq!(seen.first().map(String::as_str), Some("a=1"), "{text}");
            assert!(error.is_some(), "{text}");
        }
        assert!(seen(&"a{".repeat(100_000)).1.is_some());
    }
}
