//! Parquet ("File format", and parquet.thrift in the compact protocol of Thrift): the footer's metadata. Values that another format
//! claims become members, the Arrow schema among them. Columns are passed over.

#[cfg(test)]
mod tests;
mod thrift;

use crate::extract::embedded;
use crate::extract::format::objects::offer;
use crate::extract::format::parquet::thrift::{Part, Thrift};
use crate::extract::format::{Claim, Format, Window};
use crate::extract::radix64::decode as base64;
use crate::extract::source::Source;
use crate::extract::walk::{ReadError, Walk};
use crate::facts::{FormatId, MemberId};
use crate::limits::Exhausted;
use crate::place;

/// Parquet.
pub(super) struct Parquet;

/// The key under which Arrow keeps its schema, as base64 of an IPC message (cpp/src/parquet/arrow/schema.cc).
const ARROW: &[u8] = b"ARROW:schema";

impl Format for Parquet {
    fn id(&self) -> FormatId {
        FormatId::Parquet
    }

    fn about(&self) -> &'static str {
        "Parquet: the footer's metadata, the Arrow schema in it; columns are passed over"
    }

    fn claims(&self, window: &Window) -> Claim {
        if window.starts_with(b"PAR1") || window.starts_with(b"PARE") { Claim::Certain } else { Claim::No }
    }

    fn read(&self, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let end = source.size().saturating_sub(8);
        let last = source.bytes_at(end, 8)?;
        let [a, b, c, d, magic @ ..] = last.as_slice() else { return Err(ReadError::truncated("the footer", end)) };
        match magic {
            b"PAR1" => {}
            b"PARE" => {
                return Err(ReadError::Encrypted { what: "the footer is encrypted".to_owned(), offset: Some(end) });
            }
            _ => return Err(ReadError::truncated("the footer", source.size())),
        }
        let length = u64::from(u32::from_le_bytes([*a, *b, *c, *d]));
        if length > walk.limits.header {
            return Err(Exhausted("header").into());
        }
        // The first magic stands in front of everything.
        let at = end.checked_sub(length).filter(|at| *at >= 4);
        let at = at.ok_or_else(|| ReadError::malformed("the footer is longer than the file", end))?;
        let bytes = source.bytes_at(at, length)?;
        let mut thrift = Thrift::new(&bytes, at);
        while let Some(part) = thrift.next(walk)? {
            match part {
                Part::Encryption(at) => {
                    let what = "columns are encrypted".to_owned();
                    walk.incomplete(member, Some(FormatId::Parquet), ReadError::Encrypted { what, offset: Some(at) });
                }
                Part::Pair { key, value, at } => pair(key, value, at, member, walk),
            }
        }
        Ok(())
    }
}

fn pair(key: &[u8], value: &[u8], at: u64, member: MemberId, walk: &mut Walk<'_>) {
    let name = place::escape_cut(key, 64);
    if key != ARROW {
        if offer(member, &name, &Source::memory(value.to_vec()), walk).is_none() {
            embedded::text(member, &name, value, walk);
        }
        return;
    }
    let schema = std::str::from_utf8(value).ok().and_then(base64).map(Source::memory);
    let read = schema.and_then(|schema| offer(member, &name, &schema, walk));
    let arrow = read.and_then(|id| walk.facts(id)).is_some_and(|member| member.formats.contains(&FormatId::Arrow));
    if !arrow {
        let error = ReadError::malformed("`ARROW:schema` is no Arrow schema in base64", at);
        walk.incomplete(member, Some(FormatId::Parquet), error);
    }
}
