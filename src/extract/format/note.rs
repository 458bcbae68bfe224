//! Deviations of one container, written in one line where they are seen. Never decides what a deviation means.

use crate::extract::walk::Walk;
use crate::facts::{Deviation, DeviationKind, FormatId, MemberId};
use crate::place;

/// Where deviations are seen: the container and the format whose specification is meant.
#[derive(Debug, Clone, Copy)]
pub(super) struct Notes {
    /// The container.
    pub member: MemberId,
    /// Its format.
    pub format: FormatId,
}

impl Notes {
    /// A deviation of this kind, to be completed and written.
    pub(super) fn of<'a>(self, kind: DeviationKind) -> Note<'a> {
        Note { notes: self, kind, name: None, field: None, expected: None, found: None, offset: None }
    }
}

/// One deviation on its way to the facts.
#[must_use = "a note that is not written is a lost fact"]
pub(super) struct Note<'a> {
    notes: Notes,
    kind: DeviationKind,
    name: Option<&'a [u8]>,
    field: Option<&'a str>,
    expected: Option<String>,
    found: Option<String>,
    offset: Option<u64>,
}

impl<'a> Note<'a> {
    /// The entry it is about, as its container names it.
    pub(super) fn entry(self, name: &'a [u8]) -> Self {
        Self { name: Some(name), ..self }
    }

    /// The field, in the specification's name.
    pub(super) fn field(self, field: &'a str) -> Self {
        Self { field: Some(field), ..self }
    }

    /// What the specification or the first place says.
    pub(super) fn expected(self, expected: impl ToString) -> Self {
        Self { expected: Some(expected.to_string()), ..self }
    }

    /// What the content or the second place says.
    pub(super) fn found(self, found: impl ToString) -> Self {
        Self { found: Some(found.to_string()), ..self }
    }

    /// Byte offset in the container.
    pub(super) fn at(self, offset: u64) -> Self {
        Self { offset: Some(offset), ..self }
    }

    /// Writes it to the facts. Text is escaped and cut here.
    pub(super) fn write(self, walk: &mut Walk<'_>) {
        let limit = usize::try_from(walk.limits.text).unwrap_or(usize::MAX);
        walk.deviation(Deviation {
            member: self.notes.member,
            format: self.notes.format,
            kind: self.kind,
            name: self.name.map(|name| place::escape_cut(name, limit)),
            field: self.field.map(str::to_owned),
            expected: self.expected,
            found: self.found,
            offset: self.offset,
            count: 1,
        });
    }
}
