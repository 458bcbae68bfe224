//! Messages and schemas (format/Message.fbs, Schema.fbs, File.fbs; fields by their numbers there): fields at any depth, extension types,
//! metadata.

use crate::extract::embedded;
use crate::extract::format::arrow::table::{Buffer, Table};
use crate::extract::format::objects::{Named, Objects, offer};
use crate::extract::source::Source;
use crate::extract::walk::{ReadError, Walk};
use crate::facts::{FormatId, MemberId, ObjectKind};
use crate::place;
use std::collections::HashSet;

/// `MessageHeader.Schema`.
const SCHEMA: u8 = 1;
/// Metadata keys of an extension type (Columnar.rst, "Extension Types").
const NAME: &[u8] = b"ARROW:extension:name";
const METADATA: &[u8] = b"ARROW:extension:metadata";

/// What all schemas of a content name.
pub(super) struct Schemas {
    pub objects: Objects,
    member: MemberId,
    /// Bytes that were made members already: a file says everything twice.
    offered: HashSet<Vec<u8>>,
}

impl Schemas {
    pub(super) fn new(member: MemberId, walk: &Walk<'_>) -> Self {
        let objects = Objects::new(member, FormatId::Arrow, walk.limits);
        Self { objects, member, offered: HashSet::new() }
    }
}

/// Reads a message; gives the length of its body.
pub(super) fn message(bytes: &[u8], at: u64, schemas: &mut Schemas, walk: &mut Walk<'_>) -> Result<u64, ReadError> {
    let broken = || ReadError::malformed("a message that is no FlatBuffers table", at);
    let message = Buffer(bytes).root().ok_or_else(broken)?;
    let body = u64::try_from(message.long(3).unwrap_or(0)).map_err(|_| broken())?;
    match (message.byte(1), message.table(2)) {
        (Some(SCHEMA), Some(table)) => schema(table, at, schemas, walk)?,
        // Dictionary batch, record batch, tensor, sparse tensor.
        (Some(2..=5), Some(_)) => {}
        _ => return Err(ReadError::malformed("a message of an unknown kind", at)),
    }
    metadata(message, 4, "message", at, schemas, walk)?;
    Ok(body)
}

/// Reads a footer.
pub(super) fn footer(bytes: &[u8], at: u64, schemas: &mut Schemas, walk: &mut Walk<'_>) -> Result<(), ReadError> {
    let broken = || ReadError::malformed("a footer that is no FlatBuffers table", at);
    let footer = Buffer(bytes).root().ok_or_else(broken)?;
    schema(footer.table(1).ok_or_else(broken)?, at, schemas, walk)?;
    metadata(footer, 4, "footer", at, schemas, walk)
}

fn schema(table: Table<'_>, at: u64, schemas: &mut Schemas, walk: &mut Walk<'_>) -> Result<(), ReadError> {
    metadata(table, 2, "schema", at, schemas, walk)?;
    let mut open = vec![(table, 1)];
    // Several offsets may lead to one table: each is read once.
    let mut seen = HashSet::new();
    while let Some((table, number)) = open.pop() {
        let (fields, count) = table.tables(number);
        let mut read = 0usize;
        for field in fields {
            walk.budget.opcodes(1)?;
            let field = field.ok_or_else(|| ReadError::malformed("a field that lies outside of its schema", at))?;
            read = read.saturating_add(1);
            if !seen.insert(field.at) {
                continue;
            }
            let name = place::escape_cut(field.text(0).unwrap_or_default(), 64);
            metadata(field, 6, &name, at, schemas, walk)?;
            open.push((field, 5));
        }
        if read != count {
            return Err(ReadError::malformed("more fields than there are bytes for", at));
        }
    }
    Ok(())
}

/// Reads a list of keys and values.
fn metadata(
    table: Table<'_>,
    number: usize,
    name: &str,
    at: u64,
    schemas: &mut Schemas,
    walk: &mut Walk<'_>,
) -> Result<(), ReadError> {
    let (pairs, count) = table.tables(number);
    let mut read = 0usize;
    for pair in pairs {
        walk.budget.opcodes(1)?;
        let pair = pair.ok_or_else(|| ReadError::malformed("metadata that lies outside of its schema", at))?;
        read = read.saturating_add(1);
        let key = pair.text(0).unwrap_or_default();
        let value = pair.text(1);
        if pair.has(1) && value.is_none() {
            return Err(ReadError::malformed("metadata that lies outside of its schema", at));
        }
        let value = value.unwrap_or_default();
        if key == NAME {
            schemas.objects.take(Named::new(ObjectKind::Extension, value), at);
        } else if value.len() >= 8 && schemas.offered.insert(value.to_vec()) {
            let part = if key == METADATA { "extension" } else { "metadata" };
            let content = Source::memory(value.to_vec());
            if offer(schemas.member, &format!("{name}@{part}"), &content, walk).is_none() {
                let key = place::escape_cut(key, 64);
                embedded::text(schemas.member, &key, value, walk);
            }
        }
    }
    if read == count { Ok(()) } else { Err(ReadError::malformed("more metadata than there are bytes for", at)) }
}
