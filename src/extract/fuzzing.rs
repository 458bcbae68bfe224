//! Doors for the fuzz targets of `tests/fuzz`, which read content from memory. Not part of the program: built with `--cfg fuzzing` alone.

use crate::extract::collect::Tables;
use crate::extract::format::FORMATS;
use crate::extract::source::Source;
use crate::extract::walk::{Entry, Hash, Walk};
use crate::facts::{FormatId, IncompleteKind, Origin};
use crate::limits::{Budget, Limits};
use crate::place;
use serde_json::Value;

/// Characters of the longest text in facts under the limits of the fuzz targets: a path of five names, each escaped.
const TEXT: usize = 8 << 10;
/// Bytes of the facts of one content under those limits: what is paid for, and what is said beside it of at most 64 members.
const FACTS: usize = 1 << 20;
/// How deep a record's values nest at most.
const NESTED: usize = 16;

/// Reads content under a name in the whole walk.
///
/// # Errors
/// What must never be: a reader that stopped by a defect, or facts that break their own rules.
pub fn walk(name: &[u8], content: &[u8], limits: &Limits) -> Result<(), String> {
    twice(content, limits, |source, walk| {
        walk.member(None, name, Origin::Named, source, Hash::Wanted, Entry::default());
    })
}

/// Reads content with one format, whether or not that format claims it; what it finds inside is read by all.
///
/// # Errors
/// As [`walk`], and a format that is not in the list.
pub fn format(asked: &str, content: &[u8], limits: &Limits) -> Result<(), String> {
    let format = FORMATS.iter().find(|format| format.id().name() == asked);
    let format = format.ok_or_else(|| format!("there is no format `{asked}`"))?;
    let names = names(format.id());
    let name = content.len().checked_rem(names.len()).and_then(|at| names.get(at)).copied().unwrap_or(b"content");
    twice(content, limits, |source, walk| {
        let Some(member) = walk.only(name, source, format.id()) else { return };
        if let Err(error) = format.read(source, member, walk) {
            walk.incomplete(member, Some(format.id()), error);
        }
    })
}

/// Names under which a format reads, where content alone does not decide that; the content's length chooses one.
fn names(format: FormatId) -> &'static [&'static [u8]] {
    match format {
        FormatId::GitConfig => &[b".gitmodules", b"config"],
        FormatId::Jinja => &[b"content.jinja"],
        FormatId::Json => &[b"config.json", b"tokenizer_config.json", b"model_index.json", b"content"],
        FormatId::ModelCard => &[b"README.md"],
        FormatId::Python => &[b"content.py", b"setup.py", b"content.pth", b"content.ipynb"],
        FormatId::TensorflowCheckpoint => &[b"variables.index"],
        FormatId::TritonConfig => &[b"config.pbtxt"],
        FormatId::Yaml => &[b"content.yaml", b"MLmodel"],
        _ => &[b"content"],
    }
}

/// Reads, and one content in sixteen a second time: the facts must be the same.
fn twice(content: &[u8], limits: &Limits, read: impl Fn(&Source, &mut Walk<'_>)) -> Result<(), String> {
    let facts = || {
        let source = Source::memory(content.to_vec());
        let mut budget = Budget::new(limits, source.size());
        let mut walk = Walk::new(limits, &mut budget, &());
        read(&source, &mut walk);
        held(&walk.tables)
    };
    let first = facts()?;
    let again = content.iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte)) % 16 == 0;
    if again && facts()? != first {
        return Err("two readings of one content give two facts".to_owned());
    }
    Ok(())
}

/// The rules that facts keep whatever the content is; the facts as JSON.
fn held(tables: &Tables) -> Result<Value, String> {
    if let Some(record) = tables.incomplete.iter().find(|record| record.kind == IncompleteKind::Internal) {
        return Err(format!("a reader stopped by a defect: {record:?}"));
    }
    for (index, member) in tables.members.iter().enumerate() {
        let parent = member.parent.and_then(|parent| usize::try_from(parent).ok());
        if usize::try_from(member.id) != Ok(index) || parent.is_some_and(|parent| parent >= index) {
            return Err(format!("member {index} has the id {} and the parent {parent:?}", member.id));
        }
    }
    let facts = serde_json::to_value(tables).map_err(|error| error.to_string())?;
    let mut size = 0usize;
    // Values that are still to be looked at, with the key that they stand under and how deep they are. A table is a list of records: two more.
    let mut open = vec![("", &facts, 0usize)];
    while let Some((key, value, depth)) = open.pop() {
        size = size.saturating_add(8);
        if depth > NESTED.saturating_add(2) {
            return Err(format!("`{key}` nests deeper than {NESTED}"));
        }
        let below = depth.saturating_add(1);
        match value {
            Value::Array(items) => open.extend(items.iter().map(|item| (key, item, below))),
            Value::Object(fields) => open.extend(fields.iter().map(|(key, value)| (key.as_str(), value, below))),
            Value::String(text) => {
                size = size.saturating_add(text.len());
                if text.len() > TEXT {
                    return Err(format!("`{key}` is {} bytes long", text.len()));
                }
                if text.chars().any(place::deceives) {
                    return Err(format!("`{key}` has a character that is not escaped: {text:?}"));
                }
            }
            Value::Number(number) if key == "member" => {
                let member = number.as_u64().and_then(|member| usize::try_from(member).ok());
                if member.is_none_or(|member| member >= tables.members.len()) {
                    return Err(format!("a record names member {number}, which is not there"));
                }
            }
            _ => {}
        }
    }
    if size > FACTS { Err(format!("the facts have {size} bytes")) } else { Ok(facts) }
}
