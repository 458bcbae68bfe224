//! One tar header block, its numbers and its checksum; and pax records. Never reads content.

/// Bytes of a block.
pub(super) const BLOCK: usize = 512;

/// A header block.
#[derive(Clone)]
pub(super) struct Header([u8; BLOCK]);

impl Header {
    /// The header in a block's bytes; `None` when they are fewer, or nothing but zeros: an end block.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        let block = <[u8; BLOCK]>::try_from(bytes).ok()?;
        block.iter().any(|byte| *byte != 0).then_some(Self(block))
    }

    fn field(&self, at: usize, size: usize) -> &[u8] {
        self.0.get(at..).and_then(|rest| rest.get(..size)).unwrap_or_default()
    }

    /// A text field, up to its first NUL.
    fn text(&self, at: usize, size: usize) -> &[u8] {
        until_nul(self.field(at, size))
    }

    /// Whether the checksum is right, summed over unsigned bytes or, as some old programs did, over signed ones.
    pub(super) fn sums(&self) -> bool {
        let Some(expected) = number(self.field(148, 8)) else { return false };
        let bytes = self.0.iter().enumerate().map(|(at, byte)| if (148..156).contains(&at) { b' ' } else { *byte });
        let unsigned = bytes.clone().fold(0u64, |sum, byte| sum.saturating_add(u64::from(byte)));
        let signed = bytes.fold(0i64, |sum, byte| sum.saturating_add(i64::from(byte.cast_signed())));
        expected == unsigned || i64::try_from(expected) == Ok(signed)
    }

    /// Whether it has the magic of ustar or GNU.
    pub(super) fn magic(&self) -> bool {
        self.field(257, 5) == b"ustar"
    }

    /// Whether it is a GNU header: `ustar`, two spaces, NUL.
    pub(super) fn gnu(&self) -> bool {
        self.field(257, 8) == b"ustar  \0"
    }

    /// Whether mode, size, time and checksum are written as octal numbers and a name stands in front.
    pub(super) fn numeric(&self) -> bool {
        let octal = |at, size| {
            let field = self.field(at, size);
            number(field).is_some() && field.iter().any(u8::is_ascii_digit)
        };
        octal(100, 8)
            && octal(124, 12)
            && octal(136, 12)
            && octal(148, 8)
            && self.field(0, 1).iter().all(|byte| *byte > b' ')
    }

    /// The entry's type flag.
    pub(super) fn kind(&self) -> u8 {
        self.field(156, 1).first().copied().unwrap_or(0)
    }

    /// The entry's mode; `None` when it is no number.
    pub(super) fn mode(&self) -> Option<u64> {
        number(self.field(100, 8))
    }

    /// Bytes of content; `None` when it is no number, or negative.
    pub(super) fn size(&self) -> Option<u64> {
        number(self.field(124, 12))
    }

    /// The name, with a ustar header's prefix in front. GNU headers have times where the prefix would be.
    pub(super) fn name(&self) -> Vec<u8> {
        let prefix = if self.magic() && !self.gnu() { self.text(345, 155) } else { &[] };
        let name = self.text(0, 100);
        if prefix.is_empty() { name.to_vec() } else { [prefix, b"/", name].concat() }
    }

    /// The target of a link.
    pub(super) fn link(&self) -> &[u8] {
        self.text(157, 100)
    }

    /// Whether a sparse GNU header goes on in another block (old GNU sparse format, `isextended`).
    pub(super) fn extended(&self) -> bool {
        self.field(482, 1).first().is_some_and(|byte| *byte != 0)
    }

    /// The same in a block that holds nothing but the sparse map (byte 504).
    pub(super) fn more(&self) -> bool {
        self.field(504, 1).first().is_some_and(|byte| *byte != 0)
    }
}

/// A field's number: octal digits between spaces and NULs, or base 256 when the first bit is set (GNU, star).
pub(super) fn number(field: &[u8]) -> Option<u64> {
    if let [first, rest @ ..] = field
        && first & 0x80 != 0
    {
        // 0xff begins a negative number.
        let head = u64::from(first & 0x7f);
        return rest.iter().try_fold(head, |value, byte| value.checked_mul(256)?.checked_add(u64::from(*byte)));
    }
    let digits = until_nul(field).trim_ascii();
    digits.iter().try_fold(0u64, |value, digit| match digit {
        b'0'..=b'7' => value.checked_mul(8)?.checked_add(u64::from(digit & 7)),
        _ => None,
    })
}

/// Bytes in front of the first NUL.
pub(super) fn until_nul(bytes: &[u8]) -> &[u8] {
    bytes.split(|byte| *byte == 0).next().unwrap_or_default()
}

/// Key and value of a pax header.
type Record<'a> = (&'a [u8], &'a [u8]);

/// Key and value pairs of a pax header (`"%d %s=%s\n"`), and whether every record was whole.
pub(super) fn records(mut bytes: &[u8]) -> (Vec<Record<'_>>, bool) {
    let mut records = Vec::new();
    while !bytes.is_empty() && bytes.first() != Some(&0) {
        let Some((record, rest)) = record(bytes) else { return (records, false) };
        records.push(record);
        bytes = rest;
    }
    (records, true)
}

fn record(bytes: &[u8]) -> Option<(Record<'_>, &[u8])> {
    let digits = bytes.iter().take(20).position(|byte| *byte == b' ')?;
    let size = std::str::from_utf8(bytes.get(..digits)?).ok()?.parse::<usize>().ok()?;
    let (record, rest) = bytes.split_at_checked(size)?;
    let pair = record.get(digits.checked_add(1)?..)?.strip_suffix(b"\n")?;
    let equals = pair.iter().position(|byte| *byte == b'=')?;
    Some(((pair.get(..equals)?, pair.get(equals.checked_add(1)?..)?), rest))
}
