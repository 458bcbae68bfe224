//! 7z (7zFormat.txt of the LZMA SDK): entries through sevenz-rust2, its memory bounded here first. Never asks for a password.

mod header;
#[cfg(test)]
mod tests;

use crate::extract::format::dictionary::Permit;
use crate::extract::format::name::{self, Names};
use crate::extract::format::note::Notes;
use crate::extract::format::sevenz::header::Start;
use crate::extract::format::{Claim, Format, Window, remainder};
use crate::extract::source::{Source, Spool};
use crate::extract::walk::{Entry, Hash, ReadError, Walk};
use crate::facts::{Archive as Record, DeviationKind, FormatId, MemberId, Origin};
use crate::limits::Exhausted;
use sevenz_rust::{Archive, ArchiveEntry, Block, BlockDecoder, EncoderMethod, Error, Password};

/// The signature (7zFormat.txt, "SignatureHeader").
const MAGIC: &[u8; 6] = b"7z\xbc\xaf\x27\x1c";
/// Bytes of the signature header; all offsets count from its end.
const START: u64 = 32;

/// 7z.
pub(super) struct SevenZip;

impl Format for SevenZip {
    fn id(&self) -> FormatId {
        FormatId::SevenZip
    }

    fn about(&self) -> &'static str {
        "entries in copy, LZMA, LZMA2, PPMd, BZip2 and Deflate with their filters"
    }

    fn claims(&self, window: &Window) -> Claim {
        if window.starts_with(MAGIC) || begins(&window.head).is_some() { Claim::Certain } else { Claim::No }
    }

    fn read(&self, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let notes = Notes { member, format: FormatId::SevenZip };
        let head = source.bytes_at(0, 8 << 10)?;
        let begin = if head.starts_with(MAGIC) { 0 } else { begins(&head).unwrap_or(0) };
        remainder::read(source, 0, begin, notes, walk)?;
        let inner = source.range(begin, source.size().saturating_sub(begin));
        let mut opened =
            Opened { notes, names: Names::default(), decoded: 0, encrypted: 0, methods: Vec::new(), at: 0 };
        let mut covered = vec![(0, START)];
        let read = opened.read(&inner, &mut covered, walk);
        // Without its header nothing is known of the rest: it is incomplete, not a gap.
        if read.is_ok() {
            for (from, to) in remainder::gaps(&mut covered, inner.size()) {
                remainder::read(source, begin.saturating_add(from), begin.saturating_add(to), notes, walk)?;
            }
        }
        walk.archive(Record {
            member,
            format: FormatId::SevenZip,
            entries: *read.as_ref().unwrap_or(&0),
            methods: opened.methods,
            encrypted: opened.encrypted,
            decoded: opened.decoded,
            comment: None,
        });
        read.map(|_| ())
    }
}

/// Where an archive begins behind other bytes, told from a chance signature by its checksum.
fn begins(head: &[u8]) -> Option<u64> {
    let starts = head.windows(MAGIC.len()).enumerate().filter(|(_, window)| window == MAGIC).map(|(at, _)| at);
    let mut valid = starts.filter(|at| head.get(*at..).is_some_and(|rest| Start::read(rest).is_ok()));
    valid.next().and_then(|at| u64::try_from(at).ok())
}

/// A 7z while it is read.
struct Opened {
    notes: Notes,
    names: Names,
    decoded: u64,
    encrypted: u64,
    methods: Vec<String>,
    /// Offset of the header, for deviations about names.
    at: u64,
}

impl Opened {
    /// Reads every entry. Gives how many there are.
    fn read(&mut self, inner: &Source, covered: &mut Vec<(u64, u64)>, walk: &mut Walk<'_>) -> Result<u64, ReadError> {
        let start = Start::read(&inner.bytes_at(0, START)?)?;
        if start.size == 0 {
            return Ok(0);
        }
        self.at = start.at;
        covered.push((start.at, start.at.saturating_add(start.size)));
        let permit = match header::check(inner, &start, walk.limits) {
            Ok((packed, permit)) => {
                covered.extend(packed);
                permit
            }
            Err(error) => {
                // It is told as what was not read; nothing is known of entries that could be told beside it.
                if matches!(error, ReadError::Encrypted { .. }) {
                    self.encrypted = 1;
                }
                return Err(error);
            }
        };
        let memory = usize::try_from(walk.limits.dictionary >> 10).unwrap_or(usize::MAX);
        let mut reader = inner.reader();
        let password = Password::empty();
        let mut archive =
            Archive::read_with_memory_limit(&mut reader, &password, memory).map_err(|error| read_error(error, None))?;
        drop(permit);
        let sums: Vec<Option<u64>> = archive.files.iter().map(|file| file.has_crc.then_some(file.crc)).collect();
        // Checksums are compared here: a wrong one must not end the reading.
        archive.files.iter_mut().for_each(|file| file.has_crc = false);
        archive.blocks.iter_mut().for_each(|block| block.has_crc = false);
        let packed_at = START.saturating_add(archive.pack_pos());
        let packed = archive.pack_sizes().iter().fold(0u64, |sum, size| sum.saturating_add(*size));
        covered.push((packed_at, packed_at.saturating_add(packed)));
        for index in 0..archive.blocks.len() {
            if let Err(error) = self.block(&archive, index, &sums, &mut reader, walk) {
                walk.incomplete(self.notes.member, Some(FormatId::SevenZip), error);
            }
        }
        let alone = archive.files.iter().zip(&archive.stream_map.file_block_index).filter(|(_, block)| block.is_none());
        for (file, _) in alone {
            self.entry(file, None, &Part::default(), &Source::memory(Vec::new()), walk);
        }
        Ok(u64::try_from(archive.files.len()).unwrap_or(u64::MAX))
    }

    fn block(
        &mut self,
        archive: &Archive,
        index: usize,
        sums: &[Option<u64>],
        reader: &mut std::io::BufReader<crate::extract::source::SourceReader>,
        walk: &mut Walk<'_>,
    ) -> Result<(), ReadError> {
        let (Some(block), Some(first)) =
            (archive.blocks.get(index), archive.stream_map.block_first_file_index.get(index).copied())
        else {
            return Ok(());
        };
        let encrypted = self.methods(block);
        let decoder_memory = usize::try_from(walk.limits.dictionary >> 10).unwrap_or(usize::MAX);
        let streams = archive.stream_map.block_first_pack_stream_index();
        let from = streams.get(index).copied().unwrap_or(0);
        let to = streams.get(index.saturating_add(1)).copied().unwrap_or(archive.pack_sizes().len());
        let packed = archive.pack_sizes().get(from..to).unwrap_or_default();
        let packed = packed.iter().fold(0u64, |sum, size| sum.saturating_add(*size));
        let password = Password::empty();
        let decoder = BlockDecoder::new_with_memory_limit(1, decoder_memory, index, archive, &password, reader);
        if encrypted {
            for file in decoder.entries() {
                self.encrypted = self.encrypted.saturating_add(1);
                let note = self.notes.of(DeviationKind::Encrypted).entry(file.name.as_bytes());
                note.at(self.at).write(walk);
            }
            return Err(ReadError::Encrypted { what: "encrypted content".to_owned(), offset: None });
        }
        // All of a block is decoded before any of it is read, so that its dictionary is free again by then.
        let permit = Permit::take(memory(block), walk.limits.dictionary)?;
        let mut spool = Spool::new(walk.limits.spool_memory);
        let mut parts = Vec::new();
        let mut stopped = None;
        let outcome = decoder.for_each_entries(&mut |_, mut reader| {
            let (from, mut crc) = (spool.size(), crc32fast::Hasher::new());
            stopped = walk.pump(&mut reader, &mut spool, packed, |bytes| crc.update(bytes)).err();
            parts.push(Part { from, size: spool.size().saturating_sub(from), crc: crc.finalize() });
            Ok(stopped.is_none())
        });
        drop(permit);
        let paid = spool.paid;
        let content = spool.finish()?;
        let files = archive.files.iter().zip(sums).skip(first);
        for ((file, sum), part) in files.zip(&parts) {
            self.entry(file, *sum, part, &content, walk);
        }
        walk.budget.unspooled(paid);
        match stopped {
            Some(error) => Err(error),
            None => outcome.map(|_| ()).map_err(|error| read_error(error, None)),
        }
    }

    /// Notes the methods of a block; says whether it is encrypted.
    fn methods(&mut self, block: &Block) -> bool {
        let mut encrypted = false;
        for id in block.coders.iter().map(sevenz_rust::Coder::encoder_method_id) {
            encrypted |= id == EncoderMethod::ID_AES256_SHA256;
            let name = EncoderMethod::by_id(id).map_or_else(|| header::hex(id), |method| method.name().to_owned());
            if !self.methods.contains(&name) && self.methods.len() < 64 {
                self.methods.push(name);
            }
        }
        encrypted
    }

    fn entry(&mut self, file: &ArchiveEntry, sum: Option<u64>, part: &Part, content: &Source, walk: &mut Walk<'_>) {
        let name = file.name.as_bytes();
        self.names.check(walk, self.notes, name, self.at);
        let note = |kind| self.notes.of(kind).entry(name).at(self.at);
        if file.is_anti_item {
            note(DeviationKind::InvalidValue).field("anti item").write(walk);
        }
        if !file.has_stream && file.is_directory {
            return;
        }
        let range = content.range(part.from, part.size);
        let mut entry = Entry::default();
        // p7zip and py7zr keep a Unix mode in the high half, marked by bit 15.
        let mode = (file.windows_attributes & 0x8000 != 0).then_some(file.windows_attributes >> 16);
        entry.executable = mode.is_some_and(|mode| mode & 0o111 != 0);
        match mode.map(|mode| mode & 0o170_000) {
            // FILE_ATTRIBUTE_REPARSE_POINT is Windows' symbolic link.
            kind if kind == Some(0o120_000) || file.windows_attributes & 0x400 != 0 => {
                // A target that cannot be read is said by the member's own reading below.
                let target = range.bytes_at(0, 4096).unwrap_or_default();
                let link = name::symbolic(name, &target, walk.limits.text);
                note(DeviationKind::Link).found(&link.target).write(walk);
                let (none, linked) = (Source::memory(Vec::new()), Entry { link: Some(link), ..Entry::default() });
                walk.member(Some(self.notes.member), name, Origin::Entry, &none, Hash::Payload, linked);
            }
            Some(0o020_000 | 0o060_000 | 0o010_000 | 0o140_000) => note(DeviationKind::SpecialFile).write(walk),
            _ => {}
        }
        walk.member(Some(self.notes.member), name, Origin::Entry, &range, Hash::Wanted, entry);
        self.decoded = self.decoded.saturating_add(part.size);
        let note = |kind| self.notes.of(kind).entry(name).at(self.at);
        if part.size != file.size {
            let note = note(DeviationKind::SizeMismatch).field("unpack size");
            note.expected(file.size).found(part.size).write(walk);
        }
        if let Some(sum) = sum.filter(|sum| *sum != u64::from(part.crc)) {
            let note = note(DeviationKind::ChecksumMismatch).field("crc-32");
            note.expected(format!("{sum:08x}")).found(format!("{:08x}", part.crc)).write(walk);
        }
    }
}

/// An entry's place in its decoded block.
#[derive(Debug, Default)]
struct Part {
    from: u64,
    size: u64,
    crc: u32,
}

/// Bytes that the decoders of a block ask for together; the library bounds each alone.
fn memory(block: &Block) -> u64 {
    block
        .coders
        .iter()
        .fold(0u64, |sum, coder| sum.saturating_add(header::dictionary(coder.encoder_method_id(), coder.properties())))
}

fn read_error(error: Error, offset: Option<u64>) -> ReadError {
    match error {
        Error::MaxMemLimited { .. } => Exhausted("dictionary").into(),
        Error::Io(error, _) => error.into(),
        Error::PasswordRequired | Error::MaybeBadPassword(_) => {
            ReadError::Encrypted { what: "encrypted content".to_owned(), offset }
        }
        Error::UnsupportedCompressionMethod(method) => {
            ReadError::unsupported(format!("compression method {method}"), offset)
        }
        Error::ExternalUnsupported | Error::Unsupported(_) | Error::UnsupportedVersion { .. } => {
            ReadError::unsupported(format!("{error}"), offset)
        }
        other => ReadError::malformed(format!("{other}"), offset),
    }
}
