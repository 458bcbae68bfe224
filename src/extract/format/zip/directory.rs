//! End records and central directories (APPNOTE.TXT 6.3.10, sections 4.3.12 to 4.3.16), as every loader would find them.
//!
//! An archive may have several end records, and each may lead to two directories: the one at its offset (miniz, torch) and the one
//! that ends where the end record begins (Python's zipfile). All are followed; counts are compared, never trusted.

use crate::extract::embedded;
use crate::extract::format::Window;
use crate::extract::format::note::Notes;
use crate::extract::format::zip::local::{Extra, SATURATED};
use crate::extract::reader::{End as Short, Reader};
use crate::extract::source::Source;
use crate::extract::walk::{ReadError, Walk};
use crate::facts::DeviationKind;
use crate::limits::Exhausted;
use std::collections::HashMap;
use std::io;

/// Signature of the end of central directory record (4.3.16).
pub(super) const END: &[u8; 4] = b"PK\x05\x06";
/// Signature of a central directory header (4.3.12).
pub(super) const CENTRAL: &[u8; 4] = b"PK\x01\x02";
/// Bytes of an end record without its comment.
const END_SIZE: u64 = 22;
/// End records that are followed; loaders differ in at most a few.
pub(super) const ENDS: usize = 8;
/// Bytes of names that are kept: 200,000 names of 160 bytes.
const NAMES: u64 = 32 << 20;

/// An end record, and its zip64 record where it has one.
#[derive(Debug, Clone)]
pub(super) struct End {
    /// Offset of its signature.
    pub at: u64,
    /// Where its comment ends as it says; may lie behind the content's end.
    pub behind: u64,
    /// Where its directory must end: its own offset, or its zip64 record's.
    pub before: u64,
    /// Entries that it says there are.
    pub count: u64,
    /// Bytes of the directory.
    pub size: u64,
    /// Offset of the directory.
    pub offset: u64,
    /// Whether the numbers are those of a zip64 record.
    pub wide: bool,
    /// Whether it says that the archive is on several disks.
    pub disks: bool,
}

/// A central directory header.
#[derive(Debug, Clone)]
pub(super) struct Central {
    /// Offset of its signature.
    pub at: u64,
    /// What made it: the host system in the high byte.
    pub made_by: u16,
    /// General purpose flags.
    pub flags: u16,
    /// Compression method.
    pub method: u16,
    /// CRC-32.
    pub crc: u32,
    /// Compressed size, zip64 resolved.
    pub packed: u64,
    /// Uncompressed size, zip64 resolved.
    pub unpacked: u64,
    /// Disk on which it starts.
    pub disk: u16,
    /// External attributes: a Unix mode in the high half when the host is Unix.
    pub attributes: u32,
    /// Offset of the local header as it says.
    pub offset: u64,
    /// What different loaders add to that offset.
    pub shifts: Vec<i64>,
    /// The name.
    pub name: Box<[u8]>,
    /// The extra field.
    pub extra: Extra,
    /// Whether it stands within the count or size of its end record.
    pub listed: bool,
}

/// Everything that the end records lead to.
#[derive(Debug, Default)]
pub(super) struct Directory {
    /// The end records that were followed.
    pub ends: Vec<End>,
    /// Entries in the order in which they were found.
    pub entries: Vec<Central>,
    /// Byte ranges of the records themselves.
    pub ranges: Vec<(u64, u64)>,
    /// Why reading stopped, if it did.
    pub problems: Vec<ReadError>,
    /// How many entries were placed already; one that is found again at another offset is then another entry.
    pub placed: usize,
    known: HashMap<u64, usize>,
    names: u64,
}

/// Whether an end record in the last bytes may belong to a zip: its directory fits in front of it.
pub(super) fn plausible(window: &Window) -> bool {
    let behind_start = window.size.saturating_sub(length(&window.tail));
    positions(&window.tail).any(|at| {
        let mut reader = Reader::new(window.tail.get(at..).unwrap_or_default());
        let Ok((fields, _)) = fields(&mut reader) else { return false };
        let at = behind_start.saturating_add(u64::try_from(at).unwrap_or(u64::MAX));
        fields.size == u64::from(SATURATED) || fields.size <= at
    })
}

fn positions(tail: &[u8]) -> impl DoubleEndedIterator<Item = usize> {
    tail.windows(4).enumerate().filter(|(_, window)| window == END).map(|(at, _)| at)
}

fn fields(reader: &mut Reader<'_>) -> Result<(End, u16), Short> {
    reader.take(4)?;
    let (disk, first, here, count) = (reader.le_u16()?, reader.le_u16()?, reader.le_u16()?, reader.le_u16()?);
    let (size, offset, comment) = (reader.le_u32()?, reader.le_u32()?, reader.le_u16()?);
    let disks = [disk, first].iter().any(|disk| !matches!(*disk, 0 | u16::MAX)) || here != count;
    let (count, size, offset) = (u64::from(count), u64::from(size), u64::from(offset));
    Ok((End { at: 0, behind: 0, before: 0, count, size, offset, wide: false, disks }, comment))
}

/// The end records that some loader takes: the last one (zipfile, miniz), and those whose comment reaches the very end (strict
/// readers). And the others, which count only if they lie in no entry.
pub(super) fn ends(source: &Source) -> io::Result<(Vec<u64>, Vec<u64>)> {
    let start = source.size().saturating_sub(Window::TAIL);
    let tail = source.bytes_at(start, Window::TAIL)?;
    let mut taken = Vec::new();
    let mut others = Vec::new();
    for (nth, at) in positions(&tail).rev().enumerate() {
        let mut reader = Reader::new(tail.get(at..).unwrap_or_default());
        let exact = fields(&mut reader).is_ok_and(|(_, comment)| usize::from(comment) == reader.rest().len());
        let list = if nth == 0 || exact { &mut taken } else { &mut others };
        list.push(start.saturating_add(u64::try_from(at).unwrap_or(u64::MAX)));
    }
    Ok((taken, others))
}

impl Directory {
    /// Follows the end record at `at`, in every way that loaders do.
    pub(super) fn follow(&mut self, source: &Source, at: u64, walk: &mut Walk<'_>, notes: Notes) -> io::Result<()> {
        let bytes = source.bytes_at(at, END_SIZE)?;
        let Ok((mut end, comment)) = fields(&mut Reader::new(&bytes)) else {
            self.problems.push(ReadError::truncated("the end record's last field", at));
            return Ok(());
        };
        (end.at, end.before) = (at, at);
        end.behind = at.saturating_add(END_SIZE).saturating_add(u64::from(comment));
        self.ranges.push((at, end.behind.min(source.size())));
        let wide = self.wide(source, &end, walk, notes)?;
        // A narrow record's own numbers count where they are no pointer to the zip64 record and differ from it.
        let differs = wide.iter().any(|wide| {
            let says = [
                (end.count, wide.count, 0xffff),
                (end.size, wide.size, 0xffff_ffff),
                (end.offset, wide.offset, 0xffff_ffff),
            ];
            says.iter().any(|(narrow, wide, saturated)| narrow != saturated && narrow != wide)
        });
        if differs {
            notes.of(DeviationKind::HeaderDisagreement).field("zip64 end record").at(at).write(walk);
        }
        if wide.len() > 1 {
            notes.of(DeviationKind::SeveralEnds).field("zip64 end record").at(at).write(walk);
        }
        if wide.is_empty() || differs {
            self.directory(source, end, walk, notes)?;
        }
        for end in wide {
            self.directory(source, end, walk, notes)?;
        }
        Ok(())
    }

    /// The zip64 end records of an end record: the one that its locator names (miniz), and the one in front of the locator (zipfile).
    fn wide(&mut self, source: &Source, end: &End, walk: &mut Walk<'_>, notes: Notes) -> io::Result<Vec<End>> {
        let mut found: Vec<End> = Vec::new();
        let Some(locator) = end.at.checked_sub(20) else { return Ok(found) };
        let bytes = source.bytes_at(locator, 20)?;
        let mut reader = Reader::new(&bytes);
        if reader.take(4).ok() != Some(b"PK\x06\x07") {
            return Ok(found);
        }
        let Ok((disk, offset, disks)) = (|| Ok::<_, Short>((reader.le_u32()?, reader.le_u64()?, reader.le_u32()?)))()
        else {
            return Ok(found);
        };
        self.ranges.push((locator, end.at));
        if disk != 0 || disks > 1 {
            notes.of(DeviationKind::InvalidValue).field("number of disks").found(disks).at(locator).write(walk);
        }
        for at in [Some(offset), locator.checked_sub(56)].into_iter().flatten() {
            let bytes = source.bytes_at(at, 56)?;
            if found.iter().any(|one| one.before == at) || !bytes.starts_with(b"PK\x06\x06") {
                continue;
            }
            let mut reader = Reader::new(&bytes);
            let Ok((size, one)) = wide_fields(&mut reader, end, at) else { continue };
            // The record may be longer than its fixed part; its size does not count its first twelve bytes (4.3.14.1).
            let behind = at.saturating_add(12).saturating_add(size);
            self.ranges.push((at, behind.clamp(at.saturating_add(56), locator.max(at.saturating_add(56)))));
            found.push(one);
        }
        if found.is_empty() {
            self.problems.push(ReadError::malformed("no zip64 end record where its locator says", locator));
        }
        Ok(found)
    }

    fn directory(&mut self, source: &Source, end: End, walk: &mut Walk<'_>, notes: Notes) -> io::Result<()> {
        if end.disks {
            notes.of(DeviationKind::InvalidValue).field("disk numbers").at(end.at).write(walk);
        }
        if end.behind > source.size() {
            notes.of(DeviationKind::SizeMismatch).field("comment length").at(end.at).write(walk);
            self.problems.push(ReadError::truncated("the end of the comment", end.at));
        }
        let before = end.before.checked_sub(end.size);
        let shift = before.and_then(|before| before.checked_signed_diff(end.offset));
        // zipfile's place first: its shift is what a prefix needs. miniz adds nothing, and newer ones do as zipfile.
        let places = [before.zip(shift), before.map(|before| (before, 0)), Some((end.offset, 0))];
        let mut starts: Vec<u64> = Vec::new();
        let mut seen: Vec<(u64, i64)> = Vec::new();
        for (start, shift) in places.into_iter().flatten() {
            if seen.contains(&(start, shift)) || !source.bytes_at(start, 4)?.starts_with(CENTRAL) {
                continue;
            }
            seen.push((start, shift));
            let count = self.list(source, start, shift, &end, walk, notes)?;
            if !starts.contains(&start) {
                starts.push(start);
                self.compare(start, count, &end, walk, notes);
            }
        }
        // One place that two loaders reach by different sums, or two places.
        if starts.len() > 1 || shift.is_some_and(|shift| shift != 0) {
            let note = notes.of(DeviationKind::HeaderDisagreement).field("directory offset").expected(end.offset);
            note.found(before.map_or_else(String::new, |before| before.to_string())).at(end.at).write(walk);
        }
        if starts.is_empty() && (end.count > 0 || end.size > 0) {
            self.problems.push(ReadError::malformed("no central directory where the end record says", end.at));
        }
        self.ends.push(end);
        Ok(())
    }

    /// Compares what an end record says with what stands there.
    fn compare(&mut self, start: u64, (count, behind): (u64, u64), end: &End, walk: &mut Walk<'_>, notes: Notes) {
        if count != end.count {
            let note = notes.of(DeviationKind::CountMismatch).field("total number of entries");
            note.expected(end.count).found(count).at(end.at).write(walk);
        }
        let size = behind.saturating_sub(start);
        if size != end.size {
            let note = notes.of(DeviationKind::SizeMismatch).field("size of the central directory");
            note.expected(end.size).found(size).at(end.at).write(walk);
        }
    }

    /// Reads headers from `start` for as long as there are any. Gives how many, and where the last one ends.
    fn list(
        &mut self,
        source: &Source,
        start: u64,
        shift: i64,
        end: &End,
        walk: &mut Walk<'_>,
        notes: Notes,
    ) -> io::Result<(u64, u64)> {
        let (mut at, mut count) = (start, 0u64);
        let listed_end = start.saturating_add(end.size);
        loop {
            let fixed = source.bytes_at(at, 46)?;
            if !fixed.starts_with(CENTRAL) {
                break;
            }
            let Ok((mut entry, [name, extra, comment])) = central(&fixed, at) else {
                self.problems.push(ReadError::truncated("the end of the central directory", at));
                break;
            };
            let data = at.saturating_add(46);
            let behind = [name, extra, comment].iter().fold(data, |sum, size| sum.saturating_add(u64::from(*size)));
            if behind > source.size() {
                self.problems.push(ReadError::truncated("the end of the central directory", at));
            }
            let listed = count < end.count || behind <= listed_end;
            count = count.saturating_add(1);
            if let Some(index) = self.known.get(&at).copied()
                && let Some(known) = self.entries.get_mut(index)
            {
                let new = !known.shifts.contains(&shift);
                if new && index >= self.placed {
                    known.shifts.push(shift);
                }
                if !new || index >= self.placed {
                    known.listed |= listed;
                    at = behind;
                    continue;
                }
            }
            let full = self.names.saturating_add(u64::from(name)) > NAMES;
            if full || length(&self.entries) >= walk.limits.members {
                let limit = if full { "header" } else { "members" };
                self.problems.push(ReadError::Limit(Exhausted(limit)));
                break;
            }
            self.names = self.names.saturating_add(u64::from(name));
            entry.name = source.bytes_at(data, u64::from(name))?.into_boxed_slice();
            let more = u64::from(extra).saturating_add(u64::from(comment));
            // An extra field of 64 bytes has times and owners, and no room for words.
            if more > 64 {
                let words = source.bytes_at(data.saturating_add(u64::from(name)), more)?;
                let key = crate::place::escape_cut(&entry.name, 256);
                embedded::words(notes.member, &key, &words, walk);
            }
            entry.extra = Extra::read(&source.bytes_at(data.saturating_add(u64::from(name)), u64::from(extra))?);
            entry.widen();
            entry.listed = listed;
            entry.shifts.push(shift);
            if entry.extra.broken {
                notes.of(DeviationKind::InvalidValue).entry(&entry.name).field("extra field").at(at).write(walk);
            }
            if entry.extra.twice {
                notes.of(DeviationKind::DuplicateKey).entry(&entry.name).field("zip64 extra field").at(at).write(walk);
            }
            self.known.insert(at, self.entries.len());
            self.entries.push(entry);
            at = behind;
        }
        self.ranges.push((start, at.min(source.size())));
        Ok((count, at))
    }
}

fn wide_fields(reader: &mut Reader<'_>, end: &End, at: u64) -> Result<(u64, End), Short> {
    reader.take(4)?;
    let size = reader.le_u64()?;
    reader.take(4)?;
    let (disk, first) = (reader.le_u32()?, reader.le_u32()?);
    let (here, count) = (reader.le_u64()?, reader.le_u64()?);
    let (directory, offset) = (reader.le_u64()?, reader.le_u64()?);
    let disks = disk != 0 || first != 0 || here != count;
    Ok((size, End { before: at, count, size: directory, offset, wide: true, disks, ..end.clone() }))
}

fn central(bytes: &[u8], at: u64) -> Result<(Central, [u16; 3]), Short> {
    let mut reader = Reader::new(bytes);
    reader.take(4)?;
    let made_by = reader.le_u16()?;
    reader.take(2)?;
    let (flags, method) = (reader.le_u16()?, reader.le_u16()?);
    reader.take(4)?;
    let (crc, packed, unpacked) = (reader.le_u32()?, reader.le_u32()?, reader.le_u32()?);
    let sizes = [reader.le_u16()?, reader.le_u16()?, reader.le_u16()?];
    let disk = reader.le_u16()?;
    reader.take(2)?;
    let (attributes, offset) = (reader.le_u32()?, reader.le_u32()?);
    let entry = Central {
        at,
        made_by,
        flags,
        method,
        crc,
        packed: u64::from(packed),
        unpacked: u64::from(unpacked),
        disk,
        attributes,
        offset: u64::from(offset),
        shifts: Vec::new(),
        name: Box::default(),
        extra: Extra::default(),
        listed: false,
    };
    Ok((entry, sizes))
}

impl Central {
    /// Takes saturated values from the zip64 extra field, in its order (4.5.3).
    fn widen(&mut self) {
        let mut wide = self.extra.zip64.iter().flatten().copied();
        for value in [&mut self.unpacked, &mut self.packed, &mut self.offset] {
            if *value == u64::from(SATURATED) {
                *value = wide.next().unwrap_or(*value);
            }
        }
    }

    /// The Unix mode, when the host system is Unix or Darwin (4.4.2.2).
    pub(super) fn mode(&self) -> Option<u32> {
        matches!(self.made_by >> 8, 3 | 19).then_some(self.attributes >> 16)
    }
}

fn length<T>(list: &[T]) -> u64 {
    u64::try_from(list.len()).unwrap_or(u64::MAX)
}
