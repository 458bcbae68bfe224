//! What Keras makes a model of (keras/src/saving/serialization_lib.py): the JSON of an architecture or of a training configuration, in `.keras` archives, in attributes of
//! HDF5 files and in files of its own, and the YAML of older architectures. Every object that names a class, at any depth; code in it becomes members. Builds no document.

mod scan;
#[cfg(test)]
mod tests;
mod text;
mod yaml;

use crate::extract::embedded;
use crate::extract::format::json::{self, Notes};
use crate::extract::format::keras::scan::{Document, Found, Scan};
use crate::extract::format::{Claim, Format, Window, first_letter};
use crate::extract::source::Source;
use crate::extract::walk::{Entry, Hash, Reached, ReadError, Walk};
use crate::facts::{FormatId, Incomplete, Layer, Leads, MemberId, Origin, Reference};
use crate::limits::Exhausted;
use crate::place;
use serde::de::DeserializeSeed as _;
use std::cell::Cell;

/// A configuration of Keras.
pub(super) struct KerasConfig;

impl Format for KerasConfig {
    fn id(&self) -> FormatId {
        FormatId::KerasConfig
    }

    fn about(&self) -> &'static str {
        "Keras architecture or training configuration in JSON or YAML: classes and functions by module, code, paths and addresses"
    }

    fn claims(&self, window: &Window) -> Claim {
        // JSON begins with a bracket; YAML may begin with any letter, and only its keys tell what it is.
        let wide = window.starts_with(b"\xff\xfe") || window.starts_with(b"\xfe\xff");
        if window.head.is_empty() || (window.head.contains(&0) && !wide) { Claim::No } else { Claim::Possible }
    }

    fn read(&self, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let facts = walk.facts(member);
        let promised = facts.is_some_and(|member| member.promised.contains(&FormatId::KerasConfig));
        let name = facts.map(|member| member.name.clone()).unwrap_or_default();
        let extension = facts.and_then(|member| member.extension.clone()).unwrap_or_default();
        let at = Cell::new(0);
        if promised || matches!(first_letter(source)?, Some(b'{' | b'[')) {
            if !promised && is_json(member, walk) && !json::holds(source, KEYS)? {
                return Ok(());
            }
            let notes = Notes::default();
            let scan = Scan::new(&at, walk.limits);
            let mut parser = json::counted(source, &notes, &at);
            let outcome = Document(&scan).deserialize(&mut parser);
            let outcome = outcome.map_err(|error| json::json_error(error, false));
            let found = scan.finish();
            if promised || found.keras {
                walk.reached(Reached::Effect);
                record(found, member, walk);
                return outcome;
            }
            if outcome.is_ok() {
                return Ok(());
            }
        }
        at.set(0);
        let text = match yaml::text(source, &name, &extension, walk) {
            Ok(Some(text)) => text,
            Ok(None) => return Ok(()),
            Err(error) => {
                walk.reached(Reached::Effect);
                return Err(error);
            }
        };
        let scan = Scan::new(&at, walk.limits);
        let outcome = yaml::read(&text, &scan, &at);
        let found = scan.finish();
        if found.keras {
            walk.reached(Reached::Effect);
            record(found, member, walk);
            return outcome;
        }
        // What is no YAML is none of Keras's; what is too much of it is read for its tags, and says so there.
        Ok(())
    }
}

/// The keys without which no JSON is a configuration.
const KEYS: &[&str] = &["class_name", "optimizer_config", "model_config", "modelTopology"];

/// Whether the reader of JSON, which comes before, has read all of it.
fn is_json(member: MemberId, walk: &Walk<'_>) -> bool {
    let broken = |one: &Incomplete| one.member == member && one.format == Some(FormatId::Json);
    walk.facts(member).is_some_and(|facts| facts.formats.contains(&FormatId::Json))
        && !walk.tables.incomplete.iter().rev().take(64).any(broken)
}

fn record(found: Found, member: MemberId, walk: &mut Walk<'_>) {
    let mut members = Vec::new();
    for code in &found.codes {
        let name = format!("{}@code", place::unescape(&code.place).map_or_else(String::new, |_| code.place.clone()));
        let content = Source::memory(code.bytes.clone());
        let mark = walk.before();
        let claim = walk.claims(&content);
        let entry = Entry { payload: true, ..Entry::default() };
        if !code.certain && claim == Claim::No {
            members.push(None);
            continue;
        }
        let id = walk.member(Some(member), name.as_bytes(), Origin::Value, &content, Hash::Wanted, entry);
        let formats = id.and_then(|id| walk.facts(id)).map(|member| member.formats.clone()).unwrap_or_default();
        if !code.certain && formats.iter().all(|format| *format == FormatId::Text) {
            walk.take_back(mark);
            members.push(None);
        } else if let Some(twin) = id.and_then(|id| embedded::twin(id, walk)) {
            // The reader of JSON has found it too.
            walk.take_back(mark);
            members.push(Some(twin));
        } else {
            members.push(id);
        }
    }
    if found.cut {
        walk.incomplete(member, Some(FormatId::KerasConfig), Exhausted("text").into());
    }
    if let Some((place, at)) = &found.strange {
        let place = if place.is_empty() { "the outermost object" } else { place };
        let what =
            format!("the function of the Lambda layer `{place}`, which is neither a name nor code as Keras writes it");
        walk.incomplete(member, Some(FormatId::KerasConfig), ReadError::unsupported(what, *at));
    }
    let shown = |text: &str, walk: &Walk<'_>| {
        place::escape_cut(text.as_bytes(), usize::try_from(walk.limits.text).unwrap_or(usize::MAX))
    };
    for layer in found.layers {
        let named = layer.function.as_deref().unwrap_or(&layer.class_name);
        let global = match layer.module.as_deref().filter(|module| !module.is_empty()) {
            Some(module) => format!("{module}.{named}"),
            None => named.to_owned(),
        };
        let record = Layer {
            member,
            format: FormatId::KerasConfig,
            global: shown(&global, walk),
            place: layer.place,
            name: layer.name.map(|text| shown(&text, walk)),
            class_name: shown(&layer.class_name, walk),
            module: layer.module.map(|text| shown(&text, walk)),
            registered_name: layer.registered_name.map(|text| shown(&text, walk)),
            function: layer.function.map(|text| shown(&text, walk)),
            code: layer.codes.iter().filter_map(|code| members.get(*code).copied().flatten()).collect(),
            offset: Some(layer.offset),
            count: layer.count,
        };
        walk.layer(record);
    }
    for name in found.names {
        let record = Reference {
            member,
            format: FormatId::KerasConfig,
            kind: name.kind,
            by: name.key,
            name: Some(name.place),
            target: String::new(),
            leads: Leads::Unknown,
            to: None,
            offset: Some(name.offset),
            count: 1,
        };
        walk.reference(record, name.text.as_bytes());
    }
}
