//! Local file headers, extra fields and data descriptors (APPNOTE.TXT 6.3.10, sections 4.3.7, 4.3.9 and 4.5). Never decodes content.

use crate::extract::format::zip::method;
use crate::extract::reader::{End, Reader};
use crate::extract::source::Source;
use std::collections::HashMap;
use std::io;

/// Signature of a local file header (4.3.7).
pub(super) const LOCAL: &[u8; 4] = b"PK\x03\x04";
/// Signature of a data descriptor (4.3.9.3).
const DESCRIPTOR: &[u8; 4] = b"PK\x07\x08";
/// Bytes of a local file header before the name.
const FIXED: u64 = 30;

/// Encrypted (4.4.4, bit 0).
pub(super) const ENCRYPTED: u16 = 0x1;
/// Checksum and sizes stand behind the data (bit 3).
pub(super) const DESCRIBED: u16 = 0x8;
/// Compressed patched data (bit 5).
pub(super) const PATCHED: u16 = 0x20;
/// Strong encryption (bit 6).
pub(super) const STRONG: u16 = 0x40;
/// Name and comment are UTF-8 (bit 11).
pub(super) const UTF8: u16 = 0x800;
/// Values of the local header are masked (bit 13).
pub(super) const MASKED: u16 = 0x2000;

/// A value that says "look in the zip64 extra field" (4.4.8).
pub(super) const SATURATED: u32 = u32::MAX;

/// What an extra field holds that changes how an entry is read (4.5 and 4.6.9).
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Extra {
    /// The zip64 field's values in order.
    pub zip64: Option<Vec<u64>>,
    /// The name of an Info-ZIP Unicode Path field, whatever its checksum says.
    pub unicode_path: Option<Vec<u8>>,
    /// It has an AES (0x9901) or strong encryption (0x0017) field.
    pub encryption: bool,
    /// A block runs over the end.
    pub broken: bool,
    /// The zip64 field stands twice.
    pub twice: bool,
}

impl Extra {
    /// Reads the blocks of an extra field.
    pub(super) fn read(bytes: &[u8]) -> Self {
        let mut extra = Self::default();
        let mut reader = Reader::new(bytes);
        while reader.rest().len() >= 4 {
            if extra.block(&mut reader).is_err() {
                extra.broken = true;
                return extra;
            }
        }
        // One to three zero bytes behind the last block are padding that many writers leave.
        extra.broken = reader.rest().iter().any(|byte| *byte != 0);
        extra
    }

    fn block(&mut self, reader: &mut Reader<'_>) -> Result<(), End> {
        let id = reader.le_u16()?;
        let size = reader.le_u16()?;
        let mut block = reader.sub(usize::from(size))?;
        match id {
            0x0001 if self.zip64.is_some() => self.twice = true,
            0x0001 => {
                let mut values = Vec::new();
                while let Ok(value) = block.le_u64() {
                    values.push(value);
                }
                self.zip64 = Some(values);
            }
            0x7075 => {
                block.take(5)?;
                self.unicode_path = Some(block.rest().to_vec());
            }
            0x9901 | 0x0017 => self.encryption = true,
            _ => {}
        }
        Ok(())
    }
}

/// A local file header.
#[derive(Debug, Clone)]
pub(super) struct Local {
    /// Offset of its signature.
    pub at: u64,
    /// Lowest version that can read the entry, times ten.
    pub needed: u16,
    /// General purpose flags.
    pub flags: u16,
    /// Compression method.
    pub method: u16,
    /// CRC-32 as it says.
    pub crc: u32,
    /// Compressed size as it says, zip64 resolved.
    pub packed: u64,
    /// Uncompressed size as it says, zip64 resolved.
    pub unpacked: u64,
    /// The name.
    pub name: Vec<u8>,
    /// The extra field.
    pub extra: Extra,
    /// Offset of the first byte of data.
    pub data: u64,
}

impl Local {
    /// The header at `at`; `None` when none stands there or it is cut.
    pub(super) fn read(source: &Source, at: u64) -> io::Result<Option<Self>> {
        let fixed = source.bytes_at(at, FIXED)?;
        if !fixed.starts_with(LOCAL) {
            return Ok(None);
        }
        let Ok((mut header, name, extra)) = Self::fixed(&fixed, at) else { return Ok(None) };
        let behind = at.saturating_add(FIXED);
        let rest = source.bytes_at(behind, u64::from(name).saturating_add(u64::from(extra)))?;
        let mut reader = Reader::new(&rest);
        let (Ok(name), Ok(extra)) = (reader.take(usize::from(name)), reader.take(usize::from(extra))) else {
            return Ok(None);
        };
        header.name = name.to_vec();
        header.extra = Extra::read(extra);
        header.data = behind.saturating_add(u64::try_from(reader.at()).unwrap_or(u64::MAX));
        let mut wide = header.extra.zip64.iter().flatten().copied();
        for value in [&mut header.unpacked, &mut header.packed] {
            if *value == u64::from(SATURATED) {
                *value = wide.next().unwrap_or(*value);
            }
        }
        Ok(Some(header))
    }

    fn fixed(bytes: &[u8], at: u64) -> Result<(Self, u16, u16), End> {
        let mut reader = Reader::new(bytes);
        reader.take(4)?;
        let (needed, flags, method) = (reader.le_u16()?, reader.le_u16()?, reader.le_u16()?);
        reader.take(4)?;
        let (crc, packed, unpacked) = (reader.le_u32()?, reader.le_u32()?, reader.le_u32()?);
        let (name, extra) = (reader.le_u16()?, reader.le_u16()?);
        let (packed, unpacked) = (u64::from(packed), u64::from(unpacked));
        let header = Self {
            at,
            needed,
            flags,
            method,
            crc,
            packed,
            unpacked,
            name: Vec::new(),
            extra: Extra::default(),
            data: at,
        };
        Ok((header, name, extra))
    }

    /// Whether bytes that begin like a local header are likely one: by chance the four bytes stand once in 4 GiB. The
    /// specification is at version 6.3.
    fn likely(&self) -> bool {
        self.needed & 0xff <= 63 && method::known(self.method)
    }

    /// Whether its checksum and sizes stand behind the data, so that those in it may be zero.
    pub(super) fn described(&self) -> bool {
        self.flags & DESCRIBED != 0
    }
}

/// A data descriptor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Descriptor {
    /// CRC-32 as it says.
    pub crc: u32,
    /// Compressed size as it says.
    pub packed: u64,
    /// Uncompressed size as it says.
    pub unpacked: u64,
    /// Bytes that it takes.
    pub size: u64,
}

impl Descriptor {
    /// The descriptor at `at` that says what is `expected` (checksum and sizes), in any of its four forms: with and without
    /// signature, with 32 or 64 bits (4.3.9). When none does, the one with a signature; `None` when that is not there either.
    pub(super) fn read(source: &Source, at: u64, expected: (u32, u64, u64)) -> io::Result<Option<Self>> {
        let bytes = source.bytes_at(at, 24)?;
        let forms = [(true, false), (true, true), (false, false), (false, true)];
        let found: Vec<Self> = forms.iter().filter_map(|(signed, wide)| Self::form(&bytes, *signed, *wide)).collect();
        let fits = |one: &&Self| (one.crc, one.packed, one.unpacked) == expected;
        let signed = bytes.starts_with(DESCRIPTOR);
        Ok(found.iter().find(fits).or_else(|| found.first().filter(|_| signed)).copied())
    }

    fn form(bytes: &[u8], signed: bool, wide: bool) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        if signed && reader.take(4).ok()? != DESCRIPTOR {
            return None;
        }
        let crc = reader.le_u32().ok()?;
        let mut size = || if wide { reader.le_u64() } else { reader.le_u32().map(u64::from) };
        let (packed, unpacked) = (size().ok()?, size().ok()?);
        Some(Self { crc, packed, unpacked, size: u64::try_from(reader.at()).ok()? })
    }

    /// The signed descriptors in `from..to` by the offset at which the stored data before each would begin, so that data of
    /// unknown size finds its end. Looks at no more than `most` of them: what is then not found is incomplete.
    pub(super) fn all(source: &Source, from: u64, to: u64, most: u64) -> io::Result<HashMap<u64, (u64, Self)>> {
        let mut all = HashMap::new();
        let mut scan = Scan::new(source, DESCRIPTOR, from, to);
        for _ in 0..most {
            let Some(at) = scan.next()? else { break };
            let bytes = source.bytes_at(at, 24)?;
            let stored = [false, true].iter().filter_map(|wide| Self::form(&bytes, true, *wide));
            for one in stored.filter(|one| one.packed == one.unpacked) {
                if let Some(data) = at.checked_sub(one.packed).filter(|data| *data >= from) {
                    all.entry(data).or_insert((at, one));
                }
            }
        }
        Ok(all)
    }
}

/// Finds a signature in a range, front to back, in one pass.
pub(super) struct Scan<'a> {
    source: &'a Source,
    needle: &'a [u8; 4],
    at: u64,
    to: u64,
    chunk: Vec<u8>,
    start: u64,
}

impl<'a> Scan<'a> {
    /// A scan over `from..to`.
    pub(super) fn new(source: &'a Source, needle: &'a [u8; 4], from: u64, to: u64) -> Self {
        Self { source, needle, at: from, to, chunk: Vec::new(), start: from }
    }

    /// Where the signature stands next.
    pub(super) fn next(&mut self) -> io::Result<Option<u64>> {
        while self.at < self.to {
            let skip = usize::try_from(self.at.saturating_sub(self.start)).unwrap_or(usize::MAX);
            let rest = self.chunk.get(skip..).unwrap_or_default();
            if let Some(found) = rest.windows(4).position(|window| window == self.needle) {
                let at = self.at.saturating_add(u64::try_from(found).unwrap_or(u64::MAX));
                self.at = at.saturating_add(1);
                return Ok(Some(at));
            }
            // The last three bytes come again, so that a signature on the border is seen.
            let kept = u64::try_from(rest.len()).unwrap_or(0).saturating_sub(3);
            self.at = self.at.saturating_add(kept);
            self.start = self.at;
            self.chunk = self.source.bytes_at(self.at, self.to.saturating_sub(self.at).min(256 << 10))?;
            if self.chunk.len() < 4 {
                self.at = self.to;
            }
        }
        Ok(None)
    }

    /// The next local header that is likely one. Names are read of those alone: bytes that are all signatures cost no more than others.
    pub(super) fn local(&mut self) -> io::Result<Option<Local>> {
        while let Some(at) = self.next()? {
            let skip = usize::try_from(at.saturating_sub(self.start)).unwrap_or(usize::MAX);
            let fixed = usize::try_from(FIXED).unwrap_or(usize::MAX);
            let here = self.chunk.get(skip..skip.saturating_add(fixed)).map(<[u8]>::to_vec);
            let here = here.map_or_else(|| self.source.bytes_at(at, FIXED), Ok)?;
            let Ok((header, name, _)) = Local::fixed(&here, at) else { continue };
            if !header.likely() || name == 0 {
                continue;
            }
            if let Some(local) = Local::read(self.source, at)?.filter(|local| local.data <= self.to) {
                return Ok(Some(local));
            }
        }
        Ok(None)
    }

    /// Goes on at `at`, if that is ahead.
    pub(super) fn skip_to(&mut self, at: u64) {
        self.at = self.at.max(at);
    }
}
