#![allow(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "tests build bytes")]

use crate::extract::format::trial::{damage_of, facts, named, serialization};
use crate::facts::{FormatId, ObjectKind};

#[test]
fn codecs_are_named_in_both_versions() {
    let tables = facts(".zarray", &serialization("hostile/.zarray"));
    assert_eq!(named(&tables), [(ObjectKind::Codec, "zstd", "-"), (ObjectKind::Codec, "pickle", "-")]);
    let tables = facts(".zmetadata", &serialization("hostile/.zmetadata"));
    assert!(named(&tables).contains(&(ObjectKind::Codec, "mine", "-")));
    let tables = facts("zarr.json", &serialization("ordinary/zarr.json"));
    let names: Vec<_> = named(&tables).iter().map(|(_, name, _)| *name).collect();
    assert_eq!(names, ["sharding_indexed", "bytes", "zstd", "crc32c"]);
}

#[test]
fn other_json_is_none() {
    assert!(!facts("a.json", br#"{"codecs": [{"name": "x"}]}"#).formats().contains(&FormatId::Zarr));
}

#[test]
fn damage_is_seen() {
    damage_of("zarr.json", &serialization("ordinary/zarr.json"));
}
