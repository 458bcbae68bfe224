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
    let mut collection = Collection::new();
    for (index, at, size) in objects(file, address)?.into_iter().take_while(|(index, ..)| *index != 0) {
        collection.entry(index).or_insert((at, size));
    }
    Ok(collection)
}

/// Every object of a collection: its number, address and size. Number 0 is free space, which is the last in what the library writes; it
/// goes on behind one that is smaller (HDF5, H5HGcache.c, `H5HG__cache_heap_deserialize`).
pub(super) fn objects(file: &File<'_>, address: u64) -> Result<Vec<(u16, u64, u64)>, ReadError> {
    let head = file.widths(0, 1).saturating_add(8);
    let bytes = file.signed(b"GCOL", address, head, "a global heap")?;
    let mut reader = Reader::new(&bytes);
    reader.take(4)?;
    let size = file.size(&mut reader)?;
    let mut objects = Vec::new();
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
        objects.push((index, start.saturating_add(object), length));
        // The size of free space counts its own header.
        at = at.saturating_add(match index {
            0 => length.max(object),
            _ => object.saturating_add(length.div_ceil(8).saturating_mul(8)),
        });
    }
    Ok(objects)
}
