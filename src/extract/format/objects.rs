//! What a serialization names, and what its texts mention, while it is read: grouped with counts, bounded. And bytes in it that another
//! format claims.

use crate::extract::embedded;
use crate::extract::format::Claim;
use crate::extract::mention::Mentions;
use crate::extract::source::Source;
use crate::extract::walk::{Entry, Hash, ReadError, Walk};
use crate::facts::{FormatId, MemberId, Object, ObjectKind, Origin};
use crate::limits::{Exhausted, Limits};
use crate::place;
use std::collections::HashMap;

/// Bytes below which no bytes value is looked at: shorter ones hold nothing that a loader acts on.
const SMALLEST: u64 = 8;

/// Kind, name, module and loader.
type Name = (ObjectKind, Option<String>, Option<String>, Option<String>);

/// The grouped records of one member.
pub(super) struct Objects {
    member: MemberId,
    format: FormatId,
    known: HashMap<Name, usize>,
    records: Vec<Object>,
    mentions: Mentions,
    most: usize,
    text: usize,
    complete: bool,
}

/// Something that is named.
#[derive(Debug, Clone, Copy)]
pub(super) struct Named<'a> {
    pub kind: ObjectKind,
    pub module: Option<&'a [u8]>,
    pub name: Option<&'a [u8]>,
    pub loader: Option<&'a str>,
}

impl<'a> Named<'a> {
    /// Something with a name alone.
    pub(super) fn new(kind: ObjectKind, name: &'a [u8]) -> Self {
        Self { kind, module: None, name: Some(name), loader: None }
    }

    /// And what makes it.
    pub(super) fn by(self, loader: &'a str) -> Self {
        Self { loader: Some(loader), ..self }
    }
}

impl Objects {
    /// No records yet.
    pub(super) fn new(member: MemberId, format: FormatId, limits: &Limits) -> Self {
        Self {
            member,
            format,
            known: HashMap::new(),
            records: Vec::new(),
            mentions: Mentions::default(),
            most: usize::try_from(limits.records).unwrap_or(usize::MAX),
            text: usize::try_from(limits.text).unwrap_or(usize::MAX),
            complete: true,
        }
    }

    /// Takes one more.
    pub(super) fn take(&mut self, named: Named<'_>, offset: u64) {
        let shown = |bytes: &[u8]| place::escape_cut(bytes, self.text);
        let (module, name) = (named.module.map(shown), named.name.map(shown));
        let loader = named.loader.map(|loader| place::escape_cut(loader.as_bytes(), self.text));
        let key = (named.kind, module, name, loader);
        if let Some(record) = self.known.get(&key).and_then(|index| self.records.get_mut(*index)) {
            record.count = record.count.saturating_add(1);
        } else if self.records.len() < self.most {
            self.known.insert(key.clone(), self.records.len());
            let (kind, module, name, loader) = key;
            self.records.push(Object {
                member: self.member,
                format: self.format,
                kind,
                name,
                module,
                loader,
                offset: Some(offset),
                count: 1,
            });
        } else {
            self.complete = false;
        }
    }

    /// Looks at what a text mentions that stands at an offset.
    pub(super) fn text(&mut self, text: &Source, offset: u64) -> Result<(), ReadError> {
        let words = text.bytes_at(0, embedded::TEXT)?;
        self.mentions.look(&String::from_utf8_lossy(&words), || format!("text at {offset}"));
        Ok(())
    }

    /// Whether no name was taken.
    pub(super) fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Hands the records over.
    ///
    /// # Errors
    /// [`Exhausted`] when there were more than are kept.
    pub(super) fn finish(self, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        self.mentions.write(self.member, walk);
        for record in self.records {
            walk.object(record);
        }
        if self.complete { Ok(()) } else { Err(Exhausted("records").into()) }
    }
}

/// Makes bytes in a serialization a member when a format claims them and reading reaches more than text.
pub(super) fn offer(member: MemberId, name: &str, content: &Source, walk: &mut Walk<'_>) -> Option<MemberId> {
    if content.size() < SMALLEST || walk.claims(content) == Claim::No {
        return None;
    }
    let mark = walk.before();
    let entry = Entry { payload: true, ..Entry::default() };
    let id = walk.member(Some(member), name.as_bytes(), Origin::Value, content, Hash::Wanted, entry);
    let formats = id.and_then(|id| walk.facts(id)).map(|member| member.formats.clone()).unwrap_or_default();
    let plain = [FormatId::Text, FormatId::Json, FormatId::Empty];
    if id.is_some() && formats.iter().all(|format| plain.contains(format)) {
        walk.take_back(mark);
        return None;
    }
    id
}
