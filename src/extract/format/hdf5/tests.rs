#![allow(clippy::arithmetic_side_effects, reason = "tests build bytes")]

use crate::extract::collect::Tables;
use crate::extract::format::trial::{facts, facts_within};
use crate::facts::{DeviationKind, FormatId, IncompleteKind, Leads, Origin};
use crate::limits::Limits;

/// The indexes of chunks, and whether one has chunks behind filters.
const INDEXES: &[&str] = &[
    "deep",
    "extensible",
    "extensible-packed",
    "fixed",
    "fixed-packed",
    "left-out",
    "pages",
    "pages-packed",
    "row",
    "single",
    "single-packed",
    "tree",
    "tree-packed",
];

fn indexed(name: &str) -> Vec<u8> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/hdf5").join(name);
    std::fs::read(path).unwrap()
}

/// The datasets in which a pickle was found.
fn found(tables: &Tables) -> Vec<String> {
    let held = tables.members.iter().skip(1).filter(|one| one.formats == [FormatId::Pickle]);
    let mut names: Vec<_> = held.map(|one| one.name.trim_start_matches("tensor /").to_owned()).collect();
    names.sort();
    names
}

#[test]
fn content_is_found_through_every_index_of_chunks() {
    let tables = facts("ordinary.h5", &indexed("ordinary.h5"));
    tables.assert_ordinary("ordinary.h5");
    assert_eq!((tables.members.len(), tables.tensors[0].count), (1, 13));
    let tables = facts("hidden.h5", &indexed("hidden.h5"));
    tables.assert_ordinary("hidden.h5");
    assert_eq!(found(&tables), INDEXES);
}

#[test]
fn an_index_that_breaks_its_format_is_told() {
    let whole = indexed("hidden.h5");
    for (signature, lost) in
        [(b"FAHD", 4), (b"FADB", 4), (b"EAHD", 2), (b"EAIB", 2), (b"BTHD", 3), (b"BTIN", 1), (b"BTLF", 3)]
    {
        let mut content = whole.clone();
        // The tree of the group's links is left as it is.
        let chunks = |at: usize| !signature.starts_with(b"BT") || matches!(whole[at + 5], 10 | 11);
        let places: Vec<usize> =
            (0..whole.len() - 4).filter(|at| whole[*at..].starts_with(signature) && chunks(*at)).collect();
        assert!(places.len() >= lost, "{}: {places:?}", signature.escape_ascii());
        places.iter().for_each(|at| content[*at] = b'x');
        let tables = facts("hidden.h5", &content);
        assert_eq!(found(&tables).len(), INDEXES.len() - lost, "{}", signature.escape_ascii());
        assert_eq!(tables.incomplete.iter().map(|one| one.count).sum::<u64>(), u64::try_from(lost).unwrap());
    }
}

#[test]
fn an_index_is_followed_as_its_header_says() {
    let whole = indexed("hidden.h5");
    let at = |signature: &[u8; 4]| whole.windows(4).position(|four| four == signature).unwrap();
    // A tree of chunks whose root has the root for its first child ends with its depth.
    let header = at(b"BTIN");
    let mut content = whole.clone();
    let root = whole.windows(8).position(|eight| eight == u64::try_from(header).unwrap().to_le_bytes()).unwrap();
    content[root - 4] = 9;
    assert!(facts("hidden.h5", &content).lacks(IncompleteKind::Malformed));
    // An extensible array without elements in its index block: the first address is that of a data block.
    let (header, block) = (at(b"EAHD"), at(b"EAIB"));
    let mut content = whole.clone();
    content[header + 8] = 0;
    let data = content.len();
    content[block + 14..block + 22].copy_from_slice(&u64::try_from(data).unwrap().to_le_bytes());
    content.extend_from_slice(b"EADB\0\0");
    content.extend_from_slice(&u64::try_from(header).unwrap().to_le_bytes());
    content.extend_from_slice(&[0; 4]);
    content.extend_from_slice(&whole[block + 14..block + 22]);
    assert_eq!(found(&facts("hidden.h5", &content)), INDEXES);
    // One that has none there either.
    content[header + 10] = 1;
    assert!(facts("hidden.h5", &content).lacks(IncompleteKind::Unsupported));
}

#[test]
fn layouts_of_old_versions_are_read() {
    use super::file::File;
    use super::message::{Layout, layout};
    let source = crate::extract::source::Source::memory(Vec::new());
    let budget = || std::cell::Cell::new(1 << 20);
    let file = File { source: &source, base: 0, offset: 8, length: 8, left: budget(), steps: budget() };
    let address = 0x80u64.to_le_bytes();
    let message = |class: u8, rest: &[u8]| [&[1, 2, class, 0, 0, 0, 0, 0], rest].concat();
    let lengths = [[4u8, 0, 0, 0], [8, 0, 0, 0]].concat();
    let read = |class: u8, rest: &[u8]| layout(&file, &message(class, rest));
    assert_eq!(read(1, &[&address[..], &lengths].concat()).unwrap(), Layout::Contiguous(0x80, None));
    assert_eq!(read(0, &[&lengths[..], &[3, 0, 0, 0], b"abc"].concat()).unwrap(), Layout::Compact(b"abc".to_vec()));
    assert!(matches!(read(2, &[&address[..], &lengths].concat()).unwrap(), Layout::Chunked(_)));
    assert_eq!(read(2, &[&[0xff; 8][..], &lengths].concat()).unwrap(), Layout::Nothing);
    assert!(read(3, &address).is_err() && read(0, &lengths).is_err());
}

fn fixture(name: &str) -> Vec<u8> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/keras").join(name);
    std::fs::read(path).unwrap()
}

fn read(name: &str) -> Tables {
    facts("file.h5", &fixture(name))
}

/// What h5py says of the datasets of both files.
fn datasets(tables: &Tables) -> Vec<(String, String, Vec<u64>)> {
    let entries = tables.tensors.iter().flat_map(|table| &table.entries);
    let mut all: Vec<_> =
        entries.map(|one| (one.name.clone().unwrap(), one.dtype.clone(), one.shape.clone())).collect();
    all.sort();
    all
}

#[test]
fn old_and_new_files_are_read_whole() {
    for name in ["earliest.h5", "latest.h5"] {
        let tables = read(&format!("ordinary/{name}"));
        tables.assert_ordinary(name);
        let expected = [
            ("/chunked", "float64", vec![8, 8]),
            ("/compound", "compound96", vec![2]),
            ("/contiguous", "float64", vec![2, 3]),
            ("/text", "vlen-string128", vec![2]),
        ];
        let found = datasets(&tables);
        let found: Vec<_> = found.iter().map(|one| (one.0.as_str(), one.1.as_str(), one.2.clone())).collect();
        assert_eq!(found.len(), expected.len(), "{name}: {found:?}");
        for (one, other) in found.iter().zip(&expected) {
            assert!(one.0 == other.0 && one.2 == other.2 && other.1.starts_with(one.1), "{name}: {one:?}");
        }
    }
}

#[test]
fn links_in_dense_storage_are_all_found() {
    // A dataset in each of 40 groups would be listed; here each object counts as a step.
    for name in ["earliest.h5", "latest.h5"] {
        let content = fixture(&format!("ordinary/{name}"));
        let few = Limits { values: 60, ..Limits::default() };
        assert!(facts_within("file.h5", &content, &few).lacks(IncompleteKind::Limit), "{name}");
    }
    let tables = read("hostile/lambda-latest.h5");
    assert!(tables.members.iter().any(|one| one.name == "@model_config" && one.origin == Origin::Value));
}

#[test]
fn weights_of_keras_are_listed() {
    let tables = read("ordinary/wide.weights.h5");
    tables.assert_ordinary("weights");
    assert_eq!(tables.tensors[0].count, 17);
}

#[test]
fn what_lies_in_other_files_is_a_reference() {
    for (name, by, target, leads) in [
        ("external-link-earliest.h5", "external-link", "/etc/other.h5", Leads::Absolute),
        ("external-link-latest.h5", "external-link", "/etc/other.h5", Leads::Absolute),
        ("external-storage-earliest.h5", "external-storage", "/etc/passwd", Leads::Absolute),
        ("external-storage-latest.h5", "external-storage", "/etc/passwd", Leads::Absolute),
        ("virtual.h5", "virtual-dataset", "../other.h5", Leads::Outside),
        ("filter.h5", "filter", "32001", Leads::Lookup),
    ] {
        let tables = read(&format!("hostile/{name}"));
        tables.assert_ordinary(name);
        let seen: Vec<_> =
            tables.references.iter().map(|one| (one.by.as_str(), one.target.as_str(), one.leads)).collect();
        assert_eq!(seen, [(by, target, leads)], "{name}");
    }
}

#[test]
fn bytes_before_and_behind_are_members() {
    let tables = read("ordinary/userblock.h5");
    tables.assert_ordinary("a user block of zeros");
    assert_eq!(datasets(&tables).len(), 1);
    let tables = read("hostile/userblock.h5");
    assert_eq!(tables.of(DeviationKind::PrefixBytes).len(), 1);
    assert!(tables.formats().contains(&FormatId::Hdf5));
    assert_eq!(datasets(&tables).len(), 1);
    let tables = read("hostile/behind.h5");
    assert_eq!(tables.of(DeviationKind::SuffixBytes).len(), 1);
    assert!(!tables.pickles.is_empty());
}

#[test]
fn a_superblock_far_behind_is_found() {
    let mut content = vec![b'a'; 1 << 16];
    content.extend_from_slice(&fixture("ordinary/earliest.h5"));
    let tables = facts("file.h5", &content);
    assert!(tables.formats().contains(&FormatId::Hdf5));
    assert_eq!(datasets(&tables).len(), 4);
    assert!(tables.incomplete.is_empty(), "{:?}", tables.incomplete);
}

#[test]
fn a_pickle_in_an_attribute_is_a_member() {
    let tables = read("hostile/pickled-attribute.h5");
    assert_eq!(tables.pickles.len(), 1);
}

#[test]
fn what_is_cut_is_never_whole_and_what_is_changed_never_stops_the_reader() {
    let indexes = "../hdf5/hidden.h5";
    for name in ["ordinary/earliest.h5", "ordinary/latest.h5", "hostile/virtual.h5", "hostile/lambda.h5", indexes] {
        let whole = fixture(name);
        for size in (9..whole.len()).step_by(whole.len() / 60) {
            let tables = facts("file.h5", &whole[..size]);
            assert!(!tables.incomplete.is_empty(), "{name} cut at {size}");
            assert!(!tables.lacks(IncompleteKind::Internal), "{name} cut at {size}: {:?}", tables.incomplete);
        }
        let mut state = 0x2545_f491_4f6c_dd1du64;
        for _ in 0..120 {
            let mut content = whole.clone();
            for _ in 0..6 {
                // xorshift64 (Marsaglia 2003)
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                let at = usize::try_from(state).unwrap() % whole.len();
                content[at] = state.to_be_bytes()[0];
            }
            let tables = facts("file.h5", &content);
            assert!(!tables.lacks(IncompleteKind::Internal), "{name}: {:?}", tables.incomplete);
        }
    }
}

#[test]
fn circles_end() {
    // Every group of the file is its own child: the first entry's header address is that of the root group.
    let mut content = fixture("ordinary/earliest.h5");
    let root = content[64..72].to_vec();
    let nodes: Vec<usize> =
        content.windows(4).enumerate().filter(|(_, four)| four == b"SNOD").map(|(at, _)| at).collect();
    for at in nodes {
        content[at + 16..at + 24].copy_from_slice(&root);
    }
    assert!(!facts("file.h5", &content).lacks(IncompleteKind::Internal));
}

/// A file whose root has elements of variable length with that many bytes each and one attribute, and a collection that holds `element`.
fn elements(size: u8, attribute: (&str, &str), element: &[u8]) -> Vec<u8> {
    fn padded(bytes: &[u8]) -> Vec<u8> {
        [bytes, &vec![0; bytes.len().next_multiple_of(8) - bytes.len()]].concat()
    }
    fn message(kind: u8, data: &[u8]) -> Vec<u8> {
        let data = padded(data);
        [&[kind, 0, u8::try_from(data.len()).unwrap(), 0, 0, 0, 0, 0], &data[..]].concat()
    }
    let base = [0x10, 0, 0, 0, size, 0, 0, 0, 0, 0, size * 8, 0];
    let kind = message(3, &[&[0x19, 0, 0, 0, 16, 0, 0, 0], &base[..]].concat());
    let (name, value) = (format!("{}\0", attribute.0), attribute.1);
    let (named, long) = (u8::try_from(name.len()).unwrap(), u8::try_from(value.len()).unwrap());
    let text = [&[1, 0, named, 0, 8, 0, 8, 0], &padded(name.as_bytes())[..], &[0x13, 0, 0, 0, long, 0, 0, 0]].concat();
    let attribute = message(12, &[&text[..], &[1, 0, 0, 0, 0, 0, 0, 0], value.as_bytes()].concat());
    let messages = [kind, attribute].concat();
    let length = u8::try_from(messages.len()).unwrap();
    let header = [&[1, 0, 2, 0, 1, 0, 0, 0, length, 0, 0, 0, 0, 0, 0, 0], &messages[..]].concat();
    let count = |count: usize| u64::try_from(count).unwrap().to_le_bytes();
    let object = [&[1, 0, 1, 0, 0, 0, 0, 0], &count(element.len())[..], &padded(element)].concat();
    let heap = [&b"GCOL\x01\0\0\0"[..], &count(16 + object.len()), &object].concat();
    let end = 48 + header.len() + heap.len();
    let sizes = [&count(0)[..], &[0xff; 8], &count(end), &count(48), &[0; 4]].concat();
    [&b"\x89HDF\r\n\x1a\n\x02\x08\x08\0"[..], &sizes, &header, &heap].concat()
}

#[test]
fn elements_that_pytables_unpickles_are_members() {
    let pickle = b"cposix\nsystem\n(S'id'\ntR.";
    let found = |content: &[u8]| {
        let tables = facts("file.h5", content);
        (tables.pickles.len(), tables.incomplete.len())
    };
    assert_eq!(found(&elements(1, ("PSEUDOATOM", "object"), pickle)), (1, 0));
    assert_eq!(found(&elements(1, ("FLAVOR", "Object"), pickle)), (1, 0));
    // Texts and arrays are handed to no unpickler, and an element that is no pickle leaves no trace.
    assert_eq!(found(&elements(1, ("PSEUDOATOM", "vlstring"), pickle)), (0, 0));
    assert_eq!(found(&elements(1, ("FLAVOR", "numpy"), pickle)), (0, 0));
    assert_eq!(found(&elements(1, ("PSEUDOATOM", "object"), b"a text of words")), (0, 0));
    // Whatever lies behind it or is wrong with it.
    for wrong in [&b"cposix\nsystem\n(S'id'\ntR.c"[..], b"\x80\x04\xff\xff", b"\x80\x02N"] {
        let (pickles, incomplete) = found(&elements(1, ("PSEUDOATOM", "object"), wrong));
        assert!(pickles > 0 && incomplete > 0, "{wrong:?}");
    }
    // Numbers of two bytes may be turned around before they are unpickled.
    assert_eq!(found(&elements(2, ("PSEUDOATOM", "object"), pickle)), (1, 1));
    // A collection that is cut is not read.
    let whole = elements(1, ("PSEUDOATOM", "object"), pickle);
    assert!(!facts("file.h5", &whole[..whole.len() - 16]).incomplete.is_empty());
}
