//! The texts of a pickle, read again where they stand: counted, between quotes with escapes, or as a line with `\u` escapes.

use crate::extract::pickle::decode::{Decoder, Span};
use crate::extract::pickle::opcode::op;
use crate::place;

/// Bytes of a line that are looked at to show its text: enough for 512 characters all written as `\UXXXXXXXX`.
const LINE: u64 = 8 << 10;

/// A text, as far as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Text {
    /// Its first bytes, in UTF-8 (surrogates in its form).
    pub bytes: Vec<u8>,
    /// Bytes of the whole; more than are kept when it was cut.
    pub size: u64,
}

impl Text {
    /// Safe to show: escaped, and marked when it is cut.
    pub(super) fn shown(&self) -> String {
        let text = place::escape(&self.bytes);
        if self.whole() { text } else { format!("{text}... ({} bytes)", self.size) }
    }

    /// Whether all of it is kept.
    pub(super) fn whole(&self) -> bool {
        u64::try_from(self.bytes.len()).is_ok_and(|kept| kept == self.size)
    }

    fn cut(mut bytes: Vec<u8>, size: u64, limit: u64) -> Self {
        bytes.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Self { bytes, size }
    }
}

/// The text whose opcode stands at `offset`, up to `limit` bytes of it.
pub(super) fn text(decoder: &Decoder<'_>, offset: u64, limit: u64) -> Option<Text> {
    let head = decoder.bytes_at(offset, 9);
    let (opcode, rest) = head.split_first()?;
    let header = match *opcode {
        op::SHORT_BINUNICODE | op::SHORT_BINSTRING => 1,
        op::BINUNICODE | op::BINSTRING => 4,
        op::BINUNICODE8 => 8,
        op::UNICODE | op::STRING | op::PERSID => return line_text(decoder, *opcode, offset.saturating_add(1), limit),
        _ => return None,
    };
    let mut length = [0u8; 8];
    length.get_mut(..header)?.copy_from_slice(rest.get(..header)?);
    let size = u64::from_le_bytes(length);
    let start = offset.saturating_add(1).saturating_add(u64::try_from(header).ok()?);
    Some(Text { bytes: decoder.bytes_at(start, size.min(limit)), size })
}

fn line_text(decoder: &Decoder<'_>, opcode: u8, start: u64, limit: u64) -> Option<Text> {
    let bytes = decoder.bytes_at(start, LINE);
    let end = bytes.iter().position(|byte| *byte == b'\n');
    let line = bytes.get(..end.unwrap_or(bytes.len()))?;
    let decoded = match opcode {
        op::UNICODE => raw_unicode(line),
        op::STRING => quoted(line).and_then(string_escape),
        _ => Some(line.to_vec()),
    };
    match (decoded, end) {
        (Some(decoded), Some(_)) => {
            let size = u64::try_from(decoded.len()).ok()?;
            Some(Text::cut(decoded, size, limit))
        }
        // A longer line: its first bytes as they stand, and a size that says that there is more.
        _ => Some(Text::cut(line.to_vec(), LINE.saturating_add(1), limit)),
    }
}

/// A text between two newlines or other bounds, as GLOBAL and INST have it.
pub(super) fn span_text(decoder: &Decoder<'_>, span: Span, limit: u64) -> Text {
    Text { bytes: decoder.bytes_at(span.start, span.size.min(limit)), size: span.size }
}

/// What stands between the quotes of STRING; `None` without them.
pub(super) fn quoted(line: &[u8]) -> Option<&[u8]> {
    match line {
        [b'\'', inner @ .., b'\''] | [b'"', inner @ .., b'"'] => Some(inner),
        _ => None,
    }
}

/// STRING's escapes (`Objects/bytesobject.c` `PyBytes_DecodeEscape`); `None` at one that CPython refuses.
pub(super) fn string_escape(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((byte, behind)) = rest.split_first() {
        rest = behind;
        if *byte != b'\\' {
            out.push(*byte);
            continue;
        }
        let (escape, behind) = rest.split_first()?;
        rest = behind;
        match escape {
            b'\n' => {}
            b'\\' | b'\'' | b'"' => out.push(*escape),
            b'b' => out.push(8),
            b'f' => out.push(12),
            b't' => out.push(b'\t'),
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b'v' => out.push(11),
            b'a' => out.push(7),
            b'0'..=b'7' => {
                let mut value = u32::from(escape.wrapping_sub(b'0'));
                for _ in 0..2 {
                    let Some((digit @ b'0'..=b'7', behind)) = rest.split_first() else { break };
                    value = value.wrapping_mul(8).wrapping_add(u32::from(digit.wrapping_sub(b'0')));
                    rest = behind;
                }
                out.push(u8::try_from(value & 0xff).unwrap_or(0));
            }
            b'x' => {
                let (value, behind) = hexadecimal(rest, 2)?;
                out.push(u8::try_from(value).ok()?);
                rest = behind;
            }
            other => out.extend_from_slice(&[b'\\', *other]),
        }
    }
    Some(out)
}

/// UNICODE's escapes (`Objects/unicodeobject.c` `_PyUnicode_DecodeRawUnicodeEscapeStateful`): `\uXXXX` and `\UXXXXXXXX`, all other
/// bytes are Latin-1; `None` at one that CPython refuses.
pub(super) fn raw_unicode(line: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(line.len());
    let mut rest = line;
    while let Some((byte, behind)) = rest.split_first() {
        rest = behind;
        if *byte != b'\\' {
            push_utf8(&mut out, u32::from(*byte));
            continue;
        }
        let digits = match rest.first() {
            Some(b'u') => 4,
            Some(b'U') => 8,
            Some(other) => {
                out.push(b'\\');
                push_utf8(&mut out, u32::from(*other));
                rest = rest.get(1..).unwrap_or_default();
                continue;
            }
            None => {
                out.push(b'\\');
                break;
            }
        };
        let (value, behind) = hexadecimal(rest.get(1..)?, digits)?;
        if value > 0x10_ffff {
            return None;
        }
        push_utf8(&mut out, value);
        rest = behind;
    }
    Some(out)
}

fn hexadecimal(bytes: &[u8], count: usize) -> Option<(u32, &[u8])> {
    let digits = bytes.get(..count)?;
    let mut value = 0u32;
    for digit in digits {
        value = value.wrapping_mul(16).wrapping_add(char::from(*digit).to_digit(16)?);
    }
    Some((value, bytes.get(count..)?))
}

/// A code point in UTF-8; a surrogate in the form that `surrogatepass` gives it.
fn push_utf8(out: &mut Vec<u8>, value: u32) {
    match char::from_u32(value) {
        Some(character) => out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
        None => {
            let [_, _, high, low] = value.to_be_bytes();
            out.extend_from_slice(&[0xe0 | (high >> 4), 0x80 | ((high & 0x0f) << 2) | (low >> 6), 0x80 | (low & 0x3f)]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_those_of_cpython() {
        assert_eq!(string_escape(br"\x6f\163\\\'\q\0").unwrap(), b"os\\'\\q\0");
        assert_eq!(string_escape(br"\x6"), None);
        assert_eq!(string_escape(b"a\\"), None);
        assert_eq!(raw_unicode(br"\u006fs\\u0041\U0001F600").unwrap(), "os\\\\u0041\u{1f600}".as_bytes());
        assert_eq!(raw_unicode(b"\xe9\\").unwrap(), "é\\".as_bytes());
        assert_eq!(raw_unicode(br"\ud800").unwrap(), b"\xed\xa0\x80");
        assert_eq!(raw_unicode(br"\u00"), None);
        assert_eq!(raw_unicode(br"\U00110000"), None);
    }
}
