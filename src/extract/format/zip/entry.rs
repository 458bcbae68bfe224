//! Entries of an opened zip: where each lies, and its content handed to the walk. Never decides which loader is right.

use crate::extract::embedded;
use crate::extract::format::name::{self, Names};
use crate::extract::format::note::Notes;
use crate::extract::format::zip::compare::{Compared, Reading, compare};
use crate::extract::format::zip::directory::{Central, End};
use crate::extract::format::zip::layout::Layout;
use crate::extract::format::zip::local::{ENCRYPTED, Local, MASKED, PATCHED, STRONG};
use crate::extract::format::zip::method::{self, AES, BZIP2, DEFLATE, Decoder, LZMA, STORED, Seen, Watched};
use crate::extract::source::Source;
use crate::extract::walk::{Entry, Hash, ReadError, Walk};
use crate::facts::{DeviationKind, FormatId, MemberId, Origin};
use std::cell::RefCell;
use std::collections::HashSet;
use std::io::{self, Read as _};

/// An entry and where its bytes are.
#[derive(Debug)]
pub(super) struct Placed {
    /// Index of its central header.
    pub central: usize,
    /// Its local header, without name and extra field.
    pub local: Local,
    /// Every way to take its data, and where it ends.
    pub compared: Compared,
}

/// What headers say of the content that is about to be read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Declared {
    /// Size after decoding; `None` when no header says it.
    pub unpacked: Option<u64>,
    /// CRC-32; `None` when no header says it.
    pub crc: Option<u32>,
    /// General purpose flags.
    pub flags: u16,
    /// Offset of the header that says so.
    pub at: u64,
    /// The header that counts says that the content is encrypted.
    pub encrypted: bool,
}

/// A zip while it is read.
pub(super) struct Opened<'a> {
    pub source: &'a Source,
    pub notes: Notes,
    pub names: Names,
    pub layout: Layout,
    /// Methods in order of first use.
    pub methods: Vec<u16>,
    pub encrypted: u64,
    pub decoded: u64,
    pub covered: Vec<(u64, u64)>,
    arrays: u64,
    others: u64,
    /// Stored bytes that may be read without a charge: each byte of the archive once. More means that entries overlap.
    free: u64,
    /// Names of all entries in lower case, once they are asked for.
    there: HashSet<Vec<u8>>,
}

impl<'a> Opened<'a> {
    pub(super) fn new(source: &'a Source, notes: Notes) -> Self {
        Self {
            source,
            notes,
            names: Names::default(),
            layout: Layout::default(),
            methods: Vec::new(),
            encrypted: 0,
            decoded: 0,
            covered: Vec::new(),
            arrays: 0,
            others: 0,
            free: source.size(),
            there: HashSet::new(),
        }
    }

    /// Byte ranges that something accounts for.
    pub(super) fn cover(&mut self, ranges: &[(u64, u64)]) {
        self.covered.extend_from_slice(ranges);
    }

    /// Finds the local header of each entry from the `first` on, in every place where a loader would look, and compares the two.
    pub(super) fn place(&mut self, entries: &[Central], first: usize, walk: &mut Walk<'_>) -> io::Result<Vec<Placed>> {
        let mut placed = Vec::new();
        for (index, central) in entries.iter().enumerate().skip(first) {
            let mut found: Vec<Local> = Vec::new();
            for at in central.shifts.iter().filter_map(|shift| central.offset.checked_add_signed(*shift)) {
                if !found.iter().any(|one| one.at == at)
                    && let Some(local) = Local::read(self.source, at)?
                {
                    found.push(local);
                }
            }
            if found.is_empty() {
                let error = ReadError::malformed("no local file header where the directory says", central.at);
                walk.incomplete(self.notes.member, Some(FormatId::Zip), error);
            }
            if found.len() > 1 {
                let note = self.notes.of(DeviationKind::HeaderDisagreement).entry(&central.name);
                note.field("relative offset of local header").at(central.at).write(walk);
            }
            if central.disk != 0 && central.disk != u16::MAX {
                let note = self.notes.of(DeviationKind::InvalidValue).entry(&central.name).field("disk number start");
                note.found(central.disk).at(central.at).write(walk);
            }
            for mut local in found {
                let compared = compare(self.source, central, &local, walk, self.notes)?;
                if local.data.saturating_add(central.packed) > self.source.size() {
                    let error = ReadError::truncated("the end of an entry's data", local.at);
                    walk.incomplete(self.notes.member, Some(FormatId::Zip), error);
                }
                self.covered.push((local.at, compared.behind.min(self.source.size())));
                (local.name, local.extra) = Default::default();
                placed.push(Placed { central: index, local, compared });
            }
        }
        Ok(placed)
    }

    /// Notes entries that share bytes with another entry or with the directory (Fifield, "A better zip bomb", 2019).
    pub(super) fn note_overlaps(&self, entries: &[Central], placed: &[Placed], walk: &mut Walk<'_>) {
        let mut order: Vec<&Placed> = placed.iter().collect();
        order.sort_by_key(|one| (one.local.at, one.compared.behind));
        let mut reached = 0;
        for one in order {
            if one.local.at < reached {
                let name = entries.get(one.central).map(|central| &*central.name).unwrap_or_default();
                self.notes.of(DeviationKind::Overlap).entry(name).at(one.local.at).write(walk);
            }
            reached = reached.max(one.compared.behind);
        }
    }

    /// Hands every listed entry to the walk, in the directory's order.
    pub(super) fn read_all(
        &mut self,
        entries: &[Central],
        placed: Vec<Placed>,
        walk: &mut Walk<'_>,
    ) -> Result<(), ReadError> {
        let mut seen = None;
        for one in placed {
            let Some(central) = entries.get(one.central) else { continue };
            if seen.replace(one.central) != Some(one.central) {
                self.names.check(walk, self.notes, &central.name, central.at);
                if !central.listed {
                    let note = self.notes.of(DeviationKind::HiddenEntry).entry(&central.name);
                    note.field("central directory").at(central.at).write(walk);
                }
            }
            walk.storages.clear();
            self.read_entry(central, &one, walk)?;
            self.note_missing(entries, central, walk);
        }
        Ok(())
    }

    /// Notes the storages that a torch archive's pickle names and that are not in the archive: torch fails on them, and what another
    /// loader would take in their place is not in this file.
    fn note_missing(&mut self, entries: &[Central], central: &Central, walk: &mut Walk<'_>) {
        let Some(folder) = self.layout.storages(&central.name) else { return };
        let asked = std::mem::take(&mut walk.storages);
        if asked.is_empty() {
            return;
        }
        // Once for the archive: a hostile one has its pickle a thousand times.
        if self.there.is_empty() {
            self.there = entries.iter().map(|entry| entry.name.to_ascii_lowercase()).collect();
        }
        for key in asked {
            let name = [folder.as_slice(), &key].concat();
            if !self.there.contains(&name.to_ascii_lowercase()) {
                let note = Notes { format: FormatId::Torch, ..self.notes }.of(DeviationKind::MissingFile);
                note.entry(&name).at(central.at).write(walk);
            }
        }
    }

    fn read_entry(&mut self, central: &Central, placed: &Placed, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let name = &*central.name;
        let note = |kind| self.notes.of(kind).entry(name).at(central.at);
        let secret = |flags: u16, method: u16| flags & (ENCRYPTED | STRONG | MASKED) != 0 || method == AES;
        let encrypted = secret(central.flags, central.method) || central.extra.encryption;
        if encrypted || secret(placed.local.flags, placed.local.method) {
            self.encrypted = self.encrypted.saturating_add(1);
            note(DeviationKind::Encrypted).found(format!("{:#06x}", central.flags | placed.local.flags)).write(walk);
        }
        if name.ends_with(b"/") {
            let data = self.source.bytes_at(placed.local.data, central.packed.min(3))?;
            // Java writes a directory as the deflate stream of nothing.
            let nothing = central.method == DEFLATE && data == [3, 0];
            if central.unpacked == 0 && (data.is_empty() || nothing) {
                return Ok(());
            }
            note(DeviationKind::InvalidValue).field("directory with content").found(central.unpacked).write(walk);
        }
        let payload = self.layout.payload(name);
        let promised = self.layout.promised(name);
        let mut entry = Entry { payload, tensor: payload, promised, ..Entry::default() };
        if let Some(mode) = central.mode() {
            entry.executable = mode & 0o111 != 0 && !name.ends_with(b"/");
            match mode & 0o170_000 {
                0o120_000 => self.read_link(central, placed, walk)?,
                0o020_000 | 0o060_000 | 0o010_000 | 0o140_000 => {
                    note(DeviationKind::SpecialFile).found(format!("{mode:o}")).write(walk);
                }
                _ => {}
            }
        }
        let declared = Declared {
            unpacked: Some(central.unpacked),
            crc: Some(central.crc),
            flags: central.flags,
            at: central.at,
            encrypted,
        };
        let origin = if central.listed { Origin::Entry } else { Origin::Hidden };
        for reading in &placed.compared.readings {
            self.read_content(name, *reading, placed.local.data, declared, origin, entry.clone(), walk)?;
        }
        Ok(())
    }

    /// A symbolic link: Info-ZIP makes one, zipfile writes its target as a file. Here the link; its content is read as a file too.
    fn read_link(&mut self, central: &Central, placed: &Placed, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let range = self.source.range(placed.local.data, central.packed);
        let limits = walk.limits;
        let mut target = Vec::new();
        if let Ok(decoder) = Decoder::new(central.method, &range, central.flags, central.unpacked, limits) {
            // A target that is cut or broken is what could be read of it; the content's own reading says why.
            let _cut = decoder.take(4096).read_to_end(&mut target);
        }
        let link = name::symbolic(&central.name, &target, limits.text);
        let note = self.notes.of(DeviationKind::Link).entry(&central.name).at(central.at);
        note.found(&link.target).write(walk);
        let entry = Entry { link: Some(link), ..Entry::default() };
        walk.member(Some(self.notes.member), &central.name, Origin::Entry, &range, Hash::Payload, entry);
        Ok(())
    }

    /// Hands content to the walk in one reading, and compares it with what was declared. Gives the bytes that it took.
    #[expect(clippy::too_many_arguments, reason = "each is a fact of the entry that no other holds")]
    pub(super) fn read_content(
        &mut self,
        name: &[u8],
        reading: Reading,
        data: u64,
        declared: Declared,
        origin: Origin,
        mut entry: Entry,
        walk: &mut Walk<'_>,
    ) -> Result<u64, ReadError> {
        if !self.methods.contains(&reading.method) && self.methods.len() < 64 {
            self.methods.push(reading.method);
        }
        let usual = matches!(reading.method, STORED | DEFLATE)
            || (matches!(reading.method, BZIP2 | LZMA) && !self.layout.torch())
            || reading.method == AES;
        if !usual {
            let note = self.notes.of(DeviationKind::UnusualMethod).entry(name).field("compression method");
            note.found(method::name(reading.method)).at(declared.at).write(walk);
        }
        let range = self.source.range(data, reading.packed);
        // Encrypted bytes mean nothing; some loaders ignore the flag, so they are looked at all the same.
        entry.payload |= declared.encrypted;
        let payload = entry.payload;
        let read = match reading.method {
            STORED => self.read_stored(name, &range, origin, entry, walk)?,
            _ => match Decoder::new(
                reading.method,
                &range,
                declared.flags,
                declared.unpacked.unwrap_or(u64::MAX),
                walk.limits,
            ) {
                Ok(decoder) => self.read_decoded(name, decoder, &range, declared, origin, entry, walk),
                Err(error) => {
                    // The raw bytes stand in for what they would decode to.
                    let entry = Entry { payload: true, ..entry };
                    let id = walk.member(Some(self.notes.member), name, origin, &range, Hash::Wanted, entry);
                    if !declared.encrypted {
                        walk.incomplete(id.unwrap_or(self.notes.member), Some(FormatId::Zip), error);
                    }
                    Read { id, size: None, crc: None, taken: reading.packed }
                }
            },
        };
        let on = read.id.unwrap_or(self.notes.member);
        if declared.encrypted {
            let what = "encrypted content".to_owned();
            let error = ReadError::Encrypted { what, offset: Some(declared.at) };
            walk.incomplete(on, Some(FormatId::Zip), error);
            return Ok(read.taken);
        }
        if declared.flags & PATCHED != 0 {
            walk.incomplete(on, Some(FormatId::Zip), ReadError::unsupported("compressed patched data", declared.at));
        }
        if let (Some(size), Some(expected)) = (read.size, declared.unpacked)
            && size != expected
        {
            let note = self.notes.of(DeviationKind::SizeMismatch).entry(name).field("uncompressed size");
            note.expected(expected).found(size).at(declared.at).write(walk);
            // zipfile stops at the declared size; what it would see is another file than the whole.
            if size > expected && expected > 0 && reading.method != STORED {
                let decoder = Decoder::new(reading.method, &range, declared.flags, expected, walk.limits)?;
                let entry = Entry { payload, ..Entry::default() };
                let reader = decoder.take(expected);
                let decoded = walk.decode(self.notes.member, name, origin, reader, range.size(), entry);
                self.decoded = self.decoded.saturating_add(decoded.size);
            }
        }
        if let Some(left) = range.size().checked_sub(read.taken).filter(|left| *left > 0 && declared.unpacked.is_some())
        {
            let note = self.notes.of(DeviationKind::SizeMismatch).entry(name).field("compressed size");
            note.expected(range.size()).found(read.taken).at(declared.at).write(walk);
            let rest = range.range(read.taken, left);
            walk.member(Some(on), b"rest", Origin::Remainder, &rest, Hash::Wanted, Entry::default());
        }
        if let (Some(found), Some(expected)) = (read.crc, declared.crc)
            && found != expected
        {
            let note = self.notes.of(DeviationKind::ChecksumMismatch).entry(name).field("crc-32");
            note.expected(format!("{expected:08x}")).found(format!("{found:08x}")).at(declared.at).write(walk);
        }
        Ok(read.taken)
    }

    fn read_stored(
        &mut self,
        name: &[u8],
        range: &Source,
        origin: Origin,
        entry: Entry,
        walk: &mut Walk<'_>,
    ) -> Result<Read, ReadError> {
        match self.free.checked_sub(range.size()) {
            Some(left) => self.free = left,
            None => walk.budget.decoded(range.size())?,
        }
        let crc = checksum(range)?;
        let hash = if entry.payload { Hash::Payload } else { Hash::Wanted };
        self.count(&range.bytes_at(0, 8)?);
        let id = walk.member(Some(self.notes.member), name, origin, range, hash, entry);
        self.note_code(name, id, walk);
        self.decoded = self.decoded.saturating_add(range.size());
        Ok(Read { id, size: Some(range.size()), crc: Some(crc), taken: range.size() })
    }

    #[expect(clippy::too_many_arguments, reason = "each is a fact of the entry that no other holds")]
    fn read_decoded(
        &mut self,
        name: &[u8],
        decoder: Decoder,
        range: &Source,
        declared: Declared,
        origin: Origin,
        entry: Entry,
        walk: &mut Walk<'_>,
    ) -> Read {
        let seen = RefCell::default();
        let watched = Watched::new(decoder, &seen);
        let decoded = walk.decode(self.notes.member, name, origin, watched, range.size(), entry);
        let Seen { first, taken } = seen.into_inner();
        self.count(&first);
        self.note_code(name, decoded.id, walk);
        self.decoded = self.decoded.saturating_add(decoded.size);
        let whole = decoded.error.is_none();
        if let Some(error) = decoded.error.filter(|_| !declared.encrypted) {
            walk.incomplete(decoded.id.unwrap_or(self.notes.member), Some(FormatId::Zip), error);
        }
        // What a broken stream leaves behind is part of its breaking, not bytes behind its end.
        let taken = taken.filter(|_| whole).unwrap_or(range.size());
        Read { id: decoded.id, size: Some(decoded.size), crc: Some(decoded.crc32), taken }
    }

    fn count(&mut self, first: &[u8]) {
        // numpy/lib/format.py MAGIC_PREFIX; np.load takes any entry that begins so as an array.
        let count = if first.starts_with(b"\x93NUMPY") { &mut self.arrays } else { &mut self.others };
        *count = count.saturating_add(1);
    }

    fn note_code(&self, name: &[u8], id: Option<MemberId>, walk: &mut Walk<'_>) {
        if let Some(member) = id.filter(|_| self.layout.torchscript(name)) {
            walk.code(crate::facts::Source::unread(member, "torchscript", None));
        }
    }

    /// Whether every entry is an array.
    pub(super) fn only_arrays(&self) -> bool {
        self.arrays > 0 && self.others == 0 && !self.layout.torch()
    }

    /// Hands a comment that is no text to the walk: it may hold anything.
    pub(super) fn read_comments(&mut self, ends: &[End], walk: &mut Walk<'_>) -> Result<(), ReadError> {
        for end in ends.iter().filter(|end| !end.wide || ends.len() == 1) {
            let from = end.at.saturating_add(22);
            let comment = self.source.range(from, end.behind.saturating_sub(from));
            let bytes = comment.bytes_at(0, 0xffff)?;
            embedded::words(self.notes.member, "comment", &bytes, walk);
            if std::str::from_utf8(&bytes).is_err() || bytes.contains(&0) {
                let entry = Entry { payload: true, ..Entry::default() };
                walk.member(Some(self.notes.member), b"comment", Origin::Remainder, &comment, Hash::Wanted, entry);
            }
        }
        Ok(())
    }
}

/// What became of an entry's content.
struct Read {
    id: Option<MemberId>,
    /// Bytes of the content, when it could be read.
    size: Option<u64>,
    crc: Option<u32>,
    /// Bytes of the data that the content took.
    taken: u64,
}

/// CRC-32 (IEEE) of a range, in one pass.
fn checksum(range: &Source) -> io::Result<u32> {
    let mut crc = crc32fast::Hasher::new();
    let mut chunk = vec![0; 256 << 10];
    let mut at = 0u64;
    loop {
        let read = range.read_at(at, &mut chunk)?;
        let Some(bytes) = chunk.get(..read).filter(|bytes| !bytes.is_empty()) else { return Ok(crc.finalize()) };
        crc.update(bytes);
        at = at.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
    }
}
