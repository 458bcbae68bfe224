//! Header messages (HDF5 File Format Specification 3.0, IV.A.2): links, attributes, types, layouts, filters, external files. Only what
//! rules need is taken from each.

use crate::extract::format::hdf5::chunk::{self, Chunks};
use crate::extract::format::hdf5::file::{File, number, text};
use crate::extract::format::hdf5::group::{Link, Target};
use crate::extract::reader::Reader;
use crate::extract::walk::ReadError;

/// A link message (IV.A.2.g).
pub(super) fn link(file: &File<'_>, data: &[u8]) -> Result<Link, ReadError> {
    let mut reader = Reader::new(data);
    let version = reader.u8()?;
    if version != 1 {
        return Err(ReadError::unsupported(format!("version {version} of a link"), None));
    }
    let flags = reader.u8()?;
    let kind = if flags & 8 != 0 { reader.u8()? } else { 0 };
    reader.take(if flags & 4 != 0 { 8 } else { 0 })?;
    reader.take(if flags & 16 != 0 { 1 } else { 0 })?;
    let length = number(&mut reader, 1usize << (flags & 3))?;
    let name = reader.take(usize::try_from(length).unwrap_or(usize::MAX))?.to_vec();
    let target = match kind {
        0 => {
            let address = file.address(&mut reader)?;
            Target::Hard(address.ok_or_else(|| ReadError::malformed("a hard link without an object", None))?, None)
        }
        1 => {
            let length = usize::from(reader.le_u16()?);
            Target::Soft(reader.take(length)?.to_vec())
        }
        64 => {
            let length = usize::from(reader.le_u16()?);
            let value = reader.take(length)?.get(1..).unwrap_or_default();
            let mut parts = value.split(|byte| *byte == 0);
            Target::External(parts.next().unwrap_or_default().to_vec(), parts.next().unwrap_or_default().to_vec())
        }
        other => Target::User(other),
    };
    Ok(Link { name, target })
}

/// Where the dense storage of a link info (IV.A.2.c) or attribute info message (IV.A.2.v) lies: the heap and the B-tree by name.
pub(super) fn dense(file: &File<'_>, data: &[u8], order: usize) -> Result<Option<(u64, u64)>, ReadError> {
    let mut reader = Reader::new(data);
    let version = reader.u8()?;
    if version != 0 {
        return Err(ReadError::unsupported(format!("version {version} of dense storage"), None));
    }
    let flags = reader.u8()?;
    reader.take(if flags & 1 != 0 { order } else { 0 })?;
    Ok(file.address(&mut reader)?.zip(file.address(&mut reader)?))
}

/// An element's type (IV.A.2.d).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Type {
    /// Its class by number.
    pub class: u8,
    /// Bytes of an element.
    pub size: u64,
    /// Whether it is of variable length and a string.
    pub text: bool,
    /// Whether it is of variable length, and its elements are bytes that no reader changes.
    pub bytes: bool,
}

impl Type {
    /// The class by the specification's name.
    pub(super) fn name(&self) -> String {
        let name = match self.class {
            0 => "integer",
            1 => "float",
            2 => "time",
            3 => "string",
            4 => "bitfield",
            5 => "opaque",
            6 => "compound",
            7 => "reference",
            8 => "enum",
            9 => return if self.text { "vlen-string".to_owned() } else { "vlen".to_owned() },
            10 => "array",
            11 => "complex",
            _ => "unknown",
        };
        format!("{name}{}", self.size.saturating_mul(8))
    }
}

/// A datatype message.
pub(super) fn datatype(data: &[u8]) -> Result<Type, ReadError> {
    let mut reader = Reader::new(data);
    let class = reader.u8()? & 0x0f;
    let bits = reader.u8()?;
    reader.take(2)?;
    let size = u64::from(reader.le_u32()?);
    // What the elements are follows: an integer of one byte, of which every bit counts (IV.A.2.d, "Class specific information for fixed-point
    // numbers").
    let base = reader.rest();
    let byte = matches!(base, [0x10..=0x3f, ..]) && base.first().is_some_and(|first| first & 0x0f == 0);
    let whole = base.get(4..12) == Some(&[1, 0, 0, 0, 0, 0, 8, 0]);
    Ok(Type { class, size, text: class == 9 && bits & 0x0f == 1, bytes: class == 9 && byte && whole })
}

/// A dataspace message (IV.A.2.b): the lengths; `None` for no elements at all.
pub(super) fn dataspace(file: &File<'_>, data: &[u8]) -> Result<Option<Vec<u64>>, ReadError> {
    let mut reader = Reader::new(data);
    let version = reader.u8()?;
    let rank = reader.u8()?;
    reader.u8()?;
    match version {
        1 => drop(reader.take(5)?),
        2 if reader.u8()? == 2 => return Ok(None),
        2 => {}
        other => return Err(ReadError::unsupported(format!("version {other} of a dataspace"), None)),
    }
    let mut lengths = Vec::new();
    for _ in 0..rank {
        lengths.push(file.size(&mut reader)?);
    }
    Ok(Some(lengths))
}

/// An attribute (IV.A.2.m).
#[derive(Debug)]
pub(super) struct Attribute<'a> {
    /// Its name.
    pub name: Vec<u8>,
    /// Its elements' type.
    pub kind: Type,
    /// How many elements.
    pub count: u64,
    /// Its value.
    pub data: &'a [u8],
}

/// An attribute message.
pub(super) fn attribute<'a>(file: &File<'_>, data: &'a [u8]) -> Result<Attribute<'a>, ReadError> {
    let mut reader = Reader::new(data);
    let version = reader.u8()?;
    let flags = reader.u8()?;
    let sizes = [reader.le_u16()?, reader.le_u16()?, reader.le_u16()?].map(usize::from);
    match version {
        1 | 2 => {}
        3 => drop(reader.u8()?),
        other => return Err(ReadError::unsupported(format!("version {other} of an attribute"), None)),
    }
    if version > 1 && flags & 3 != 0 {
        return Err(ReadError::unsupported("an attribute of a committed type", None));
    }
    let mut part = |size: usize| {
        let padded = if version == 1 { size.div_ceil(8).saturating_mul(8) } else { size };
        reader.take(padded).map(|bytes| bytes.get(..size).unwrap_or_default())
    };
    let [name, kind, space] = sizes;
    let name = text(part(name)?).to_vec();
    let kind = datatype(part(kind)?)?;
    let lengths = dataspace(file, part(space)?)?;
    let count = lengths.map_or(0, |lengths| lengths.iter().fold(1u64, |all, one| all.saturating_mul(*one)));
    Ok(Attribute { name, kind, count, data: reader.rest() })
}

/// Where a dataset's data lies (IV.A.2.i).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Layout {
    /// Nowhere.
    Nothing,
    /// In the header.
    Compact(Vec<u8>),
    /// In chunks of this file.
    Chunked(Chunks),
    /// In one piece of this file: address, and size where it is said.
    Contiguous(u64, Option<u64>),
    /// In other datasets, whose list is in the global heap: address and index.
    Virtual(Option<(u64, u32)>),
}

/// A data layout message.
pub(super) fn layout(file: &File<'_>, data: &[u8]) -> Result<Layout, ReadError> {
    let mut reader = Reader::new(data);
    let version = reader.u8()?;
    if matches!(version, 1 | 2) {
        return old_layout(file, &mut reader);
    }
    let class = reader.u8()?;
    match (version, class) {
        (3..=5, 1) => {
            let address = file.address(&mut reader)?;
            let size = file.size(&mut reader)?;
            Ok(address.map_or(Layout::Nothing, |address| Layout::Contiguous(address, Some(size))))
        }
        (3..=5, 0) => {
            let size = usize::from(reader.le_u16()?);
            Ok(Layout::Compact(reader.take(size)?.to_vec()))
        }
        (3..=5, 2) => Ok(chunk::chunks(file, version, &mut reader)?.map_or(Layout::Nothing, Layout::Chunked)),
        (4 | 5, 3) => {
            let address = file.address(&mut reader)?;
            let index = reader.le_u32()?;
            Ok(Layout::Virtual(address.map(|address| (address, index))))
        }
        _ => Err(ReadError::unsupported(format!("class {class} in version {version} of a data layout"), None)),
    }
}

/// Versions 1 and 2 of a data layout message: dimensions, class, and five bytes for later; how long a contiguous piece is, the dataset's
/// type and shape say.
fn old_layout(file: &File<'_>, reader: &mut Reader<'_>) -> Result<Layout, ReadError> {
    let rank = usize::from(reader.u8()?);
    let class = reader.u8()?;
    reader.take(5)?;
    match class {
        0 => {
            reader.take(rank.saturating_mul(4))?;
            let size = usize::try_from(reader.le_u32()?).unwrap_or(usize::MAX);
            Ok(Layout::Compact(reader.take(size)?.to_vec()))
        }
        1 => Ok(file.address(reader)?.map_or(Layout::Nothing, |address| Layout::Contiguous(address, None))),
        2 => match file.address(reader)? {
            Some(tree) => Ok(Layout::Chunked(chunk::old(tree, rank, reader)?)),
            None => Ok(Layout::Nothing),
        },
        _ => Err(ReadError::unsupported(format!("class {class} in an old data layout"), None)),
    }
}

/// The filters of a dataset (IV.A.2.l): number and name.
pub(super) fn filters(data: &[u8]) -> Result<Vec<(u16, Vec<u8>)>, ReadError> {
    let mut reader = Reader::new(data);
    let version = reader.u8()?;
    let count = reader.u8()?;
    reader.take(if version == 1 { 6 } else { 0 })?;
    let mut filters = Vec::new();
    for _ in 0..count {
        let id = reader.le_u16()?;
        let length = if version == 1 || id >= 256 { usize::from(reader.le_u16()?) } else { 0 };
        reader.le_u16()?;
        let values = usize::from(reader.le_u16()?);
        let padded = if version == 1 { length.div_ceil(8).saturating_mul(8) } else { length };
        let name = text(reader.take(padded)?).to_vec();
        reader.take(values.saturating_mul(4))?;
        // Version 1 fills up to eight bytes.
        reader.take(if version == 1 && values % 2 == 1 { 4 } else { 0 })?;
        filters.push((id, name));
    }
    Ok(filters)
}

/// The external files of a dataset (IV.A.2.h): the address of the heap with their names, and where in it each name is.
pub(super) fn external(file: &File<'_>, data: &[u8]) -> Result<(Option<u64>, Vec<u64>), ReadError> {
    let mut reader = Reader::new(data);
    reader.take(4)?;
    reader.le_u16()?;
    let used = reader.le_u16()?;
    let heap = file.address(&mut reader)?;
    let mut names = Vec::new();
    for _ in 0..used {
        names.push(file.size(&mut reader)?);
        file.size(&mut reader)?;
        file.size(&mut reader)?;
    }
    Ok((heap, names))
}
