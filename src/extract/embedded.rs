//! What stands where weights or words should: content of another format at the start of a tensor or in a text, a zip at a tensor's end, and
//! what texts mention.
//! The one place that readers hand the bytes of tensors and the texts of metadata to. By structure: a beginning that random numbers do not
//! have, and then the format's own reading.
//!
//! The beginnings are at least 27 bits that must fit, those of pickles, zlib and DOS programs aside: of these a few in ten thousand random
//! tensors are tried, and count only with an import by a plausible name, a checksum of the whole, or a header where another one points.

use crate::extract::mention::Mentions;
use crate::extract::radix64;
use crate::extract::reader::Reader;
use crate::extract::source::Source;
use crate::extract::walk::{Entry, Hash, ReadError, Walk};
use crate::facts::{
    Call, CallKind, CalleeKind, EndedKind, FormatId, Import, IncompleteKind, Member, MemberId, Origin, Pickle,
};
use crate::limits::Exhausted;
use crate::place;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use std::collections::HashSet;

/// Bytes of a metadata text that are looked at; a chat template, the longest text that is ordinary, has some 20 KiB.
pub(super) const TEXT: u64 = 1 << 20;
/// Bytes at the start of a tensor that are looked at: a header of tar, the farthest magic.
const HEAD: u64 = 512;
/// Bytes at the end of a tensor in which the end record of a zip is looked for: the record, a short comment, and what fills up the shape.
const TAIL: u64 = 4_096;
/// End records that are looked at in those bytes: a zip has one, and its comment could hold another.
const ENDS: usize = 4;
/// Shortest text that is taken for an encoding of something: a digest in hexadecimal has 64 letters, the smallest ELF file is 84 bytes.
const ENCODED: usize = 96;
/// Bytes of a key that are kept.
const KEY: usize = 512;
/// Contents of one member that wait to be handed over. Ordinary weights have none.
const CONTENTS: usize = 64;

/// What a reader saw in tensors and texts before it has the walk at hand, or while its numbers and names still come.
#[derive(Debug, Default)]
pub(super) struct Looked {
    contents: Vec<(Held, Source)>,
    /// Pickles that a loader reads whatever they begin with, and the keys of their texts.
    pickles: Vec<(String, Source)>,
    mentions: Mentions,
    seen: HashSet<(u64, u64)>,
    cut: bool,
}

/// Where a content stands.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Held {
    /// A tensor, or a text's key.
    Name(String),
    /// A tensor by its number, whose name comes later.
    Number(usize),
}

impl Looked {
    /// Whether nothing was seen.
    pub(super) fn is_empty(&self) -> bool {
        self.contents.is_empty() && self.pickles.is_empty() && !self.cut
    }

    /// Looks at the start and the end of a tensor's data. `name` is as the file has it, or says where the tensor is.
    pub(super) fn tensor(&mut self, name: &str, data: &Source) {
        if let Some(content) = standing(data) {
            self.hold(Held::Name(format!("tensor {name}")), content);
        }
    }

    /// The same of the tensor with that number.
    pub(super) fn numbered(&mut self, number: usize, data: &Source) {
        if let Some(content) = standing(data) {
            self.hold(Held::Number(number), content);
        }
    }

    /// Names the tensor of that number.
    pub(super) fn name(&mut self, number: usize, name: &str) {
        for (held, _) in self.contents.iter_mut().filter(|(held, _)| *held == Held::Number(number)) {
            *held = Held::Name(format!("tensor {name}"));
        }
    }

    /// Looks at a text: for what it encodes, and for what it mentions. `key` says where it stands, and is asked only when something is found.
    pub(super) fn text(&mut self, text: &str, key: impl Fn() -> String) {
        let text = text.get(..text.floor_char_boundary(usize::try_from(TEXT).unwrap_or(usize::MAX))).unwrap_or(text);
        let shown = || place::escape_cut(key().as_bytes(), KEY);
        if let Some(content) = content(text.as_bytes()) {
            self.hold(Held::Name(format!("value of {}", shown())), content);
        }
        self.mentions.look(text, shown);
    }

    /// The same of a text of a document that people write too: a script in it is a part of the document, and an encoded one is none.
    pub(super) fn document(&mut self, text: &str, key: impl Fn() -> String) {
        let script = text.trim_ascii_start().starts_with(['#', '@']);
        let encoded = text.len() >= ENCODED && !script;
        if encoded {
            self.text(text, key);
        } else {
            self.mentions.look(text, || place::escape_cut(key().as_bytes(), KEY));
        }
    }

    /// Keeps what a text encodes in Base64, as Python decodes it, for a loader that hands it to an unpickler. What cannot be decoded stops
    /// that loader.
    pub(super) fn pickled(&mut self, text: &str, key: impl Fn() -> String) {
        let Some(content) = radix64::decode(text) else { return };
        if self.pickles.len() < CONTENTS {
            let key = place::escape_cut(key().as_bytes(), KEY);
            self.pickles.push((format!("value of {key}"), Source::memory(content)));
        } else {
            self.cut = true;
        }
    }

    fn hold(&mut self, held: Held, content: Source) {
        // Of tensors that share their bytes one is enough.
        if content.place().is_some_and(|place| !self.seen.insert(place)) {
            return;
        }
        if self.contents.len() < CONTENTS {
            self.contents.push((held, content));
        } else {
            self.cut = true;
        }
    }

    /// Leaves out what was seen in exactly these bytes: their reader hands them over itself.
    pub(super) fn forget(&mut self, data: &Source) {
        self.contents.retain(|(_, content)| !content.is(data));
    }

    /// Writes what was seen into the facts of a member.
    pub(super) fn write(self, member: MemberId, walk: &mut Walk<'_>) {
        self.mentions.write(member, walk);
        for (held, content) in self.contents {
            let name = match held {
                Held::Name(name) => name,
                Held::Number(number) => format!("tensor {number}"),
            };
            hold(member, &name, &content, walk);
        }
        for (name, content) in self.pickles {
            if let Err(limit) = walk.budget.decoded(content.size()) {
                walk.incomplete(member, None, ReadError::Limit(limit));
                return;
            }
            let entry = Entry { promised: Some(FormatId::Pickle), ..Entry::default() };
            walk.member(Some(member), name.as_bytes(), Origin::Value, &content, Hash::Wanted, entry);
        }
        if self.cut {
            walk.incomplete(member, None, Exhausted("records").into());
        }
    }
}

/// Looks at the start and the end of a tensor's data. What is another format from its first byte on, or a zip that ends where the data does, and
/// reads as such, becomes a member.
pub(super) fn tensor(member: MemberId, name: &str, data: &Source, walk: &mut Walk<'_>) {
    if let Some(content) = standing(data) {
        hold(member, &format!("tensor {name}"), &content, walk);
    }
}

/// Looks at a metadata text: for what it encodes, and for what it mentions. `key` is escaped.
pub(super) fn text(member: MemberId, key: &str, text: &[u8], walk: &mut Walk<'_>) {
    if let Some(content) = content(head(text)) {
        hold(member, &format!("value of {key}"), &content, walk);
    }
    words(member, key, text, walk);
}

/// Looks at bytes that hold words among others, for what they mention. `key` is escaped.
pub(super) fn words(member: MemberId, key: &str, words: &[u8], walk: &mut Walk<'_>) {
    let mut mentions = Mentions::default();
    mentions.look(&String::from_utf8_lossy(head(words)), || key.to_owned());
    mentions.write(member, walk);
}

/// As many bytes as are looked at.
fn head(text: &[u8]) -> &[u8] {
    text.get(..usize::try_from(TEXT).unwrap_or(usize::MAX).min(text.len())).unwrap_or_default()
}

/// What a text is or encodes, when that begins as content does.
fn content(text: &[u8]) -> Option<Source> {
    let trimmed = text.trim_ascii();
    let content = Source::memory(match decoded(trimmed) {
        Some(content) => content,
        None if is_beginning(trimmed.get(..trimmed.len().min(512)).unwrap_or_default()) => trimmed.to_vec(),
        None => return None,
    });
    begins(&content).then_some(content)
}

/// What of a tensor's data may be another format: all of it where it begins as one, or the zip at its end.
fn standing(data: &Source) -> Option<Source> {
    if begins(data) { Some(data.clone()) } else { archive(data) }
}

/// The zip that ends in the last bytes of a tensor: loaders find one from its end, whatever stands in front of it. Its directory stands where the
/// end record says, counted from that record or, behind other bytes, as Python does (zipfile.py, `_RealGetContents`, `concat`).
fn archive(data: &Source) -> Option<Source> {
    let from = data.size().saturating_sub(TAIL);
    let tail = data.bytes_at(from, TAIL).ok()?;
    let ends = (0..tail.len()).rev().filter(|at| tail.get(*at..).is_some_and(|rest| rest.starts_with(b"PK\x05\x06")));
    ends.take(ENDS).find_map(|at| archive_before(data, from.checked_add(u64::try_from(at).ok()?)?))
}

/// The zip whose end record stands at `end` (APPNOTE.TXT 6.3.10, 4.3.16).
fn archive_before(data: &Source, end: u64) -> Option<Source> {
    let record = data.bytes_at(end, 22).ok()?;
    let mut reader = Reader::new(&record);
    reader.take(12).ok()?;
    let (size, offset, comment) = (reader.le_u32().ok()?, reader.le_u32().ok()?, reader.le_u16().ok()?);
    let stands = |at: u64, magic: &[u8]| data.bytes_at(at, 4).is_ok_and(|bytes| bytes == magic);
    let behind = end.checked_add(22)?.checked_add(u64::from(comment))?;
    // Numbers that are too large for this record stand in another one, to which the bytes in front lead (4.3.15).
    if end.checked_sub(20).is_some_and(|locator| stands(locator, b"PK\x06\x07")) {
        return Some(data.range(0, behind));
    }
    let directory = end.checked_sub(u64::from(size))?;
    let start = directory.checked_sub(u64::from(offset))?;
    if !stands(directory, b"PK\x01\x02") {
        return None;
    }
    // Where other bytes stand before the first member, all of the data is read: they may be its program.
    let start = if stands(start, b"PK\x03\x04") { start } else { 0 };
    Some(data.range(start, behind.saturating_sub(start)))
}

/// Whether content of a format that weights and words never are may begin here.
pub(super) fn begins(data: &Source) -> bool {
    let Ok(head) = data.bytes_at(0, HEAD) else { return false };
    if let [b'M', b'Z', ..] = head.as_slice() {
        // Where the program's own header lies (PE Format, "MS-DOS Stub"); farther ones are made by nothing.
        let at = head.get(60..64).and_then(|at| <[u8; 4]>::try_from(at).ok()).map_or(0, u32::from_le_bytes);
        return (64..1 << 16).contains(&at) && data.bytes_at(at.into(), 4).is_ok_and(|magic| magic == b"PE\0\0");
    }
    is_beginning(&head)
}

/// The beginnings by the formats' own modules, and narrower where a magic is short.
fn is_beginning(head: &[u8]) -> bool {
    match head {
        // Archives and streams.
        [b'P', b'K', 3, 4, ..]
        | [b'7', b'z', 0xbc, 0xaf, 0x27, 0x1c, ..]
        | [b'R', b'a', b'r', b'!', 0x1a, 7, ..]
        | [0xfd, b'7', b'z', b'X', b'Z', 0, ..]
        | [0x28, 0xb5, 0x2f, 0xfd, ..]
        | [4, 0x22, 0x4d, 0x18, ..]
        | [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, 0x53, 0x59, ..] => true,
        [0x1f, 0x8b, 8, 0..=0x1f, ..] => true,
        [0x78, 0x01 | 0x5e | 0x9c | 0xda, ..] => true,
        // Programs: magic, and what their headers can say.
        [0x7f, b'E', b'L', b'F', 1 | 2, 1 | 2, 1, ..]
        | [b'M', b'Z', ..]
        | [0xce | 0xcf, 0xfa, 0xed, 0xfe, 7 | 12 | 18, 0, 0, 0..=2, ..]
        | [0xfe, 0xed, 0xfa, 0xce | 0xcf, 0..=2, 0, 0, 7 | 12 | 18, ..]
        | [0xca, 0xfe, 0xba, 0xbe | 0xbf, 0, 0, ..]
        | [0, b'a', b's', b'm', 1, 0, 0, 0, ..] => true,
        // A first line that names an interpreter, and text behind it.
        [b'#', b'!', b'/' | b' ', ..] => {
            let text = head.get(..64).unwrap_or(head);
            text.iter().all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace())
        }
        [b'@', ..] => head.get(..9).is_some_and(|start| start.eq_ignore_ascii_case(b"@echo off")),
        // Pickles since protocol 2, and older ones whose first global is written in two lines.
        [0x80, 2..=5, ..] => true,
        [b'(' | b'c' | b'i' | b']' | b'}' | b')', ..] => old_pickle(head),
        // Models and arrays, other serializations, byte code.
        [0x93, b'N', b'U', b'M', b'P', b'Y', ..] | [0x89, b'H', b'D', b'F', 13, 10, 0x1a, 10, ..] => true,
        [b'G', b'G', b'U', b'F', 1..=3, 0, 0, 0, ..] | [0xac, 0xed, 0, 5, ..] => true,
        [_, _, 13, 10, ..] => code(head),
        _ => head.get(257..262) == Some(b"ustar"),
    }
}

/// Whether a pickle of protocol 0 or 1 begins here: marks and empty containers, and a global with its two names (CPython,
/// Lib/pickle.py, `GLOBAL` and `INST`).
fn old_pickle(head: &[u8]) -> bool {
    let marks = head.iter().take(16).take_while(|byte| b"(]})lde".contains(byte)).count();
    let Some([b'c' | b'i', rest @ ..]) = head.get(marks..) else { return false };
    let mut lines = rest.split(|byte| *byte == b'\n');
    let name = |line: Option<&[u8]>| line.is_some_and(plausible);
    name(lines.next()) && name(lines.next()) && lines.next().is_some()
}

/// Whether bytes are the name of a module or of something in one.
fn plausible(name: &[u8]) -> bool {
    name.first().is_some_and(|first| first.is_ascii_alphabetic() || *first == b'_')
        && name.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'))
}

/// Whether Python's byte code begins here (CPython, Lib/importlib/_bootstrap_external.py): a number by release, CR LF, and a code
/// object behind a header of 8, 12 or 16 bytes.
fn code(head: &[u8]) -> bool {
    let number = head.first_chunk().map_or(0, |number| u16::from_le_bytes(*number));
    let object = [8, 12, 16].iter().any(|at| matches!(head.get(*at), Some(b'c' | 0xe3)));
    matches!(number, 3000..=3999 | 20121 | 50428..=62299) && object
}

/// Hands over content that a format claims; what turns out to be none was weights or words.
pub(super) fn hold(member: MemberId, name: &str, content: &Source, walk: &mut Walk<'_>) {
    // Tensors may share their bytes, and a small file can name the same ones again and again.
    if let Err(limit) = walk.budget.decoded(content.size()) {
        walk.incomplete(member, None, ReadError::Limit(limit));
        return;
    }
    let mark = walk.before();
    let entry = Entry { payload: true, tensor: true, ..Entry::default() };
    let id = walk.member(Some(member), name.as_bytes(), Origin::Value, content, Hash::Payload, entry);
    let formats = id.and_then(|id| walk.facts(id)).map(|member| member.formats.as_slice()).unwrap_or_default();
    let words = |format: &FormatId| {
        matches!(format, FormatId::Text | FormatId::Json | FormatId::Empty | FormatId::Image | FormatId::Yaml)
    };
    if id.is_some() && formats.iter().all(words) {
        walk.take_back(mark);
    }
}

/// Hands over content that a loader unpickles whatever it is: what of a pickle cannot be read is incomplete. Words leave no trace.
pub(super) fn pickled(member: MemberId, name: &str, content: &Source, walk: &mut Walk<'_>) {
    if let Err(limit) = walk.budget.decoded(content.size()) {
        walk.incomplete(member, None, ReadError::Limit(limit));
        return;
    }
    let mark = walk.before();
    let entry = Entry { payload: true, promised: Some(FormatId::Pickle), ..Entry::default() };
    let id = walk.member(Some(member), name.as_bytes(), Origin::Value, content, Hash::Payload, entry);
    let formats = id.and_then(|id| walk.facts(id)).map(|member| member.formats.as_slice()).unwrap_or_default();
    if id.is_some() && formats.iter().all(|format| matches!(format, FormatId::Text | FormatId::Empty)) {
        walk.take_back(mark);
    }
}

/// Whether what formats claimed of a tensor's bytes is more than numbers that begin like it: asked when it was read. A pickle comes to STOP,
/// imports something by a plausible name or calls something, whatever lies behind; anything else is whole, or holds a member that is something.
pub(super) fn stands(id: MemberId, walk: &Walk<'_>) -> bool {
    if unpickles(id, walk) {
        return true;
    }
    let tables = &walk.tables;
    let imports = tables.pickles.iter().filter(|pickle| pickle.member == id).flat_map(|pickle| &pickle.imports);
    let named = imports.filter_map(|import| Some((import.global.module.as_ref()?, import.global.name.as_ref()?)));
    let only_pickle = walk.facts(id).is_some_and(|member| {
        member
            .formats
            .iter()
            .all(|format| matches!(format, FormatId::Pickle | FormatId::Joblib | FormatId::TorchLegacy))
    });
    if only_pickle {
        let ended = |pickle: &&Pickle| pickle.member == id && pickle.ended.kind != EndedKind::Stop;
        return !tables.pickles.iter().any(|pickle| ended(&pickle))
            || named.into_iter().any(|(module, name)| plausible(module.as_bytes()) && plausible(name.as_bytes()));
    }
    let broken = tables.incomplete.iter().any(|record| {
        record.member == id && matches!(record.kind, IncompleteKind::Malformed | IncompleteKind::Truncated)
    });
    let from = usize::try_from(id).unwrap_or(usize::MAX).saturating_add(1);
    let holds = tables
        .members
        .iter()
        .skip(from)
        .any(|member| member.formats.iter().any(|format| !matches!(format, FormatId::Text | FormatId::Empty)));
    !broken || holds
}

/// Whether an unpickler that begins here does something before it ends, as a text too, and whatever lies behind the part that does. Random
/// numbers come to a call by chance once in a hundred million tensors, and most of those do not begin like a pickle.
fn unpickles(id: MemberId, walk: &Walk<'_>) -> bool {
    // torch's magic number, or five pickles as torch writes them.
    if walk.facts(id).is_some_and(|member| member.formats.contains(&FormatId::TorchLegacy)) {
        return true;
    }
    // A name that is not known before the pickle runs may be any.
    let may_be = |name: &Option<String>| name.as_ref().is_none_or(|name| plausible(name.as_bytes()));
    let pickles = walk.tables.pickles.iter().filter(|pickle| pickle.member == id);
    pickles.into_iter().any(|pickle| {
        let whole = pickle.ended.kind == EndedKind::Stop;
        let acts = |call: &Call| match call.callee.kind {
            // Plain values cannot be called.
            CalleeKind::Literal => false,
            // Two bytes of random numbers name an extension or a persistent object, and two more call it, or give it a state.
            CalleeKind::Extension | CalleeKind::Persistent | CalleeKind::Unknown => whole,
            _ => {
                let called = matches!(call.kind, CallKind::Call | CallKind::New);
                whole || (called && may_be(&call.callee.global.module) && may_be(&call.callee.global.name))
            }
        };
        let known = |name: &Option<String>| name.is_some() && may_be(name);
        let imports = |import: &Import| known(&import.global.module) && known(&import.global.name);
        pickle.calls.iter().any(acts) || (whole && pickle.imports.iter().any(imports))
    })
}

/// An earlier member of the same holder with the same bytes.
pub(super) fn twin(id: MemberId, walk: &Walk<'_>) -> Option<MemberId> {
    let member = walk.facts(id)?;
    let same = |one: &&Member| one.id < id && one.parent == member.parent && one.digest == member.digest;
    walk.tables.members.iter().filter(|_| member.digest.is_some()).find(same).map(|one| one.id)
}

/// What a text encodes in Base64 or hexadecimal, when it is long enough and nothing else.
fn decoded(text: &[u8]) -> Option<Vec<u8>> {
    // Words end soon.
    let letter =
        |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_' | b'=' | b'\r' | b'\n');
    if text.len() < ENCODED || !text.iter().take(ENCODED).all(letter) {
        return None;
    }
    let bare: Vec<u8> = text.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    if bare.iter().all(u8::is_ascii_hexdigit) {
        let pairs = bare.chunks_exact(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
        return pairs.collect();
    }
    let end = bare.iter().rposition(|byte| *byte != b'=').map_or(0, |at| at.saturating_add(1));
    let bare = bare.get(..end)?;
    STANDARD_NO_PAD.decode(bare).or_else(|_| URL_SAFE_NO_PAD.decode(bare)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract::format::trial::facts;

    #[test]
    fn only_whole_encodings_are_decoded() {
        let content =
            b"\x7fELF\x02\x01\x01 and more of it, so that it is long enough to be taken for an encoding of something";
        assert_eq!(decoded(STANDARD_NO_PAD.encode(content).as_bytes()).as_deref(), Some(&content[..]));
        assert_eq!(
            decoded(format!("{}==\n", URL_SAFE_NO_PAD.encode(content)).trim().as_bytes()).as_deref(),
            Some(&content[..])
        );
        let hexadecimal: String = content.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(decoded(hexadecimal.as_bytes()).as_deref(), Some(&content[..]));
        assert_eq!(decoded(b"short"), None);
        assert_eq!(decoded("words with spaces ".repeat(10).as_bytes()), None);
    }

    #[test]
    fn random_numbers_seldom_begin_like_content() {
        let mut state = 0x9e37_79b9_7f4a_7c15u64;
        let mut head = [0u8; 512];
        let mut tried = 0u64;
        for _ in 0..200_000 {
            for chunk in head.chunks_exact_mut(8).take(4) {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                chunk.copy_from_slice(&state.to_le_bytes());
            }
            tried += u64::from(is_beginning(&head) && head[0] != b'M');
        }
        // Eight in 65,536: four protocols of pickles, four levels of zlib.
        assert!((5..60).contains(&tried), "{tried}");
    }

    #[test]
    fn a_zip_is_found_from_its_end() {
        let (name, text) = (b"run.sh", b"#!/bin/sh\nid\n");
        let local = [&b"PK\x03\x04"[..], &[0; 22], &[6, 0, 0, 0], name, text].concat();
        let central = [&b"PK\x01\x02"[..], &[0; 24], &[6, 0], &[0; 16], name].concat();
        let number = |number: usize| u32::try_from(number).unwrap().to_le_bytes();
        let end = |offset: usize, comment: u8| {
            [&b"PK\x05\x06\0\0\0\0\x01\0\x01\0"[..], &number(central.len()), &number(offset), &[comment, 0]].concat()
        };
        let numbers = vec![0x3f; 1_000];
        let zip = |offset: usize, comment: u8| [&local[..], &central, &end(offset, comment)].concat();
        let found = |data: Vec<u8>| archive(&Source::memory(data)).map(|found| found.bytes_at(0, 1 << 20).unwrap());
        let plain = zip(local.len(), 0);
        // Alone, behind numbers, before what fills up the shape, with a comment.
        assert_eq!(found(plain.clone()), Some(plain.clone()));
        assert_eq!(found([&numbers[..], &plain].concat()), Some(plain.clone()));
        assert_eq!(found([&numbers[..], &plain, &[0; 3]].concat()), Some(plain.clone()));
        let commented = [&zip(local.len(), 5)[..], b"words"].concat();
        assert_eq!(found([&numbers[..], &commented].concat()), Some(commented));
        // Offsets that count the numbers too.
        let counted = [&numbers[..], &zip(numbers.len() + local.len(), 0)].concat();
        assert_eq!(found(counted.clone()), Some(counted));
        // One whose numbers stand elsewhere.
        let wide = [&numbers[..], b"PK\x06\x07", &[0; 16], &end(usize::try_from(u32::MAX).unwrap(), 0)].concat();
        assert_eq!(found(wide.clone()), Some(wide));
        // An end record alone, one whose directory is not there or begins before the data, one cut, one too far from the end.
        for data in [
            end(0, 0),
            [&numbers[..], &end(7, 0)].concat(),
            [&central[..], &end(local.len(), 0)].concat(),
            plain[..plain.len() - 1].to_vec(),
            [&plain[..], &[0; 5_000]].concat(),
            numbers.clone(),
            Vec::new(),
        ] {
            assert_eq!(found(data), None);
        }
    }

    /// How many pickles stand in a tensor of a safetensors file that has these bytes.
    fn standing(bytes: &[u8]) -> usize {
        let header = format!(r#"{{"t":{{"dtype":"U8","shape":[{0}],"data_offsets":[0,{0}]}}}}"#, bytes.len());
        let size = u64::try_from(header.len()).unwrap().to_le_bytes();
        let tables = facts("w.safetensors", &[&size[..], header.as_bytes(), bytes].concat());
        tables.pickles.len()
    }

    #[test]
    fn a_pickle_stands_whatever_lies_behind_it() {
        let plain = b"cposix\nsystem\n(S'id'\ntR.";
        // A module that is no name before it runs: persistent id, text made by a call.
        let persistent = b"\x80\x02X\x05\0\0\0posixQX\x06\0\0\0system\x93X\x02\0\0\0id\x85R.";
        let unknown = b"\x80\x04\x82\x07X\x02\0\0\0id\x85R.";
        for pickle in [&plain[..], persistent, unknown] {
            for behind in [&b""[..], b"c", b"c\n", b"cx\n", b"\0\xff\0", b"(", b"N.c", b"words"] {
                assert!(standing(&[pickle, behind].concat()) > 0, "{pickle:?} {behind:?}");
            }
        }
        // Without its STOP it has run too.
        for pickle in [&plain[..], persistent] {
            assert!(standing(&pickle[..pickle.len() - 1]) > 0, "{pickle:?}");
        }
        // Numbers and words that begin like one.
        for other in [&b"\x80\x02N\xff\0\0"[..], b"\x80\x02NNb\xff\xff", b"cat\ndog\nand words\n", b"(cat\ndog\n, 1"] {
            assert_eq!(standing(other), 0, "{other:?}");
        }
    }

    #[test]
    fn pickles_of_every_protocol_begin() {
        for head in [
            &b"cos\nsystem\n(S'id'\ntR."[..],
            b"(cposix\nsystem\nS'id'\no.",
            b"\x80\x04\x95",
            b"(lp0\n",
            b"(i__main__\nX\np0\n.",
        ] {
            assert_eq!(is_beginning(head), head != b"(lp0\n", "{head:?}");
        }
        assert!(!is_beginning(b"case of words\nand lines\n"));
    }
}
