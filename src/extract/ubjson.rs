//! UBJSON (ubjson.org, draft 12), in which XGBoost writes models: values one after the other into a [`Taker`]. Iterative, with a bounded
//! depth; arrays of numbers are passed over by their length, and nothing is allocated from a declared size.

use crate::extract::document::{Part, Taker};
use crate::extract::source::Source;
use crate::extract::walk::ReadError;
use crate::limits::Exhausted;

/// Nesting that is followed. XGBoost nests 8 deep; JSON's reader here follows as many.
const DEPTH: usize = 128;
/// Bytes of a text or key that are handed over; what is longer is cut.
const TEXT: u64 = 64 << 10;
/// Bytes that are read at one time.
const CHUNK: u64 = 16 << 10;

/// An object or a list that is open.
struct Open {
    object: bool,
    /// The type of every value, where the container names it once (`$`).
    kind: Option<u8>,
    /// How many values are still to come, where it says so (`#`).
    left: Option<u64>,
    next: u64,
}

/// Reads a document; gives the offset behind it.
///
/// # Errors
/// What breaks it, with its offset. What stood before was handed over.
pub(super) fn read(source: &Source, values: u64, taker: &mut impl Taker) -> Result<u64, ReadError> {
    let mut cursor = Cursor { source, at: 0, start: 0, buffer: Vec::new() };
    let mut open: Vec<Open> = Vec::new();
    let mut path: Vec<Part> = Vec::new();
    let mut left = values;
    loop {
        left = left.checked_sub(1).ok_or(Exhausted("values"))?;
        // Where the next value stands: in an object behind its key, in a list by its number.
        let mut kind = None;
        if let Some(top) = open.last_mut() {
            let end = match top.left {
                Some(0) => true,
                Some(_) => false,
                None => cursor.ends(if top.object { b'}' } else { b']' })?,
            };
            if end {
                let object = top.object;
                open.pop();
                if object {
                    taker.close(&path, cursor.at);
                }
                if open.is_empty() {
                    return Ok(cursor.at);
                }
                path.pop();
                continue;
            }
            top.left = top.left.map(|left| left.saturating_sub(1));
            kind = top.kind;
            let part = if top.object { Part::Key(cursor.text()?) } else { Part::Item(top.next) };
            top.next = top.next.saturating_add(1);
            path.push(part);
        }
        let at = cursor.at;
        let kind = match kind {
            Some(kind) => kind,
            None => cursor.marker()?,
        };
        match kind {
            b'{' | b'[' => {
                if open.len() >= DEPTH {
                    return Err(Exhausted("depth").into());
                }
                let object = kind == b'{';
                let (kind, left) = cursor.shape()?;
                let skipped = match (kind.and_then(size), left) {
                    (Some(bytes), Some(count)) if !object => Some(count.saturating_mul(bytes)),
                    _ => None,
                };
                match skipped {
                    Some(bytes) => cursor.skip(bytes)?,
                    None => {
                        open.push(Open { object, kind, left, next: 0 });
                        continue;
                    }
                }
            }
            b'S' => {
                let text = cursor.text()?;
                taker.text(&path, &text, at);
            }
            // A number of any size, as text.
            b'H' => drop(cursor.text()?),
            b'C' => cursor.skip(1)?,
            b'i' | b'U' | b'I' | b'l' | b'L' => {
                let number = cursor.number(kind)?;
                taker.number(&path, number);
            }
            b'd' => cursor.skip(4)?,
            b'D' => cursor.skip(8)?,
            b'Z' | b'T' | b'F' => {}
            other => return Err(ReadError::malformed(format!("UBJSON has no type 0x{other:02x}"), at)),
        }
        if open.is_empty() {
            return Ok(cursor.at);
        }
        path.pop();
    }
}

/// Bytes of a value whose type says them.
fn size(kind: u8) -> Option<u64> {
    match kind {
        b'Z' | b'T' | b'F' | b'N' => Some(0),
        b'i' | b'U' | b'C' => Some(1),
        b'I' => Some(2),
        b'l' | b'd' => Some(4),
        b'L' | b'D' => Some(8),
        _ => None,
    }
}

/// A place in the source.
struct Cursor<'a> {
    source: &'a Source,
    at: u64,
    start: u64,
    buffer: Vec<u8>,
}

impl Cursor<'_> {
    fn peek(&mut self) -> Result<u8, ReadError> {
        let at = self.at;
        let index = at.checked_sub(self.start).and_then(|index| usize::try_from(index).ok());
        if let Some(byte) = index.and_then(|index| self.buffer.get(index)) {
            return Ok(*byte);
        }
        self.buffer = self.source.bytes_at(at, CHUNK)?;
        self.start = at;
        self.buffer.first().copied().ok_or_else(|| ReadError::truncated("the end of the UBJSON", at))
    }

    fn byte(&mut self) -> Result<u8, ReadError> {
        let byte = self.peek()?;
        self.at = self.at.saturating_add(1);
        Ok(byte)
    }

    /// The next type, behind no-operations.
    fn marker(&mut self) -> Result<u8, ReadError> {
        loop {
            match self.byte()? {
                b'N' => {}
                kind => return Ok(kind),
            }
        }
    }

    /// Whether a container ends here; takes its end.
    fn ends(&mut self, end: u8) -> Result<bool, ReadError> {
        while self.peek()? == b'N' {
            self.at = self.at.saturating_add(1);
        }
        let ends = self.peek()? == end;
        if ends {
            self.at = self.at.saturating_add(1);
        }
        Ok(ends)
    }

    /// What a container says of its values: their type and their count.
    fn shape(&mut self) -> Result<(Option<u8>, Option<u64>), ReadError> {
        let mut kind = None;
        if self.peek()? == b'$' {
            self.at = self.at.saturating_add(1);
            kind = Some(self.byte()?);
            if self.peek()? != b'#' {
                return Err(ReadError::malformed("a UBJSON container with a type and without a count", self.at));
            }
        }
        if self.peek()? != b'#' {
            return Ok((None, None));
        }
        self.at = self.at.saturating_add(1);
        Ok((kind, Some(self.length()?)))
    }

    fn length(&mut self) -> Result<u64, ReadError> {
        let at = self.at;
        let kind = self.byte()?;
        if !matches!(kind, b'i' | b'U' | b'I' | b'l' | b'L') {
            return Err(ReadError::malformed("a UBJSON length that is no whole number", at));
        }
        u64::try_from(self.number(kind)?).map_err(|_| ReadError::malformed("a UBJSON length below 0", at))
    }

    fn number(&mut self, kind: u8) -> Result<i128, ReadError> {
        let mut bytes = [0u8; 8];
        let count = usize::try_from(size(kind).unwrap_or(0)).unwrap_or(0);
        for byte in bytes.iter_mut().take(count) {
            *byte = self.byte()?;
        }
        let [a, b, c, d, ..] = bytes;
        Ok(match kind {
            b'i' => i128::from(i8::from_be_bytes([a])),
            b'U' => i128::from(a),
            b'I' => i128::from(i16::from_be_bytes([a, b])),
            b'l' => i128::from(i32::from_be_bytes([a, b, c, d])),
            _ => i128::from(i64::from_be_bytes(bytes)),
        })
    }

    /// A length and the text behind it.
    fn text(&mut self) -> Result<String, ReadError> {
        let length = self.length()?;
        let bytes = self.source.bytes_at(self.at, length.min(TEXT))?;
        self.skip(length)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn skip(&mut self, bytes: u64) -> Result<(), ReadError> {
        if bytes > self.source.size().saturating_sub(self.at) {
            return Err(ReadError::truncated("the end of a UBJSON value", self.at));
        }
        self.at = self.at.saturating_add(bytes);
        Ok(())
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

        fn number(&mut self, path: &[Part], number: i128) {
            self.0.push(format!("{}={number}", document::written(path)));
        }

        fn close(&mut self, path: &[Part], _: u64) {
            self.0.push(format!("{}}}", document::written(path)));
        }
    }

    fn seen(bytes: &[u8]) -> (Vec<String>, Option<ReadError>) {
        let mut seen = Seen::default();
        let error = read(&Source::memory(bytes.to_vec()), 10_000, &mut seen).err();
        (seen.0, error)
    }

    #[test]
    fn values_are_handed_over_with_their_paths() {
        let bytes = b"{i\x01a[$l#i\x02\0\0\0\x01\0\0\0\x02i\x01b{i\x01cSi\x02hiN}i\x01d[i\x05U\xffSi\x01x]i\x01e{$i#i\x01i\x01k\x07}";
        let (seen, error) = seen(bytes);
        assert!(error.is_none(), "{error:?}");
        assert_eq!(seen, ["b.c=hi", "b}", "d[0]=5", "d[1]=255", "d[2]=x", "e.k=7", "e}", "}"]);
    }

    #[test]
    fn hostile_lengths_and_depth_are_refused() {
        for bytes in [
            &b"{i\x01a[$l#L\x7f\xff\xff\xff\xff\xff\xff\xff"[..],
            b"{i\x01aSL\x7f\xff\xff\xff\xff\xff\xff\xff",
            b"{i\xffa",
            b"[$i",
            b"[#i\x02",
            b"{",
            b"",
            b"[?]",
        ] {
            assert!(seen(bytes).1.is_some(), "{bytes:?}");
        }
        assert!(matches!(seen(&b"[".repeat(100_000)).1, Some(ReadError::Limit(Exhausted("depth")))));
        // Values without bytes cost nothing but their count: nothing is paid for them in memory or time.
        assert!(seen(b"[$Z#L\x7f\xff\xff\xff\xff\xff\xff\xff").1.is_none());
        assert!(seen(b"{$Z#L\x7f\xff\xff\xff\xff\xff\xff\xff").1.is_some());
    }
}
