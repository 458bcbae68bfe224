#![allow(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "tests build bytes")]

use crate::extract::format::trial::{damage_of, facts, facts_within, named, serialization};
use crate::facts::{FormatId, IncompleteKind, ObjectKind};
use crate::limits::Limits;

#[test]
fn promises_are_seen_in_every_coding() {
    for name in ["promise-2.rds", "promise-3.rds", "promise-words.rds", "promise-native.rds", "promise-packed.rds"] {
        let tables = facts(name, &serialization(&format!("hostile/{name}")));
        assert!(named(&tables).contains(&(ObjectKind::Promise, "weights", "call")), "{name}: {:?}", tables.objects);
        assert!(named(&tables).contains(&(ObjectKind::Call, "system", "-")), "{name}");
        assert!(tables.incomplete.is_empty(), "{name}: {:?}", tables.incomplete);
    }
    let tables = facts("promise.rda", &serialization("hostile/promise.rda"));
    assert!(named(&tables).contains(&(ObjectKind::Promise, "model", "call")), "{:?}", tables.objects);
}

#[test]
fn functions_and_what_they_call_are_named() {
    let tables = facts("a.rda", &serialization("hostile/function.rda"));
    assert_eq!(named(&tables), [(ObjectKind::Closure, "c", "load"), (ObjectKind::Call, "system", "-")]);
    let tables = facts("a.rds", &serialization("hostile/bytecode.rds"));
    let kinds: Vec<_> = tables.objects.iter().map(|one| one.kind).collect();
    assert!(kinds.contains(&ObjectKind::Bytecode) && kinds.contains(&ObjectKind::Closure));
    assert!(named(&tables).contains(&(ObjectKind::Call, "system", "-")));
    let tables = facts("a.rds", &serialization("hostile/active.rds"));
    assert!(named(&tables).contains(&(ObjectKind::ActiveBinding, "weights", "-")));
}

#[test]
fn ordinary_files_are_read_whole() {
    for name in ["iris.rds", "words.rds", "native.rds", "lm.rds", "glm.rds", "forms.rds", "two.rda"] {
        let tables = facts(name, &serialization(&format!("ordinary/{name}")));
        assert!(tables.incomplete.is_empty() && tables.deviations.is_empty(), "{name}: {:?}", tables.incomplete);
        assert!(tables.members.iter().any(|member| member.formats.contains(&FormatId::R)), "{name}");
        let runs =
            |one: &&crate::facts::Object| one.kind == ObjectKind::Promise && one.loader.as_deref() == Some("call");
        assert!(!tables.objects.iter().any(|one| runs(&one)), "{name}: {:?}", tables.objects);
    }
    let tables = facts("forms.rds", &serialization("ordinary/forms.rds"));
    assert!(named(&tables).contains(&(ObjectKind::Alternative, "compact_intseq", "-")));
}

#[test]
fn damage_is_seen() {
    for name in ["hostile/promise-3.rds", "hostile/promise-words.rds", "hostile/bytecode.rds", "ordinary/native.rds"] {
        damage_of("a.rds", &serialization(name));
    }
}

#[test]
fn hostile_counts_and_depths_are_bounded() {
    let header = b"X\n\0\0\0\x02\0\x04\x02\x02\0\x02\x03\0";
    // A list of 2^31-1 items; lists in lists; a chain of cells without end.
    let mut long = header.to_vec();
    long.extend([0, 0, 0, 19, 0x7f, 0xff, 0xff, 0xff]);
    assert!(facts("a.rds", &long).lacks(IncompleteKind::Truncated));
    let mut deep = header.to_vec();
    for _ in 0..5_000 {
        deep.extend([0, 0, 0, 19, 0, 0, 0, 2]);
    }
    assert!(facts_within("a.rds", &deep, &Limits { stack: 1_000, ..Limits::default() }).lacks(IncompleteKind::Limit));
    let mut chain = header.to_vec();
    for _ in 0..5_000 {
        chain.extend([0, 0, 0, 2, 0, 0, 0, 254]);
    }
    assert!(
        facts_within("a.rds", &chain, &Limits { stack: 1_000, ..Limits::default() }).lacks(IncompleteKind::Truncated)
    );
    let mut reference = header.to_vec();
    reference.extend([0, 0, 1, 255]);
    assert!(facts("a.rds", &reference).lacks(IncompleteKind::Malformed));
}
