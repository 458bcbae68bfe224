#![allow(clippy::arithmetic_side_effects, reason = "tests build bytes")]

use crate::extract::format::trial::{damage_of, facts};
use crate::facts::{FormatId, IncompleteKind};

fn fixture(name: &str) -> Vec<u8> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/ggml").join(name);
    std::fs::read(path).unwrap()
}

#[test]
fn models_of_llama_are_read_whole() {
    for (name, version) in [("ggml", "0"), ("ggmf", "1"), ("ggjt-v1", "1"), ("ggjt-v2", "2"), ("ggjt-v3", "3")] {
        let tables = facts("model.ggml", &fixture(&format!("{name}.bin")));
        tables.assert_ordinary(name);
        assert_eq!(tables.formats(), [FormatId::Ggml], "{name}");
        assert_eq!(tables.graphs[0].versions[0].version, version, "{name}");
        let table = &tables.tensors[0];
        assert_eq!((table.count, table.metadata_count), (21, 7), "{name}");
        let last = &table.entries[20];
        assert_eq!(last.name.as_deref(), Some("layers.1.ffn_norm.weight"), "{name}");
        assert_eq!((last.shape.as_slice(), last.size), ([32].as_slice(), Some(128)), "{name}");
        assert!(tables.members_below().is_empty(), "{name}");
    }
}

#[test]
fn a_program_in_a_tensor_is_a_member() {
    let tables = facts("model.ggml", &fixture("program.bin"));
    assert_eq!(tables.members[1].formats, [FormatId::Elf]);
}

#[test]
fn whatever_does_not_come_out_even_is_unread() {
    let whole = fixture("ggjt-v3.bin");
    let less = |size: usize| facts("model.ggml", &whole[..size]);
    // The last tensor: 128 bytes, and what stands before them.
    for cut in [1, 128, 129, 160, 192, 200] {
        assert!(less(whole.len() - cut).lacks(IncompleteKind::Unsupported), "{cut}");
    }
    let mut more = whole.clone();
    more.push(0);
    assert!(facts("model.ggml", &more).lacks(IncompleteKind::Unsupported));
    // A layer less than there is; a type that is unknown; an adapter; a version.
    for (at, value) in [(24, 1), (4, 9), (0, b'a'), (3, b'a')] {
        let mut other = whole.clone();
        other[at] = value;
        let tables = facts("model.ggml", &other);
        assert!(tables.tensors.is_empty() && !tables.incomplete.is_empty(), "{at}");
    }
    damage_of("model.ggml", &whole);
}
