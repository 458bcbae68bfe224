//! Python's byte code to the facts that source has: what it imports, calls and defines, and when that runs. The instructions are read in order and
//! not followed: whatever name is loaded counts as called, and an attribute of something that is not known stands as `*.NAME`. Never runs it.

mod marshal;
mod names;
mod opcodes;
mod steps;
#[cfg(test)]
mod tests;
mod units;

use crate::extract::python::encoded::Encoded;
use crate::extract::python::{Found, Inside, encoded, members};
use crate::extract::walk::{ReadError, Walk};
use crate::facts::Source;
use crate::limits::Exhausted;
use marshal::{Index, Item};
use opcodes::{VERSIONS, Version};
use steps::Table;
use units::Units;

/// The version of Python that writes this magic number.
fn version(magic: u16) -> Option<&'static Version> {
    VERSIONS.iter().find(|version| version.magic == magic)
}

/// Reads a file of byte code into the facts.
pub(in crate::extract) fn read(found: &Found, bytes: &[u8], walk: &mut Walk<'_>) -> Result<(), ReadError> {
    let mut source = found.unread();
    let mut inside = Inside::default();
    let outcome = file(bytes, walk, &mut source, &mut inside);
    if let Err(error) = &outcome {
        source.problem = Some(crate::place::escape_cut(error.to_string().as_bytes(), 512));
    }
    source.parsed = outcome.is_ok();
    source.complete &= !inside.cut;
    let complete = source.complete;
    walk.code(source);
    members(found, inside, walk);
    outcome?;
    if complete { Ok(()) } else { Err(Exhausted("records").into()) }
}

fn file(bytes: &[u8], walk: &mut Walk<'_>, source: &mut Source, inside: &mut Inside) -> Result<(), ReadError> {
    let [low, high, _, _, rest @ ..] = bytes else {
        return Err(ReadError::truncated("the magic number", None));
    };
    let magic = u16::from_le_bytes([*low, *high]);
    let Some(version) = version(magic) else {
        return Err(ReadError::unsupported(format!("byte code of the number {magic}"), 0));
    };
    // Lib/importlib/_bootstrap_external.py: the source's time; since 3.3 its size too; since 3.7 flags in front of both (PEP 552).
    let header: usize = match version.number {
        (2, _) => 8,
        (3, 0..=6) => 12,
        _ => 16,
    };
    if header == 16 && !matches!(rest, [0..=3, 0, 0, 0, ..]) {
        return Err(ReadError::malformed("flags that Python refuses", 4));
    }
    let stream = marshal::read(bytes, header, version.number, walk.budget)?;
    let table = Table { bytes, items: &stream.items };
    if !matches!(table.item(stream.top), Item::Code(_)) {
        return Err(ReadError::malformed("no code object", None));
    }
    constants(table, inside);
    let cut = usize::try_from(walk.limits.text).unwrap_or(usize::MAX);
    let units = Units::gather(table, version, stream.top).map_err(|what| ReadError::unsupported(what, None))?;
    units.write(cut, source);
    if stream.rest > 0 {
        return Err(ReadError::malformed(format!("{} bytes behind the code", stream.rest), None));
    }
    Ok(())
}

/// Keeps large constants that hold something encoded, or may be something themselves.
fn constants(table: Table<'_>, inside: &mut Inside) {
    let mut encoded = Encoded::default();
    for index in 0..table.items.len() {
        let index = Index::try_from(index).unwrap_or(0);
        if matches!(table.item(index), Item::Text(_) | Item::Bytes(_))
            && let Some(octets) = table.octets(index).filter(|octets| octets.len() >= encoded::SHORTEST)
        {
            encoded.add(octets, 1);
        }
    }
    inside.encoded = encoded.found;
    inside.cut |= encoded.cut;
}
