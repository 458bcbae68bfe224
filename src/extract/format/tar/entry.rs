//! Entries of a tar, one after the other, each handed to the walk with the name that the last header in front of it gives.

use crate::extract::embedded;
use crate::extract::format::name::{self, Names};
use crate::extract::format::note::Notes;
use crate::extract::format::remainder;
use crate::extract::format::tar::header::{BLOCK, Header, records, until_nul};
use crate::extract::source::Source;
use crate::extract::walk::{Entry, Hash, ReadError, Walk};
use crate::facts::{Archive, DeviationKind, FormatId, Origin};
use crate::place;

/// Bytes of a block.
const STEP: u64 = 512;
/// Longest name or pax header that is read: GNU tar and Python take more, file systems do not.
const LONGEST: u64 = 1 << 20;

/// What extended headers say of the next entry.
#[derive(Debug, Default, Clone)]
struct Extended {
    name: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
    size: Option<u64>,
    sparse: bool,
    /// The name came from GNU's `L` header; a pax `path` as well is two names.
    long: Option<Vec<u8>>,
}

/// A tar while it is read.
pub(super) struct Opened<'a> {
    source: &'a Source,
    notes: Notes,
    names: Names,
    /// Entries so far.
    pub entries: u64,
    decoded: u64,
    at: u64,
    next: Extended,
    global: Extended,
    /// Which of the four members of torch's oldest files were seen.
    torch: [bool; 4],
}

impl<'a> Opened<'a> {
    pub(super) fn new(source: &'a Source, notes: Notes) -> Self {
        Self {
            source,
            notes,
            names: Names::default(),
            entries: 0,
            decoded: 0,
            at: 0,
            next: Extended::default(),
            global: Extended::default(),
            torch: [false; 4],
        }
    }

    /// Reads entries to the end blocks, and what stands behind them.
    pub(super) fn read(&mut self, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        loop {
            if self.at >= self.source.size() {
                // Readers differ: GNU tar and Python end here in silence.
                return Err(ReadError::truncated("the end blocks", self.at));
            }
            let block = self.source.bytes_at(self.at, STEP)?;
            if block.len() < BLOCK && block.iter().any(|byte| *byte != 0) {
                return Err(ReadError::truncated("the end of a header", self.at));
            }
            let Some(header) = Header::of(&block) else { return self.end(walk) };
            if !header.sums() {
                if self.entries == 0 {
                    self.notes.of(DeviationKind::ChecksumMismatch).field("chksum").at(self.at).write(walk);
                } else if self.pass_over("a header's checksum is wrong", walk)? {
                    continue;
                } else {
                    return Ok(());
                }
            }
            if header.size().is_none() {
                if self.pass_over("a size that is no number", walk)? {
                    continue;
                }
                return Ok(());
            }
            self.entry(&header, walk)?;
        }
    }

    /// Passes over a broken header to the next whole one, as lenient readers do; most stop, so the rest is incomplete for them.
    /// Says whether there is one.
    fn pass_over(&mut self, what: &str, walk: &mut Walk<'_>) -> Result<bool, ReadError> {
        let from = self.at;
        walk.incomplete(self.notes.member, Some(FormatId::Tar), ReadError::malformed(what, from));
        let whole = |header: Header| header.sums() && header.size().is_some();
        loop {
            self.at = self.at.saturating_add(STEP);
            if self.at >= self.source.size() || Header::of(&self.source.bytes_at(self.at, STEP)?).is_some_and(whole) {
                break;
            }
        }
        remainder::read(self.source, from, self.at, self.notes, walk)?;
        Ok(self.at < self.source.size())
    }

    /// The container's record, and whether its members make it one of torch's oldest files.
    pub(super) fn finish(&self, walk: &mut Walk<'_>) {
        let [sys_info, pickle, storages, tensors] = self.torch;
        // torch/serialization.py `legacy_load` reads `storages` first, and unpickles it; only then the others.
        if storages || (pickle && (sys_info || tensors)) {
            walk.claimed(self.notes.member, FormatId::TorchTar);
        }
        walk.archive(Archive {
            member: self.notes.member,
            format: FormatId::Tar,
            entries: self.entries,
            methods: Vec::new(),
            encrypted: 0,
            decoded: self.decoded,
            comment: None,
        });
    }

    /// At an end block: a second one must follow, and then nothing but padding.
    fn end(&mut self, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let rest = self.source.range(self.at, self.source.size().saturating_sub(self.at));
        if rest.size() < STEP.saturating_mul(2) {
            let note = self.notes.of(DeviationKind::CountMismatch).field("end blocks");
            note.expected("1024 zero bytes").found(format!("{} bytes", rest.size())).at(self.at).write(walk);
        }
        let mut at = self.at;
        // Readers that ignore zeros go on at the next block that holds anything.
        while at < self.source.size() && self.source.bytes_at(at, STEP)?.iter().all(|byte| *byte == 0) {
            at = at.saturating_add(STEP);
        }
        if at < self.source.size() {
            let behind = self.source.bytes_at(at, STEP)?;
            if Header::of(&behind).is_some_and(|header| header.sums()) {
                self.notes.of(DeviationKind::SeveralEnds).field("end blocks").at(self.at).write(walk);
            }
            remainder::read(self.source, at, self.source.size(), self.notes, walk)?;
        }
        Ok(())
    }

    fn entry(&mut self, header: &Header, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let at = self.at;
        let mut data = at.saturating_add(STEP);
        let kind = header.kind();
        if kind == b'S' && header.extended() {
            // Blocks of the old GNU sparse map: 504 bytes of map, then whether another follows.
            while let Some(block) = Header::of(&self.source.bytes_at(data, STEP)?) {
                data = data.saturating_add(STEP);
                if !block.more() {
                    break;
                }
            }
        }
        let declared = header.size().unwrap_or(0);
        if matches!(kind, b'x' | b'g' | b'X' | b'L' | b'K') {
            return self.extend(kind, data, declared, walk);
        }
        let next = std::mem::take(&mut self.next);
        let global = self.global.clone();
        let own = header.name();
        let name = next
            .name
            .clone()
            .or_else(|| next.long.clone())
            .or_else(|| global.name.clone())
            .unwrap_or_else(|| own.clone());
        self.compare(&next, &name, &own, declared, at, walk);
        let target = next.link.or(global.link).unwrap_or_else(|| header.link().to_vec());
        // Links, directories and special files have no content for Python, whatever their size says: the next header follows.
        let empty = matches!(kind, b'1'..=b'6');
        let size = if empty { 0 } else { next.size.or(global.size).unwrap_or(declared) };
        self.entries = self.entries.saturating_add(1);
        self.names.check(walk, self.notes, &name, at);
        self.at = data.saturating_add(size.checked_next_multiple_of(STEP).unwrap_or(u64::MAX));
        let range = self.source.range(data, size);
        let mut entry = Entry { executable: header.mode().is_some_and(|mode| mode & 0o111 != 0), ..Entry::default() };
        let note = |kind| self.notes.of(kind).entry(&name).at(at);
        if empty && declared > 0 {
            note(DeviationKind::InvalidValue).field("size of an entry without content").found(declared).write(walk);
        }
        match kind {
            b'1' | b'2' => {
                let limit = walk.limits.text;
                let link =
                    if kind == b'1' { name::hard(&target, limit) } else { name::symbolic(&name, &target, limit) };
                note(DeviationKind::Link).found(&link.target).write(walk);
                let linked = Entry { link: Some(link), ..Entry::default() };
                let (none, hash) = (self.source.range(data, 0), Hash::Payload);
                walk.member(Some(self.notes.member), &name, Origin::Entry, &none, hash, linked);
                return Ok(());
            }
            b'3' | b'4' | b'6' => {
                note(DeviationKind::SpecialFile).field("typeflag").found(char::from(kind)).write(walk);
                return Ok(());
            }
            b'5' => return Ok(()),
            // Old writers mark a directory by its name alone.
            0 | b'0' | b'7' if name.ends_with(b"/") && size == 0 => return Ok(()),
            0 | b'0' | b'7' => {}
            b'S' => {
                let error = ReadError::unsupported("a sparse entry is read without its holes", at);
                walk.incomplete(self.notes.member, Some(FormatId::Tar), error);
            }
            other => note(DeviationKind::SpecialFile).field("typeflag").found(place::escape(&[other])).write(walk),
        }
        if next.sparse {
            let error = ReadError::unsupported("a sparse entry is read without its holes", at);
            walk.incomplete(self.notes.member, Some(FormatId::Tar), error);
        }
        entry.payload = self.torch(&name);
        self.decoded = self.decoded.saturating_add(range.size());
        walk.member(Some(self.notes.member), &name, Origin::Entry, &range, Hash::Wanted, entry);
        if range.size() < size {
            return Err(ReadError::truncated("the end of the last entry", at));
        }
        Ok(())
    }

    /// An extended header: what it says holds for the next entry, or for all that follow.
    fn extend(&mut self, kind: u8, data: u64, size: u64, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let at = self.at;
        self.at = data.saturating_add(size.checked_next_multiple_of(STEP).unwrap_or(u64::MAX));
        if size > LONGEST {
            return Err(ReadError::malformed("an extended header of more than 1 MiB", at));
        }
        let bytes = self.source.bytes_at(data, size)?;
        if u64::try_from(bytes.len()).unwrap_or(0) < size {
            return Err(ReadError::truncated("the end of an extended header", at));
        }
        match kind {
            b'L' => self.next.long = Some(until_nul(&bytes).to_vec()),
            b'K' => self.next.link = Some(until_nul(&bytes).to_vec()),
            _ => {
                let into = if kind == b'g' { &mut self.global } else { &mut self.next };
                let (records, whole) = records(&bytes);
                let mut keys: Vec<&[u8]> = Vec::new();
                for (key, value) in records {
                    if keys.contains(&key) {
                        let note = self.notes.of(DeviationKind::DuplicateKey).entry(key);
                        note.field("pax record").at(at).write(walk);
                    } else if keys.len() < 64 {
                        keys.push(key);
                    }
                    if !matches!(key, b"path" | b"linkpath") {
                        let key = place::escape_cut(key, 256);
                        embedded::words(self.notes.member, &key, value, walk);
                    }
                    match key {
                        b"path" => into.name = Some(value.to_vec()),
                        b"linkpath" => into.link = Some(value.to_vec()),
                        b"size" => into.size = std::str::from_utf8(value).ok().and_then(|value| value.parse().ok()),
                        _ if key.starts_with(b"GNU.sparse.") => {
                            into.sparse = true;
                            if key == b"GNU.sparse.name" {
                                into.name = Some(value.to_vec());
                            }
                        }
                        _ => {}
                    }
                    if key == b"size" && into.size.is_none() {
                        self.notes.of(DeviationKind::InvalidValue).field("pax size").at(at).write(walk);
                    }
                }
                if !whole {
                    self.notes.of(DeviationKind::InvalidValue).field("pax record").at(at).write(walk);
                }
                if kind == b'g'
                    && (self.global.name.is_some() || self.global.link.is_some() || self.global.size.is_some())
                {
                    // Some readers apply it to every entry, some never.
                    self.notes.of(DeviationKind::HeaderDisagreement).field("pax global header").at(at).write(walk);
                }
            }
        }
        Ok(())
    }

    /// An extended name or size that replaces a different one, where the header's own field could have held it.
    fn compare(&self, next: &Extended, name: &[u8], own: &[u8], size: u64, at: u64, walk: &mut Walk<'_>) {
        let cut = usize::try_from(walk.limits.text).unwrap_or(usize::MAX);
        let mut differs = |field, expected: String, found: String| {
            let note = self.notes.of(DeviationKind::HeaderDisagreement).entry(name).field(field);
            note.expected(expected).found(found).at(at).write(walk);
        };
        if let (Some(path), Some(long)) = (&next.name, &next.long)
            && path != long
        {
            differs("path", place::escape_cut(path, cut), place::escape_cut(long, cut));
        }
        // Writers fill the header with a cut or ASCII form of a name that does not fit; a short ASCII name has no reason to differ.
        let fits = name.is_ascii() && name.len() <= 100;
        if name != own && fits && !next.sparse {
            differs("name", place::escape_cut(name, cut), place::escape_cut(own, cut));
        }
        // A size fits into eleven octal digits up to 8 GiB; a larger one stands as zero or base 256 in the header.
        if let Some(wide) = next.size.filter(|wide| *wide != size && *wide < 1 << 33) {
            differs("size", wide.to_string(), size.to_string());
        }
    }

    /// Whether an entry is one in which torch's oldest files keep raw numbers; notes which of the four were seen.
    fn torch(&mut self, name: &[u8]) -> bool {
        let name = name.strip_prefix(b"./").unwrap_or(name);
        let files = [&b"sys_info"[..], b"pickle", b"storages", b"tensors"];
        for (seen, file) in self.torch.iter_mut().zip(files) {
            *seen |= name == file;
        }
        matches!(name, b"storages" | b"tensors")
    }
}
