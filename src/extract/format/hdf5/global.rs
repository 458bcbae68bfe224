//! The global heap (HDF5 File Format Specification 3.0, III.E): where values of variable length lie. Collections are read once.

use crate::extract::format::hdf5::file::File;
use crate::extract::reader::Reader;
use crate::extract::walk::ReadError;
use std::collections::HashMap;

/// Where each object of a collection lies: its address and size.
type Collection = HashMap<u16, (u64, u64)>;

/// The collections that were asked for.
#[derive(Default)]
pub(super) struct Global(HashMap<u64, Collection>);

impl Global {
    /// The object of a collection.
    pub(super) fn object(&mut self, file: &File<'_>, address: u64, index: u32) -> Result<Vec<u8>, ReadError> {
        let collection = match self.0.entry(address) {
            std::collections::hash_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::hash_map::Entry::Vacant(fresh) => fresh.insert(collection(file, address)?),
        };
        let found = u16::try_from(index).ok().and_then(|index| collection.get(&index)).copied();
        let (at, size) = found
            .ok_or_else(|| ReadError::malformed("no such object in a global heap", file.base.checked_add(address)))?;
        file.block(at, size, "an object in a global heap")
    }
}

fn collection(file: &File<'_>, address: u64) -> Result<Collection, ReadError> {
    let head = file.widths(0, 1).saturating_add(8);
    let bytes = file.signed(b"GCOL", address, head, "a global heap")?;
    let mut reader = Reader::new(&bytes);
    reader.take(4)?;
    let size = file.size(&mut reader)?;
    let mut collection = Collection::new();
    let object = file.widths(0, 1).saturating_add(8);
    let mut at = head;
    // The headers alone are read here: an object may be large.
    while at.saturating_add(object) <= size {
        file.step()?;
        let start = address.saturating_add(at);
        let bytes = file.block(start, object, "an object in a global heap")?;
        let mut reader = Reader::new(&bytes);
        let index = reader.le_u16()?;
        reader.take(6)?;
        let length = file.size(&mut reader)?;
        if index == 0 {
            break; // the free space is the last
        }
        collection.entry(index).or_insert((start.saturating_add(object), length));
        at = at.saturating_add(object).saturating_add(length.div_ceil(8).saturating_mul(8));
    }
    Ok(collection)
}
