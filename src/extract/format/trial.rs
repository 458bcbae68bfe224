//! For tests of formats: content through the whole walk, and short questions about the facts.
#![allow(clippy::arithmetic_side_effects, reason = "tests build bytes")]

use crate::extract::collect::Tables;
use crate::extract::format::FORMATS;
use crate::extract::source::Source;
use crate::extract::walk::{Entry, Hash, Walk};
use crate::facts::{Deviation, DeviationKind, FormatId, IncompleteKind, MentionKind, ObjectKind, Origin};
use crate::limits::{Budget, Limits};
use std::collections::BTreeMap;
use std::path::Path;

/// The facts of content under a name.
pub(in crate::extract) fn facts(name: &str, content: &[u8]) -> Tables {
    facts_within(name, content, &Limits::default())
}

/// The facts of content under a name and other limits.
pub(super) fn facts_within(name: &str, content: &[u8], limits: &Limits) -> Tables {
    let source = Source::memory(content.to_vec());
    let mut budget = Budget::new(limits, source.size());
    let mut walk = Walk::new(limits, &mut budget, &());
    walk.member(None, name.as_bytes(), Origin::Named, &source, Hash::Wanted, Entry::default());
    walk.tables
}

/// A message of protobuf with one field.
pub(super) fn field(number: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![number << 3 | 2];
    let mut length = content.len();
    while length >= 0x80 {
        out.push(u8::try_from(length & 0x7f).unwrap() | 0x80);
        length >>= 7;
    }
    out.push(u8::try_from(length).unwrap());
    out.extend_from_slice(content);
    out
}

impl Tables {
    /// Formats of the content itself.
    pub(super) fn formats(&self) -> &[FormatId] {
        &self.members[0].formats
    }

    /// Deviations of a kind.
    pub(super) fn of(&self, kind: DeviationKind) -> Vec<&Deviation> {
        self.deviations.iter().filter(|one| one.kind == kind).collect()
    }

    /// The only deviation of a kind about a field.
    pub(super) fn about(&self, kind: DeviationKind, field: &str) -> &Deviation {
        let found: Vec<_> = self.of(kind).into_iter().filter(|one| one.field.as_deref() == Some(field)).collect();
        assert_eq!(found.len(), 1, "{kind:?} {field}: {:?}", self.deviations);
        found[0]
    }

    /// Whether something is incomplete in this way.
    pub(super) fn lacks(&self, kind: IncompleteKind) -> bool {
        self.incomplete.iter().any(|one| one.kind == kind)
    }

    /// Last names and sizes of the members below the content, in order.
    pub(super) fn members_below(&self) -> Vec<(&str, u64, Origin)> {
        self.members.iter().skip(1).map(|member| (member.name.as_str(), member.size, member.origin)).collect()
    }

    /// Asserts that the container says nothing unusual; what its members' own formats say is theirs.
    pub(super) fn assert_ordinary(&self, what: &str) {
        let container = self.formats().first().copied();
        let odd: Vec<_> = self.deviations.iter().filter(|one| Some(one.format) == container).collect();
        assert!(odd.is_empty(), "{what}: {odd:?}");
        let odd: Vec<_> = self.incomplete.iter().filter(|one| one.member == 0 || one.format == container).collect();
        assert!(odd.is_empty(), "{what}: {odd:?}");
    }
}

/// A file of `tests/fixtures/containers`.
pub(super) fn fixture(name: &str) -> Vec<u8> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/containers").join(name);
    std::fs::read(path).unwrap()
}

/// Cuts a fixture at many places and changes bytes of it. Cut content must never look whole; changed content must only not stop the reader.
pub(super) fn damage(name: &str) {
    damage_of(name, &fixture(name));
}

/// A file of `tests/fixtures/serialization`.
pub(super) fn serialization(name: &str) -> Vec<u8> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/serialization").join(name);
    std::fs::read(path).unwrap()
}

/// The things that a serialization names: kind, name and loader, in order.
pub(super) fn named(tables: &Tables) -> Vec<(ObjectKind, &str, &str)> {
    let all = tables.objects.iter();
    all.map(|one| (one.kind, one.name.as_deref().unwrap_or("-"), one.loader.as_deref().unwrap_or("-"))).collect()
}

/// As [`damage`], for content under a name.
pub(super) fn damage_of(name: &str, whole: &[u8]) {
    let looks_whole = cut(name, whole, 120);
    // The first letters of a signature are a text; that the name promised more is a fact too.
    let wrong: Vec<_> = looks_whole.iter().filter(|(_, tables)| tables.formats() != [FormatId::Text]).collect();
    assert!(
        wrong.is_empty(),
        "{name} looks whole when it is cut at {:?}",
        wrong.iter().map(|(at, _)| at).collect::<Vec<_>>()
    );
    change(name, whole, 150);
}

/// Cuts content at so many places, and gives those where it looks whole with their facts. Zeros and white space at the end are padding.
fn cut(name: &str, whole: &[u8], places: usize) -> Vec<(usize, Tables)> {
    let whole_end = whole.iter().rposition(|byte| !matches!(byte, 0 | b'\n' | b' ')).map_or(0, |at| at + 1);
    let cuts = (1..whole_end).step_by((whole_end / places).max(1)).map(|size| (size, facts(name, &whole[..size])));
    let cuts = cuts.inspect(|(size, tables)| {
        assert!(!tables.lacks(IncompleteKind::Internal), "{name} cut at {size}: {:?}", tables.incomplete);
    });
    cuts.filter(|(_, tables)| tables.incomplete.is_empty() && tables.deviations.is_empty()).collect()
}

/// Changes three bytes of content so many times, in a fixed pseudo-random order.
fn change(name: &str, whole: &[u8], times: usize) {
    let mut state = 0x2545_f491_4f6c_dd1du64;
    for _ in 0..times {
        let mut content = whole.to_vec();
        for _ in 0..3 {
            // xorshift64 (Marsaglia 2003)
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let at = usize::try_from(state).unwrap() % whole.len();
            content[at] = state.to_be_bytes()[0];
        }
        let tables = facts(name, &content);
        assert!(!tables.lacks(IncompleteKind::Internal), "{name}: {:?}", tables.incomplete);
    }
}

/// Formats of which a part may look whole, and why.
const PARTS: &[(FormatId, &str)] = &[
    (FormatId::Elf, "denied by its first bytes; no more is read"),
    (FormatId::MachO, "denied by its first bytes; no more is read"),
    (FormatId::Wasm, "denied by its first bytes; no more is read"),
    (FormatId::JavaClass, "denied by its first bytes; no more is read"),
    (FormatId::H2oPojo, "a text in Java, whose names decide"),
    (FormatId::Script, "a text may end anywhere"),
    (FormatId::Jinja, "a text may end anywhere"),
    (FormatId::Python, "a text may end anywhere"),
    (FormatId::Yaml, "a text may end anywhere"),
    (FormatId::ModelCard, "a text may end anywhere"),
    (FormatId::TritonConfig, "a text may end anywhere"),
    (FormatId::GitConfig, "a text may end anywhere"),
    (FormatId::Text, "a text may end anywhere"),
    (FormatId::Lightgbm, "parameters alone are lines, with no last one"),
    (FormatId::Tensorflow, "a message of protobuf may end behind any field"),
    (FormatId::Sentencepiece, "a message of protobuf may end behind any field"),
];

/// The files of a folder, at any depth, with their names and contents.
fn files(folder: &Path, found: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push((path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(&path).unwrap()));
        }
    }
}

/// A smallest fixture of each format, with its name: whole ones before broken ones, those that are it before those that hold it.
fn smallest() -> BTreeMap<FormatId, (String, Vec<u8>)> {
    let mut all = Vec::new();
    for folder in ["tests/fixtures", "tests/cases/template"] {
        files(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut all);
    }
    let mut found = BTreeMap::new();
    for (name, content) in all.into_iter().filter(|(_, content)| content.len() <= 16 << 10) {
        let tables = facts(&name, &content);
        for member in &tables.members {
            for format in &member.formats {
                let rank = (!tables.incomplete.is_empty(), member.id != 0, content.len(), name.clone());
                let known = found.entry(*format).or_insert_with(|| (rank.clone(), content.clone()));
                if rank < known.0 {
                    *known = (rank, content.clone());
                }
            }
        }
    }
    found.into_iter().map(|(format, (rank, content))| (format, (rank.3, content))).collect()
}

#[test]
fn a_fixture_of_every_format_may_be_cut_and_changed() {
    let smallest = smallest();
    let mut wrong = Vec::new();
    for format in FORMATS.iter().map(|format| format.id()) {
        let Some((name, content)) = smallest.get(&format) else {
            wrong.push(format!("{format}: no fixture"));
            continue;
        };
        if content.is_empty() {
            continue;
        }
        change(name, content, 40);
        let parts = cut(name, content, 40);
        let still = |tables: &Tables| tables.members.iter().any(|member| member.formats.contains(&format));
        let places: Vec<_> = parts.iter().filter(|(_, tables)| still(tables)).map(|(at, _)| at).collect();
        let expected = PARTS.iter().any(|(id, _)| *id == format);
        if places.is_empty() == expected {
            wrong.push(format!("{format}: {name} looks whole when it is cut at {places:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A token as Hugging Face gives them out.
const TOKEN: &str = "hf_aB3dE5gH7jK9mN1pQ4sT6vX8zA2cD4eF5g";

/// A tar with a pax header for the whole, and nothing else.
fn tar(comment: &str) -> Vec<u8> {
    let record = format!("{} comment={comment}\n", comment.len() + 12);
    let mut header = vec![0; 512];
    for (at, field) in [(0, "pax_global_header"), (100, "0000644"), (124, &*format!("{:011o}", record.len()))] {
        header[at..at + field.len()].copy_from_slice(field.as_bytes());
    }
    header[148..156].fill(b' ');
    header[156] = b'g';
    header[257..265].copy_from_slice(b"ustar\x0000");
    let sum: u64 = header.iter().copied().map(u64::from).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    let mut whole = [header, record.into_bytes()].concat();
    whole.resize(2048, 0);
    whole
}

/// Formats without metadata of their own, in whose words people leave credentials none the less. Those with metadata have their own tests.
#[test]
fn credentials_are_found_in_the_words_of_every_format() {
    let length = u8::try_from(TOKEN.len()).unwrap();
    let words = |head: &[u8], text: &str| [head, text.as_bytes()].concat();
    let contents: Vec<(&str, FormatId, Vec<u8>)> = vec![
        ("net.cfg", FormatId::Darknet, format!("[net]\nurl={TOKEN}\n[convolutional]\nfilters=32\n").into()),
        ("net.cfg", FormatId::Darknet, format!("[net]\n# {TOKEN}\nheight=1\n[convolutional]\nfilters=32\n").into()),
        (
            "model.ini",
            FormatId::H2oMojo,
            format!("[info]\nmojo_version = 1.4\nalgorithm = GBM\nx = {TOKEN}\n\n[domains]\n").into(),
        ),
        ("a.py", FormatId::Python, format!("login(\"{TOKEN}\")\n").into()),
        (".env", FormatId::Text, format!("HF_TOKEN={TOKEN}\n").into()),
        ("notes.txt", FormatId::Text, format!("our token is {TOKEN}\n").into()),
        ("a.tar", FormatId::Tar, tar(TOKEN)),
        ("a.rb.bin", FormatId::RubyMarshal, words(&[4, 8, b'"', length + 5], TOKEN)),
        ("a.ser", FormatId::Java, words(&[0xac, 0xed, 0, 5, b't', 0, length], TOKEN)),
        (
            "a.t7",
            FormatId::Torch7,
            words(b"4\n1\n3\nV 1\n9\nnn.Linear\n3\n2\n1\n2\n4\nname\n2\n", &format!("{}\n{TOKEN}\n", TOKEN.len())),
        ),
    ];
    for (name, format, content) in contents {
        let tables = facts(name, &content);
        assert!(tables.formats().contains(&format), "{name}: {:?} {:?}", tables.formats(), tables.incomplete);
        let found = tables.mentions.iter().filter(|one| one.member == 0 && one.kind == MentionKind::Credential);
        assert_eq!(found.count(), 1, "{name}: {:?}", tables.mentions);
    }
}
