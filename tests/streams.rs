//! Compressed streams, arrays, tensors, images and pointers: real files stay what they are, and cut, changed or hostile ones
//! are never clean and never a panic.
#![allow(missing_docs, reason = "tests are read, not linked")]
#![allow(clippy::arithmetic_side_effects, clippy::as_conversions, reason = "a test may fail by panic")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panic")]

use std::fs;
use std::path::{Path, PathBuf};
use weighbridge::extract::{Extraction, extract};
use weighbridge::facts::{DeviationKind, Facts, FormatId, IncompleteKind, Origin};
use weighbridge::limits::Limits;
use weighbridge::repository::lfs_object;

fn facts(path: &Path) -> Facts {
    let limits = Limits { ratio_floor: 1 << 20, decoded: 64 << 20, ..Limits::default() };
    let extraction =
        Extraction { limits: &limits, evaluated_at: "2026-01-01T00:00:00Z", progress: &(), pointers: &lfs_object };
    extract(path, &extraction).unwrap()
}

fn fixtures(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/streams").join(folder);
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty());
    files
}

/// The facts of bytes under a name.
fn of(name: &str, bytes: &[u8]) -> Facts {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    facts(&path)
}

fn kinds(facts: &Facts) -> Vec<DeviationKind> {
    facts.deviations.iter().map(|deviation| deviation.kind).collect()
}

fn incomplete(facts: &Facts) -> Vec<IncompleteKind> {
    facts.incomplete.iter().map(|incomplete| incomplete.kind).collect()
}

#[test]
fn every_compression_gives_its_content() {
    let text = "weights and measures\n".repeat(200);
    for file in fixtures("compressed") {
        let facts = facts(&file);
        assert_eq!(facts.deviations, [], "{}", file.display());
        assert_eq!(facts.archives.len(), 1, "{}", file.display());
        let child = &facts.members[1];
        let name = file.file_name().unwrap().to_str().unwrap();
        assert_eq!((child.origin, child.name.as_str()), (Origin::Decoded, name.rsplit_once('.').unwrap().0));
        if !name.starts_with("linked") {
            assert_eq!(facts.incomplete, [], "{name}");
            assert_eq!(child.digest, Some(weighbridge::digest::of(text.as_bytes())), "{name}");
        } else {
            assert_eq!(child.size, 256 * 1_200);
        }
    }
}

#[test]
fn every_joblib_compression_is_opened() {
    for file in fixtures("joblib") {
        let facts = facts(&file);
        assert_eq!(facts.members[1].origin, Origin::Decoded, "{}", file.display());
        assert_eq!(facts.deviations, [], "{}", file.display());
        assert!(facts.members[1].size > 11 && facts.archives.len() == 1);
    }
}

#[test]
fn arrays_are_measured_and_objects_are_handed_on() {
    for file in fixtures("npy") {
        let facts = facts(&file);
        let object = file.file_name().unwrap().to_str().unwrap().starts_with("object");
        assert_eq!(facts.members[0].formats, [FormatId::Npy]);
        assert_eq!(facts.tensors.len(), 1);
        assert_eq!(kinds(&facts).contains(&DeviationKind::ObjectData), object, "{}", file.display());
        assert_eq!(facts.members.iter().any(|member| member.name == "objects.pkl"), object);
        if !object {
            assert_eq!((facts.incomplete.len(), facts.deviations.len()), (0, 0), "{}", file.display());
        }
    }
}

#[test]
fn ordinary_tensors_and_images_have_no_deviation() {
    for file in fixtures("safetensors").into_iter().chain(fixtures("image")) {
        let facts = facts(&file);
        assert_eq!((facts.incomplete.len(), facts.deviations.len()), (0, 0), "{}", file.display());
        assert_eq!(facts.members.len(), 1, "{}", file.display());
    }
}

#[test]
fn what_stands_behind_is_a_member() {
    let behind = b"#!/bin/sh\nid\n";
    for folder in ["compressed", "npy", "safetensors", "image"] {
        for file in fixtures(folder) {
            let name = file.file_name().unwrap().to_str().unwrap();
            if name.starts_with("object") || name.ends_with(".json") {
                continue; // the rest of an object array is a pickle anyway; JSON has no rest
            }
            let mut bytes = fs::read(&file).unwrap();
            bytes.extend_from_slice(behind);
            let facts = of(name, &bytes);
            assert!(kinds(&facts).contains(&DeviationKind::SuffixBytes), "{name} {:?}", facts.incomplete);
            let rest = facts.members.iter().find(|member| member.origin == Origin::Remainder).unwrap();
            assert_eq!(rest.formats, [FormatId::Script], "{name}");
        }
    }
}

#[test]
fn two_streams_are_read_together_and_the_first_alone() {
    for file in fixtures("compressed") {
        let name = file.file_name().unwrap().to_str().unwrap();
        let one = fs::read(&file).unwrap();
        let facts = of(name, &[one.as_slice(), &one].concat());
        assert_eq!(kinds(&facts), [DeviationKind::SeveralStreams], "{name} {:?}", facts.incomplete);
        assert_eq!(facts.members[1].size, facts.members[2].size * 2, "{name}");
        assert_eq!(facts.archives[0].entries, 2);
    }
}

#[test]
fn a_cut_file_is_never_clean() {
    for folder in ["compressed", "joblib", "npy", "safetensors", "image"] {
        for file in fixtures(folder) {
            let bytes = fs::read(&file).unwrap();
            let name = file.file_name().unwrap().to_str().unwrap();
            let step = bytes.len() / 16 + 1;
            for end in (1..bytes.len()).step_by(step).chain([bytes.len() - 1]) {
                let facts = of(name, &bytes[..end]);
                // One or two letters are a text; that its name promises more is for the policies.
                let member = &facts.members[0];
                let kept = member.promised.is_empty() || member.formats != [FormatId::Text];
                assert!(!kept || !facts.incomplete.is_empty(), "{name} cut to {end} of {}", bytes.len());
                assert!(!incomplete(&facts).contains(&IncompleteKind::Internal), "{name} cut to {end}");
            }
        }
    }
}

#[test]
fn a_cut_stream_keeps_what_came_before() {
    // Bytes that do not compress, so that a cut leaves much to decode; zstd's are blocks of 128 KiB, of which one is whole.
    for file in fixtures("noise") {
        let name = file.file_name().unwrap().to_str().unwrap();
        let encoded = fs::read(&file).unwrap();
        let whole = of(name, &encoded);
        let cut = if name.ends_with("zst") { encoded.len() - 2 } else { encoded.len() / 2 };
        let facts = of(name, &encoded[..cut]);
        assert!(incomplete(&facts).contains(&IncompleteKind::Truncated), "{name} {:?}", facts.incomplete);
        let (size, of_whole) = (facts.members[1].size, whole.members[1].size);
        assert!(size > 10_000 && size < of_whole, "{name}: {size} of {of_whole}");
    }
}

#[test]
fn a_changed_byte_is_no_panic() {
    for folder in ["compressed", "joblib", "npy", "safetensors", "image"] {
        for file in fixtures(folder) {
            let bytes = fs::read(&file).unwrap();
            let name = file.file_name().unwrap().to_str().unwrap();
            let step = bytes.len() / 24 + 1;
            for (at, change) in (0..bytes.len()).step_by(step).zip([0x01u8, 0x80, 0xff, 0x40].into_iter().cycle()) {
                let mut changed = bytes.clone();
                changed[at] ^= change;
                let facts = of(name, &changed);
                assert!(!incomplete(&facts).contains(&IncompleteKind::Internal), "{name}: {at} ^ {change}");
                assert!(facts.members.len() < 100);
            }
        }
    }
}

#[test]
fn bombs_are_stopped_by_the_ratio() {
    for file in fixtures("bomb") {
        let name = file.file_name().unwrap().to_str().unwrap();
        let facts = facts(&file);
        assert!(incomplete(&facts).contains(&IncompleteKind::Limit), "{name}");
        let what = facts.incomplete.iter().find(|one| one.kind == IncompleteKind::Limit).unwrap();
        assert!(matches!(what.what.as_str(), "ratio" | "decoded"), "{}", what.what);
    }
}

#[test]
fn dictionaries_are_limited() {
    // A zstd frame with a window of 2^31 bytes, and an LZMA file with a dictionary of 2 GiB.
    let zstd = of("a.zst", &[0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa8, 1, 0, 0]);
    let lzma = of("a.lzma", &[0x5d, 0, 0, 0, 0x80, 255, 255, 255, 255, 255, 255, 255, 255, 0, 1, 2, 3, 4]);
    for facts in [zstd, lzma] {
        let limit = facts.incomplete.iter().find(|one| one.kind == IncompleteKind::Limit).unwrap();
        assert_eq!(limit.what, "dictionary");
    }
}

#[test]
fn an_index_is_held_against_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    let index =
        br#"{"weight_map": {"a": "one.safetensors", "b": "two.safetensors", "c": "../three", "a": "one.safetensors"}}"#;
    fs::write(folder.path().join("model.safetensors.index.json"), index).unwrap();
    fs::copy(&fixtures("safetensors")[2], folder.path().join("one.safetensors")).unwrap();
    let facts = facts(folder.path());
    let missing: Vec<_> =
        facts.deviations.iter().filter(|one| one.kind == DeviationKind::MissingFile).map(|one| &one.expected).collect();
    assert_eq!(missing, [&Some("../three".to_owned()), &Some("two.safetensors".to_owned())]);
    assert!(kinds(&facts).contains(&DeviationKind::Traversal));
    assert!(kinds(&facts).contains(&DeviationKind::DuplicateKey));
}

#[test]
fn a_pointer_stands_for_its_object_when_that_is_here_and_right() {
    let folder = tempfile::tempdir().unwrap();
    let content = b"#!/bin/sh\necho weights\n";
    let oid = weighbridge::digest::of(content).sha256;
    let pointer = |size: usize| format!("version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize {size}\n");
    let file = folder.path().join("model.bin");
    fs::write(&file, pointer(content.len())).unwrap();
    let lost = facts(&file);
    assert_eq!(incomplete(&lost), [IncompleteKind::Pointer]);
    assert_eq!(lost.members[0].pointer.as_ref().map(|pointer| pointer.resolved), Some(false));

    let objects = folder.path().join(".git/lfs/objects").join(&oid[..2]).join(&oid[2..4]);
    fs::create_dir_all(&objects).unwrap();
    fs::write(objects.join(&oid), content).unwrap();
    let found = facts(&file);
    assert_eq!((found.incomplete.len(), found.artifact.size), (0, content.len() as u64));
    assert_eq!(found.members[0].formats, [FormatId::Script]);
    assert_eq!(found.members[0].digest.as_ref().unwrap().sha256, oid);
    assert_eq!(found.members[0].pointer.as_ref().map(|pointer| pointer.resolved), Some(true));
    assert_eq!(found.members[0].name, "model.bin");

    // Another size in the pointer, or another content under the object's name, is not read in its place.
    fs::write(&file, pointer(content.len() + 1)).unwrap();
    assert_eq!(incomplete(&facts(&file)), [IncompleteKind::Pointer]);
    fs::write(&file, pointer(content.len())).unwrap();
    fs::write(objects.join(&oid), b"#!/bin/sh\necho changed\n").unwrap();
    assert_eq!(incomplete(&facts(&file)), [IncompleteKind::Pointer]);
}

#[test]
fn a_pointer_with_a_tail_is_no_pointer() {
    let oid = weighbridge::digest::of(b"x").sha256;
    let text = format!("version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize 1\n\u{80}\u{2}.");
    let facts = of("model.bin", text.as_bytes());
    assert!(incomplete(&facts).contains(&IncompleteKind::Malformed));
    assert_eq!(facts.members[0].pointer, None);
}

#[test]
fn every_safetensors_defect_is_a_deviation() {
    let file = |header: &str, data: &[u8]| [&(header.len() as u64).to_le_bytes(), header.as_bytes(), data].concat();
    let tensor = |shape: &str, begin: u64, end: u64| {
        format!(r#"{{"dtype":"U8","shape":{shape},"data_offsets":[{begin},{end}]}}"#)
    };
    let two = |one: String, two: String| format!(r#"{{"a":{one},"b":{two}}}"#);
    let cases: Vec<(String, &[u8], DeviationKind)> = vec![
        (two(tensor("[4]", 0, 4), tensor("[4]", 2, 6)), b"abcdef", DeviationKind::Overlap),
        (two(tensor("[2]", 0, 2), tensor("[2]", 4, 6)), b"abcdef", DeviationKind::Gap),
        (format!(r#"{{"a":{}}}"#, tensor("[2]", 1, 3)), b"abc", DeviationKind::Gap),
        (format!(r#"{{"a":{}}}"#, tensor("[9]", 0, 9)), b"abc", DeviationKind::OutOfRange),
        (format!(r#"{{"a":{}}}"#, tensor("[9]", 9, 0)), b"abc", DeviationKind::OutOfRange),
        (format!(r#"{{"a":{0},"a":{0}}}"#, tensor("[3]", 0, 3)), b"abc", DeviationKind::DuplicateKey),
        (format!(r#"{{"a":{}}}"#, tensor("[2]", 0, 3)), b"abc", DeviationKind::SizeMismatch),
        (format!(r#"{{"a":{}}}"#, tensor("[4294967296,4294967296]", 0, 3)), b"abc", DeviationKind::Overflow),
        (format!(r#"{{"a":{}}}"#, tensor("[-1]", 0, 3)), b"abc", DeviationKind::InvalidValue),
        (r#"{"a":{"dtype":"F4","shape":[3],"data_offsets":[0,1]}}"#.into(), b"a", DeviationKind::Misaligned),
        (r#"{"a":{"dtype":"X","shape":[1],"data_offsets":[0,1]}}"#.into(), b"a", DeviationKind::InvalidValue),
        (r#"{"__metadata__":{"a":1}}"#.into(), b"", DeviationKind::InvalidValue),
        (r#"{"__metadata__":{"a":"1","a":"2"}}"#.into(), b"", DeviationKind::DuplicateKey),
        (format!(r#"{{"a":{}}}"#, tensor("[3]", 0, 3)), b"abc\0", DeviationKind::SuffixBytes),
        (format!(r#"{{"a":{}}}"#, tensor("[3]", 0, 3)), b"abcd", DeviationKind::SuffixBytes),
    ];
    for (header, data, kind) in cases {
        let facts = of("a.safetensors", &file(&header, data));
        assert!(kinds(&facts).contains(&kind), "{header}: {:?}", facts.deviations);
    }
    let deep = file(&format!(r#"{{"a":{}"#, "[".repeat(5_000)), b"");
    assert!(!of("a.safetensors", &deep).incomplete.is_empty());
    let wide = file(&format!(r#"{{"a":[{}0]}}"#, "0,".repeat(100_000)), b"");
    assert!(incomplete(&of("a.safetensors", &wide)).contains(&IncompleteKind::Limit));
}

#[test]
fn a_header_that_is_not_understood_hands_on_what_follows() {
    let array = |header: &str| {
        let length = (header.len() as u16).to_le_bytes();
        [&b"\x93NUMPY\x01\x00"[..], &length, header.as_bytes(), b"#!/bin/sh\n"].concat()
    };
    for header in [
        "{'descr': 'object', 'fortran_order': False, 'shape': (1,)}",
        "{'descr': 'f4,O', 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '|' 'O', 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '\\N{VERTICAL LINE}O', 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '|O', 'descr': '|O', 'fortran_order': False, 'shape': (1L,)}",
        "dict()",
        "",
    ] {
        let facts = of("a.npy", &array(header));
        let objects = facts.members.iter().find(|member| member.name == "objects.pkl");
        assert_eq!(objects.map(|member| member.formats.clone()), Some(vec![FormatId::Script]), "{header}");
    }
    let huge = "{'descr': '<f8', 'fortran_order': False, 'shape': (9223372036854775807, 4)}";
    assert!(kinds(&of("a.npy", &array(huge))).contains(&DeviationKind::Overflow));
    let short = "{'descr': '<f8', 'fortran_order': False, 'shape': (4,)}";
    let facts = of("a.npy", &array(short));
    assert_eq!(
        (kinds(&facts), incomplete(&facts)),
        (vec![DeviationKind::SizeMismatch], vec![IncompleteKind::Truncated])
    );
}

#[test]
fn programs_and_broken_and_unread_formats_have_names() {
    for (name, bytes, format) in [
        ("a", &b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0\x3e\0"[..], FormatId::Elf),
        ("a", b"\xcf\xfa\xed\xfe\x0c\0\0\x01\0\0\0\0\x02\0\0\0", FormatId::MachO),
        ("a", b"\0asm\x01\0\0\0", FormatId::Wasm),
        ("a", b"MZqFpD='\n", FormatId::Llamafile),
        ("a", b"\xca\xfe\xba\xbe\0\0\0\x3d", FormatId::JavaClass),
        ("a", b"\xac\xed\0\x05sr", FormatId::Java),
        ("a", b"\x89HDF\r\n\x1a\n\0", FormatId::Hdf5),
        ("a", b"tjgg\x03\0\0\0", FormatId::Ggml),
        ("a", b"\x1c\0\0\0TFL3\0", FormatId::Tflite),
        ("a", b"PAR1\x15\0", FormatId::Parquet),
        ("a", b"ARROW1\0\0", FormatId::Arrow),
        ("a", b"%PDF-1.7\n", FormatId::Pdf),
        ("a", b"SQLite format 3\0", FormatId::Sqlite),
        ("a.onnx", b"\x08\x07\x12\x07pytorch\x3a\x7f\x0a\x04", FormatId::Onnx),
        ("a.pb", b"\x0a\x10\x0a\x01x\x12\x0bPlaceholder", FormatId::Tensorflow),
    ] {
        let facts = of(name, bytes);
        assert!(facts.members[0].formats.contains(&format), "{format}: {:?}", facts.members[0].formats);
        let program = !facts.executables.is_empty();
        // Each is a program, or a graph, or not read, or cut off.
        assert!(program || !facts.graphs.is_empty() || !incomplete(&facts).is_empty(), "{format}");
    }
    assert_eq!(of("a", b"").members[0].formats, [FormatId::Empty]);
    assert_eq!(of("a", b"plain text\n").members[0].formats, [FormatId::Text]);
    assert_eq!(of("a", b"{\"a\": 1}").members[0].formats, [FormatId::Json]);
    assert_eq!(of("a.txt", b"{\"a\": 1}").members[0].formats, [FormatId::Text]);
    assert!(incomplete(&of("a.json", b"{\"a\": 1")).contains(&IncompleteKind::Truncated));
}

#[test]
fn random_weights_are_no_stream_by_chance() {
    let mut state = 7u32;
    let mut byte = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    for round in 0..300u32 {
        let head: &[u8] = if round % 2 == 0 { &[0x78, 0x9c] } else { &[0x5d, 0, 0, 0x80, 0] };
        let noise: Vec<u8> = head.iter().copied().chain(std::iter::repeat_with(&mut byte).take(400)).collect();
        let facts = of("data", &noise);
        assert_eq!(incomplete(&facts), [IncompleteKind::UnknownFormat], "{round}: {:?}", facts.members[0].formats);
    }
}
