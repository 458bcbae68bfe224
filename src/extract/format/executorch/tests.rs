#![allow(clippy::arithmetic_side_effects, reason = "tests build bytes")]

use crate::extract::collect::Tables;
use crate::extract::format::trial::{damage, facts, fixture};
use crate::facts::{DeviationKind, FormatId, IncompleteKind};

fn read(name: &str) -> Tables {
    facts(name, &fixture(&format!("../flat/{name}")))
}

/// Domain, name and place of every operator.
fn operators(tables: &Tables) -> Vec<(&str, &str, &str)> {
    let operators = tables.graphs[0].operators.iter();
    operators.map(|one| (one.domain.as_deref().unwrap(), one.name.as_str(), one.place.as_str())).collect()
}

#[test]
fn a_plain_program_is_read_whole() {
    let tables = read("good.pte");
    assert_eq!(tables.formats(), [FormatId::Executorch]);
    tables.assert_ordinary("good.pte");
    assert_eq!(
        operators(&tables),
        [("aten", "add", "graph"), ("aten", "mm", "graph"), ("delegate", "XnnpackBackend", "delegate")]
    );
    assert!(tables.graphs[0].complete && tables.graphs[0].name.as_deref() == Some("forward"));
    assert_eq!(tables.members[1].size, 16);
}

#[test]
fn what_delegates_bring_is_a_member() {
    let tables = read("hostile.pte");
    assert_eq!(operators(&tables)[0], ("aten", "save", "graph"));
    assert!(tables.members.iter().any(|member| member.formats == [FormatId::Elf]));
    assert!(tables.lacks(IncompleteKind::Malformed), "{:?}", tables.incomplete);
    let outside = tables.about(DeviationKind::OutOfRange, "offset and size");
    assert!(outside.name.as_deref().unwrap().starts_with("data segment "), "{outside:?}");
    assert!(outside.found.as_deref().unwrap().starts_with("8 bytes at "), "{outside:?}");
    assert!(!tables.graphs[0].complete);
}

#[test]
fn the_program_in_a_bundled_one_is_read() {
    let tables = read("bundled.bpte");
    assert_eq!(tables.members[1].formats, [FormatId::Executorch]);
    assert_eq!(operators(&tables)[0], ("aten", "save", "graph"));
}

#[test]
fn tensors_beside_a_program_are_listed() {
    let tables = read("tensors.ptd");
    let entries = &tables.tensors[0].entries;
    assert_eq!(
        (entries[0].name.as_deref(), entries[0].size, entries[0].shape.as_slice()),
        (Some("w"), Some(8), &[2][..])
    );
    assert_eq!(entries[1].offset, None);
    assert_eq!(tables.about(DeviationKind::OutOfRange, "segment_index").found.as_deref(), Some("9"));
}

#[test]
fn damaged_programs_stop_nothing() {
    for name in ["hostile.pte", "bundled.bpte", "tensors.ptd"] {
        damage(&format!("../flat/{name}"));
    }
}
