#![allow(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "tests build bytes")]

use crate::extract::format::trial::{damage_of, facts, named, serialization};
use crate::facts::{FormatId, IncompleteKind, ObjectKind};

#[test]
fn extension_types_are_named_and_their_pickles_are_read() {
    for name in ["python.arrow", "nested.arrow", "python-stream.arrow"] {
        let tables = facts(name, &serialization(&format!("hostile/{name}")));
        assert_eq!(named(&tables), [(ObjectKind::Extension, "arrow.py_extension_type", "-")], "{name}");
        assert_eq!(tables.pickles.iter().filter(|pickle| pickle.member == 1).count(), tables.pickles.len());
        assert!(!tables.pickles.is_empty(), "{name}");
        assert!(tables.incomplete.is_empty(), "{name}: {:?}", tables.incomplete);
    }
}

#[test]
fn ordinary_files_have_no_other_members() {
    for name in ["table.feather", "frame.feather", "stream.arrow"] {
        let tables = facts(name, &serialization(&format!("ordinary/{name}")));
        assert_eq!((tables.formats(), tables.members.len()), (&[FormatId::Arrow][..], 1), "{name}");
        assert!(tables.incomplete.is_empty() && tables.deviations.is_empty(), "{name}: {:?}", tables.incomplete);
    }
}

#[test]
fn the_footer_is_read_when_the_messages_are_cut() {
    let mut content = serialization("hostile/python.arrow");
    // The schema in front of the file, which readers of files pass over, is overwritten.
    content[8..60].fill(0);
    let tables = facts("a.arrow", &content);
    assert!(!tables.objects.is_empty());
    let tables = facts("a.arrow", &content[..content.len() - 4]);
    assert!(tables.lacks(IncompleteKind::Truncated));
}

#[test]
fn a_file_whose_first_schema_stands_without_its_length_is_read_by_its_footer() {
    // As polars writes it: the table begins where its length should stand.
    let mut content = serialization("hostile/python.arrow");
    content.copy_within(16..200, 8);
    let tables = facts("a.arrow", &content);
    assert!(tables.incomplete.is_empty(), "{:?}", tables.incomplete);
    assert_eq!(named(&tables), [(ObjectKind::Extension, "arrow.py_extension_type", "-")]);
    // A message that was read and then breaks is one that readers of streams have.
    let mut content = serialization("ordinary/stream.arrow");
    let end = content.len() - 8;
    content[end..].copy_from_slice(b"\xff\xff\xff\xff\x04\0\0\0");
    assert!(!facts("a.arrow", &content).incomplete.is_empty());
}

#[test]
fn damage_is_seen() {
    damage_of("a.arrow", &serialization("hostile/nested.arrow"));
    damage_of("a.feather", &serialization("ordinary/table.feather"));
}
