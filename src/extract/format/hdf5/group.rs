//! Groups of the older kind (HDF5 File Format Specification 3.0, III.A.1, III.B, III.C, III.D): a B-tree of symbol table nodes, and
//! a local heap that holds their names.

use crate::extract::format::hdf5::file::{File, text};
use crate::extract::format::hdf5::superblock;
use crate::extract::reader::Reader;
use crate::extract::walk::ReadError;
use std::collections::HashSet;

/// Where a link of a group leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    /// To the object header at this address, and to the B-tree and heap that the entry repeats.
    Hard(u64, Option<(u64, u64)>),
    /// To a path in this file.
    Soft(Vec<u8>),
    /// To a path in another file: the file and the path.
    External(Vec<u8>, Vec<u8>),
    /// To something that only a program's own function can follow: the link's type.
    User(u8),
}

/// One link of a group.
#[derive(Debug, Clone)]
pub(super) struct Link {
    /// Its name.
    pub name: Vec<u8>,
    /// Where it leads.
    pub target: Target,
}

/// The data segment of the local heap at `address`.
pub(super) fn heap(file: &File<'_>, address: u64) -> Result<Vec<u8>, ReadError> {
    let size = file.widths(1, 2).saturating_add(8);
    let bytes = file.signed(b"HEAP", address, size, "a local heap")?;
    let mut reader = Reader::new(&bytes);
    reader.take(4)?;
    let size = file.size(&mut reader)?;
    file.size(&mut reader)?;
    match file.address(&mut reader)? {
        Some(segment) => file.block(segment, size, "the names of a local heap"),
        None => Ok(Vec::new()),
    }
}

/// The text at `at` of a heap.
pub(super) fn name(heap: &[u8], at: u64) -> Result<Vec<u8>, ReadError> {
    let from = usize::try_from(at).ok().and_then(|at| heap.get(at..));
    from.map(|bytes| text(bytes).to_vec()).ok_or_else(|| ReadError::malformed("a name outside of its local heap", None))
}

/// Hands over every link of the group whose B-tree and local heap lie there, one by one: a group may have millions.
pub(super) fn links(
    file: &File<'_>,
    tree: u64,
    heap_at: u64,
    take: &mut dyn FnMut(Link) -> Result<(), ReadError>,
) -> Result<(), ReadError> {
    nodes(file, tree, &heap(file, heap_at)?, take)
}

fn nodes(
    file: &File<'_>,
    tree: u64,
    heap: &[u8],
    take: &mut dyn FnMut(Link) -> Result<(), ReadError>,
) -> Result<(), ReadError> {
    let mut seen = HashSet::new();
    let mut open = vec![tree];
    while let Some(at) = open.pop() {
        if !seen.insert(at) {
            return Err(ReadError::malformed("a B-tree that leads back to itself", file.base.checked_add(at)));
        }
        let head = file.widths(2, 0).saturating_add(8);
        let bytes = file.signed(b"TREE", at, head, "a B-tree node")?;
        let mut reader = Reader::new(&bytes);
        let kind = reader.u8()?;
        let level = reader.u8()?;
        let entries = u64::from(reader.le_u16()?);
        if kind != 0 {
            return Err(ReadError::malformed("a group's B-tree of another kind", file.base.checked_add(at)));
        }
        let bytes = file.block(at.saturating_add(head), file.widths(entries, entries), "a B-tree node")?;
        let mut reader = Reader::new(&bytes);
        let mut children = Vec::new();
        for _ in 0..entries {
            file.step()?;
            file.size(&mut reader)?;
            children.extend(file.address(&mut reader)?);
        }
        if level == 0 {
            for child in children {
                symbols(file, child, heap, take)?;
            }
        } else {
            open.extend(children.into_iter().rev());
        }
    }
    Ok(())
}

fn symbols(
    file: &File<'_>,
    at: u64,
    heap: &[u8],
    take: &mut dyn FnMut(Link) -> Result<(), ReadError>,
) -> Result<(), ReadError> {
    let bytes = file.signed(b"SNOD", at, 8, "a symbol table node")?;
    let mut reader = Reader::new(&bytes);
    reader.take(2)?;
    let count = u64::from(reader.le_u16()?);
    let size = file.widths(2, 0).saturating_add(24).saturating_mul(count);
    let bytes = file.block(at.saturating_add(8), size, "a symbol table node")?;
    let mut reader = Reader::new(&bytes);
    for _ in 0..count {
        file.step()?;
        let name_at = file.address(&mut reader)?.unwrap_or(u64::MAX);
        let header = file.address(&mut reader)?;
        let mut peek = Reader::new(reader.rest());
        let kind = peek.le_u32()?;
        peek.take(4)?;
        let value = u64::from(peek.le_u32()?);
        let cached = superblock::cached(file, &mut reader)?;
        let target = match (kind, header) {
            (2, _) => Target::Soft(name(heap, value)?),
            (_, Some(header)) => Target::Hard(header, cached),
            (_, None) => {
                return Err(ReadError::malformed("a symbol table entry without an object", file.base.checked_add(at)));
            }
        };
        take(Link { name: name(heap, name_at)?, target })?;
    }
    Ok(())
}
