//! A central header against its local header and data descriptor, field by field. Never reads content.

use crate::extract::format::name;
use crate::extract::format::note::Notes;
use crate::extract::format::zip::directory::Central;
use crate::extract::format::zip::local::{DESCRIBED, Descriptor, ENCRYPTED, Local, MASKED, PATCHED, STRONG, UTF8};
use crate::extract::format::zip::method::{self, STORED};
use crate::extract::source::Source;
use crate::extract::walk::Walk;
use crate::facts::DeviationKind;
use crate::place;
use std::io;

/// The flags that change how an entry is read; the others are hints about the compressor.
const MEANT: u16 = ENCRYPTED | DESCRIBED | PATCHED | STRONG | UTF8 | MASKED;

/// One way in which a loader would take an entry's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reading {
    /// Compression method.
    pub method: u16,
    /// Bytes of data from the first one.
    pub packed: u64,
}

/// What comparing a central header with its local header gives.
#[derive(Debug)]
pub(super) struct Compared {
    /// Every way to take the data; the central directory's first.
    pub readings: Vec<Reading>,
    /// Offset behind the data and its descriptor.
    pub behind: u64,
}

/// Compares and notes every disagreement.
pub(super) fn compare(
    source: &Source,
    central: &Central,
    local: &Local,
    walk: &mut Walk<'_>,
    notes: Notes,
) -> io::Result<Compared> {
    let cut = usize::try_from(walk.limits.text).unwrap_or(usize::MAX);
    let mut differs = |field, expected: String, found: String, offset: u64| {
        let note = notes.of(DeviationKind::HeaderDisagreement).entry(&central.name).field(field);
        note.expected(expected).found(found).at(offset).write(walk);
    };
    if *central.name != *local.name {
        let (one, other) = (place::escape_cut(&central.name, cut), place::escape_cut(&local.name, cut));
        differs("file name", one, other, local.at);
    }
    for (header, at) in [(&central.extra, central.at), (&local.extra, local.at)] {
        if let Some(path) = header.unicode_path.as_deref().filter(|path| **path != *central.name) {
            let (one, other) = (place::escape_cut(&central.name, cut), place::escape_cut(path, cut));
            differs("unicode path extra field", one, other, at);
        }
    }
    if central.method != local.method {
        differs("compression method", method::name(central.method), method::name(local.method), local.at);
    }
    if (central.flags ^ local.flags) & MEANT != 0 {
        differs("general purpose flags", hex(central.flags), hex(local.flags), local.at);
    }
    if central.extra.encryption != local.extra.encryption {
        let says = |has| if has { "encryption" } else { "no encryption" }.to_owned();
        differs("extra field", says(central.extra.encryption), says(local.extra.encryption), local.at);
    }
    let sizes = [
        ("crc-32", u64::from(central.crc), u64::from(local.crc)),
        ("compressed size", central.packed, local.packed),
        ("uncompressed size", central.unpacked, local.unpacked),
    ];
    for (field, one, other) in sizes {
        // 4.4.4 bit 3: with a descriptor the local header says zero.
        if one != other && !(local.described() && other == 0) {
            differs(field, number(field, one), number(field, other), local.at);
        }
    }
    let data_end = local.data.saturating_add(central.packed);
    let mut behind = data_end;
    let mut lengths = vec![local.packed];
    if central.method == STORED {
        lengths.extend([central.unpacked, local.unpacked]);
    }
    if local.described() || central.flags & DESCRIBED != 0 {
        let expected = (central.crc, central.packed, central.unpacked);
        match Descriptor::read(source, data_end, expected)? {
            Some(descriptor) => {
                behind = data_end.saturating_add(descriptor.size);
                let sizes = [
                    ("data descriptor crc-32", u64::from(central.crc), u64::from(descriptor.crc)),
                    ("data descriptor compressed size", central.packed, descriptor.packed),
                    ("data descriptor uncompressed size", central.unpacked, descriptor.unpacked),
                ];
                for (field, one, other) in sizes.into_iter().filter(|(_, one, other)| one != other) {
                    differs(field, number(field, one), number(field, other), data_end);
                }
                lengths.push(descriptor.packed);
            }
            // Empty entries are written without one by several libraries.
            None if central.packed == 0 => {}
            None => differs("data descriptor", "present".to_owned(), "absent".to_owned(), data_end),
        }
    }
    if *central.name != *local.name && name::leads_out(&local.name) {
        notes.of(DeviationKind::Traversal).entry(&local.name).field("local file name").at(local.at).write(walk);
    }
    let readings = readings(central, local, lengths, source.size().saturating_sub(local.data));
    Ok(Compared { readings, behind })
}

/// Stored data is read in every length that a header names; a decoder ends by itself, so there the longest is enough.
fn readings(central: &Central, local: &Local, lengths: Vec<u64>, room: u64) -> Vec<Reading> {
    let longest = lengths.iter().copied().max().unwrap_or(0).max(central.packed);
    let mut readings = vec![Reading { method: central.method, packed: central.packed }];
    if central.method == STORED {
        readings.extend(lengths.iter().map(|packed| Reading { method: STORED, packed: *packed }));
    } else {
        readings.push(Reading { method: central.method, packed: longest });
    }
    if local.method != central.method {
        readings.push(Reading { method: local.method, packed: longest });
    }
    let mut kept: Vec<Reading> = Vec::new();
    for (nth, mut reading) in readings.into_iter().enumerate() {
        reading.packed = reading.packed.min(room);
        if !kept.contains(&reading) && (nth == 0 || reading.packed > 0) {
            kept.push(reading);
        }
    }
    kept
}

fn hex(flags: u16) -> String {
    format!("{flags:#06x}")
}

fn number(field: &str, value: u64) -> String {
    if field.ends_with("crc-32") { format!("{value:08x}") } else { value.to_string() }
}
