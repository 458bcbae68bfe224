#![allow(clippy::arithmetic_side_effects, clippy::as_conversions, reason = "tests build bytes")]

use crate::extract::format::trial::{damage_of, facts};
use crate::facts::{DeviationKind, FormatId, IncompleteKind, Leads};
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/faiss")
}

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(folder().join(name)).unwrap()
}

#[test]
fn indexes_of_every_kind_are_read_to_their_end() {
    let mut read = 0;
    for entry in std::fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|ending| ending != "faiss") {
            continue;
        }
        let tables = facts("index.faiss", &std::fs::read(&path).unwrap());
        let name = path.display().to_string();
        assert_eq!(tables.formats(), [FormatId::Faiss], "{name}: {:?}", tables.incomplete);
        tables.assert_ordinary(&name);
        assert!(tables.tensors[0].metadata_count > 0 && tables.members_below().is_empty(), "{name}");
        read += 1;
    }
    assert!(read > 50, "{read}");
}

#[test]
fn damage_is_seen() {
    for name in ["flat", "ivf", "hnsw", "pca", "ivfpq", "nsg", "ids", "refined", "ivf-prq", "binary-hash"] {
        damage_of("index.faiss", &fixture(&format!("{name}.faiss")));
    }
}

#[test]
fn what_is_cut_or_holds_more_is_told() {
    let whole = fixture("ivf.faiss");
    for size in [whole.len() - 1, whole.len() / 2, 60, 40] {
        assert!(facts("index.faiss", &whole[..size]).lacks(IncompleteKind::Truncated), "{size}");
    }
    let pickle = b"\x80\x04cposix\nsystem\n\x8c\x02id\x85R.";
    let tables = facts("index.faiss", &[&whole[..], pickle].concat());
    assert_eq!(tables.of(DeviationKind::SuffixBytes).len(), 1);
    assert!(tables.members[1].formats.contains(&FormatId::Pickle));
    // In the place of the first vectors.
    let mut flat = fixture("flat.faiss");
    let at = flat.len() - 20 * 8 * 4;
    flat[at..at + 256].copy_from_slice(&program());
    let tables = facts("index.faiss", &flat);
    assert!(tables.members.iter().any(|one| one.formats.contains(&FormatId::Elf)));
}

fn program() -> Vec<u8> {
    let mut elf = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0\x3e\0\x01\0\0\0".to_vec();
    elf.resize(256, 0);
    elf
}

#[test]
fn counts_are_held_against_what_there_is() {
    let flat = fixture("flat.faiss");
    let change = |at: usize, number: u64| {
        let mut bytes = flat.clone();
        bytes[at..at + 8].copy_from_slice(&number.to_le_bytes());
        facts("index.faiss", &bytes)
    };
    // The count of vectors, and that of their numbers.
    assert!(change(8, 21).lacks(IncompleteKind::Malformed));
    assert!(change(37, u64::MAX).lacks(IncompleteKind::Malformed));
    assert!(change(37, 1 << 40).lacks(IncompleteKind::Truncated));
}

#[test]
fn what_is_not_known_is_recognised_and_not_read() {
    let mut index = fixture("flat.faiss");
    index[..4].copy_from_slice(b"IvFl");
    let tables = facts("index.faiss", &index);
    assert_eq!(tables.formats(), [FormatId::Faiss]);
    assert!(tables.lacks(IncompleteKind::Unsupported));
    // One index in another, without end.
    let header = [&b"IRMf"[..], &[8, 0, 0, 0], &[0; 8], &super::DUMMIES, &[1, 1, 0, 0, 0]].concat();
    assert!(!facts("index.faiss", &header.repeat(1_000)).incomplete.is_empty());
    let header = [&b"IxMp"[..], &[8, 0, 0, 0], &[0; 8], &super::DUMMIES, &[1, 1, 0, 0, 0]].concat();
    assert!(facts("index.faiss", &header.repeat(1_000)).lacks(IncompleteKind::Limit));
}

#[test]
fn lists_on_disk_name_their_file() {
    let whole = fixture("on-disk/index.faiss");
    let tables = facts("index.faiss", &whole);
    assert!(tables.incomplete.is_empty(), "{:?}", tables.incomplete);
    let led: Vec<_> = tables.references.iter().map(|one| (one.target.as_str(), one.leads)).collect();
    assert_eq!(led, [("lists.ivfdata", Leads::Beside)]);
    let mut outside = whole;
    let at = outside.windows(13).position(|part| part == b"lists.ivfdata").unwrap();
    outside[at..at + 13].copy_from_slice(b"../../secret1");
    assert_eq!(facts("index.faiss", &outside).references[0].leads, Leads::Outside);
}
