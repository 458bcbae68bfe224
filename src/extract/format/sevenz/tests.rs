//! 7z archives of a real library, and what damage makes of them.
#![allow(clippy::arithmetic_side_effects, reason = "tests build bytes")]

use crate::extract::format::trial::{damage, facts, facts_within, fixture};
use crate::facts::{DeviationKind, FormatId, IncompleteKind, Origin};
use crate::limits::Limits;

const READ: [&str; 6] = ["copy.7z", "lzma.7z", "lzma2.7z", "bzip2.7z", "deflate.7z", "ppmd.7z"];

#[test]
fn every_common_method_is_read() {
    for name in READ {
        let tables = facts(name, &fixture(name));
        tables.assert_ordinary(name);
        assert_eq!(tables.formats(), [FormatId::SevenZip], "{name}");
        assert_eq!(tables.members_below(), [("a.txt", 600, Origin::Entry), ("b.txt", 5, Origin::Entry)], "{name}");
        assert_eq!(tables.archives[0].entries, 2);
    }
}

#[test]
fn a_method_that_is_not_read_is_incomplete() {
    let tables = facts("zstd.7z", &fixture("zstd.7z"));
    assert!(tables.lacks(IncompleteKind::Unsupported));
}

#[test]
fn encryption_is_seen_in_content_and_header() {
    for (name, entries) in [("secret.7z", 1), ("secret-header.7z", 0)] {
        let tables = facts(name, &fixture(name));
        assert!(tables.lacks(IncompleteKind::Encrypted), "{name}");
        assert_eq!(tables.of(DeviationKind::Encrypted).len(), entries, "{name}");
        assert_eq!(tables.archives[0].encrypted, 1, "{name}");
    }
}

#[test]
fn bytes_in_front_and_behind_are_members() {
    let content = [b"#!/bin/sh\necho\n".as_slice(), &fixture("copy.7z"), b"behind\n"].concat();
    let tables = facts("x", &content);
    assert_eq!(tables.of(DeviationKind::PrefixBytes).len(), 1);
    assert_eq!(tables.of(DeviationKind::SuffixBytes).len(), 1);
    let members = tables.members_below();
    assert!(members.contains(&("a.txt", 600, Origin::Entry)), "{members:?}");
    assert!(members.contains(&("prefix", 15, Origin::Remainder)), "{members:?}");
    assert!(members.contains(&("suffix", 7, Origin::Remainder)), "{members:?}");
}

#[test]
fn a_wrong_checksum_is_a_fact_and_the_content_is_read() {
    let mut content = fixture("copy.7z");
    let at = content.windows(5).position(|window| window == b"there").unwrap();
    content[at] = b'T';
    let tables = facts("x.7z", &content);
    assert_eq!(tables.about(DeviationKind::ChecksumMismatch, "crc-32").name.as_deref(), Some("d/b.txt"));
    assert_eq!(tables.members_below().len(), 2);
}

#[test]
fn dictionaries_over_the_limit_are_not_made() {
    let limits = Limits { dictionary: 1 << 10, ..Limits::default() };
    let tables = facts_within("lzma2.7z", &fixture("lzma2.7z"), &limits);
    assert!(tables.incomplete.iter().any(|one| one.what == "dictionary"), "{:?}", tables.incomplete);
}

#[test]
fn damage_is_never_clean() {
    for name in READ {
        damage(name);
    }
}
