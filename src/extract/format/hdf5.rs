//! HDF5 (HDF5 File Format Specification 3.0): every object, link and attribute, and where a dataset's data lies. Of the data
//! the beginnings are looked at. Texts in attributes become members: Keras keeps its architecture there.

mod array;
mod chunk;
mod dense;
mod file;
mod global;
mod group;
mod header;
mod message;
mod objects;
mod superblock;
#[cfg(test)]
mod tests;
mod tree;

use crate::extract::format::hdf5::objects::Objects;
use crate::extract::format::note::Notes;
use crate::extract::format::{Claim, Format, Window, remainder};
use crate::extract::source::Source;
use crate::extract::walk::{ReadError, Walk};
use crate::facts::{FormatId, MemberId};

pub(super) use superblock::locate;

/// HDF5.
pub(super) struct Hdf5;

impl Format for Hdf5 {
    fn id(&self) -> FormatId {
        FormatId::Hdf5
    }

    fn about(&self) -> &'static str {
        "HDF5 (Keras .h5): objects, links, attributes, filters, and data that lies in other files"
    }

    fn claims(&self, window: &Window) -> Claim {
        if window.hdf5 { Claim::Certain } else { Claim::No }
    }

    fn read(&self, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let notes = Notes { member, format: FormatId::Hdf5 };
        let Some(base) = locate(source)? else { return Err(ReadError::malformed("no superblock", None)) };
        remainder::read(source, 0, base, notes, walk)?;
        let (file, superblock) = superblock::read(source, base, walk.limits)?;
        if superblock.end > source.size() {
            let error = ReadError::truncated("the end that the superblock states", source.size());
            walk.incomplete(member, Some(FormatId::Hdf5), error);
        }
        if superblock.driver {
            let error = ReadError::unsupported("a file in several pieces (a driver information block)", base);
            walk.incomplete(member, Some(FormatId::Hdf5), error);
        }
        let mut objects = Objects::new(&file, notes);
        let outcome = objects.follow(&superblock, walk);
        objects.record(walk);
        // Nothing of the file lies behind its stated end; a reader that looks there reads something else.
        let end = superblock.end.max(base.saturating_add(superblock.size)).min(source.size());
        if end > base && end < source.size() {
            remainder::read(source, end, source.size(), notes, walk)?;
        }
        outcome
    }
}
