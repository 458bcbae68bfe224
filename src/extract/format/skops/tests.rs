#![allow(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "tests build bytes")]

use crate::extract::format::trial::{damage_of, facts, named, serialization};
use crate::facts::{FormatId, ObjectKind};

#[test]
fn every_node_is_named() {
    let tables = facts("a.skops", &serialization("hostile/function.skops"));
    assert_eq!(tables.formats(), [FormatId::Zip, FormatId::Skops]);
    assert!(named(&tables).contains(&(ObjectKind::Function, "posix.system", "FunctionNode")));
    let tables = facts("a.skops", &serialization("hostile/operator.skops"));
    assert!(named(&tables).contains(&(ObjectKind::Function, "operator.methodcaller", "OperatorFuncNode")));
    let tables = facts("a.skops", &serialization("hostile/twice.skops"));
    assert!(named(&tables).contains(&(ObjectKind::Class, "mine.Pipeline", "ObjectNode")));
    assert!(named(&tables).contains(&(ObjectKind::Class, "sklearn.pipeline.Pipeline", "ObjectNode")));
}

#[test]
fn methods_are_named_with_their_class() {
    let node =
        br#"{"__class__": "A", "__module__": "m", "__loader__": "MethodNode", "content": {"func": "run", "obj": {}}}"#;
    let tables = facts("schema.json", node);
    assert!(named(&tables).contains(&(ObjectKind::Function, "m.A.run", "MethodNode")), "{:?}", tables.objects);
}

#[test]
fn ordinary_files_are_read_whole() {
    for name in ["pipeline", "forest", "boosted", "ufunc"] {
        let tables = facts("a.skops", &serialization(&format!("ordinary/{name}.skops")));
        assert!(tables.incomplete.is_empty() && tables.deviations.is_empty(), "{name}: {:?}", tables.incomplete);
    }
    assert!(!facts("a.json", br#"{"__class__": "A", "__module__": "m"}"#).formats().contains(&FormatId::Skops));
}

#[test]
fn damage_is_seen() {
    let node = br#"{"__class__": "A", "__module__": "m", "__loader__": "ObjectNode", "content": [1, {"a": null}]}"#;
    damage_of("schema.json", node);
}
