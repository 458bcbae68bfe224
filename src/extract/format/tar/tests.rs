//! Hostile tars, built header by header.
#![allow(clippy::arithmetic_side_effects, clippy::as_conversions, reason = "tests build bytes")]

use crate::extract::format::trial::{damage, facts, fixture};
use crate::facts::{DeviationKind, FormatId, IncompleteKind, Origin};

struct One {
    name: Vec<u8>,
    kind: u8,
    size: Vec<u8>,
    link: Vec<u8>,
    magic: Vec<u8>,
    data: Vec<u8>,
    mode: u32,
    sum: i64,
}

fn one(name: &str, data: &[u8]) -> One {
    One {
        name: name.into(),
        kind: b'0',
        size: format!("{:011o}\0", data.len()).into_bytes(),
        link: Vec::new(),
        magic: b"ustar\x0000".to_vec(),
        data: data.to_vec(),
        mode: 0o644,
        sum: 0,
    }
}

impl One {
    fn bytes(&self) -> Vec<u8> {
        let mut block = vec![0u8; 512];
        let mut put = |at: usize, bytes: &[u8]| block[at..at + bytes.len()].copy_from_slice(bytes);
        put(0, &self.name);
        put(100, format!("{:07o}\0", self.mode).as_bytes());
        put(108, b"0000000\0");
        put(116, b"0000000\0");
        put(124, &self.size);
        put(136, b"00000000000\0");
        put(148, b"        ");
        put(156, &[self.kind]);
        put(157, &self.link);
        put(257, &self.magic);
        let sum = block.iter().map(|byte| i64::from(*byte)).sum::<i64>() + self.sum;
        block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        block.extend_from_slice(&self.data);
        block.resize(block.len().next_multiple_of(512), 0);
        block
    }
}

fn tar(entries: &[One]) -> Vec<u8> {
    let mut out: Vec<u8> = entries.iter().flat_map(One::bytes).collect();
    out.resize(out.len() + 1024, 0);
    out
}

fn pax(key: &str, value: &str) -> Vec<u8> {
    let mut size = key.len() + value.len() + 3;
    size += size.to_string().len();
    if size.to_string().len() + key.len() + value.len() + 3 != size {
        size += 1;
    }
    format!("{size} {key}={value}\n").into_bytes()
}

#[test]
fn real_tars_are_ordinary() {
    for (name, members) in [("ustar.tar", 2), ("gnu.tar", 4), ("pax.tar", 4)] {
        let tables = facts(name, &fixture(name));
        tables.assert_ordinary(name);
        assert_eq!(tables.formats(), [FormatId::Tar], "{name}");
        assert_eq!(tables.members_below().len(), members, "{name}");
    }
}

#[test]
fn the_oldest_torch_file_is_told_apart() {
    let tables = facts("legacy.pt", &fixture("legacy.pt"));
    assert_eq!(tables.formats(), [FormatId::Tar, FormatId::TorchTar]);
    let names: Vec<_> = tables.members_below().into_iter().map(|(name, ..)| name.to_owned()).collect();
    assert_eq!(names, ["sys_info", "pickle", "storages", "tensors"]);
    tables.assert_ordinary("legacy.pt");
}

#[test]
fn an_old_header_is_known_by_its_checksum() {
    let mut old = one("a.txt", b"hello\n");
    old.magic = Vec::new();
    let tables = facts("x", &tar(&[old]));
    tables.assert_ordinary("v7");
    assert_eq!(tables.formats(), [FormatId::Tar]);
}

#[test]
fn a_checksum_over_signed_bytes_is_right_too() {
    let mut signed = one("gr\u{f6}\u{df}e", b"hello\n");
    signed.name = "größe".into();
    signed.sum = -256 * "größe".bytes().filter(|byte| *byte > 127).count() as i64;
    facts("x.tar", &tar(&[signed])).assert_ordinary("signed");
}

#[test]
fn links_devices_and_names_are_facts() {
    let mut symbolic = one("a/link", b"");
    (symbolic.kind, symbolic.link) = (b'2', b"../../etc/passwd".to_vec());
    let mut hard = one("hard", b"");
    (hard.kind, hard.link) = (b'1', b"a.txt".to_vec());
    let mut fifo = one("fifo", b"");
    fifo.kind = b'6';
    let entries =
        [one("../up", b"x"), one("/root", b"x"), one("a", b"x"), one("a", b"y"), one("A", b"z"), symbolic, hard, fifo];
    let tables = facts("x.tar", &tar(&entries));
    assert_eq!(tables.of(DeviationKind::Traversal).len(), 2);
    assert_eq!(tables.of(DeviationKind::DuplicateName).len(), 1);
    assert_eq!(tables.of(DeviationKind::CaseCollision).len(), 1);
    assert_eq!(tables.of(DeviationKind::SpecialFile).len(), 1);
    assert_eq!(tables.of(DeviationKind::Link).len(), 2);
    let links: Vec<_> = tables.members.iter().filter_map(|member| member.link.clone()).collect();
    assert_eq!(links.iter().map(|link| link.escapes).collect::<Vec<_>>(), [true, false]);
}

#[test]
fn two_names_for_one_entry_are_a_disagreement() {
    let mut extended = one("x", &pax("path", "evil.pkl"));
    extended.kind = b'x';
    let tables = facts("x.tar", &tar(&[extended, one("good.txt", b"hello\n")]));
    let found = tables.about(DeviationKind::HeaderDisagreement, "name");
    assert_eq!((found.expected.as_deref(), found.found.as_deref()), (Some("evil.pkl"), Some("good.txt")));
    assert_eq!(tables.members_below(), [("evil.pkl", 6, Origin::Entry)]);
}

#[test]
fn two_sizes_for_one_entry_are_a_disagreement() {
    let mut extended = one("x", &pax("size", "3"));
    extended.kind = b'x';
    let tables = facts("x.tar", &tar(&[extended, one("good.txt", b"hello\n")]));
    let found = tables.about(DeviationKind::HeaderDisagreement, "size");
    assert_eq!((found.expected.as_deref(), found.found.as_deref()), (Some("3"), Some("6")));
}

#[test]
fn a_size_in_base_256_is_read() {
    let mut wide = one("a.txt", b"hello\n");
    wide.size = vec![0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 6];
    let tables = facts("x.tar", &tar(&[wide]));
    tables.assert_ordinary("base 256");
    assert_eq!(tables.members_below(), [("a.txt", 6, Origin::Entry)]);
    let mut huge = one("a.txt", b"hello\n");
    huge.size = vec![0xff; 12];
    assert!(facts("x.tar", &tar(&[huge])).lacks(IncompleteKind::Malformed));
}

#[test]
fn what_stands_behind_the_end_blocks_is_read() {
    let mut content = tar(&[one("a.txt", b"hello\n")]);
    content.extend_from_slice(b"behind the end\n");
    let tables = facts("x.tar", &content);
    assert_eq!(tables.of(DeviationKind::SuffixBytes).len(), 1);
    assert!(tables.members_below().contains(&("suffix", 15, Origin::Remainder)));
    // A second archive, which readers that ignore zeros go on to.
    let mut two = tar(&[one("a.txt", b"hello\n")]);
    two.extend(tar(&[one("b.txt", b"second\n")]));
    let tables = facts("x.tar", &two);
    assert_eq!(tables.of(DeviationKind::SeveralEnds).len(), 1);
    assert!(tables.members_below().contains(&("b.txt", 7, Origin::Entry)), "{:?}", tables.members_below());
}

#[test]
fn a_tar_without_end_blocks_is_incomplete() {
    let whole = tar(&[one("a.txt", b"hello\n")]);
    let tables = facts("x.tar", &whole[..1024]);
    assert!(tables.lacks(IncompleteKind::Truncated));
    assert_eq!(tables.members_below().len(), 1);
    let tables = facts("x.tar", &whole[..1536]);
    tables.about(DeviationKind::CountMismatch, "end blocks");
}

#[test]
fn a_wrong_checksum_is_never_clean() {
    let mut wrong = one("a.txt", b"hello\n");
    wrong.sum = 1;
    let tables = facts("x.tar", &tar(&[wrong]));
    tables.about(DeviationKind::ChecksumMismatch, "chksum");
    let mut wrong = one("b.txt", b"hidden\n");
    wrong.sum = 1;
    let tables = facts("x.tar", &tar(&[one("a.txt", b"hello\n"), wrong]));
    assert!(tables.lacks(IncompleteKind::Malformed));
    assert!(tables.members_below().iter().any(|(name, ..)| *name == "suffix"));
}

#[test]
fn damage_is_never_clean() {
    for name in ["ustar.tar", "gnu.tar", "pax.tar", "legacy.pt"] {
        damage(name);
    }
}
