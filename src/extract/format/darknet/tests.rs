#![allow(clippy::arithmetic_side_effects, reason = "tests build bytes")]

use crate::extract::format::trial::facts;
use crate::facts::{FormatId, IncompleteKind, Leads};

fn fixture(name: &str) -> Vec<u8> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/darknet").join(name);
    std::fs::read(path).unwrap()
}

#[test]
fn layers_are_operators() {
    let tables = facts("network.cfg", &fixture("network.cfg"));
    tables.assert_ordinary("network.cfg");
    assert_eq!(tables.formats(), [FormatId::Darknet]);
    let seen: Vec<_> = tables.graphs[0].operators.iter().map(|one| (one.name.as_str(), one.count)).collect();
    assert_eq!(seen, [("convolutional", 2), ("maxpool", 1), ("shortcut", 1), ("yolo", 1)]);
    let words = &tables.graphs[0].operators[0].attributes[0];
    assert_eq!(
        (words.name.as_str(), words.values.as_slice()),
        ("activation", ["leaky", "linear"].map(str::to_owned).as_slice())
    );
}

#[test]
fn files_of_layers_are_references() {
    for (name, key, leads) in [("outside.cfg", "map", Leads::Outside), ("tree.cfg", "tree", Leads::Absolute)] {
        let tables = facts(name, &fixture(name));
        let seen: Vec<_> = tables.references.iter().map(|one| (one.name.as_deref(), one.leads)).collect();
        assert_eq!(seen, [(Some(key), leads)], "{name}");
    }
    // Blanks count nowhere, and comments at the start do not hide a network.
    let tables = facts("a.txt", b"; x\n\n# y\n [ n e t ]\n[soft max]\n t r e e = / e t c / x\n");
    assert_eq!(tables.references[0].target, "/etc/x");
    assert_eq!(tables.graphs[0].operators[0].name, "softmax");
}

#[test]
fn weights_are_numbers_under_their_name_alone() {
    for name in ["network.weights", "old.weights"] {
        let whole = fixture(name);
        let tables = facts(name, &whole);
        assert_eq!(tables.formats(), [FormatId::Darknet], "{name}");
        assert!(tables.incomplete.is_empty(), "{name}");
        assert!(facts("weights.dat", &whole).lacks(IncompleteKind::UnknownFormat), "{name}");
        assert!(!facts(name, &whole[..whole.len() - 1]).incomplete.is_empty(), "{name}");
        let mut text = whole.clone();
        text.extend_from_slice(b"some text that is no number.");
        assert!(facts(name, &text).lacks(IncompleteKind::Malformed), "{name}");
    }
    assert!(facts("zeros.weights", &[0; 64]).lacks(IncompleteKind::UnknownFormat));
}

#[test]
fn what_is_broken_is_survived() {
    assert!(facts("a.cfg", b"[net]\nbatch=1\n").lacks(IncompleteKind::Truncated));
    assert!(facts("a.cfg", b"[net]\n[yolo\n").lacks(IncompleteKind::Malformed));
    assert_eq!(facts("setup.cfg", b"[metadata]\nname = x\n[net]\n").formats(), [FormatId::Text]);
    let whole = fixture("network.cfg");
    for size in 0..whole.len() {
        assert!(!facts("a.cfg", &whole[..size]).lacks(IncompleteKind::Internal), "{size}");
    }
    let mut bytes = fixture("network.weights");
    bytes.extend_from_slice(&f32::NAN.to_le_bytes());
    assert!(facts("a.weights", &bytes).lacks(IncompleteKind::Malformed));
}
