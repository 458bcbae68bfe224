//! Apache Arrow's IPC format (Columnar.rst, "Serialization and Interprocess Communication"): the schemas of files and streams. Extension
//! types are named, and bytes in metadata that another format claims become members. Record batches are passed over.

mod schema;
mod table;
#[cfg(test)]
mod tests;

use crate::extract::format::arrow::schema::{Schemas, message};
use crate::extract::format::cursor::Cursor;
use crate::extract::format::{Claim, Format, Window};
use crate::extract::source::Source;
use crate::extract::walk::{Reached, ReadError, Walk};
use crate::facts::{FormatId, MemberId};
use crate::limits::Exhausted;

/// Arrow IPC file and stream.
pub(super) struct Arrow;

const MAGIC: &[u8] = b"ARROW1";
/// What stands in front of every message since format version 0.15 ("Encapsulated message format").
const CONTINUATION: u64 = 0xffff_ffff;

impl Format for Arrow {
    fn id(&self) -> FormatId {
        FormatId::Arrow
    }

    fn about(&self) -> &'static str {
        "Arrow IPC files (Feather 2) and streams: extension types and metadata of all schemas; batches are passed over"
    }

    fn claims(&self, window: &Window) -> Claim {
        // A whole file of Feather 1 is told by its own name.
        let cut = window.starts_with(b"FEA1") && !window.tail.ends_with(b"FEA1");
        if window.starts_with(MAGIC) || cut {
            Claim::Certain
        } else if window.starts_with(&[0xff, 0xff, 0xff, 0xff]) && window.size >= 16 {
            Claim::Possible
        } else {
            Claim::No
        }
    }

    fn read(&self, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        if source.bytes_at(0, 4)? == b"FEA1" {
            return Err(ReadError::recognised("Feather 1, cut off", 0));
        }
        let file = source.bytes_at(0, 6)? == MAGIC;
        let mut schemas = Schemas::new(member, walk);
        let mut cursor = Cursor::new(source);
        // A file is the magic, padding to 8 bytes, a stream, a footer ("IPC File Format").
        let outcome = cursor.skip(if file { 8 } else { 0 }, "the first message");
        let mut count = 0u64;
        let outcome = outcome.and_then(|()| messages(&mut cursor, &mut schemas, walk, &mut count));
        let footer = if file { footer(source, &mut schemas, walk) } else { Ok(()) };
        // Polars writes the first schema of a file without its length: readers of files go by the footer, and for a reader of streams
        // there is nothing in front of the break.
        let bare = file && count == 0 && footer.is_ok() && matches!(outcome, Err(ReadError::Malformed { .. }));
        let outcome = if bare { Ok(()) } else { outcome };
        let named = schemas.objects.finish(walk);
        footer.and(outcome).and(named)
    }
}

/// Reads messages up to the end of the stream, and counts those that were read.
fn messages(cursor: &mut Cursor, schemas: &mut Schemas, walk: &mut Walk<'_>, count: &mut u64) -> Result<(), ReadError> {
    loop {
        walk.budget.opcodes(1)?;
        if cursor.left() == 0 {
            return Ok(());
        }
        let at = cursor.at;
        let mut length = cursor.be(4, "the length of a message")?;
        if length == CONTINUATION {
            length = cursor.be(4, "the length of a message")?;
        }
        let length = u64::from(u32::try_from(length).unwrap_or(0).swap_bytes());
        if length == 0 {
            return Ok(());
        }
        if length > walk.limits.header {
            return Err(Exhausted("header").into());
        }
        let bytes = cursor.bytes(length, length, "the end of a message")?;
        let body = message(&bytes, at, schemas, walk)?;
        *count = count.saturating_add(1);
        walk.reached(Reached::Effect);
        cursor.skip(body, "the end of a message's body")?;
    }
}

/// Reads the schema of a file's footer, which is the one that readers of files use.
fn footer(source: &Source, schemas: &mut Schemas, walk: &mut Walk<'_>) -> Result<(), ReadError> {
    let size = source.size();
    let end = source.bytes_at(size.saturating_sub(10), 10)?;
    let [a, b, c, d, rest @ ..] = end.as_slice() else { return Err(ReadError::truncated("the footer", size)) };
    if rest != MAGIC {
        return Err(ReadError::truncated("the footer", size));
    }
    let length = u64::from(u32::from_le_bytes([*a, *b, *c, *d]));
    if length > walk.limits.header {
        return Err(Exhausted("header").into());
    }
    let at = size.saturating_sub(10).checked_sub(length);
    let at = at.ok_or_else(|| ReadError::malformed("the footer is longer than the file", size.saturating_sub(10)))?;
    schema::footer(&source.bytes_at(at, length)?, at, schemas, walk)
}
