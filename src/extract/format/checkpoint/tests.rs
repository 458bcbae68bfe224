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

/// A block of a table (leveldb, table_format.md): entries that share nothing, one restart, no compression, and a checksum that is not asked.
fn block(entries: &[(&[u8], &[u8])]) -> Vec<u8> {
    let length = |bytes: &[u8]| u8::try_from(bytes.len()).unwrap();
    let entry = |(key, value): &(&[u8], &[u8])| [&[0, length(key), length(value)], *key, *value].concat();
    let mut block = entries.iter().flat_map(entry).collect::<Vec<u8>>();
    block.extend([0, 0, 0, 0, 1, 0, 0, 0]);
    block
}

#[test]
fn shards_are_counted_in_32_bits() {
    // One shard, and the bits above that no parser takes: the files are those that TensorFlow opens.
    let wide = b"\x08\x81\x80\x80\x80\x10";
    let entry = b"\x08\x01\x12\0\x18\x80\x80\x80\x80\x10\x28\x04";
    let data = block(&[(b"", wide), (b"w", entry)]);
    let handle = |at: usize, block: &[u8]| [u8::try_from(at).unwrap(), u8::try_from(block.len()).unwrap()];
    let index = block(&[(b"x", &handle(0, &data))]);
    let start = data.len() + 5;
    let mut footer = [&[0, 0][..], &handle(start, &index)].concat();
    footer.resize(40, 0);
    footer.extend(0xdb47_7524_8b80_fb57u64.to_le_bytes());
    let tables = facts("v.index", &[&data[..], &[0; 5], &index, &[0; 5], &footer].concat());
    let targets: Vec<_> = tables.references.iter().map(|one| one.target.as_str()).collect();
    assert_eq!(targets, ["v.data-00000-of-00001"], "{:?}", tables.incomplete);
    assert!(tables.of(DeviationKind::OutOfRange).is_empty());
}
