//! TensorFlow.js `model.json` (tfjs-core/src/io/types.ts, `ModelJSON`): every operator of a graph model, of its functions too, and the
//! files that `weightsManifest` names. What a layers model makes is read as a configuration of Keras.

mod manifest;

use crate::extract::format::json::texts::{ITEM, Texts, last};
use crate::extract::format::json::{self, Notes};
use crate::extract::format::operators::{Node, Operators};
use crate::extract::format::{Claim, Format, Window};
use crate::extract::source::Source;
use crate::extract::walk::{Reached, ReadError, Walk};
use crate::facts::{FormatId, Graph, Leads, MemberId, Reference, ReferenceKind};
use crate::limits::Exhausted;
use crate::place;
use serde::de::DeserializeSeed as _;
use std::cell::Cell;
use std::collections::HashSet;

pub(super) use manifest::Manifest;

/// TensorFlow.js.
pub(super) struct Tfjs;

impl Format for Tfjs {
    fn id(&self) -> FormatId {
        FormatId::Tfjs
    }

    fn about(&self) -> &'static str {
        "TensorFlow.js model.json: every operator of a graph model, and the weight files that it names"
    }

    fn claims(&self, window: &Window) -> Claim {
        if window.letter == Some(b'{') { Claim::Possible } else { Claim::No }
    }

    fn read(&self, source: &Source, member: MemberId, walk: &mut Walk<'_>) -> Result<(), ReadError> {
        if !json::holds(source, &["modelTopology", "weightsManifest"])? {
            return Ok(());
        }
        let notes = Notes::default();
        let offset = Cell::new(0);
        let limit = usize::try_from(walk.limits.text).unwrap_or(usize::MAX);
        let records = usize::try_from(walk.limits.records).unwrap_or(usize::MAX);
        let mut operators = Operators::new(walk.limits.records);
        let (mut weights, mut functions, mut producer, mut cut) = (Vec::new(), HashSet::new(), None, false);
        let mut model = false;
        let mut texts =
            Texts::new(&["modelTopology", "weightsManifest", "generatedBy"], |path: &[String], text: &str| {
                let top = path.first().map(String::as_str);
                match (top, last(path)) {
                    (Some("modelTopology"), Some([list @ ("node" | "nodeDef"), ITEM, "op"])) => {
                        let operator = place::escape_cut(text.as_bytes(), limit);
                        let place = if list == "node" { "graph" } else { "function" };
                        let (operator, at) = (operator.as_str(), offset.get());
                        operators.add(&Node {
                            domain: None,
                            operator,
                            place,
                            at,
                            name: None,
                            texts: &[],
                            complete: true,
                        });
                    }
                    (Some("modelTopology"), Some([ITEM, "signature", "name"])) if functions.len() < records => {
                        functions.insert(place::escape_cut(text.as_bytes(), limit));
                    }
                    (Some("weightsManifest"), Some([_, "paths", ITEM])) => {
                        // One more than is kept, so that it is seen that there are more.
                        if weights.len() <= records {
                            let length = text.floor_char_boundary(4_096);
                            weights.push((text.get(..length).unwrap_or_default().to_owned(), offset.get()));
                        } else {
                            cut = true;
                        }
                    }
                    (Some("generatedBy"), _) if path.len() == 1 => {
                        producer = Some(place::escape_cut(text.as_bytes(), limit));
                    }
                    _ => {}
                }
                model |= matches!(top, Some("weightsManifest"));
            });
        let outcome = texts.deserialize(&mut json::counted(source, &notes, &offset));
        let outcome = outcome.map_err(|error| json::json_error(error, false));
        if !model && operators.nodes == 0 {
            return Ok(());
        }
        walk.reached(Reached::Effect);
        for (path, at) in weights {
            let record = Reference {
                member,
                format: FormatId::Tfjs,
                kind: ReferenceKind::ExternalData,
                by: "weights".to_owned(),
                name: None,
                target: String::new(),
                leads: Leads::Unknown,
                to: None,
                offset: Some(at),
                count: 1,
            };
            walk.reference(record, path.as_bytes());
        }
        let (nodes, complete) = (operators.nodes, operators.complete);
        if nodes > 0 {
            walk.graph(Graph {
                member,
                format: FormatId::Tfjs,
                name: None,
                producer,
                versions: Vec::new(),
                nodes,
                operators: operators.finish(|_, name| functions.contains(name)),
                complete: complete && outcome.is_ok(),
            });
        }
        outcome?;
        if complete && !cut { Ok(()) } else { Err(Exhausted("records").into()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract::format::trial::{damage_of, facts};

    const MODEL: &str = r#"{"format": "graph-model", "generatedBy": "2.16", "modelTopology": {
        "node": [{"name": "x", "op": "Placeholder"}, {"name": "f", "op": "inner"}],
        "library": {"function": [{"signature": {"name": "inner"}, "nodeDef": [{"name": "r", "op": "ReadFile"}]}]}},
        "weightsManifest": [{"paths": ["group1-shard1of1.bin", "../../secret"], "weights": [{"name": "w", "dtype": "float32"}]}]}"#;

    #[test]
    fn operators_and_weights_are_read() {
        let tables = facts("model.json", MODEL.as_bytes());
        assert!(tables.formats().contains(&FormatId::Tfjs), "{:?}", tables.formats());
        let graph = &tables.graphs[0];
        let names: Vec<_> =
            graph.operators.iter().map(|one| (one.name.as_str(), one.place.as_str(), one.defined)).collect();
        assert_eq!(names, [("Placeholder", "graph", false), ("inner", "graph", true), ("ReadFile", "function", false)]);
        let of = tables.references.iter().filter(|one| one.format == FormatId::Tfjs);
        let led: Vec<_> = of.map(|one| (one.target.as_str(), one.leads)).collect();
        assert_eq!(led, [("group1-shard1of1.bin", Leads::Beside), ("../../secret", Leads::Outside)]);
    }

    #[test]
    fn what_is_cut_keeps_what_stood_before() {
        let tables = facts("model.json", &MODEL.as_bytes()[..MODEL.len() - 40]);
        assert_eq!(tables.graphs.len(), 1);
        assert!(tables.references.iter().any(|one| one.format == FormatId::Tfjs && one.leads == Leads::Outside));
        assert!(!tables.incomplete.is_empty());
    }

    #[test]
    fn damaged_models_stop_nothing() {
        damage_of("model.json", MODEL.as_bytes());
    }

    #[test]
    fn weights_are_as_large_as_their_shape_and_stored_type_say() {
        let sizes = |weights: &str| {
            let tables = facts(
                "model.json",
                format!(r#"{{"weightsManifest": [{{"paths": ["a"], "weights": [{weights}]}}]}}"#).as_bytes(),
            );
            let table = &tables.tensors[0];
            let sizes: Vec<_> = table.entries.iter().map(|one| one.size).collect();
            (sizes, tables.incomplete.len())
        };
        assert_eq!(sizes(r#"{"name": "w", "shape": [2, 3], "dtype": "float32"}"#), (vec![Some(24)], 0));
        assert_eq!(
            sizes(r#"{"name": "w", "shape": [], "dtype": "bool"}, {"shape": [0], "dtype": "int32"}"#),
            (vec![Some(1), Some(0)], 0)
        );
        assert_eq!(
            sizes(r#"{"shape": [8], "dtype": "float32", "quantization": {"dtype": "uint16", "min": 0.5}}"#),
            (vec![Some(16)], 0)
        );
        // The last of two equal keys counts.
        assert_eq!(sizes(r#"{"shape": [9, 9], "shape": [2], "dtype": "string", "dtype": "int32"}"#).0, [Some(8)]);
        assert_eq!(sizes(r#"{"shape": [8], "dtype": "string"}"#), (vec![None], 0));
        for unknown in [
            r#"{"shape": [8]}"#,
            r#"{"shape": [8], "dtype": "float31"}"#,
            r#"{"shape": [-8], "dtype": "bool"}"#,
            r#"{"shape": ["8"], "dtype": "bool"}"#,
            r#"{"shape": [9000000000000, 9000000000000], "dtype": "bool"}"#,
        ] {
            assert_eq!(sizes(unknown), (vec![None], 1), "{unknown}");
        }
    }

    #[test]
    fn other_json_is_no_model() {
        for text in [r#"{"node": [{"op": "ReadFile"}]}"#, r#"{"paths": ["../x"]}"#, "[1]"] {
            let tables = facts("a.json", text.as_bytes());
            assert!(tables.graphs.is_empty() && !tables.formats().contains(&FormatId::Tfjs), "{text}");
        }
    }
}
