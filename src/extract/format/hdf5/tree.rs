//! Version 2 B-trees (HDF5 File Format Specification 3.0, III.A.2): of dense links and attributes every record, of a dataset's chunks the first.
//! What a record says is its reader's.

use crate::extract::format::hdf5::file::{File, number};
use crate::extract::reader::Reader;
use crate::extract::walk::ReadError;
use std::collections::HashSet;

/// The deepest tree: with the smallest nodes more records than 64 bits can count.
const DEPTH: u16 = 64;
/// Bytes of a node in front of its records: signature, version, type.
const NODE: u64 = 6;

/// A record.
pub(super) struct Record {
    /// Its type (III.A.2).
    pub kind: u8,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

struct Node {
    address: u64,
    depth: u16,
    count: u64,
}

/// Bytes that hold numbers up to `most` (H5VMprivate.h, `H5VM_limit_enc_size`).
pub(super) fn width_of(most: u64) -> usize {
    usize::try_from(most.checked_ilog2().unwrap_or(0)).unwrap_or(0).checked_div(8).unwrap_or(0).saturating_add(1)
}

/// A tree's header, and what follows from it.
struct Tree {
    at: u64,
    kind: u8,
    node_size: u64,
    record_size: u64,
    root: Option<Node>,
    total: u64,
    /// Bytes of a child's count of records.
    width: usize,
    /// Bytes of the count of all records below a child, by the depth of the node that names it.
    totals: Vec<usize>,
}

impl Tree {
    fn read(file: &File<'_>, address: u64) -> Result<Self, ReadError> {
        let bytes = file.signed(b"BTHD", address, file.widths(1, 1).saturating_add(22), "a version 2 B-tree")?;
        let mut reader = Reader::new(&bytes);
        reader.take(1)?;
        let kind = reader.u8()?;
        let node_size = u64::from(reader.le_u32()?);
        let record_size = u64::from(reader.le_u16()?);
        let depth = reader.le_u16()?;
        reader.take(2)?;
        let root = file.address(&mut reader)?;
        let count = u64::from(reader.le_u16()?);
        let total = file.size(&mut reader)?;
        let root = root.map(|address| Node { address, depth, count });
        let mut tree = Self { at: address, kind, node_size, record_size, root, total, width: 0, totals: vec![0] };
        if tree.root.is_none() {
            return Ok(tree);
        }
        // How many records a node of each depth holds, and all nodes below it (H5B2hdr.c, `H5B2__hdr_init`). Each node has 10 bytes
        // of its own: signature, version, type, checksum.
        let room = node_size.saturating_sub(10);
        let most_leaf = room.checked_div(record_size).unwrap_or(0);
        let width = width_of(most_leaf);
        let (mut most, mut below) = (most_leaf, most_leaf);
        for level in 1..=depth.min(DEPTH) {
            let total_width = if level > 1 { width_of(below) } else { 0 };
            let counts = u64::try_from(width.saturating_add(total_width)).unwrap_or(16);
            let pointer = file.widths(1, 0).saturating_add(counts);
            most = room.saturating_sub(pointer).checked_div(record_size.saturating_add(pointer)).unwrap_or(0);
            below = most.saturating_add(1).saturating_mul(below).saturating_add(most);
            tree.totals.push(total_width);
        }
        if record_size == 0 || most == 0 || depth > DEPTH {
            return Err(ReadError::malformed(
                "a version 2 B-tree without room for records",
                file.base.checked_add(address),
            ));
        }
        tree.width = width;
        Ok(tree)
    }

    /// The bytes of a node.
    fn node(&self, file: &File<'_>, node: &Node) -> Result<Vec<u8>, ReadError> {
        file.step()?;
        let bytes = file.block(node.address, self.node_size, "a B-tree node")?;
        if !bytes.starts_with(if node.depth == 0 { b"BTLF" } else { b"BTIN" }) {
            return Err(ReadError::malformed("no B-tree node where one is named", file.base.checked_add(node.address)));
        }
        Ok(bytes)
    }

    /// The next child of a node of that depth.
    fn child(&self, file: &File<'_>, depth: u16, reader: &mut Reader<'_>) -> Result<Node, ReadError> {
        let address = file.address(reader)?;
        let count = number(reader, self.width)?;
        reader.take(self.totals.get(usize::from(depth)).copied().unwrap_or(0))?;
        let address = address.ok_or_else(|| ReadError::malformed("a B-tree node without a child", None))?;
        Ok(Node { address, depth: depth.saturating_sub(1), count })
    }

    fn record(&self, reader: &mut Reader<'_>) -> Result<Record, ReadError> {
        let bytes = reader.take(usize::try_from(self.record_size).unwrap_or(usize::MAX))?.to_vec();
        Ok(Record { kind: self.kind, bytes })
    }
}

/// All records of the tree at `address`.
pub(super) fn records(file: &File<'_>, address: u64) -> Result<Vec<Record>, ReadError> {
    let mut tree = Tree::read(file, address)?;
    let mut records = Vec::new();
    let mut seen = HashSet::new();
    let Some(root) = tree.root.take() else { return Ok(records) };
    let mut open = vec![root];
    while let Some(node) = open.pop() {
        if !seen.insert(node.address) {
            return Err(ReadError::malformed(
                "a B-tree that leads back to itself",
                file.base.checked_add(node.address),
            ));
        }
        let bytes = tree.node(file, &node)?;
        let mut reader = Reader::new(&bytes);
        reader.take(usize::try_from(NODE).unwrap_or(0))?;
        for _ in 0..node.count {
            file.step()?;
            records.push(tree.record(&mut reader)?);
        }
        if node.depth > 0 {
            for _ in 0..=node.count {
                open.push(tree.child(file, node.depth, &mut reader)?);
            }
        }
    }
    if u64::try_from(records.len()) != Ok(tree.total) {
        return Err(ReadError::malformed(
            "a B-tree with another number of records than it states",
            file.base.checked_add(tree.at),
        ));
    }
    Ok(records)
}

/// The first record, and nothing of the others: a dataset may have millions of chunks.
pub(super) fn first(file: &File<'_>, address: u64) -> Result<Option<Record>, ReadError> {
    let mut tree = Tree::read(file, address)?;
    let Some(mut node) = tree.root.take() else { return Ok(None) };
    // Each step goes one level down, so that it ends also where a node leads back to itself.
    loop {
        let bytes = tree.node(file, &node)?;
        let mut reader = Reader::new(&bytes);
        reader.take(usize::try_from(NODE).unwrap_or(0))?;
        if node.depth == 0 {
            return if node.count == 0 { Ok(None) } else { tree.record(&mut reader).map(Some) };
        }
        let records = node.count.saturating_mul(tree.record_size);
        reader.take(usize::try_from(records).unwrap_or(usize::MAX))?;
        node = tree.child(file, node.depth, &mut reader)?;
    }
}
