//! Protobuf messages (protobuf.dev, "Encoding"), field by field over a [`Source`]: what a schema's reader asks for is read, all else is
//! passed over by its length. No recursion, no allocation from a declared size.
//!
//! Nothing stops at the first error: the field that breaks its message is cut to what is there, the message ends, and the first
//! error waits in [`Wire::end`]. A real parser refuses such a file; what stood before is told all the same.

use crate::extract::source::Source;
use crate::extract::walk::ReadError;
use crate::place;

/// Bytes that are read at one time: few after a jump, because a model's tensors are jumped over, more in a row.
const FIRST: u64 = 1 << 10;
const MOST: u64 = 64 << 10;

/// The bytes of a message or text that are left, as offsets in the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    /// The next byte.
    pub at: u64,
    /// The byte behind the last.
    pub end: u64,
}

impl Span {
    /// Bytes that are left.
    pub(super) fn size(self) -> u64 {
        self.end.saturating_sub(self.at)
    }
}

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value {
    /// A number of variable length.
    Number(u64),
    /// A number of 32 or 64 bits.
    Fixed(u64),
    /// A text, bytes, a message or packed numbers.
    Bytes(Span),
}

/// One field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Field {
    /// Its number in the schema.
    pub number: u64,
    /// Offset of its key.
    pub at: u64,
    /// What it holds.
    pub value: Value,
}

/// A cursor over the messages of a source.
pub(super) struct Wire<'a> {
    source: &'a Source,
    buffer: Vec<u8>,
    start: u64,
    broken: Option<ReadError>,
}

impl<'a> Wire<'a> {
    /// A cursor over a source.
    pub(super) fn new(source: &'a Source) -> Self {
        Self { source, buffer: Vec::new(), start: 0, broken: None }
    }

    /// A second cursor over the same source, whose errors are its own.
    pub(super) fn fork(&self) -> Self {
        Self::new(self.source)
    }

    /// The whole source as a message.
    pub(super) fn whole(&self) -> Span {
        Span { at: 0, end: self.source.size() }
    }

    /// Whether anything was broken so far.
    pub(super) fn sound(&self) -> bool {
        self.broken.is_none()
    }

    /// Keeps an error; the first counts.
    pub(super) fn fail(&mut self, error: ReadError) {
        self.broken.get_or_insert(error);
    }

    /// The first error, if there was one.
    pub(super) fn end(self) -> Result<(), ReadError> {
        self.broken.map_or(Ok(()), Err)
    }

    /// The next field of a message; `None` at its end, or where it breaks.
    pub(super) fn next(&mut self, span: &mut Span) -> Option<Field> {
        loop {
            let at = span.at;
            if at >= span.end {
                return None;
            }
            let outcome = self.field(span);
            match outcome {
                Ok(Some(field)) => return Some(field),
                Ok(None) => {} // a group, which no schema here has: parsers keep it as unknown
                Err(error) => {
                    span.at = span.end;
                    self.fail(error);
                    return None;
                }
            }
        }
    }

    fn field(&mut self, span: &mut Span) -> Result<Option<Field>, ReadError> {
        let at = span.at;
        let (number, kind) = self.key(span)?;
        let value = match kind {
            0 => Value::Number(self.varint(span)?),
            1 => Value::Fixed(self.fixed(span, 8)?),
            5 => Value::Fixed(self.fixed(span, 4)?),
            2 => Value::Bytes(self.bytes(span)?),
            3 => return self.group(span, at).map(|()| None),
            _ => return Err(ReadError::malformed(format!("a protobuf field of wire type {kind}"), at)),
        };
        Ok(Some(Field { number, at, value }))
    }

    fn key(&mut self, span: &mut Span) -> Result<(u64, u64), ReadError> {
        let at = span.at;
        let key = self.varint(span)?;
        if key >> 3 == 0 || key > u64::from(u32::MAX) {
            return Err(ReadError::malformed("a protobuf field with a number that no field can have", at));
        }
        Ok((key >> 3, key & 7))
    }

    /// Passes over a group and the groups in it, which end with wire type 4.
    fn group(&mut self, span: &mut Span, at: u64) -> Result<(), ReadError> {
        let mut depth = 1u64;
        while depth > 0 {
            if span.at >= span.end {
                return Err(ReadError::truncated("the end of a protobuf group", at));
            }
            match self.key(span)?.1 {
                0 => drop(self.varint(span)?),
                1 => drop(self.fixed(span, 8)?),
                5 => drop(self.fixed(span, 4)?),
                2 => drop(self.bytes(span)?),
                3 => depth = depth.saturating_add(1),
                4 => depth = depth.saturating_sub(1),
                kind => return Err(ReadError::malformed(format!("a protobuf field of wire type {kind}"), span.at)),
            }
        }
        Ok(())
    }

    /// A length and the bytes behind it, cut where the message ends.
    fn bytes(&mut self, span: &mut Span) -> Result<Span, ReadError> {
        let at = span.at;
        let length = self.varint(span)?;
        let start = span.at;
        let end = start.saturating_add(length);
        if end > span.end {
            let whole = span.end == self.source.size();
            self.fail(if whole {
                ReadError::truncated("the end of a protobuf field", at)
            } else {
                ReadError::malformed("a protobuf field is longer than its message", at)
            });
        }
        span.at = end.min(span.end);
        Ok(Span { at: start, end: span.at })
    }

    /// A number of up to ten bytes; longer forms of a small one are taken, as parsers take them.
    pub(super) fn varint(&mut self, span: &mut Span) -> Result<u64, ReadError> {
        let at = span.at;
        let mut number = 0u64;
        for index in 0..10u32 {
            let byte = self.byte(span)?;
            number |= u64::from(byte & 0x7f).checked_shl(index.saturating_mul(7)).unwrap_or(0);
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(ReadError::malformed("a protobuf number of more than ten bytes", at))
    }

    fn fixed(&mut self, span: &mut Span, bytes: u32) -> Result<u64, ReadError> {
        let mut number = 0u64;
        for index in 0..bytes {
            number |= u64::from(self.byte(span)?).checked_shl(index.saturating_mul(8)).unwrap_or(0);
        }
        Ok(number)
    }

    fn byte(&mut self, span: &mut Span) -> Result<u8, ReadError> {
        let at = span.at;
        if at >= span.end {
            return Err(ReadError::truncated("the end of a protobuf field", at));
        }
        let index = |start: u64| at.checked_sub(start).and_then(|index| usize::try_from(index).ok());
        let byte = match index(self.start).and_then(|index| self.buffer.get(index)) {
            Some(byte) => *byte,
            None => {
                let next = self.start.saturating_add(u64::try_from(self.buffer.len()).unwrap_or(0)) == at;
                let last = u64::try_from(self.buffer.len()).unwrap_or(0);
                let size = if next { last.saturating_mul(2).clamp(FIRST, MOST) } else { FIRST };
                self.buffer = self.source.bytes_at(at, size)?;
                self.start = at;
                *self.buffer.first().ok_or_else(|| ReadError::truncated("the end of a protobuf field", at))?
            }
        };
        span.at = at.saturating_add(1);
        Ok(byte)
    }

    /// Up to `limit` bytes of a text or bytes field.
    pub(super) fn take(&mut self, span: Span, limit: u64) -> Vec<u8> {
        match self.source.bytes_at(span.at, span.size().min(limit)) {
            Ok(bytes) => bytes,
            Err(error) => {
                self.fail(ReadError::Io(error));
                Vec::new()
            }
        }
    }

    /// A text, escaped, and cut after `limit` bytes with its length behind.
    pub(super) fn text(&mut self, span: Span, limit: u64) -> String {
        let bytes = place::escape(&self.take(span, limit));
        if span.size() > limit { format!("{bytes}... ({} bytes)", span.size()) } else { bytes }
    }

    /// A part of the source, to be a member of its own.
    pub(super) fn part(&self, span: Span) -> Source {
        self.source.range(span.at, span.size())
    }
}

/// A number of an enum or of 32 bits: parsers take the low 32 bits of what is written, and a negative one has ten bytes.
pub(super) fn narrow(number: u64) -> i32 {
    u32::try_from(number & u64::from(u32::MAX)).unwrap_or(0).cast_signed()
}

/// Whether bytes are a name that a schema's text field may hold: UTF-8 without control characters, and something.
pub(super) fn is_name(bytes: &[u8]) -> bool {
    !bytes.is_empty() && std::str::from_utf8(bytes).is_ok_and(|text| !text.chars().any(char::is_control))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(bytes: &[u8]) -> (Vec<(u64, Value)>, Option<ReadError>) {
        let source = Source::memory(bytes.to_vec());
        let mut wire = Wire::new(&source);
        let mut span = wire.whole();
        let found = std::iter::from_fn(|| wire.next(&mut span)).map(|field| (field.number, field.value)).collect();
        (found, wire.end().err())
    }

    #[test]
    fn every_wire_type_is_read_and_groups_are_passed_over() {
        let bytes =
            b"\x08\x96\x01\x12\x02hi\x1d\x01\0\0\0\x21\x02\0\0\0\0\0\0\0\x2b\x08\x01\x33\x34\x2c\x30\x81\x80\x00";
        let (found, error) = fields(bytes);
        assert!(error.is_none(), "{error:?}");
        assert_eq!(
            found,
            [
                (1, Value::Number(150)),
                (2, Value::Bytes(Span { at: 5, end: 7 })),
                (3, Value::Fixed(1)),
                (4, Value::Fixed(2)),
                (6, Value::Number(1)),
            ]
        );
    }

    #[test]
    fn of_a_number_of_32_bits_the_low_ones_count() {
        assert_eq!([10, 10 + (1 << 32), u64::MAX, 1 << 40].map(narrow), [10, 10, -1, 0]);
    }

    #[test]
    fn what_is_broken_is_told_and_what_stood_before_it_stays() {
        for (bytes, count) in [
            (&b"\x08\x01\x12\x7fabc"[..], 2),
            (b"\x08\x01\x0f", 1),
            (b"\x08\x01\x00\x01", 1),
            (b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 0),
            (b"\x08\x01\x2b\x33", 1),
            (b"\x08\x01\x2c", 1),
            (b"\x08", 0),
        ] {
            let (found, error) = fields(bytes);
            assert_eq!(found.len(), count, "{bytes:?}");
            assert!(error.is_some(), "{bytes:?}");
        }
    }
}
