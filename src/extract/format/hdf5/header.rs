//! Object headers (HDF5 File Format Specification 3.0, IV.A.1): the messages of one object, with all continuations.

use crate::extract::format::hdf5::file::File;
use crate::extract::reader::Reader;
use crate::extract::walk::ReadError;
use std::collections::HashSet;

/// Continuations of one object header. The library writes one when a header outgrows its place.
const CHUNKS: usize = 4_096;

/// One header message.
#[derive(Debug)]
pub(super) struct Message {
    /// Its type (IV.A.2).
    pub kind: u16,
    /// Its flags; bit 1 says that the message lies elsewhere.
    pub flags: u8,
    /// Its content.
    pub data: Vec<u8>,
    /// First byte of its content in the whole content.
    pub at: u64,
}

/// The layout of messages in one version of headers.
#[derive(Clone, Copy)]
struct Shape {
    second: bool,
    ordered: bool,
}

/// All messages of the object at `address`; what was read before an error is kept.
pub(super) fn messages(file: &File<'_>, address: u64) -> (Vec<Message>, Result<(), ReadError>) {
    let mut messages = Vec::new();
    let outcome = read(file, address, &mut messages);
    (messages, outcome)
}

fn read(file: &File<'_>, address: u64, messages: &mut Vec<Message>) -> Result<(), ReadError> {
    let first = file.block(address, 16, "an object header")?;
    let mut reader = Reader::new(&first);
    let shape;
    let mut chunks = Vec::new();
    if first.starts_with(b"OHDR") {
        reader.take(4)?;
        let version = reader.u8()?;
        if version != 2 {
            return Err(ReadError::unsupported(
                format!("version {version} of an object header"),
                file.base.checked_add(address),
            ));
        }
        let flags = reader.u8()?;
        let times = if flags & 0x20 != 0 { 16u64 } else { 0 };
        let phases = if flags & 0x10 != 0 { 4 } else { 0 };
        let width = 1u64 << (flags & 3);
        let head = 6u64.saturating_add(times).saturating_add(phases);
        let bytes = file.block(address.saturating_add(head), width, "an object header")?;
        let size = super::file::number(&mut Reader::new(&bytes), bytes.len())?;
        shape = Shape { second: true, ordered: flags & 4 != 0 };
        chunks.push((address.saturating_add(head).saturating_add(width), size));
    } else {
        let version = reader.u8()?;
        if version != 1 {
            return Err(ReadError::malformed("no object header where one is named", file.base.checked_add(address)));
        }
        reader.take(7)?;
        let size = u64::from(reader.le_u32()?);
        shape = Shape { second: false, ordered: false };
        chunks.push((address.saturating_add(16), size));
    }
    let mut seen = HashSet::new();
    let mut next = 0usize;
    while let Some((at, size)) = chunks.get(next).copied() {
        next = next.saturating_add(1);
        if next > CHUNKS {
            return Err(ReadError::malformed("an object header in too many pieces", file.base.checked_add(address)));
        }
        if seen.insert(at) {
            chunk(file, at, size, shape, messages, &mut chunks)?;
        }
    }
    Ok(())
}

fn chunk(
    file: &File<'_>,
    at: u64,
    size: u64,
    shape: Shape,
    messages: &mut Vec<Message>,
    chunks: &mut Vec<(u64, u64)>,
) -> Result<(), ReadError> {
    let bytes = file.block(at, size, "an object header's messages")?;
    let mut reader = Reader::new(&bytes);
    let smallest = match shape {
        Shape { second: false, .. } => 8,
        Shape { ordered: false, .. } => 4,
        Shape { ordered: true, .. } => 6,
    };
    while reader.rest().len() >= smallest {
        file.step()?;
        let (kind, length, flags);
        if shape.second {
            kind = u16::from(reader.u8()?);
            length = reader.le_u16()?;
            flags = reader.u8()?;
            if shape.ordered {
                reader.take(2)?;
            }
        } else {
            kind = reader.le_u16()?;
            length = reader.le_u16()?;
            flags = reader.u8()?;
            reader.take(3)?;
        }
        let place = u64::try_from(reader.at()).unwrap_or(0).saturating_add(at).saturating_add(file.base);
        let data = reader.take(usize::from(length))?.to_vec();
        if kind == 0x10 {
            // A continuation: in version 2 the piece has a signature in front and a checksum behind.
            let mut reader = Reader::new(&data);
            if let Some(next) = file.address(&mut reader)? {
                let size = file.size(&mut reader)?;
                if shape.second {
                    file.signed(b"OCHK", next, 4, "a continuation of an object header")?;
                    chunks.push((next.saturating_add(4), size.saturating_sub(8)));
                } else {
                    chunks.push((next, size));
                }
            }
            continue;
        }
        messages.push(Message { kind, flags, data, at: place });
    }
    Ok(())
}
