//! Looks for a pickle behind junk: a place that looks like a beginning, and from which a loader would come to an import or a call.

use crate::extract::pickle::decode::Flavour;
use crate::extract::pickle::machine::{Machine, Mode};
use crate::extract::pickle::opcode::{form, op};
use crate::extract::source::Source;
use crate::extract::walk::Walk;
use crate::facts::{FormatId, MemberId};
use crate::limits::Exhausted;

/// Places that are tried in one content.
const TRIES: usize = 4096;
/// Bytes that a try looks at.
const REACH: u64 = 64 << 10;
/// Bytes read at one time, and how much of the last chunk is looked at again.
const CHUNK: usize = 1 << 20;
const OVERLAP: usize = 256;

/// Offset of the next pickle at or behind `start` from which a loader would come to an effect.
pub(super) fn next(source: &Source, start: u64, member: MemberId, walk: &mut Walk<'_>) -> Option<u64> {
    let mut chunk = vec![0; CHUNK];
    let mut tries = 0usize;
    let mut base = start;
    while base < source.size() {
        let read = source.read_at(base, &mut chunk).ok().filter(|read| *read > 1)?;
        let bytes = chunk.get(..read)?;
        for (index, pair) in bytes.windows(2).enumerate() {
            if !matches!(pair, [op::PROTO, 2..=5] | [op::GLOBAL, _]) {
                continue;
            }
            let rest = bytes.get(index..).unwrap_or_default();
            if !begins(rest) {
                continue;
            }
            tries = tries.saturating_add(1);
            if tries > TRIES {
                walk.incomplete(member, Some(FormatId::Pickle), Exhausted("records").into());
                return None;
            }
            let at = base.saturating_add(u64::try_from(index).ok()?);
            let part = source.range(at, REACH);
            let mode = Mode { flavour: Flavour::C, joblib: false, keep_all: false };
            let outcome = Machine::new(&part, 0, mode, walk.limits).run(walk.budget);
            if outcome.called || outcome.effects.counts().0 > 0 {
                return Some(at);
            }
        }
        let last = base.saturating_add(u64::try_from(read).ok()?);
        if last >= source.size() {
            return None;
        }
        base = last.saturating_sub(u64::try_from(OVERLAP).ok()?);
    }
    None
}

/// PROTO and an opcode behind it, or GLOBAL with two lines that may be names.
fn begins(bytes: &[u8]) -> bool {
    match bytes {
        [op::PROTO, _, next, ..] => form(*next).is_some(),
        [op::GLOBAL, rest @ ..] => {
            let mut lines = rest.get(..rest.len().min(OVERLAP)).unwrap_or_default().splitn(3, |byte| *byte == b'\n');
            let name = |line: Option<&[u8]>| {
                line.is_some_and(|line| {
                    line.first().is_some_and(|first| first.is_ascii_alphabetic() || *first == b'_')
                        && line.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'))
                })
            };
            name(lines.next()) && name(lines.next()) && lines.next().is_some()
        }
        _ => false,
    }
}
