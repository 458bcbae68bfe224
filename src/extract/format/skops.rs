//! skops (skops/io/_audit.py and the nodes beside it): the tree of nodes in `schema.json`, each with the class or function that it looks
//! up and the loader that makes it. A key that stands twice is read both times. Builds no document.

#[cfg(test)]
mod tests;
mod tree;

use crate::extract::format::json::{self, Notes};
use crate::extract::format::objects::{Named, Objects};
use crate::extract::format::skops::tree::{Found, Scan, Value};
use crate::extract::format::{Claim, Format, Window};
use crate::extract::source::Source;
use crate::extract::walk::{Reached, ReadError, Walk};
use crate::facts::{FormatId, MemberId, ObjectKind};
use serde::de::DeserializeSeed as _;
use std::cell::Cell;

/// The tree of a skops file.
pub(super) struct Skops;

impl Format for Skops {
    fn id(&self) -> FormatId {
        FormatId::Skops
    }

    fn about(&self) -> &'static str {
        "skops: every node of `schema.json`, what it looks up, and its loader"
    }

    fn claims(&self, window: &Window) -> Claim {
        match window.letter {
            Some(b'{') => Claim::Possible,
            _ => Claim::No,
        }
    }

    fn read(&self, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let promised = walk.facts(member).is_some_and(|member| member.promised.contains(&FormatId::Skops));
        if !promised && !json::holds(source, &["__loader__"])? {
            return Ok(());
        }
        let notes = Notes::default();
        let at = Cell::new(0);
        let scan = Scan::new(&at, Objects::new(member, FormatId::Skops, walk.limits));
        let outcome = Value { scan: &scan, wanted: None }.deserialize(&mut json::counted(source, &notes, &at));
        let outcome = outcome.map(drop).map_err(|error| json::json_error(error, false));
        let Found { objects, nodes } = scan.finish();
        if nodes == 0 && !promised {
            return Ok(());
        }
        walk.reached(Reached::Effect);
        let holder = walk.facts(member).filter(|member| member.name == "schema.json").and_then(|member| member.parent);
        if let Some(holder) =
            holder.filter(|id| walk.facts(*id).is_some_and(|one| one.formats.contains(&FormatId::Zip)))
        {
            walk.claimed(holder, FormatId::Skops);
        }
        let named = objects.finish(walk);
        outcome.and(named)
    }
}

/// What a loader's node looks up (skops/io/_general.py, _numpy.py, _sklearn.py).
fn kind(loader: &str) -> ObjectKind {
    match loader {
        "FunctionNode" | "MethodNode" | "OperatorFuncNode" => ObjectKind::Function,
        "TypeNode" => ObjectKind::Type,
        _ => ObjectKind::Class,
    }
}

/// Takes a node into the records.
fn take(objects: &mut Objects, module: &str, name: &str, loader: &str, at: u64) {
    let full = format!("{module}.{name}");
    let named = Named { module: Some(module.as_bytes()), ..Named::new(kind(loader), full.as_bytes()) };
    objects.take(named.by(loader), at);
}
