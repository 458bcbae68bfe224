//! The index of a model in several files: `*.index.json` with a `weight_map` of tensors to files (transformers writes it for
//! safetensors and for torch alike, Keras for its shards). Whether the files are there is asked once the whole directory was read.

use crate::extract::format::json::{self, KeyText, Keys, Node, NodeSeed, Notes, Object, Taker};
use crate::extract::format::{Claim, Format, Window, stream};
use crate::extract::source::Source;
use crate::extract::walk::{Reached, ReadError, Walk};
use crate::facts::{Deviation, DeviationKind, FormatId, MemberId, Tensor, TensorTable};
use crate::place;
use serde::de::{DeserializeSeed as _, IgnoredAny, MapAccess};
use std::cell::Cell;
use std::collections::BTreeSet;

/// Values in what one tensor maps to: the files of a Keras layer are as many as its shards.
const PARTS: u64 = 1_024;

/// An index of files.
pub(super) struct SafetensorsIndex;

impl Format for SafetensorsIndex {
    fn id(&self) -> FormatId {
        FormatId::SafetensorsIndex
    }

    fn about(&self) -> &'static str {
        "index of a model in several files: tensors, their files, and whether those are there"
    }

    fn claims(&self, window: &Window) -> Claim {
        if window.letter == Some(b'{') { Claim::Possible } else { Claim::No }
    }

    fn read(&self, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        let promised = walk.facts(member).is_some_and(|member| member.promised.contains(&FormatId::SafetensorsIndex));
        if !promised && !json::holds(source, &["weight_map"])? {
            return Ok(());
        }
        let notes = Notes::default();
        let records = usize::try_from(walk.limits.records).unwrap_or(usize::MAX);
        let mut top = Top { found: false, map: Map { records, ..Map::default() } };
        let outcome = Object(&mut top).deserialize(&mut json::parser(source, &notes));
        let outcome = outcome.map_err(|error| json::json_error(error, false));
        if !top.found {
            return outcome.and(Err(ReadError::malformed("no `weight_map`", None)));
        }
        walk.reached(Reached::Effect);
        for (kind, name, found) in top.map.departures {
            let found = found.map(|found| stream::shown(found.as_bytes(), walk));
            walk.deviation(Deviation {
                name: Some(name),
                field: Some("weight_map".to_owned()),
                found,
                ..stream::deviation(member, FormatId::SafetensorsIndex, kind)
            });
        }
        walk.tensors(TensorTable {
            member,
            format: FormatId::SafetensorsIndex,
            count: top.map.count,
            entries: top.map.tensors,
            metadata: Vec::new(),
            metadata_count: 0,
        });
        outcome
    }
}

struct Top {
    found: bool,
    map: Map,
}

impl Taker for Top {
    fn pair<'de, A: MapAccess<'de>>(&mut self, key: KeyText, map: &mut A) -> Result<(), A::Error> {
        if key.text == "weight_map" {
            self.found = true;
            return map.next_value_seed(Object(&mut self.map));
        }
        map.next_value::<IgnoredAny>().map(drop)
    }
}

/// The `weight_map`: the first tensors, and beyond them the first of each file, so that no file is lost.
#[derive(Default)]
struct Map {
    records: usize,
    keys: Keys,
    count: u64,
    files: BTreeSet<String>,
    tensors: Vec<Tensor>,
    departures: Vec<(DeviationKind, String, Option<String>)>,
}

impl Map {
    /// Takes the file that holds a tensor, or a part of it.
    fn file(&mut self, tensor: &str, file: &str) {
        if leads_out(file) {
            self.depart(DeviationKind::Traversal, tensor, Some(file.to_owned()));
        }
        let file = place::escape(file.as_bytes());
        let fresh = self.files.len() < self.records && self.files.insert(file.clone());
        if self.tensors.len() < self.records || fresh {
            self.tensors.push(Tensor {
                name: Some(tensor.to_owned()),
                dtype: String::new(),
                shape: Vec::new(),
                offset: None,
                size: None,
                file: Some(file),
            });
        }
    }

    fn depart(&mut self, kind: DeviationKind, name: &str, found: Option<String>) {
        if self.departures.len() < self.records {
            self.departures.push((kind, name.to_owned(), found));
        }
    }
}

impl Taker for Map {
    fn pair<'de, A: MapAccess<'de>>(&mut self, key: KeyText, map: &mut A) -> Result<(), A::Error> {
        self.count = self.count.saturating_add(1);
        let name = place::escape(key.text.as_bytes());
        if self.keys.twice(&key) {
            self.depart(DeviationKind::DuplicateKey, &name, None);
        }
        // One file, or as Keras writes it (saving_lib.py, `ShardedH5IOStore`) a list of them.
        match map.next_value_seed(NodeSeed(&Cell::new(PARTS)))? {
            Node::Text(file, _) => self.file(&name, &file),
            Node::List(files) if !files.is_empty() => {
                for file in files {
                    match file {
                        Node::Text(file, _) => self.file(&name, &file),
                        _ => self.depart(DeviationKind::InvalidValue, &name, None),
                    }
                }
            }
            _ => self.depart(DeviationKind::InvalidValue, &name, None),
        }
        Ok(())
    }
}

/// Whether a file name could leave the folder on some system: `..`, absolute, backslash, drive letter.
fn leads_out(file: &str) -> bool {
    let drive = matches!(file.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic());
    drive || file.starts_with('/') || file.contains('\\') || file.split('/').any(|part| part == "..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_leave_the_folder() {
        for name in ["../a", "a/../../b", "/etc/passwd", "c:evil", "C:/x", "a\\b", "\\\\host\\x", ".."] {
            assert!(leads_out(name), "{name}");
        }
        for name in ["model-00001-of-00002.safetensors", "sub/model.bin", "a..b"] {
            assert!(!leads_out(name), "{name}");
        }
    }
}
