#![allow(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "tests build bytes")]

use crate::extract::format::trial::{damage_of, facts, named, serialization};
use crate::facts::{FormatId, IncompleteKind, ObjectKind};

#[test]
fn the_arrow_schema_is_a_member() {
    let tables = facts("a.parquet", &serialization("hostile/python.parquet"));
    assert_eq!(named(&tables), [(ObjectKind::Extension, "arrow.py_extension_type", "-")]);
    assert!(!tables.pickles.is_empty());
    let tables = facts("a.parquet", &serialization("hostile/metadata.parquet"));
    assert!(tables.members.iter().any(|member| member.formats == [FormatId::Pickle] && member.parent == Some(0)));
}

#[test]
fn ordinary_files_are_read_whole() {
    for name in ["table.parquet", "frame.parquet"] {
        let tables = facts(name, &serialization(&format!("ordinary/{name}")));
        assert!(tables.incomplete.is_empty() && tables.deviations.is_empty(), "{name}: {:?}", tables.incomplete);
        assert_eq!(tables.members.len(), 2, "the file and its Arrow schema");
    }
}

#[test]
fn what_is_encrypted_is_said() {
    assert!(facts("a.parquet", &serialization("hostile/encrypted.parquet")).lacks(IncompleteKind::Encrypted));
}

#[test]
fn damage_is_seen() {
    damage_of("a.parquet", &serialization("hostile/python.parquet"));
}
