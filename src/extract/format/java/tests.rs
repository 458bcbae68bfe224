#![allow(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "tests build bytes")]

use crate::extract::format::trial::{damage_of, facts, named, serialization};
use crate::facts::{FormatId, IncompleteKind, ObjectKind};

#[test]
fn classes_and_what_makes_them_are_named() {
    let tables = facts("a.ser", &serialization("hostile/url.ser"));
    assert_eq!(
        named(&tables),
        [(ObjectKind::Class, "java.util.HashMap", "readObject"), (ObjectKind::Class, "java.net.URL", "readObject")]
    );
    let tables = facts("a.ser", &serialization("hostile/proxy.ser"));
    assert!(named(&tables).contains(&(ObjectKind::Proxy, "java.lang.Runnable", "-")));
    assert!(named(&tables).contains(&(ObjectKind::Class, "Make$Handler", "fields")));
    let tables = facts("a.ser", &serialization("hostile/outside.ser"));
    assert_eq!(named(&tables), [(ObjectKind::Class, "Make$Outside", "readExternal")]);
    let tables = facts("a.ser", &serialization("hostile/class.ser"));
    assert_eq!(named(&tables), [(ObjectKind::Type, "java.lang.Runtime", "fields")]);
}

#[test]
fn streams_are_read_to_their_end() {
    for name in ["ordinary/map.ser", "hostile/own.ser", "hostile/proxy.ser", "hostile/enum.ser", "hostile/outside.ser"]
    {
        let tables = facts("a.ser", &serialization(name));
        assert!(tables.incomplete.is_empty() && tables.deviations.is_empty(), "{name}: {:?}", tables.incomplete);
        assert_eq!(tables.formats(), [FormatId::Java]);
    }
}

#[test]
fn damage_is_seen() {
    for name in ["hostile/own.ser", "hostile/proxy.ser", "ordinary/map.ser"] {
        // A stream may end behind any object: the map is the first of three.
        let whole = serialization(name);
        let first = if name == "ordinary/map.ser" { &whole[..200] } else { &whole[..] };
        damage_of("a.ser", first);
    }
}

#[test]
fn what_is_not_read_is_said() {
    let class = [0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 61, 0, 1];
    assert!(!facts("A.class", &class).formats().contains(&FormatId::Java));
    assert!(!facts("lib", &[0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 2, 0, 1]).formats().contains(&FormatId::Java));
    let cycle = [0xac, 0xed, 0, 5, 0x73, 0x72, 0, 1, b'A', 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0x78, 0x71, 0, 0x7e, 0, 0];
    assert!(facts("a.ser", &cycle).lacks(IncompleteKind::Malformed), "a class above itself");
}
