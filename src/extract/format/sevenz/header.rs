//! The start header of a 7z and what its encoded header would cost to decode, checked before the library allocates for it.

use crate::extract::format::dictionary::Permit;
use crate::extract::reader::{End, Reader};
use crate::extract::source::Source;
use crate::extract::walk::ReadError;
use crate::limits::{Exhausted, Limits};

/// Bytes of a header, decoded. The library makes records of up to some 300 bytes for each byte that a header claims to describe
/// files and folders with, so this bounds it to about 150 MiB; 5,000 files with names of 50 letters fit.
const LARGEST: u64 = 512 << 10;
/// AES-256 with SHA-256.
const AES: [u8; 4] = [0x06, 0xf1, 0x07, 0x01];

/// Where the header is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Start {
    /// Offset from the signature.
    pub at: u64,
    /// Bytes of it.
    pub size: u64,
}

impl Start {
    /// Reads the signature header.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, ReadError> {
        let mut reader = Reader::new(bytes);
        reader.take(8)?;
        let expected = reader.le_u32()?;
        let fields = reader.take(20)?;
        // A zero checksum over zeros is an archive that was never finished; tools guess its header, which is no reading to pass.
        if crc32fast::hash(fields) != expected {
            return Err(ReadError::malformed("the start header's checksum is wrong", 8));
        }
        let mut reader = Reader::new(fields);
        let (offset, size) = (reader.le_u64()?, reader.le_u64()?);
        let at =
            offset.checked_add(super::START).ok_or_else(|| ReadError::malformed("a header offset too large", 12))?;
        Ok(Self { at, size })
    }
}

/// Checks that the header is there and what decoding it would cost. Gives the ranges of its packed streams, and the permit that
/// must be held while it is decoded.
pub(super) fn check(source: &Source, start: &Start, limits: &Limits) -> Result<(Vec<(u64, u64)>, Permit), ReadError> {
    if start.at.checked_add(start.size).is_none_or(|end| end > source.size()) {
        return Err(ReadError::truncated("the header, which stands at the end", source.size()));
    }
    if start.size > LARGEST {
        return Err(Exhausted("header").into());
    }
    let bytes = source.bytes_at(start.at, start.size)?;
    let mut reader = Reader::new(&bytes);
    if reader.u8()? != 0x17 {
        return Ok((Vec::new(), Permit::take(0, 0)?));
    }
    let streams = Streams::read(&mut reader)?;
    if streams.encrypted {
        return Err(ReadError::Encrypted { what: "encrypted header".to_owned(), offset: Some(start.at) });
    }
    if streams.unpacked > LARGEST {
        return Err(Exhausted("header").into());
    }
    let permit = Permit::take(streams.dictionary, limits.dictionary)?;
    Ok((streams.packed, permit))
}

/// What an encoded header's streams are (7zFormat.txt, "Streams Info"); one folder, as all writers make it.
struct Streams {
    packed: Vec<(u64, u64)>,
    encrypted: bool,
    dictionary: u64,
    unpacked: u64,
}

impl Streams {
    fn read(reader: &mut Reader<'_>) -> Result<Self, ReadError> {
        let odd = |what: &str| ReadError::unsupported(format!("an encoded header with {what}"), None);
        let mut streams = Self { packed: Vec::new(), encrypted: false, dictionary: 0, unpacked: 0 };
        let mut id = reader.u8()?;
        if id == 0x06 {
            let mut at = number(reader)?.saturating_add(super::START);
            let count = number(reader)?;
            id = reader.u8()?;
            if id == 0x09 {
                for _ in 0..count {
                    let end = at.saturating_add(number(reader)?);
                    streams.packed.push((at, end));
                    at = end;
                }
                id = reader.u8()?;
            }
            if id == 0x0a {
                if reader.u8()? != 1 {
                    return Err(odd("checksums of some streams"));
                }
                reader.take(usize::try_from(count.saturating_mul(4)).unwrap_or(usize::MAX))?;
                id = reader.u8()?;
            }
            if id != 0 {
                return Err(odd("unknown pack info"));
            }
            id = reader.u8()?;
        }
        if id != 0x07 || reader.u8()? != 0x0b || number(reader)? != 1 || reader.u8()? != 0 {
            return Err(odd("no folder or more than one"));
        }
        streams.folder(reader)?;
        Ok(streams)
    }

    fn folder(&mut self, reader: &mut Reader<'_>) -> Result<(), ReadError> {
        let coders = number(reader)?;
        let (mut inputs, mut outputs) = (0u64, 0u64);
        for _ in 0..coders {
            let flags = reader.u8()?;
            let id = reader.take(usize::from(flags & 0x0f))?;
            let (input, output) = if flags & 0x10 == 0 { (1, 1) } else { (number(reader)?, number(reader)?) };
            (inputs, outputs) = (inputs.saturating_add(input), outputs.saturating_add(output));
            let size = if flags & 0x20 == 0 { 0 } else { number(reader)? };
            let properties = reader.take(usize::try_from(size).unwrap_or(usize::MAX))?;
            self.encrypted |= id == AES;
            self.dictionary = self.dictionary.saturating_add(dictionary(id, properties));
        }
        let pairs = outputs.saturating_sub(1);
        for _ in 0..pairs.saturating_mul(2) {
            number(reader)?;
        }
        let packed = inputs.saturating_sub(pairs);
        for _ in 0..if packed > 1 { packed } else { 0 } {
            number(reader)?;
        }
        if reader.u8()? != 0x0c {
            return Err(ReadError::unsupported("an encoded header without sizes", None));
        }
        for _ in 0..outputs {
            self.unpacked = self.unpacked.max(number(reader)?);
        }
        Ok(())
    }
}

/// A number of 7z: as many ones in front as bytes follow (7zFormat.txt, "REAL_UINT64").
fn number(reader: &mut Reader<'_>) -> Result<u64, End> {
    let first = reader.u8()?;
    let following = first.leading_ones();
    let mut value = 0u64;
    for shift in (0..following).map(|nth| nth.saturating_mul(8)) {
        value |= u64::from(reader.u8()?).checked_shl(shift).unwrap_or(0);
    }
    let high = u64::from(first) & 0x7fu64.checked_shr(following).unwrap_or(0);
    Ok(value | high.checked_shl(following.saturating_mul(8)).unwrap_or(0))
}

/// Bytes of dictionary or model that a method's properties ask for.
pub(super) fn dictionary(id: &[u8], properties: &[u8]) -> u64 {
    let four = properties.get(1..5).and_then(|four| <[u8; 4]>::try_from(four).ok());
    match id {
        // LZMA, PPMd: size in bytes 1 to 4.
        [0x03, 0x01, 0x01] | [0x03, 0x04, 0x01] => four.map_or(0, |four| u64::from(u32::from_le_bytes(four))),
        // LZMA2: two bits of mantissa, the rest exponent (xz file format, "LZMA2").
        [0x21] => {
            let bits = properties.first().copied().unwrap_or(0).min(40);
            let mantissa = u64::from(2 | (bits & 1));
            mantissa.checked_shl(u32::from(bits >> 1).saturating_add(11)).unwrap_or(u64::MAX)
        }
        // BZip2 blocks, BCJ2 and the filters keep little.
        _ => 1 << 20,
    }
}

/// A method's number in hexadecimal.
pub(super) fn hex(id: &[u8]) -> String {
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}
