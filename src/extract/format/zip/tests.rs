//! Hostile zips, built record by record, and zips of real writers.
#![allow(clippy::arithmetic_side_effects, clippy::as_conversions, reason = "tests build bytes")]

use crate::extract::collect::{DIGEST, Tables, price};
use crate::extract::format::trial::{damage, facts, facts_within, fixture};
use crate::facts::{DeviationKind, FormatId, IncompleteKind, Origin};
use crate::limits::Limits;

/// One header's fields; central and local headers begin equal.
#[derive(Clone)]
struct Fields {
    name: Vec<u8>,
    flags: u16,
    method: u16,
    crc: u32,
    packed: u32,
    unpacked: u32,
    extra: Vec<u8>,
}

#[derive(Clone)]
struct One {
    central: Option<Fields>,
    local: Fields,
    data: Vec<u8>,
    behind: Vec<u8>,
    attributes: u32,
    made_by: u16,
    offset: Option<u32>,
}

fn stored(name: &str, data: &[u8]) -> One {
    let size = data.len() as u32;
    let crc = crc32fast::hash(data);
    let local = Fields { name: name.into(), flags: 0, method: 0, crc, packed: size, unpacked: size, extra: Vec::new() };
    let (data, behind) = (data.to_vec(), Vec::new());
    One { central: Some(local.clone()), local, data, behind, attributes: 0, made_by: 20, offset: None }
}

fn deflated(name: &str, content: &[u8]) -> One {
    use std::io::Write as _;
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(content).unwrap();
    let mut one = stored(name, content);
    one.data = encoder.finish().unwrap();
    one.both(|fields| (fields.method, fields.packed) = (8, 0));
    let size = one.data.len() as u32;
    one.both(|fields| fields.packed = size);
    one
}

impl One {
    fn both(&mut self, change: impl Fn(&mut Fields)) {
        change(&mut self.local);
        self.central.iter_mut().for_each(change);
    }

    fn central(&mut self) -> &mut Fields {
        self.central.as_mut().unwrap()
    }
}

fn fixed(fields: &Fields) -> Vec<u8> {
    let mut out = Vec::new();
    for value in [20, fields.flags, fields.method, 0, 0x21] {
        out.extend_from_slice(&value.to_le_bytes());
    }
    for value in [fields.crc, fields.packed, fields.unpacked] {
        out.extend_from_slice(&value.to_le_bytes());
    }
    for value in [fields.name.len() as u16, fields.extra.len() as u16] {
        out.extend_from_slice(&value.to_le_bytes());
    }
    out
}

/// A zip and the place of its central directory.
fn parts(entries: &[One]) -> (Vec<u8>, Vec<u8>, u16) {
    let (mut out, mut central, mut count) = (Vec::new(), Vec::new(), 0);
    for one in entries {
        let offset = one.offset.unwrap_or(out.len() as u32);
        out.extend([b"PK\x03\x04".as_slice(), &fixed(&one.local), &one.local.name, &one.local.extra].concat());
        out.extend([one.data.as_slice(), &one.behind].concat());
        let Some(fields) = &one.central else { continue };
        count += 1;
        central.extend([b"PK\x01\x02".as_slice(), &one.made_by.to_le_bytes(), &fixed(fields)].concat());
        central.extend([0u8; 6]);
        central.extend([one.attributes.to_le_bytes(), offset.to_le_bytes()].concat());
        central.extend([fields.name.as_slice(), &fields.extra].concat());
    }
    (out, central, count)
}

fn end(count: u16, size: u32, offset: u32, comment: &[u8]) -> Vec<u8> {
    let mut out = b"PK\x05\x06\0\0\0\0".to_vec();
    out.extend([count.to_le_bytes(), count.to_le_bytes()].concat());
    out.extend([size.to_le_bytes(), offset.to_le_bytes()].concat());
    out.extend((comment.len() as u16).to_le_bytes());
    out.extend(comment);
    out
}

fn zip(entries: &[One]) -> Vec<u8> {
    zip_with(entries, b"")
}

fn zip_with(entries: &[One], comment: &[u8]) -> Vec<u8> {
    let (mut out, central, count) = parts(entries);
    let at = out.len() as u32;
    out.extend(&central);
    out.extend(end(count, central.len() as u32, at, comment));
    out
}

fn read(entries: &[One]) -> Tables {
    facts("x.zip", &zip(entries))
}

fn names(tables: &Tables) -> Vec<String> {
    tables.members_below().into_iter().map(|(name, ..)| name.to_owned()).collect()
}

#[test]
fn zips_of_real_writers_are_ordinary() {
    for name in ["stored.zip", "deflate.zip", "bzip2.zip", "lzma.zip", "piped.zip"] {
        let tables = facts(name, &fixture(name));
        tables.assert_ordinary(name);
        assert_eq!(tables.formats(), [FormatId::Zip], "{name}");
        assert_eq!(tables.members_below(), [("a.txt", 600, Origin::Entry), ("b.txt", 5, Origin::Entry)], "{name}");
    }
    facts("zip64.zip", &fixture("zip64.zip")).assert_ordinary("zip64");
    let comment = facts("stored.zip", &fixture("stored.zip")).archives[0].comment.clone();
    assert_eq!(comment.as_deref(), Some("a comment"));
}

#[test]
fn arrays_are_told_apart() {
    for name in ["arrays.npz", "packed.npz"] {
        let tables = facts(name, &fixture(name));
        tables.assert_ordinary(name);
        assert_eq!(tables.formats(), [FormatId::Zip, FormatId::Npz], "{name}");
    }
    // The name of an entry does not matter to numpy.
    let tables = read(&[stored("x", b"\x93NUMPY\x01\0rest")]);
    assert!(tables.formats().contains(&FormatId::Npz));
    let tables = read(&[stored("x", b"\x93NUMPY\x01\0rest"), stored("y.txt", b"text")]);
    assert!(!tables.formats().contains(&FormatId::Npz));
}

#[test]
fn torch_archives_are_told_apart() {
    let tables = facts("state.pt", &fixture("state.pt"));
    tables.assert_ordinary("state.pt");
    assert_eq!(tables.formats(), [FormatId::Zip, FormatId::Torch]);
    let storage = tables.members.iter().find(|member| member.path.ends_with("data/0")).unwrap();
    assert!(storage.digest.is_none(), "the container's digest covers a stored payload");
    assert!(!tables.incomplete.iter().any(|one| one.member == storage.id));
    let tables = facts("script.pt", &fixture("script.pt"));
    tables.assert_ordinary("script.pt");
    assert_eq!(tables.formats(), [FormatId::Zip, FormatId::Torch, FormatId::Torchscript]);
    assert!(tables.code.iter().all(|code| code.language == "torchscript"));
    assert_eq!(tables.code.len(), 2);
    // miniz finds names without case.
    assert!(read(&[stored("A/DATA.PKL", b"\x80\x02N.")]).formats().contains(&FormatId::Torch));
    assert!(!read(&[stored("a/b/data.pkl", b"\x80\x02N.")]).formats().contains(&FormatId::Torch));
}

#[test]
fn weights_that_torch_export_unpickles_are_pickles() {
    let with = |config: &str, weight: &[u8]| {
        let config = format!(r#"{{"config": {{"w": {{"path_name": "weight_0", "use_pickle": {config}}}}}}}"#);
        // The list may be packed, and stand behind what it speaks of.
        read(&[
            stored("m/archive_format", b"pt2"),
            stored("m/data/weights/weight_0", weight),
            deflated("m/data/weights/model_weights_config.json", config.as_bytes()),
        ])
    };
    // Not whole, and nothing that is known.
    for weight in [&b"\x80\x02NNb\xff"[..], b"\x80\x04", b"\0\0\0\0"] {
        let (plain, unpickled) = (with("false", weight), with("true", weight));
        assert!(plain.incomplete.is_empty() && plain.pickles.is_empty(), "{weight:?}: {:?}", plain.incomplete);
        assert!(!unpickled.incomplete.is_empty(), "{weight:?}");
    }
    let whole = with("true", b"\x80\x02N.");
    assert!(whole.incomplete.is_empty() && whole.pickles.len() == 1, "{:?}", whole.incomplete);
    assert!(!with("broken", b"\0\0").incomplete.is_empty());
}

#[test]
fn a_storage_that_is_named_and_not_there_is_noted() {
    let text = |text: &str| [b"X", (text.len() as u32).to_le_bytes().as_slice(), text.as_bytes()].concat();
    let id = [text("storage"), b"ctorch\nFloatStorage\n".to_vec(), text("Key"), text("cpu"), b"K\x01tQ.".to_vec()];
    let pickle = [b"\x80\x02(".to_vec(), id.concat()].concat();
    let with = |names: &[&str]| {
        let others = names.iter().map(|name| stored(name, &[0; 4]));
        read(&std::iter::once(stored("a/data.pkl", &pickle)).chain(others).collect::<Vec<_>>())
    };
    // torch finds names without case.
    assert!(with(&["a/data/key"]).deviations.is_empty());
    for names in [&[][..], &["a/data/0"], &["a/key"], &["a/data/key/0"]] {
        let tables = with(names);
        let [one] = tables.deviations.as_slice() else { panic!("{:?}", tables.deviations) };
        assert_eq!((one.kind, one.name.as_deref()), (DeviationKind::MissingFile, Some("a/data/Key")));
    }
}

#[test]
fn keras_archives_are_recognised() {
    let tables = read(&[stored("config.json", b"{}"), stored("model.weights.h5", b"text")]);
    assert!(tables.formats().contains(&FormatId::Keras));
    assert!(tables.members[1].promised.contains(&FormatId::KerasConfig));
    assert!(tables.members[1].formats.contains(&FormatId::KerasConfig));
}

#[test]
fn every_disagreement_of_the_two_headers_is_a_fact() {
    let content = b"hello hello hello";
    type Case = (&'static str, fn(&mut Fields));
    let cases: [Case; 6] = [
        ("file name", |local| local.name = b"other".to_vec()),
        ("compression method", |local| local.method = 8),
        ("general purpose flags", |local| local.flags = 0x800),
        ("crc-32", |local| local.crc = 1),
        ("compressed size", |local| local.packed = 3),
        ("uncompressed size", |local| local.unpacked = 3),
    ];
    for (field, change) in cases {
        let mut one = stored("a.txt", content);
        change(&mut one.local);
        let tables = read(&[one]);
        tables.about(DeviationKind::HeaderDisagreement, field);
        assert!(
            tables.members_below().contains(&("a.txt", 17, Origin::Entry)),
            "{field}: {:?}",
            tables.members_below()
        );
    }
}

#[test]
fn every_reading_of_the_method_is_followed() {
    // The directory says stored, the local header says deflate: a streaming reader sees another file.
    let mut one = deflated("a.txt", b"hidden text, hidden text, hidden text");
    one.central().method = 0;
    let size = one.central().packed;
    one.central().unpacked = size;
    let tables = read(&[one]);
    let sizes: Vec<u64> = tables.members_below().into_iter().map(|(_, size, _)| size).collect();
    assert!(sizes.contains(&37) && sizes.contains(&u64::from(size)), "{sizes:?}");
}

#[test]
fn the_longer_of_two_sizes_is_read_too() {
    let mut one = stored("a.txt", b"short and the rest that one reader sees");
    one.central().packed = 5;
    one.central().unpacked = 5;
    let tables = read(&[one]);
    let sizes: Vec<u64> = tables.members_below().into_iter().map(|(_, size, _)| size).collect();
    assert!(sizes.contains(&5) && sizes.contains(&39), "{sizes:?}");
}

#[test]
fn a_descriptor_that_disagrees_is_a_fact() {
    let content = b"hello";
    let mut one = stored("a.txt", content);
    one.both(|fields| fields.flags = 8);
    (one.local.crc, one.local.packed, one.local.unpacked) = (0, 0, 0);
    let descriptor = |size: u32| {
        [
            b"PK\x07\x08".to_vec(),
            crc32fast::hash(content).to_le_bytes().into(),
            size.to_le_bytes().into(),
            size.to_le_bytes().into(),
        ]
        .concat()
    };
    one.behind = descriptor(5);
    read(&[one.clone()]).assert_ordinary("descriptor");
    one.behind = descriptor(6);
    let tables = read(&[one.clone()]);
    tables.about(DeviationKind::HeaderDisagreement, "data descriptor compressed size");
    one.behind = Vec::new();
    read(&[one]).about(DeviationKind::HeaderDisagreement, "data descriptor");
}

#[test]
fn an_entry_in_no_directory_is_read() {
    let mut hidden = stored("evil.txt", b"hidden");
    hidden.central = None;
    let mut packed = deflated("evil2.txt", b"hidden too, hidden too");
    packed.central = None;
    packed.local.flags = 8;
    (packed.local.crc, packed.local.packed, packed.local.unpacked) = (0, 0, 0);
    let tables = read(&[stored("a.txt", b"hello"), hidden, packed, stored("b.txt", b"there")]);
    assert_eq!(tables.of(DeviationKind::HiddenEntry).len(), 2);
    let members = tables.members_below();
    assert!(members.contains(&("evil.txt", 6, Origin::Hidden)), "{members:?}");
    assert!(members.contains(&("evil2.txt", 22, Origin::Hidden)), "{members:?}");
    assert_eq!(members.len(), 4);
}

#[test]
fn counts_that_lie_hide_nothing() {
    let (mut out, central, _) = parts(&[stored("a.txt", b"hello"), stored("b.txt", b"there")]);
    let at = out.len() as u32;
    out.extend(&central);
    for (count, size) in [(0, central.len()), (1, central.len()), (1, central.len() / 2), (9, central.len())] {
        let content = [out.clone(), end(count, size as u32, at, b"")].concat();
        let tables = facts("x.zip", &content);
        let mut found = names(&tables);
        found.sort();
        assert_eq!(found, ["a.txt", "b.txt"], "{count} {size}");
        assert_eq!(tables.of(DeviationKind::CountMismatch).len(), 1, "{count} {size}");
    }
    // Nothing at all in the directory, as the end record says.
    let tables = facts("x.zip", &[out, end(0, 0, 0, b"")].concat());
    assert!(names(&tables).contains(&"b.txt".to_owned()));
    assert_eq!(tables.of(DeviationKind::HiddenEntry).len(), 2);
}

#[test]
fn two_entries_of_one_name_are_two_members() {
    let tables = read(&[stored("a.txt", b"first"), stored("a.txt", b"second"), stored("A.TXT", b"third!!")]);
    assert_eq!(tables.members_below().iter().map(|(_, size, _)| *size).collect::<Vec<_>>(), [5, 6, 7]);
    assert_eq!(tables.of(DeviationKind::DuplicateName).len(), 1);
    assert_eq!(tables.of(DeviationKind::CaseCollision).len(), 1);
}

#[test]
fn overlapping_entries_are_a_fact_and_bounded() {
    let mut entries = vec![stored("a.txt", &[b'x'; 1000])];
    for nth in 0..50 {
        let mut again = stored(&format!("a{nth}"), &[]);
        again.central = entries[0].central.clone();
        again.central().name = format!("a{nth}").into_bytes();
        again.offset = Some(0);
        entries.push(again);
    }
    let limits = Limits { ratio_floor: 10_000, ratio: 1, ..Limits::default() };
    let tables = facts_within("x.zip", &zip(&entries), &limits);
    assert!(!tables.of(DeviationKind::Overlap).is_empty());
    assert!(tables.lacks(IncompleteKind::Limit), "{:?}", tables.incomplete);
}

#[test]
fn bytes_that_nothing_accounts_for_are_members() {
    let mut first = stored("a.txt", b"hello");
    first.behind = b"in the gap".to_vec();
    let inner = zip(&[first, stored("b.txt", b"there")]);
    let content = [b"in front".as_slice(), &inner, b"behind!"].concat();
    let tables = facts("x.zip", &content);
    for (kind, member) in [
        (DeviationKind::PrefixBytes, ("prefix", 8, Origin::Remainder)),
        (DeviationKind::SuffixBytes, ("suffix", 7, Origin::Remainder)),
    ] {
        assert_eq!(tables.of(kind).len(), 1, "{kind:?}");
        assert!(tables.members_below().contains(&member), "{:?}", tables.members_below());
    }
    assert_eq!(tables.of(DeviationKind::Gap).len(), 1);
    assert!(names(&tables).contains(&"b.txt".to_owned()));
    // Zeros are padding.
    let mut first = stored("a.txt", b"hello");
    first.behind = vec![0; 100];
    read(&[first, stored("b.txt", b"there")]).assert_ordinary("padding");
}

#[test]
fn every_end_record_that_a_loader_takes_is_followed() {
    // One directory for readers that want the comment to reach the end, another for those that take the last record.
    let (mut out, one, _) = parts(&[stored("a.txt", b"hello")]);
    let first_at = out.len() as u32;
    let second_at = out.len() + one.len() + 22;
    let mut other = stored("b.txt", b"other");
    other.offset = None;
    let (local, mut central, _) = parts(&[other]);
    let comment_at = second_at as u32;
    central[42..46].copy_from_slice(&comment_at.to_le_bytes());
    let inner =
        [local.clone(), central.clone(), end(1, central.len() as u32, comment_at + local.len() as u32, b"")].concat();
    out.extend(&one);
    out.extend(end(1, one.len() as u32, first_at, &inner));
    let tables = facts("x.zip", &out);
    assert_eq!(tables.of(DeviationKind::SeveralEnds).len(), 1);
    let names = names(&tables);
    assert!(names.contains(&"a.txt".to_owned()) && names.contains(&"b.txt".to_owned()), "{names:?}");
}

#[test]
fn an_end_record_is_found_as_far_from_the_end_as_any_loader_looks() {
    let archive = zip(&[stored("a", b"x")]);
    // miniz looks at the last 69,584 bytes.
    let content = [archive, vec![2; 69_584 - 22]].concat();
    let mut tensor =
        format!(r#"{{"w":{{"dtype":"U8","shape":[{0}],"data_offsets":[0,{0}]}}}}"#, content.len()).into_bytes();
    tensor.resize(tensor.len().next_multiple_of(8), b' ');
    let file = [&(tensor.len() as u64).to_le_bytes()[..], &tensor, &content].concat();
    for (name, content) in [("a.dat", &content), ("a.safetensors", &file)] {
        assert!(facts(name, content).formats().contains(&FormatId::Zip), "{name}");
    }
}

#[test]
fn a_zip_in_a_zip_has_its_own_end_record() {
    let tables = read(&[stored("inner.zip", &zip(&[stored("a.txt", b"hello")]))]);
    tables.assert_ordinary("nested");
    assert_eq!(tables.members_below().len(), 2);
}

#[test]
fn encryption_counts_where_the_directory_says_so() {
    for flag in [0x1, 0x40, 0x2000] {
        let mut one = stored("a.txt", b"hello");
        one.both(|fields| fields.flags = flag);
        let tables = read(&[one.clone()]);
        assert!(tables.lacks(IncompleteKind::Encrypted), "{flag:#x}");
        assert_eq!(tables.of(DeviationKind::Encrypted).len(), 1);
        // torch ignores the flag in the local header: the content is read.
        one.central().flags = 0;
        let tables = read(&[one]);
        assert!(!tables.lacks(IncompleteKind::Encrypted), "{flag:#x}");
        assert_eq!(tables.of(DeviationKind::Encrypted).len(), 1);
        assert_eq!(tables.members[1].formats, [FormatId::Text]);
    }
}

#[test]
fn a_wrong_checksum_is_a_fact_and_the_content_is_read() {
    for mut one in [stored("a.txt", b"hello"), deflated("a.txt", b"hello hello")] {
        one.both(|fields| fields.crc = 0xdead_beef);
        let tables = read(&[one]);
        let found = tables.about(DeviationKind::ChecksumMismatch, "crc-32");
        assert_eq!(found.expected.as_deref(), Some("deadbeef"));
        assert_eq!(tables.members[1].formats, [FormatId::Text]);
    }
}

#[test]
fn a_deflate_stream_that_ends_early_or_late_is_a_fact() {
    let mut behind = deflated("a.txt", b"hello hello");
    behind.data.extend(b"left behind");
    let size = behind.data.len() as u32;
    behind.both(|fields| fields.packed = size);
    let tables = read(&[behind]);
    tables.about(DeviationKind::SizeMismatch, "compressed size");
    assert!(names(&tables).contains(&"rest".to_owned()));
    let mut cut = deflated("a.txt", b"hello hello and much more");
    cut.data.truncate(6);
    cut.both(|fields| fields.packed = 6);
    assert!(read(&[cut]).lacks(IncompleteKind::Truncated));
    // zipfile stops at the declared size, others read on: both are members.
    let mut longer = deflated("a.txt", b"hello hello and much more");
    longer.both(|fields| fields.unpacked = 5);
    let tables = read(&[longer]);
    let sizes: Vec<u64> = tables.members_below().into_iter().map(|(_, size, _)| size).collect();
    assert!(sizes.contains(&5) && sizes.contains(&25), "{sizes:?}");
}

#[test]
fn methods_that_are_not_read_are_incomplete() {
    for method in [1u16, 9, 98, 1234] {
        let mut one = stored("a.txt", b"hello");
        one.both(|fields| fields.method = method);
        let tables = read(&[one]);
        assert!(tables.lacks(IncompleteKind::Unsupported), "{method}");
        assert_eq!(tables.of(DeviationKind::UnusualMethod).len(), 1, "{method}");
    }
    // torch refuses what zipfile reads.
    let mut one = stored("a/b.txt", b"hello");
    one.both(|fields| fields.method = 12);
    let tables = read(&[stored("a/data.pkl", b"\x80\x02N."), one]);
    assert_eq!(tables.of(DeviationKind::UnusualMethod).len(), 1);
}

#[test]
fn names_links_and_devices_are_facts() {
    let mut link = stored("a/link", b"../../etc/passwd");
    (link.attributes, link.made_by) = (0o120_777 << 16, 3 << 8 | 20);
    let mut fifo = stored("fifo", b"x");
    (fifo.attributes, fifo.made_by) = (0o010_644 << 16, 3 << 8 | 20);
    let mut script = stored("run", b"x");
    (script.attributes, script.made_by) = (0o100_755 << 16, 3 << 8 | 20);
    let mut nul = stored("a.txt\0.pkl", b"x");
    nul.both(|fields| fields.flags = 0);
    let folder = stored("folder/", b"content");
    let tables = read(&[link, fifo, script, nul, folder, stored("..\\up", b"x"), stored("C:/x", b"x")]);
    assert_eq!(tables.of(DeviationKind::Link)[0].found.as_deref(), Some("../../etc/passwd"));
    let link = tables.members.iter().find_map(|member| member.link.as_ref()).unwrap();
    assert!(link.escapes);
    assert_eq!(names(&tables).iter().filter(|name| *name == "link").count(), 2, "the link, and its text as a file");
    assert_eq!(tables.of(DeviationKind::SpecialFile).len(), 1);
    assert_eq!(tables.of(DeviationKind::DeceptiveName).len(), 1);
    assert_eq!(tables.of(DeviationKind::Traversal).len(), 2);
    tables.about(DeviationKind::InvalidValue, "directory with content");
    assert!(tables.members.iter().any(|member| member.name == "run" && member.executable));
}

#[test]
fn a_zip64_record_that_disagrees_is_followed_both_ways() {
    let (mut out, central, _) = parts(&[stored("a.txt", b"hello")]);
    let at = out.len() as u64;
    out.extend(&central);
    let mut second = central.clone();
    second[46..51].copy_from_slice(b"b.txt");
    let second_at = out.len() as u64;
    out.extend(&second);
    let wide_at = out.len() as u64;
    out.extend(b"PK\x06\x06");
    out.extend(44u64.to_le_bytes());
    out.extend([45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    for value in [1, 1, second.len() as u64, second_at] {
        out.extend(value.to_le_bytes());
    }
    out.extend(b"PK\x06\x07\0\0\0\0");
    out.extend(wide_at.to_le_bytes());
    out.extend(1u32.to_le_bytes());
    let same = [out.clone(), end(0xffff, u32::MAX, u32::MAX, b"")].concat();
    let tables = facts("x.zip", &same);
    assert!(names(&tables).contains(&"b.txt".to_owned()));
    out.extend(end(1, central.len() as u32, at as u32, b""));
    let tables = facts("x.zip", &out);
    tables.about(DeviationKind::HeaderDisagreement, "zip64 end record");
    let names = names(&tables);
    assert!(names.contains(&"a.txt".to_owned()) && names.contains(&"b.txt".to_owned()), "{names:?}");
}

#[test]
fn twenty_thousand_entries_and_long_names_are_bounded() {
    let many: Vec<One> = (0..20_000).map(|nth| stored(&format!("{nth}"), b"x")).collect();
    let (mut out, central, _) = parts(&many);
    let at = out.len() as u32;
    out.extend(&central);
    out.extend(end(20_000, central.len() as u32, at, b""));
    let tables = facts("x.zip", &out);
    tables.assert_ordinary("many");
    assert_eq!(tables.members.len(), 20_001);
    let long = "n".repeat(60_000);
    let tables = read(&[stored(&long, b"x")]);
    tables.about(DeviationKind::InvalidValue, "name length");
    assert!(tables.members[1].path.len() < 1_000);
}

#[test]
fn a_cut_archive_is_read_by_its_local_headers() {
    let whole = fixture("state.pt");
    let directory = whole.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
    let tables = facts("state.pt", &whole[..directory]);
    assert!(tables.lacks(IncompleteKind::Truncated));
    assert!(tables.formats().contains(&FormatId::Torch));
    assert_eq!(tables.of(DeviationKind::HiddenEntry).len(), 5);
    assert!(names(&tables).contains(&"data.pkl".to_owned()));
}

#[test]
fn damage_is_never_clean() {
    for name in [
        "state.pt",
        "script.pt",
        "arrays.npz",
        "packed.npz",
        "stored.zip",
        "deflate.zip",
        "bzip2.zip",
        "lzma.zip",
        "piped.zip",
        "zip64.zip",
    ] {
        damage(name);
    }
}

#[test]
fn members_beyond_the_ceiling_of_facts_are_told_of_the_file() {
    let zip = fixture("stored.zip");
    let whole = facts("a.zip", &zip);
    assert!(whole.members.len() > 1);
    let limits = Limits { facts: price(&whole.members[0]) + DIGEST, ..Limits::default() };
    let cut = facts_within("a.zip", &zip, &limits);
    assert_eq!(cut.members.len(), 1);
    let told = |one: &&crate::facts::Incomplete| one.member == 0 && one.what == "facts";
    assert_eq!(cut.incomplete.iter().filter(told).count(), 1, "{:?}", cut.incomplete);
}
