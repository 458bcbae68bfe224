//! What all compressed streams have in common: one record, the child's name, several streams in one file, what stands behind
//! the last one, and what was decoded before an error. Knows no compression by itself.

use crate::extract::format::dictionary::Permit;
use crate::extract::source::Source;
use crate::extract::walk::{Decoded, Entry, Hash, Reached, ReadError, Walk};
use crate::facts::{Archive, Deviation, DeviationKind, FormatId, MemberId, Origin};
use crate::limits::Exhausted;
use crate::place;
use std::io::{self, Read};

/// Bytes of compressed content that are read at one time: few at first, because a hostile file has many tiny streams.
const FIRST_INPUT: u64 = 1 << 10;
const INPUT: u64 = 64 << 10;

/// One compression, as the common reader sees it.
pub(super) trait Codec {
    /// What begins at `at`. `first` tells the start of the content from what follows a stream.
    fn begin(&mut self, source: &Source, at: u64, first: bool) -> Result<Begin, ReadError>;
}

/// What begins at a place between two streams.
pub(super) enum Begin {
    /// A stream.
    Stream(Box<dyn Stream>),
    /// So many bytes that every reader of this format passes over (a skippable frame, padding).
    Skip(u64),
    /// Nothing of this format.
    Nothing,
}

/// One stream that is being decoded.
pub(super) trait Stream {
    /// The next decoded bytes; 0 at the end of the stream. Bytes that were decoded before an error are handed out before it.
    fn read(&mut self, into: &mut [u8], notes: &mut Vec<Note>) -> Result<usize, ReadError>;

    /// Offset of the first byte behind the stream; asked after [`Self::read`] said 0.
    fn end(&self) -> u64;
}

/// A deviation that a stream saw; the common reader adds the member and the format.
pub(super) struct Note {
    /// What departs.
    pub kind: DeviationKind,
    /// The field, in the specification's name.
    pub field: &'static str,
    /// What the field says.
    pub expected: String,
    /// What is there.
    pub found: String,
    /// Byte offset in the member.
    pub offset: u64,
}

impl Note {
    /// Compares what a trailer's field says with what was decoded.
    pub(super) fn compare(kind: DeviationKind, field: &'static str, says: u32, is: u32, offset: u64) -> Option<Self> {
        (says != is).then(|| Self { kind, field, expected: format!("{says:08x}"), found: format!("{is:08x}"), offset })
    }
}

/// Compressed bytes, read forward with an exact place: what a decoder did not use is not passed over.
pub(super) struct Input {
    source: Source,
    at: u64,
    buffer: Vec<u8>,
    used: usize,
}

impl Input {
    /// The bytes of `source` from `at` on.
    pub(super) fn new(source: &Source, at: u64) -> Self {
        Self { source: source.clone(), at, buffer: Vec::new(), used: 0 }
    }

    /// Offset of the next byte.
    pub(super) fn at(&self) -> u64 {
        self.at
    }

    /// Some of the next bytes; none at the end.
    pub(super) fn fill(&mut self) -> io::Result<&[u8]> {
        if self.used >= self.buffer.len() {
            let size = if self.buffer.is_empty() { FIRST_INPUT } else { INPUT };
            self.buffer = self.source.bytes_at(self.at, size)?;
            self.used = 0;
        }
        Ok(self.buffer.get(self.used..).unwrap_or_default())
    }

    /// Passes over `count` bytes that [`Self::fill`] showed.
    pub(super) fn consume(&mut self, count: usize) {
        let count = count.min(self.buffer.len().saturating_sub(self.used));
        self.used = self.used.saturating_add(count);
        self.at = self.at.saturating_add(u64::try_from(count).unwrap_or(0));
    }

    /// The next `N` bytes.
    pub(super) fn array<const N: usize>(&mut self, what: &str) -> Result<[u8; N], ReadError> {
        let at = self.at;
        let mut bytes = [0; N];
        self.read_exact(&mut bytes).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => ReadError::truncated(what, at),
            _ => ReadError::Io(error),
        })?;
        Ok(bytes)
    }

    /// Passes over the next `count` bytes.
    pub(super) fn skip(&mut self, count: u64, what: &str) -> Result<(), ReadError> {
        if self.source.size().saturating_sub(self.at) < count {
            return Err(ReadError::truncated(what, self.at));
        }
        self.at = self.at.saturating_add(count);
        self.buffer.clear();
        self.used = 0;
        Ok(())
    }
}

impl Read for Input {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let bytes = self.fill()?;
        let count = bytes.len().min(into.len());
        let (Some(to), Some(from)) = (into.get_mut(..count), bytes.get(..count)) else { return Ok(0) };
        to.copy_from_slice(from);
        self.consume(count);
        Ok(count)
    }
}

/// A decoder that takes bytes from a slice and says how many, as zlib's and bzip2's do.
pub(super) trait Push {
    /// Decodes from `input` into `output`: bytes taken, bytes given, and whether the end was reached or what is wrong. What was
    /// given counts even when something is wrong.
    fn push(&mut self, input: &[u8], output: &mut [u8]) -> (usize, usize, Result<bool, String>);
}

/// Drives a [`Push`] over an [`Input`]. An error waits until what was decoded before it is handed out.
pub(super) struct Pump<P> {
    /// The compressed bytes.
    pub input: Input,
    push: P,
    done: bool,
    failed: Option<ReadError>,
}

impl<P: Push> Pump<P> {
    /// A decoder before its first byte.
    pub(super) fn new(input: Input, push: P) -> Self {
        Self { input, push, done: false, failed: None }
    }

    /// The next decoded bytes; 0 at the end.
    pub(super) fn read(&mut self, into: &mut [u8]) -> Result<usize, ReadError> {
        loop {
            if let Some(error) = self.failed.take() {
                return Err(error);
            }
            if self.done || into.is_empty() {
                return Ok(0);
            }
            let bytes = self.input.fill()?;
            let ended = bytes.is_empty();
            let (taken, given, outcome) = self.push.push(bytes, into);
            self.input.consume(taken);
            match outcome {
                Ok(done) => self.done = done,
                Err(what) => self.failed = Some(ReadError::malformed(what, self.input.at())),
            }
            if given > 0 {
                return Ok(given);
            }
            if ended && !self.done && self.failed.is_none() {
                return Err(ReadError::truncated("the end of the compressed stream", self.input.at()));
            }
        }
    }
}

/// Drives a decoder that takes an [`Input`] as a reader and may lose, at an error, bytes that it had decoded or could have: another
/// decoder is then started from the same place, and the last bytes are taken one by one.
pub(super) struct Restart<R, F> {
    decoder: Option<R>,
    again: F,
    given: u64,
    rest: Vec<u8>,
    used: usize,
    error: Option<ReadError>,
    _permit: Permit,
}

/// Bytes that are taken one by one: an LZMA2 chunk decodes to 2 MiB at most (XZ Utils, lzma2_decoder.c).
const LAST: usize = 2 << 20;

impl<R: Read, F: FnMut() -> Option<Box<dyn Read>>> Restart<R, F> {
    /// A decoder, and how to make another from the same place.
    pub(super) fn new(decoder: R, again: F, permit: Permit) -> Self {
        Self { decoder: Some(decoder), again, given: 0, rest: Vec::new(), used: 0, error: None, _permit: permit }
    }

    /// The decoder.
    pub(super) fn decoder(&self) -> Option<&R> {
        self.decoder.as_ref()
    }

    /// Takes the decoder out, to see what it left; [`Self::read`] then says 0.
    pub(super) fn take(&mut self) -> Option<R> {
        self.decoder.take()
    }

    /// The next decoded bytes; 0 at the end.
    pub(super) fn read(&mut self, into: &mut [u8]) -> Result<usize, ReadError> {
        if let Some(decoder) = &mut self.decoder {
            match decoder.read(into) {
                Ok(count) => {
                    self.given = self.given.saturating_add(u64::try_from(count).unwrap_or(0));
                    return Ok(count);
                }
                Err(error) => {
                    self.decoder = None;
                    self.error = Some(decoder_error(error));
                    self.last();
                }
            }
        }
        let left = self.rest.get(self.used..).unwrap_or_default();
        let count = left.len().min(into.len());
        if let (Some(to), Some(from)) = (into.get_mut(..count), left.get(..count)) {
            to.copy_from_slice(from);
        }
        self.used = self.used.saturating_add(count);
        if count == 0 { self.error.take().map_or(Ok(0), Err) } else { Ok(count) }
    }

    /// Decodes again up to where bytes were lost, and takes what comes before the error.
    fn last(&mut self) {
        let Some(mut decoder) = (self.again)() else { return };
        let passed = io::copy(&mut Read::by_ref(&mut decoder).take(self.given), &mut io::sink());
        if passed.is_ok_and(|passed| passed == self.given) {
            let mut one = [0; 1];
            while self.rest.len() < LAST && matches!(decoder.read(&mut one), Ok(1)) {
                self.rest.extend_from_slice(&one);
            }
        }
    }
}

/// What a decoder's error means for the facts.
pub(super) fn decoder_error(error: io::Error) -> ReadError {
    match error.kind() {
        io::ErrorKind::Unsupported => ReadError::unsupported(error.to_string(), None),
        io::ErrorKind::OutOfMemory => ReadError::Limit(Exhausted("dictionary")),
        _ => ReadError::Io(error),
    }
}

/// What was seen while streams were decoded.
#[derive(Default)]
struct Seen {
    streams: u64,
    /// First byte behind the last stream that ended.
    end: u64,
    notes: Vec<Note>,
    error: Option<ReadError>,
}

/// All streams of a content, or the first alone, as one reader of decoded bytes.
struct Streams<'a> {
    codec: &'a mut dyn Codec,
    source: &'a Source,
    seen: &'a mut Seen,
    most: u64,
    /// How many streams and skippable frames are read at most.
    ceiling: u64,
    current: Option<Box<dyn Stream>>,
    ended: bool,
}

impl Streams<'_> {
    fn next(&mut self, into: &mut [u8]) -> Result<usize, ReadError> {
        while !self.ended {
            match &mut self.current {
                Some(stream) => {
                    let count = stream.read(into, &mut self.seen.notes)?;
                    if count > 0 {
                        return Ok(count);
                    }
                    self.seen.end = stream.end();
                    self.current = None;
                }
                None if self.seen.streams >= self.most => self.ended = true,
                None if self.ceiling == 0 => return Err(Exhausted("members").into()),
                None => match self.codec.begin(self.source, self.seen.end, self.seen.streams == 0)? {
                    Begin::Stream(stream) => {
                        self.ceiling = self.ceiling.saturating_sub(1);
                        self.seen.streams = self.seen.streams.saturating_add(1);
                        self.current = Some(stream);
                    }
                    Begin::Skip(count) => {
                        let end = self.seen.end.saturating_add(count);
                        if count == 0 || end > self.source.size() {
                            return Err(ReadError::truncated("the end of a skippable frame", self.seen.end));
                        }
                        self.ceiling = self.ceiling.saturating_sub(1);
                        self.seen.end = end;
                    }
                    Begin::Nothing => self.ended = true,
                },
            }
        }
        Ok(0)
    }
}

impl Read for Streams<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.next(into).map_err(|error| {
            self.ended = true;
            self.current = None;
            self.seen.error = Some(error);
            io::Error::from(io::ErrorKind::InvalidData)
        })
    }
}

/// What became of the streams of a content.
pub(super) struct Outcome {
    /// The decoded content's member.
    child: Option<MemberId>,
    /// Every stream was read to its end, and no checksum is wrong.
    sound: bool,
}

/// Reads all streams of a content: decodes them into one member, the first alone into another if there are several (readers
/// differ), and hands on what stands behind the last.
pub(super) fn read(
    codec: &mut dyn Codec,
    about: (FormatId, &str, Option<String>),
    source: &Source,
    member: MemberId,
    walk: &mut Walk<'_>,
) -> (Outcome, Result<(), ReadError>) {
    let (format, method, comment) = about;
    let name = child_name(walk.facts(member).map_or("", |member| member.name.as_str()));
    let (seen, decoded) = decode(codec, source, member, &name, u64::MAX, walk);
    let mut total = decoded.size;
    if seen.streams > 1 {
        let (first, alone) = decode(codec, source, member, &name, 1, walk);
        total = total.saturating_add(alone.size);
        walk.deviation(Deviation {
            expected: Some("1".to_owned()),
            found: Some(seen.streams.to_string()),
            offset: Some(first.end),
            ..deviation(member, format, DeviationKind::SeveralStreams)
        });
    }
    for note in &seen.notes {
        walk.deviation(Deviation {
            field: Some(note.field.to_owned()),
            expected: Some(note.expected.clone()),
            found: Some(note.found.clone()),
            offset: Some(note.offset),
            ..deviation(member, format, note.kind)
        });
    }
    walk.archive(Archive {
        member,
        format,
        entries: seen.streams.max(1),
        methods: vec![method.to_owned()],
        encrypted: 0,
        decoded: total,
        comment,
    });
    let mut result = decoded.error.map_or(Ok(()), Err);
    let sums = seen.notes.iter().all(|note| note.kind != DeviationKind::ChecksumMismatch);
    let outcome = Outcome { child: decoded.id, sound: result.is_ok() && seen.streams > 0 && sums };
    if result.is_ok() {
        result = remainder(format, source, seen.end, member, walk);
    }
    (outcome, result)
}

fn decode(
    codec: &mut dyn Codec,
    source: &Source,
    member: MemberId,
    name: &str,
    most: u64,
    walk: &mut Walk<'_>,
) -> (Seen, Decoded) {
    let mut seen = Seen::default();
    let ceiling = walk.limits.members;
    let streams = Streams { codec, source, seen: &mut seen, most, ceiling, current: None, ended: false };
    let mut decoded = walk.decode(member, name.as_bytes(), Origin::Decoded, streams, source.size(), Entry::default());
    if matches!(decoded.error, Some(ReadError::Io(_)))
        && let Some(error) = seen.error.take()
    {
        decoded.error = Some(error);
    }
    (seen, decoded)
}

/// Says how far a compression without firm magic came. It counts when the decoded content is of a format, or when every stream
/// is sound and that is `proof`; anything less happens by chance: of a thousand weights one begins like zlib, and some of those
/// decode to a few bytes.
pub(super) fn reached(outcome: &Outcome, proof: bool, walk: &mut Walk<'_>) {
    let meant = outcome
        .child
        .and_then(|id| walk.facts(id))
        .is_some_and(|child| child.formats.iter().any(|format| !matches!(format, FormatId::Text | FormatId::Empty)));
    if meant || (proof && outcome.sound) {
        walk.reached(Reached::Effect);
    }
}

/// Hands on what stands behind the content that a format accounts for: a deviation and a member of its own, or nothing when it
/// is zero padding.
pub(super) fn remainder(
    format: FormatId,
    source: &Source,
    end: u64,
    member: MemberId,
    walk: &mut Walk<'_>,
) -> Result<(), ReadError> {
    let rest = source.range(end, u64::MAX);
    if rest.size() == 0 || zeros(&rest)? {
        return Ok(());
    }
    walk.deviation(Deviation {
        found: Some(format!("{} bytes", rest.size())),
        offset: Some(end),
        ..deviation(member, format, DeviationKind::SuffixBytes)
    });
    walk.member(Some(member), b"suffix", Origin::Remainder, &rest, Hash::Wanted, Entry::default());
    Ok(())
}

/// Whether a content is nothing but zero bytes.
pub(super) fn zeros(source: &Source) -> io::Result<bool> {
    let mut input = Input::new(source, 0);
    loop {
        let bytes = input.fill()?;
        if bytes.is_empty() {
            return Ok(true);
        }
        if bytes.iter().any(|byte| *byte != 0) {
            return Ok(false);
        }
        let count = bytes.len();
        input.consume(count);
    }
}

/// A deviation about the whole of a member, to be completed.
pub(super) fn deviation(member: MemberId, format: FormatId, kind: DeviationKind) -> Deviation {
    Deviation { member, format, kind, name: None, field: None, expected: None, found: None, offset: None, count: 1 }
}

/// Endings of compressed files, and what stands for the file inside.
const ENDINGS: &[(&str, &str)] = &[
    (".tgz", ".tar"),
    (".tbz2", ".tar"),
    (".tbz", ".tar"),
    (".txz", ".tar"),
    (".gzip", ""),
    (".gz", ""),
    (".zlib", ""),
    (".z", ""),
    (".bz2", ""),
    (".xz", ""),
    (".lzma", ""),
    (".zstd", ""),
    (".zst", ""),
    (".lz4", ""),
];

/// Name of the decoded content: the container's without its compression's ending, so that it promises what the content should
/// be; `data` when there is no such ending.
fn child_name(name: &str) -> String {
    let lower = name.to_ascii_lowercase();
    let stem = ENDINGS.iter().find_map(|(ending, instead)| {
        let stem = name.get(..lower.strip_suffix(ending)?.len())?;
        (!stem.is_empty()).then(|| format!("{stem}{instead}"))
    });
    match stem {
        // An escaped name would be escaped twice; its extension alone makes the promise.
        Some(stem) if stem.contains('\\') => match stem.rsplit_once('.') {
            Some((_, extension)) if !extension.contains('\\') => format!("data.{extension}"),
            _ => "data".to_owned(),
        },
        Some(stem) => stem,
        None => "data".to_owned(),
    }
}

/// Bytes of a header's text, escaped and cut for the facts.
pub(super) fn shown(bytes: &[u8], walk: &Walk<'_>) -> String {
    place::escape_cut(bytes, usize::try_from(walk.limits.text).unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_is_named_for_what_it_should_be() {
        assert_eq!(child_name("model.pkl.gz"), "model.pkl");
        assert_eq!(child_name("Model.PKL.GZ"), "Model.PKL");
        assert_eq!(child_name("weights.tgz"), "weights.tar");
        assert_eq!(child_name("model.joblib"), "data");
        assert_eq!(child_name(".gz"), "data");
        assert_eq!(child_name("a\\\\b.pkl.gz"), "data.pkl");
        assert_eq!(child_name("größe.gz"), "größe");
    }
}
