//! Bytes values that a pickle passes to a call or sets as state: those that are a format of their own become members.

use crate::extract::embedded;
use crate::extract::format::Claim;
use crate::extract::pickle::decode::{Decoder, Flavour};
use crate::extract::pickle::machine::Payload;
use crate::extract::pickle::text;
use crate::extract::source::Source;
use crate::extract::walk::{Entry, Hash, ReadError, Walk};
use crate::facts::{FormatId, MemberId, Origin};
use crate::limits::Exhausted;
use std::collections::HashSet;

/// Bytes values of one member that become members.
const MEMBERS: usize = 4096;
/// Bytes of a text that is encoded to bytes.
const ENCODED: u64 = 16 << 20;

/// Hands over what is a format of its own. Array bytes that only may be one, and turn out to be none, leave no trace.
pub(super) fn follow(source: &Source, member: MemberId, payloads: &[Payload], walk: &mut Walk<'_>) {
    let mut members = 0usize;
    let mut seen = HashSet::new();
    for payload in payloads.iter().filter(|payload| seen.insert(**payload)) {
        let (at, content) = match payload {
            Payload::Array(span) => {
                embedded::tensor(member, &format!("at {}", span.start), &source.range(span.start, span.size), walk);
                continue;
            }
            Payload::Span(span) => (span.start, source.range(span.start, span.size)),
            Payload::Encoded(at) => match encoded(source, *at) {
                Ok(content) => (*at, content),
                Err(error) => {
                    walk.incomplete(member, Some(FormatId::Pickle), error);
                    continue;
                }
            },
        };
        let claim = walk.claims(&content);
        if claim == Claim::No {
            continue;
        }
        if members >= MEMBERS {
            walk.incomplete(member, Some(FormatId::Pickle), Exhausted("members").into());
            return;
        }
        let mark = walk.before();
        let entry = Entry { payload: true, ..Entry::default() };
        let name = format!("bytes at {at}");
        let id = walk.member(Some(member), name.as_bytes(), Origin::Value, &content, Hash::Wanted, entry);
        let formats = id.and_then(|id| walk.facts(id)).map(|member| member.formats.clone()).unwrap_or_default();
        if claim == Claim::Possible && formats.iter().all(|format| *format == FormatId::Text) {
            walk.take_back(mark);
        } else {
            members = members.saturating_add(1);
        }
    }
}

/// A text encoded as Latin-1, as protocols 0 to 2 write bytes.
fn encoded(source: &Source, at: u64) -> Result<Source, ReadError> {
    let decoder = Decoder::new(source, at, Flavour::C);
    let text = text::text(&decoder, at, ENCODED).filter(text::Text::whole).ok_or(Exhausted("text"))?;
    let text = String::from_utf8_lossy(&text.bytes);
    Ok(Source::memory(text.chars().map(|character| u8::try_from(u32::from(character)).unwrap_or(b'?')).collect()))
}
