//! The pickle interpreter: runs the stack, never the code. This file finds the streams of a content, runs each under every
//! reading that real unpicklers have, and turns what they would do into facts.

mod argument;
mod array;
mod beside;
mod call;
mod configuration;
mod decode;
mod disassemble;
mod effect;
mod evidence;
mod global;
mod literal;
mod machine;
mod number;
mod opcode;
mod payload;
mod reading;
mod scan;
mod text;
mod torch;
mod value;

use crate::extract::pickle::decode::{Decoder, Fault, Flavour, Operand};
use crate::extract::pickle::machine::Payload;
use crate::extract::pickle::reading::{Read, Streams};
use crate::extract::source::{self, OpenError, Source};
use crate::extract::walk::{Reached, ReadError, Walk};
use crate::facts::{Deviation, DeviationKind, FormatId, MemberId};
use crate::limits::{Budget, Exhausted};
use crate::place;
use std::path::Path;

/// Streams of one member that are recorded: as many as records are kept.
const STREAMS: u64 = 4096;

/// Writes the opcodes of the pickle at `offset` of a file as text for people: see the columns of `pickletools.dis`. Every byte that
/// could act on a terminal is escaped.
///
/// # Errors
/// [`OpenError`] when the file cannot be opened.
pub fn disassemble(path: &Path, offset: u64, out: &mut String) -> Result<u64, OpenError> {
    let shown = place::shown(path);
    let opened = source::open(path, true).map_err(|error| OpenError::Unreadable { path: shown, error })?;
    // Writing to a String does not fail.
    Ok(disassemble::disassemble(&opened.source, offset, out).unwrap_or(offset))
}

/// Shows `each` every text and every run of bytes of the pickle at the first byte, up to STOP, with its offset; of a longer one the first
/// `limit` bytes.
pub(super) fn texts(
    source: &Source,
    limit: u64,
    budget: &mut Budget,
    mut each: impl FnMut(u64, &[u8]),
) -> Result<(), ReadError> {
    let mut decoder = Decoder::new(source, 0, Flavour::C);
    loop {
        budget.opcodes(1)?;
        let at = decoder.position();
        let step = match decoder.step() {
            Ok(step) => step,
            Err(Fault::Ended(..)) => return Err(ReadError::truncated("the end of the pickle", at)),
            Err(Fault::Io(error)) => return Err(error.into()),
        };
        match step.operand {
            Operand::Bytes(span) => each(at, &decoder.bytes_at(span.start, span.size.min(limit))),
            Operand::Lines(first, second) => {
                each(at, &decoder.bytes_at(first.start, first.size.min(limit)));
                each(at, &decoder.bytes_at(second.start, second.size.min(limit)));
            }
            Operand::None | Operand::Number(_) => {}
        }
        if step.opcode == opcode::op::STOP {
            return Ok(());
        }
    }
}

/// Whether a content may begin so: with an opcode that needs nothing on the stack. INST is one, because the Python unpickler
/// imports before it looks for the mark.
pub(super) fn may_begin(head: &[u8]) -> bool {
    use opcode::op;
    match head {
        [op::PROTO, protocol, ..] => *protocol <= 5,
        [first, _, ..] => matches!(
            *first,
            op::MARK
                | op::EMPTY_LIST
                | op::EMPTY_TUPLE
                | op::EMPTY_DICT
                | op::EMPTY_SET
                | op::NONE
                | op::INT
                | op::BININT
                | op::BININT1
                | op::BININT2
                | op::LONG
                | op::LONG1
                | op::LONG4
                | op::STRING
                | op::BINSTRING
                | op::SHORT_BINSTRING
                | op::BINBYTES
                | op::SHORT_BINBYTES
                | op::BINBYTES8
                | op::BYTEARRAY8
                | op::NEXT_BUFFER
                | op::NEWTRUE
                | op::NEWFALSE
                | op::UNICODE
                | op::SHORT_BINUNICODE
                | op::BINUNICODE
                | op::BINUNICODE8
                | op::FLOAT
                | op::BINFLOAT
                | op::EXT1
                | op::EXT2
                | op::EXT4
                | op::GLOBAL
                | op::FRAME
                | op::PERSID
                | op::INST
        ),
        _ => false,
    }
}

/// Reads every pickle stream of a content into facts.
///
/// # Errors
/// What the first stream ended with, when that is not STOP; all other errors are recorded on the way.
pub(super) fn read(source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
    let mut streams = Streams::new(source, member);
    let mut torch = torch::Legacy::default();
    let mut payloads: Vec<Payload> = Vec::new();
    let mut loose = Loose::default();
    let mut asked = Vec::new();
    let mut first = Err(ReadError::truncated("the first opcode", 0));
    let mut stopped = false;
    let mut cursor = 0u64;
    while cursor < source.size() {
        if streams.number >= STREAMS {
            // What follows is not seen: that must not make a text or nothing of the content.
            walk.reached(Reached::Effect);
            walk.incomplete(member, Some(FormatId::Pickle), Exhausted("records").into());
            break;
        }
        let mut reads = streams.run(cursor, torch.wants_keys(), walk);
        if streams.number > 0 && !reads.iter().any(Read::means_something) {
            // Nothing stands directly behind: look behind the junk.
            let Some(next) = scan::next(source, cursor, member, walk) else { break };
            reads = streams.run(next, false, walk);
            if !reads.iter().any(Read::means_something) {
                break;
            }
            loose.add(cursor, next.saturating_sub(cursor));
        }
        let main = streams.number == 0;
        if main && certain(member, walk) && !reads.iter().any(|read| read.stopped() || read.acts()) {
            // A zip begins as a pickle may (`P` is PERSID). One that breaks at once is none, and what the zip holds is the zip's.
            return Ok(());
        }
        torch.add(&reads);
        if main {
            asked = torch::Legacy::asked(&reads);
        }
        let (broken, acts) = (reads.first().and_then(Read::broken), reads.iter().any(Read::acts));
        let (end, outcome) = streams.record(reads, &mut payloads, walk);
        if torch.expects_more() {
            streams.after_stop = false;
        }
        match (main, outcome) {
            (true, outcome) => {
                stopped = outcome.is_ok();
                first = outcome;
            }
            (false, Err(error)) => walk.incomplete(member, Some(FormatId::Pickle), error),
            (false, Ok(())) => {}
        }
        let Some(end) = end else {
            cursor = source.size();
            // A loader that goes on after an error reads what follows; only looked for where it matters.
            let promised = walk.facts(member).is_some_and(|member| member.promised.contains(&FormatId::Pickle));
            let next = broken.filter(|_| promised || acts).and_then(|at| scan::next(source, at, member, walk));
            let Some(next) = next else { break };
            streams.after_stop = true;
            cursor = next;
            continue;
        };
        cursor = torch.storages(source, end, member, walk);
    }
    if torch.expects_more() {
        walk.incomplete(member, Some(FormatId::TorchLegacy), ReadError::truncated("the fifth pickle", source.size()));
    }
    streams.record_others(&mut payloads, walk);
    loose.add(cursor, source.size().saturating_sub(cursor));
    if loose.size > 0 {
        walk.deviation(Deviation {
            member,
            format: FormatId::Pickle,
            kind: DeviationKind::SuffixBytes,
            name: None,
            field: None,
            expected: None,
            found: Some(format!("{} bytes", loose.size)),
            offset: Some(loose.start),
            count: 1,
        });
    } else if stopped {
        walk.reached(Reached::Data);
    }
    payload::follow(source, member, &payloads, walk);
    walk.storages = asked;
    first
}

/// Whether another format claims the content, and not plain text, which a pickle may be.
fn certain(member: MemberId, walk: &Walk<'_>) -> bool {
    let other = |format: &FormatId| !matches!(format, FormatId::Pickle | FormatId::Text);
    walk.facts(member).is_some_and(|member| member.formats.iter().any(other))
}

/// Bytes that nothing accounts for.
#[derive(Default)]
struct Loose {
    start: u64,
    size: u64,
}

impl Loose {
    fn add(&mut self, start: u64, size: u64) {
        if self.size == 0 {
            self.start = start;
        }
        self.size = self.size.saturating_add(size);
    }
}
