#![allow(clippy::arithmetic_side_effects, reason = "tests build bytes")]

use crate::extract::collect::Tables;
use crate::extract::format::ocdbt::crc32c;
use crate::extract::format::trial::{damage_of, facts};
use crate::facts::{DeviationKind, FormatId, IncompleteKind, Leads};
use std::path::{Path, PathBuf};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/ocdbt").join(name)
}

/// The facts of each file of a store: the manifest first.
fn store(name: &str) -> Vec<(String, Tables)> {
    let folder = folder(name);
    let mut files: Vec<PathBuf> = vec![folder.join("manifest.ocdbt")];
    files.extend(std::fs::read_dir(folder.join("d")).into_iter().flatten().map(|file| file.unwrap().path()));
    let read = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let tables = facts(&name, &std::fs::read(path).unwrap());
        (name, tables)
    };
    files.iter().map(read).collect()
}

#[test]
fn stores_are_read_whole() {
    for (name, keys) in [("ordinary/one", 2), ("ordinary/many", 4)] {
        let files = store(name);
        let mut arrays = std::collections::BTreeSet::new();
        for (file, tables) in &files {
            assert!(tables.deviations.is_empty(), "{name} {file}: {:?}", tables.deviations);
            // A file of chunks alone is known by those who name it.
            if tables.formats().is_empty() {
                assert!(tables.lacks(IncompleteKind::UnknownFormat), "{name} {file}");
                continue;
            }
            assert_eq!(tables.formats(), [FormatId::Ocdbt], "{name} {file}");
            assert!(tables.incomplete.is_empty(), "{name} {file}: {:?}", tables.incomplete);
            assert!(tables.references.iter().all(|one| one.leads == Leads::Beside), "{name} {file}");
            arrays.extend(
                tables
                    .members
                    .iter()
                    .skip(1)
                    .filter(|one| one.formats.contains(&FormatId::Zarr))
                    .map(|one| one.path.clone()),
            );
            arrays = arrays.into_iter().map(|path| path.rsplit('!').next().unwrap_or_default().to_owned()).collect();
        }
        assert!(!files[0].1.references.is_empty(), "{name}");
        assert!(arrays.len() >= keys, "{name}: {arrays:?}");
    }
}

#[test]
fn what_a_store_names_is_told() {
    let named = |name: &str, file: usize| {
        let files = store(name);
        let one = &files[file].1.references[0];
        (one.by.clone(), one.leads)
    };
    assert_eq!(named("hostile/value", 1), ("stored-value".to_owned(), Leads::Outside));
    assert_eq!(named("hostile/tree", 0), ("tree-node".to_owned(), Leads::Absolute));
    assert_eq!(store("hostile/range")[1].1.of(DeviationKind::OutOfRange).len(), 1);
    let codec = &store("hostile/codec")[1].1;
    assert_eq!(codec.objects[0].name.as_deref(), Some("pickle"));
    assert!(store("hostile/nothing")[1].1.lacks(IncompleteKind::UnknownFormat));
}

#[test]
fn damage_is_seen() {
    let manifest = std::fs::read(folder("ordinary/many/manifest.ocdbt")).unwrap();
    damage_of("manifest.ocdbt", &manifest);
    for (name, _) in store("ordinary/many").iter().skip(1) {
        let whole = std::fs::read(folder("ordinary/many/d").join(name)).unwrap();
        if facts(name, &whole).formats().is_empty() {
            continue;
        }
        for at in 0..whole.len() {
            assert!(!facts(name, &whole[..at]).lacks(IncompleteKind::Internal), "{name} cut at {at}");
            let mut other = whole.clone();
            other[at] ^= 0x41;
            assert!(!facts(name, &other).lacks(IncompleteKind::Internal), "{name} changed at {at}");
        }
        // The last byte is of the last node's checksum.
        let cut = facts(name, &whole[..whole.len() - 1]);
        assert!(cut.lacks(IncompleteKind::Truncated), "{name}: {:?}", cut.incomplete);
        let mut other = whole.clone();
        *other.last_mut().unwrap() ^= 1;
        assert!(facts(name, &other).lacks(IncompleteKind::Malformed), "{name}");
    }
}

/// A node whose checksum is right, whatever it holds.
fn node(magic: [u8; 4], body: &[u8]) -> Vec<u8> {
    let mut node = magic.to_vec();
    node.extend_from_slice(&u64::try_from(body.len() + 18).unwrap().to_le_bytes());
    node.extend_from_slice(&[0, 0]);
    node.extend_from_slice(body);
    let sum = crc32c(&node).to_le_bytes();
    node.extend_from_slice(&sum);
    node
}

#[test]
fn metadata_may_stand_behind_white_space() {
    for value in [
        "{\"zarr_format\": 2, \"compressor\": {\"id\": \"pickle\"}}",
        " \n{\"zarr_format\": 2}",
        "\u{feff}{\"zarr_format\": 2}",
    ] {
        let size = u8::try_from(value.len()).unwrap();
        // A leaf with one key, whose value stands in it.
        let body = [&[0, 0, 1, 9][..], b"k/.zarray", &[size, 0], value.as_bytes()].concat();
        let tables = facts("0123456789abcdef0123456789abcdef", &node([0x0c, 0xdb, 0x20, 0xde], &body));
        assert!(tables.incomplete.is_empty(), "{value:?}: {:?}", tables.incomplete);
        assert!(
            tables.members.iter().any(|one| one.formats.contains(&FormatId::Zarr)),
            "{value:?}: {:?}",
            tables.members
        );
    }
}

#[test]
fn declared_counts_and_lengths_cost_nothing() {
    assert_eq!(crc32c(b"123456789"), 0xe306_9283);
    let many = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
    for magic in [[0x0c, 0xdb, 0x12, 0x34], [0x0c, 0xdb, 0x20, 0xde]] {
        for body in [
            [&[0u8][..], &many].concat(),
            [&[0u8, 0][..], &many, &[1; 40]].concat(),
            [&[0u8, 1, 1, 0, b'x'][..], &many].concat(),
            [&[1u8, 1, 0, b'x'][..], &many, &[0; 40]].concat(),
            [&[0u8, 1][..], &many, &[0]].concat(),
        ] {
            let tables = facts("0123456789abcdef0123456789abcdef", &node(magic, &body));
            assert!(!tables.incomplete.is_empty() && !tables.lacks(IncompleteKind::Internal), "{body:?}");
        }
    }
    // Paths that repeat the one before: 4,000 of 60,000 bytes in a few kilobytes.
    let mut body = vec![0, 0xa0, 0x1f];
    (1..4_000).for_each(|_| body.extend_from_slice(&[0xe0, 0xd4, 3]));
    body.extend_from_slice(&[0xe0, 0xd4, 3]);
    body.extend_from_slice(&[0; 3_999]);
    body.extend_from_slice(&[0; 4_000]);
    body.extend_from_slice(&[b'x'; 60_000]);
    let tables = facts("0123456789abcdef0123456789abcdef", &node([0x0c, 0xdb, 0x20, 0xde], &body));
    assert!(tables.lacks(IncompleteKind::Limit), "{:?}", tables.incomplete);
}
