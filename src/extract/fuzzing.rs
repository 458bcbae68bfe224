//! Doors for the fuzz targets of `tests/fuzz`, which read content from memory. Not part of the program: built with `--cfg fuzzing` alone.

use crate::extract::collect::Tables;
use crate::extract::format::FORMATS;
use crate::extract::source::Source;
use crate::extract::walk::{Entry, Hash, Walk};
use crate::facts::{FormatId, IncompleteKind, Origin};
use crate::limits::{Budget, Limits};

/// Reads content under a name in the whole walk.
///
/// # Errors
/// What must never be: a reader that stopped by a defect, or facts that break their own rules.
pub fn walk(name: &[u8], content: &[u8], limits: &Limits) -> Result<(), String> {
    read(name, content, limits, |_, _| {})
}

/// Reads content with one format, whether or not that format claims it, and then in the whole walk.
///
/// # Errors
/// As [`walk`], and a format that is not in the list.
pub fn format(asked: &str, content: &[u8], limits: &Limits) -> Result<(), String> {
    let format = FORMATS.iter().find(|format| format.id().name() == asked);
    let format = format.ok_or_else(|| format!("there is no format `{asked}`"))?;
    // Templates and Python source are that by their names alone.
    let name: &[u8] = match format.id() {
        FormatId::Jinja => b"content.jinja",
        FormatId::Python => b"content.py",
        _ => b"content",
    };
    read(name, content, limits, |source, walk| {
        walk.claimed(0, format.id());
        // Some are read only where a container promises them.
        if let Some(member) = walk.facts_mut(0) {
            member.promised.push(format.id());
        }
        // What it ends with is a fact; that it ends is what is asked.
        let _end = format.read(source, 0, walk);
    })
}

fn read(name: &[u8], content: &[u8], limits: &Limits, also: impl FnOnce(&Source, &mut Walk<'_>)) -> Result<(), String> {
    let source = Source::memory(content.to_vec());
    let mut budget = Budget::new(limits, source.size());
    let mut walk = Walk::new(limits, &mut budget, &());
    walk.member(None, name, Origin::Named, &source, Hash::Wanted, Entry::default());
    also(&source, &mut walk);
    held(&walk.tables)
}

/// The rules that facts keep whatever the content is.
fn held(tables: &Tables) -> Result<(), String> {
    if let Some(record) = tables.incomplete.iter().find(|record| record.kind == IncompleteKind::Internal) {
        return Err(format!("a reader stopped by a defect: {record:?}"));
    }
    for (index, member) in tables.members.iter().enumerate() {
        let parent = member.parent.and_then(|parent| usize::try_from(parent).ok());
        if usize::try_from(member.id) != Ok(index) || parent.is_some_and(|parent| parent >= index) {
            return Err(format!("member {index} has the id {} and the parent {parent:?}", member.id));
        }
        let shown = [&member.path, &member.name];
        if shown.iter().any(|text| text.chars().any(char::is_control)) {
            return Err(format!("member {index} has a control character in its name"));
        }
    }
    let records = [
        tables.pickles.iter().map(|one| one.member).max(),
        tables.incomplete.iter().map(|one| one.member).max(),
        tables.deviations.iter().map(|one| one.member).max(),
        tables.tensors.iter().map(|one| one.member).max(),
        tables.graphs.iter().map(|one| one.member).max(),
        tables.references.iter().map(|one| one.member).max(),
        tables.layers.iter().map(|one| one.member).max(),
        tables.layers.iter().flat_map(|one| one.code.iter().copied()).max(),
        tables.objects.iter().map(|one| one.member).max(),
        tables.archives.iter().map(|one| one.member).max(),
        tables.templates.iter().map(|one| one.member).max(),
    ];
    let last = records.into_iter().flatten().max().and_then(|member| usize::try_from(member).ok()).unwrap_or(0);
    if last < tables.members.len() { Ok(()) } else { Err(format!("a record names member {last}, which is not there")) }
}
