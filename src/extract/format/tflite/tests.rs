#![allow(clippy::arithmetic_side_effects, reason = "tests build bytes")]

use super::flex;
use crate::extract::collect::Tables;
use crate::extract::format::trial::{damage, facts, facts_within, fixture};
use crate::facts::{DeviationKind, FormatId, IncompleteKind, Leads, MentionKind};
use crate::limits::Limits;

fn read(name: &str) -> Tables {
    facts(name, &fixture(&format!("../flat/{name}")))
}

/// Domain, name, place and count of every operator.
fn operators(tables: &Tables) -> Vec<(Option<&str>, &str, &str, u64)> {
    let operators = tables.graphs[0].operators.iter();
    operators.map(|one| (one.domain.as_deref(), one.name.as_str(), one.place.as_str(), one.count)).collect()
}

#[test]
fn a_plain_model_is_read_whole() {
    let tables = read("good.tflite");
    assert_eq!(tables.formats(), [FormatId::Tflite]);
    tables.assert_ordinary("good.tflite");
    let graph = &tables.graphs[0];
    assert_eq!((graph.name.as_deref(), graph.producer.as_deref(), graph.nodes), (Some("main"), Some("fixture"), 3));
    assert!(graph.complete);
    assert_eq!(operators(&tables), [(None, "CONV_2D", "graph", 2), (None, "STABLEHLO_COMPOSITE", "subgraph", 1)]);
    let table = &tables.tensors[0];
    let weight = &table.entries[0];
    assert_eq!((weight.name.as_deref(), weight.dtype.as_str(), weight.size), (Some("w"), "FLOAT32", Some(24)));
    assert_eq!(weight.shape, [2, 3]);
    assert_eq!((table.metadata[0].key.as_str(), table.metadata[0].value.as_str()), ("min_runtime_version", "1.5.0"));
}

#[test]
fn custom_and_unknown_operators_are_named() {
    assert_eq!(
        operators(&read("custom.tflite")),
        [(Some("custom"), "MineOp", "graph", 1), (None, "builtin 250", "graph", 1)]
    );
}

#[test]
fn a_flex_operator_is_what_its_options_say_too() {
    let custom = Some("custom");
    assert_eq!(
        operators(&read("flex.tflite")),
        [
            (custom, "FlexErf", "graph", 1),
            (custom, "FlexWriteFile", "graph", 1),
            (custom, "FlexLoadLibrary", "graph", 1),
            (custom, "FlexReadFile", "subgraph", 1),
        ]
    );
    for bytes in [&b""[..], b"\x28\x01", b"\xff\xff\x28\x01", b"\x01\x28\x09", &[0x28; 40]] {
        assert!(flex::names(bytes).is_none(), "{bytes:?}");
    }
}

#[test]
fn external_buffers_are_followed_and_data_outside_is_told() {
    let tables = read("external.tflite");
    let led: Vec<_> = tables.references.iter().map(|one| (one.target.as_str(), one.leads)).collect();
    assert_eq!(led, [("weights.bin", Leads::Beside), ("../../secret", Leads::Outside)]);
    assert_eq!(tables.about(DeviationKind::OutOfRange, "offset and size").name.as_deref(), Some("buffer 1"));
}

#[test]
fn texts_and_options_are_looked_at() {
    let tables = read("texts.tflite");
    let secrets = tables.mentions.iter().filter(|one| one.kind == MentionKind::Credential);
    let mut keys: Vec<(&str, u64)> = secrets.map(|one| (one.key.as_str(), one.count)).collect();
    keys.sort_unstable();
    assert_eq!(
        keys,
        [("options of MineOp", 1), ("options of run_shell", 1), ("signature", 2), ("source", 1)],
        "{:?}",
        tables.mentions
    );
    let held: Vec<_> = tables.members.iter().skip(1).map(|one| (one.name.as_str(), one.formats.clone())).collect();
    assert_eq!(held, [("value of options of MineOp", vec![FormatId::Elf]), ("value of program", vec![FormatId::Elf])]);
    let names: Vec<_> = operators(&tables).into_iter().map(|(domain, name, ..)| (domain, name)).collect();
    assert_eq!(names, [(Some("custom"), "MineOp"), (None, "STABLEHLO_CUSTOM_CALL"), (Some("custom"), "run_shell")]);
    let note = tables.about(DeviationKind::OutOfRange, "subgraph_index");
    assert_eq!(note.found.as_deref(), Some("9"));
}

#[test]
fn files_behind_a_model_are_members() {
    let tables = read("labelled.tflite");
    assert_eq!(tables.formats(), [FormatId::Zip, FormatId::Tflite]);
    assert!(tables.members.iter().any(|member| member.name == "labels.txt"));
}

#[test]
fn tables_that_are_named_again_and_again_are_paid_for() {
    let content = fixture("../flat/shared.tflite");
    let tables = facts_within("shared.tflite", &content, &Limits { values: 10_000, ..Limits::default() });
    assert!(tables.lacks(IncompleteKind::Limit));
    assert!(!tables.graphs[0].complete && tables.graphs[0].nodes < 10_000);
}

#[test]
fn damaged_models_stop_nothing() {
    for name in ["good.tflite", "flex.tflite", "external.tflite", "texts.tflite"] {
        damage(&format!("../flat/{name}"));
    }
}
