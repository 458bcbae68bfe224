#![allow(clippy::arithmetic_side_effects, reason = "tests build bytes")]

use crate::extract::collect::Tables;
use crate::extract::format::trial::{damage, facts, fixture};
use crate::facts::{DeviationKind, FormatId, IncompleteKind, Leads};

fn read(name: &str) -> Tables {
    facts(name, &fixture(&format!("../flat/{name}")))
}

#[test]
fn tensors_and_shards_are_listed() {
    let tables = read("variables.index");
    assert_eq!(tables.formats(), [FormatId::TensorflowCheckpoint]);
    tables.assert_ordinary("variables.index");
    let names: Vec<_> = tables.tensors[0].entries.iter().map(|one| one.name.as_deref().unwrap()).collect();
    assert_eq!(names, ["dense/bias", "dense/kernel"]);
    assert_eq!((tables.tensors[0].entries[0].shape.as_slice(), tables.tensors[0].entries[0].size), (&[2][..], Some(8)));
    let led: Vec<_> = tables.references.iter().map(|one| (one.target.as_str(), one.leads)).collect();
    let (first, second) = ("variables.data-00000-of-00002", "variables.data-00001-of-00002");
    assert_eq!(led, [(first, Leads::Beside), (second, Leads::Beside)]);
}

#[test]
fn shards_and_places_that_cannot_be_are_told() {
    let tables = read("hostile.index");
    let found: Vec<_> = tables.of(DeviationKind::OutOfRange).iter().map(|one| one.name.as_deref().unwrap()).collect();
    assert_eq!(found, ["dense/bias", "dense/kernel"]);
    assert!(tables.references.is_empty());
}

#[test]
fn a_compressed_block_is_said() {
    assert!(read("compressed.index").lacks(IncompleteKind::Unsupported));
}

#[test]
fn a_table_of_something_else_is_no_checkpoint() {
    let mut content = fixture("../flat/variables.index");
    // The first key gets a letter in place of nothing: a database of another program.
    content[1] = 1;
    assert!(!facts("x.ldb", &content).incomplete.is_empty());
}

#[test]
fn damaged_indices_stop_nothing() {
    damage("../flat/variables.index");
    damage("../flat/hostile.index");
}
