#![allow(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "tests build bytes")]

use crate::extract::format::trial::{damage_of, facts, named, serialization};
use crate::facts::{FormatId, ObjectKind};

#[test]
fn classes_and_what_makes_them_are_named() {
    for (name, expected) in [
        ("object", (ObjectKind::Class, "Other", "allocate")),
        ("loads", (ObjectKind::Class, "Loads", "marshal_load")),
        ("old", (ObjectKind::Class, "Old", "_load")),
        ("struct", (ObjectKind::Class, "Plain", "Struct")),
        ("subclass", (ObjectKind::Class, "Names", "subclass")),
        ("extended", (ObjectKind::Module, "Comparable", "extend")),
        ("type", (ObjectKind::Type, "Kernel", "const_get")),
    ] {
        let tables = facts("content", &serialization(&format!("hostile/{name}.marshal")));
        assert_eq!(tables.formats(), [FormatId::RubyMarshal], "{name}");
        assert_eq!(named(&tables)[0], expected);
        assert!(tables.incomplete.is_empty(), "{name}: {:?}", tables.incomplete);
    }
}

#[test]
fn plain_values_are_read_to_their_end() {
    let tables = facts("content", &serialization("ordinary/weights.rb.marshal"));
    assert_eq!(named(&tables), [(ObjectKind::Class, "Range", "allocate")]);
    assert!(tables.incomplete.is_empty() && tables.deviations.is_empty(), "{:?}", tables.incomplete);
    assert!(!facts("content", b"\x04\x08 is no marshal").formats().contains(&FormatId::RubyMarshal));
}

#[test]
fn damage_is_seen() {
    damage_of("content", &serialization("ordinary/weights.rb.marshal"));
    damage_of("content", &serialization("hostile/old.marshal"));
}
