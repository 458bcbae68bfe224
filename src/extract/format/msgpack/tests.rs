#![allow(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "tests build bytes")]

use crate::extract::format::trial::{damage_of, facts, named, serialization};
use crate::facts::{FormatId, IncompleteKind, ObjectKind};

#[test]
fn extension_types_and_pickles_are_seen() {
    let tables = facts("flax_model.msgpack", &serialization("ordinary/flax_model.msgpack"));
    assert_eq!(named(&tables), [(ObjectKind::Extension, "1", "-")]);
    assert!(tables.incomplete.is_empty() && tables.members.len() == 1, "{:?}", tables.incomplete);
    let tables = facts("a.msgpack", &serialization("hostile/extension.msgpack"));
    assert_eq!(named(&tables), [(ObjectKind::Extension, "42", "-")]);
    assert!(!tables.pickles.is_empty());
    for name in ["objects.msgpack", "objects.bin"] {
        let tables = facts(name, &serialization(&format!("hostile/{name}")));
        assert_eq!(named(&tables), [(ObjectKind::Codec, "pickle", "msgpack-numpy")], "{name}");
        // Told once, as what msgpack-numpy loads, and not as bytes of a tensor too.
        assert_eq!(tables.pickles.len(), 1, "{name}");
    }
    assert!(named(&facts("a.msgpack", &serialization("ordinary/numpy.msgpack"))).is_empty());
}

#[test]
fn a_pickle_in_a_cut_file_is_seen() {
    let whole = serialization("hostile/objects.bin");
    let tables = facts("content", &whole[..whole.len() - 1]);
    assert!(tables.lacks(IncompleteKind::Truncated) && !tables.pickles.is_empty(), "{:?}", tables.incomplete);
}

#[test]
fn other_bytes_are_no_messagepack() {
    assert!(!facts("content", &[0x81, 0xa1, b'a', 1, 0xff, 0xff]).formats().contains(&FormatId::Msgpack));
    assert!(facts("a.msgpack", &[0x91; 5_000]).lacks(IncompleteKind::Limit));
    assert!(facts("a.msgpack", &[0xdf, 0xff, 0xff, 0xff, 0xff, 0xa1, b'a', 1]).lacks(IncompleteKind::Truncated));
}

#[test]
fn damage_is_seen() {
    damage_of("a.msgpack", &serialization("ordinary/flax_model.msgpack"));
    damage_of("a.msgpack", &serialization("hostile/objects.msgpack"));
}
