//! GGUF files and the templates in them: real files are silent, and cut, changed or hostile ones are never clean and never a panic.
#![allow(missing_docs, reason = "tests are read, not linked")]
#![allow(clippy::arithmetic_side_effects, clippy::as_conversions, reason = "a test may fail by panic")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail by panic")]

use std::fs;
use std::path::{Path, PathBuf};
use weighbridge::extract::{Extraction, extract};
use weighbridge::facts::{DeviationKind, Facts, FormatId, IncompleteKind};
use weighbridge::limits::Limits;
use weighbridge::repository::lfs_object;

fn read(path: &Path, limits: &Limits) -> Facts {
    let extraction = Extraction { limits, evaluated_at: "2026-01-01T00:00:00Z", progress: &(), pointers: &lfs_object };
    extract(path, &extraction).unwrap()
}

fn of(name: &str, bytes: &[u8]) -> Facts {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    read(&path, &Limits::default())
}

fn kinds(facts: &Facts) -> Vec<DeviationKind> {
    facts.deviations.iter().map(|one| one.kind).collect()
}

fn lacks(facts: &Facts) -> Vec<IncompleteKind> {
    facts.incomplete.iter().map(|one| one.kind).collect()
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/gguf").join(name)
}

/// A file of any version and byte order, as the specification lays it out.
struct Build {
    version: u32,
    big: bool,
    pairs: Vec<Vec<u8>>,
    tensors: Vec<Vec<u8>>,
    alignment: usize,
    data: Vec<u8>,
}

impl Build {
    fn new() -> Self {
        Self { version: 3, big: false, pairs: vec![], tensors: vec![], alignment: 32, data: vec![] }
    }

    fn number(&self, number: u64, size: usize) -> Vec<u8> {
        if self.big { number.to_be_bytes()[8 - size..].to_vec() } else { number.to_le_bytes()[..size].to_vec() }
    }

    fn length(&self, number: u64) -> Vec<u8> {
        self.number(number, if self.version == 1 { 4 } else { 8 })
    }

    fn text(&self, text: &[u8]) -> Vec<u8> {
        [self.length(text.len() as u64), text.to_vec()].concat()
    }

    fn pair(mut self, key: &[u8], kind: u32, value: &[u8]) -> Self {
        self.pairs.push([self.text(key), self.number(kind.into(), 4), value.to_vec()].concat());
        self
    }

    fn template(self, key: &str, template: &str) -> Self {
        let value = self.text(template.as_bytes());
        self.pair(key.as_bytes(), 8, &value)
    }

    fn tensor(mut self, name: &str, shape: &[u64], kind: u32, offset: u64) -> Self {
        let shape: Vec<u8> = [self.number(shape.len() as u64, 4)]
            .into_iter()
            .chain(shape.iter().map(|length| self.length(*length)))
            .flatten()
            .collect();
        let parts = [self.text(name.as_bytes()), shape, self.number(kind.into(), 4), self.number(offset, 8)];
        self.tensors.push(parts.concat());
        self
    }

    fn data(self, data: &[u8]) -> Self {
        Self { data: data.to_vec(), ..self }
    }

    fn bytes(&self) -> Vec<u8> {
        let mut file = [b"GGUF".to_vec(), self.number(self.version.into(), 4)].concat();
        file.extend(self.length(self.tensors.len() as u64));
        file.extend(self.length(self.pairs.len() as u64));
        file.extend(self.pairs.concat());
        file.extend(self.tensors.concat());
        if !self.data.is_empty() {
            file.resize(file.len().next_multiple_of(self.alignment), 0);
            file.extend(&self.data);
        }
        file
    }

    fn facts(&self) -> Facts {
        of("model.gguf", &self.bytes())
    }
}

#[test]
fn what_the_library_writes_is_silent_and_whole() {
    for (name, tensors, templates) in
        [("model.gguf", 3, 3), ("big-endian.gguf", 3, 3), ("aligned.gguf", 2, 0), ("vocabulary.gguf", 0, 1)]
    {
        let facts = read(&fixture(name), &Limits::default());
        assert_eq!((kinds(&facts), lacks(&facts)), (vec![], vec![]), "{name}: {:?}", facts.deviations);
        assert_eq!(facts.members[0].formats, [FormatId::Gguf], "{name}");
        assert_eq!(facts.tensors[0].count, tensors, "{name}");
        assert_eq!(facts.tensors[0].entries.len() as u64, tensors, "{name}");
        assert!(facts.templates.iter().all(|one| one.parsed), "{name}");
        assert!(
            facts.templates.len() == templates || facts.templates.len() + 1 == templates,
            "{name}: {:?}",
            facts.templates
        );
    }
    let facts = read(&fixture("model.gguf"), &Limits::default());
    let table = &facts.tensors[0];
    let shown = |key: &str| table.metadata.iter().find(|pair| pair.key == key).map(|pair| pair.value.clone()).unwrap();
    let expected = [
        ("fixture.u8", "200"),
        ("fixture.i8", "-3"),
        ("fixture.i16", "-300"),
        ("fixture.i32", "-70000"),
        ("fixture.u64", "1099511627776"),
        ("fixture.i64", "-1099511627776"),
        ("fixture.f32", "0.5"),
        ("fixture.f64", "-0.25"),
        ("fixture.bool", "true"),
        ("general.name", "fixture"),
        ("tokenizer.ggml.tokens", "4 of type 8"),
    ];
    for (key, value) in expected {
        assert_eq!(shown(key), value, "{key}");
    }
    let big = read(&fixture("big-endian.gguf"), &Limits::default());
    assert_eq!(big.tensors[0].metadata, table.metadata, "the byte order changes nothing that is read");
    let output = table.entries.iter().find(|one| one.name.as_deref() == Some("output.weight")).unwrap();
    assert_eq!((output.dtype.as_str(), &output.shape[..], output.size), ("Q8_0", &[64, 3][..], Some(204)));
    let keys: Vec<_> = facts.templates.iter().map(|one| one.key.clone().unwrap()).collect();
    assert!(
        keys.contains(&"tokenizer.chat_template".into()) && keys.contains(&"tokenizer.chat_template.tool_use".into())
    );
}

#[test]
fn older_versions_and_both_byte_orders_are_read() {
    for version in 1..=3 {
        for big in [false, true] {
            let build = Build { version, big, ..Build::new() };
            let alignment = build.number(32, 4);
            let build =
                build.pair(b"general.alignment", 4, &alignment).template("tokenizer.chat_template", "{{ a.b }}");
            let facts = build.tensor("a", &[4, 2], 0, 0).data(&[0; 32]).facts();
            assert_eq!((kinds(&facts), lacks(&facts)), (vec![], vec![]), "{version} {big}");
            assert_eq!(facts.templates[0].accesses[0].name.as_deref(), Some("b"));
        }
    }
    let newer = Build { version: 4, ..Build::new() }.facts();
    assert_eq!(lacks(&newer), [IncompleteKind::Unsupported]);
    assert!(!of("model.gguf", b"FUGG\x03\0\0\0").incomplete.is_empty(), "the magic is never swapped");
}

#[test]
fn every_cut_is_seen_and_no_change_stops_the_reader() {
    let whole = fs::read(fixture("model.gguf")).unwrap();
    // The last tensor's own padding may be missing.
    for size in (5..whole.len() - 32).step_by(7) {
        let facts = of("model.gguf", &whole[..size]);
        assert!(!facts.incomplete.is_empty(), "cut at {size} looks whole");
        assert!(!lacks(&facts).contains(&IncompleteKind::Internal), "cut at {size}: {:?}", facts.incomplete);
    }
    let mut state = 0x2545_f491_4f6c_dd1du64;
    for _ in 0..300 {
        let mut content = whole.clone();
        for _ in 0..3 {
            // xorshift64 (Marsaglia 2003)
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let at = state as usize % whole.len();
            content[at] = state.to_be_bytes()[0];
        }
        let facts = of("model.gguf", &content);
        assert!(!lacks(&facts).contains(&IncompleteKind::Internal), "{:?}", facts.incomplete);
    }
}

#[test]
fn a_header_that_breaks_a_rule_says_which() {
    use DeviationKind::*;
    let le = |number: u64| number.to_le_bytes().to_vec();
    let one = |tensor: Build| tensor.data(&[0; 256]);
    let plain = || Build::new().tensor("a", &[4], 0, 0);
    let cases: Vec<(&str, Build, DeviationKind)> = vec![
        ("alignment 0", one(plain()).pair(b"general.alignment", 4, &[0; 4]), InvalidValue),
        ("alignment 48", one(plain()).pair(b"general.alignment", 4, &[48, 0, 0, 0]), InvalidValue),
        ("alignment 4", one(plain()).pair(b"general.alignment", 4, &[4, 0, 0, 0]), InvalidValue),
        ("alignment of another type", one(plain()).pair(b"general.alignment", 10, &le(32)), InvalidValue),
        ("a key twice", one(plain()).pair(b"a", 0, &[1]).pair(b"a", 0, &[2]), DuplicateKey),
        ("a key without a name", one(plain()).pair(b"", 0, &[1]), InvalidValue),
        ("a key with a line", one(plain()).pair(b"a\nb", 0, &[1]), InvalidValue),
        ("a key that is too long", one(plain()).pair(&[b'a'; 65_536], 0, &[1]), InvalidValue),
        ("a bool of 2", one(plain()).pair(b"a", 7, &[2]), InvalidValue),
        ("an unknown type", one(plain()).pair(b"a", 13, &[1]), InvalidValue),
        (
            "an array of an unknown type",
            one(plain()).pair(b"a", 9, &[&[14, 0, 0, 0][..], &le(1), &[0]].concat()),
            InvalidValue,
        ),
        ("an array that overflows", one(plain()).pair(b"a", 9, &[&[10, 0, 0, 0][..], &le(1 << 62)].concat()), Overflow),
        ("a name twice", one(plain()).tensor("a", &[4], 0, 32), DuplicateName),
        ("a long name", one(Build::new().tensor(&"a".repeat(65), &[4], 0, 0)), InvalidValue),
        ("five dimensions", one(Build::new().tensor("a", &[1; 5], 0, 0)), InvalidValue),
        ("an unknown tensor type", one(Build::new().tensor("a", &[4], 99, 0)), InvalidValue),
        ("half a block", one(Build::new().tensor("a", &[33], 8, 0)), InvalidValue),
        ("an offset between", one(Build::new().tensor("a", &[4], 0, 8)), Misaligned),
        ("a shape that overflows", one(Build::new().tensor("a", &[1 << 40, 1 << 40], 0, 0)), Overflow),
        ("a size that overflows", one(Build::new().tensor("a", &[1 << 62], 0, 0)), Overflow),
        ("shared bytes", one(plain()).tensor("b", &[16], 0, 0), Overlap),
        ("a hole", one(plain()).tensor("b", &[4], 0, 128), Gap),
        ("behind the end", one(plain()).tensor("b", &[4], 0, 1 << 40), OutOfRange),
        ("bytes behind", plain().data(&[&[0; 32][..], b"#!/bin/sh\nid\n"].concat()), SuffixBytes),
    ];
    for (what, build, kind) in cases {
        let facts = build.facts();
        assert!(kinds(&facts).contains(&kind), "{what}: {:?} {:?}", facts.deviations, facts.incomplete);
    }
}

#[test]
fn counts_and_depths_without_measure_cost_nothing() {
    for at in [8usize, 16] {
        let mut file = Build::new().tensor("a", &[4], 0, 0).data(&[0; 32]).bytes();
        file[at..at + 8].copy_from_slice(&(u64::MAX >> 1).to_le_bytes());
        let facts = of("model.gguf", &file);
        assert!(kinds(&facts).contains(&DeviationKind::CountMismatch), "{:?}", facts.deviations);
        assert!(!facts.incomplete.is_empty());
    }
    let mut nested = Vec::new();
    for _ in 0..10_000 {
        nested.extend([9, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
    }
    assert_eq!(lacks(&Build::new().pair(b"a", 9, &nested).facts()), [IncompleteKind::Limit]);
    let many: Vec<u8> = [&[8, 0, 0, 0][..], &(1u64 << 60).to_le_bytes()].concat();
    assert!(lacks(&Build::new().pair(b"a", 9, &many).facts()).contains(&IncompleteKind::Truncated));
    let long = [&(1u64 << 60).to_le_bytes()[..], b"text"].concat();
    assert!(
        lacks(&Build::new().pair(b"tokenizer.chat_template", 8, &long).facts()).contains(&IncompleteKind::Truncated)
    );
}

#[test]
fn what_lies_between_and_behind_tensors_is_read() {
    let pickle = b"\x80\x02cposix\nsystem\nq\x00X\x02\x00\x00\x00idq\x01\x85q\x02Rq\x03.";
    for (build, name) in [
        (Build::new().tensor("a", &[4], 0, 0).data(&[&[0; 32][..], pickle].concat()), "suffix"),
        (
            Build::new()
                .tensor("a", &[4], 0, 0)
                .tensor("b", &[4], 0, 96)
                .data(&[&[0; 32][..], pickle, &[0; 64]].concat()),
            "gap-",
        ),
        (Build::new().data(pickle), "suffix"),
    ] {
        let facts = build.facts();
        let hidden = facts.members.iter().find(|member| member.name.starts_with(name)).unwrap();
        assert!(!facts.pickles.is_empty() && facts.pickles[0].member == hidden.id, "{name}: {:?}", facts.members);
    }
}

#[test]
fn templates_are_found_under_every_key_and_where_they_cannot_be_read_that_is_said() {
    let build = Build::new()
        .template("tokenizer.chat_template", "{{ a }}")
        .template("tokenizer.chat_template.b", "{{ lipsum.__globals__ }}");
    let facts = build.facts();
    assert_eq!(facts.templates.len(), 2);
    assert_eq!(facts.templates[1].key.as_deref(), Some("tokenizer.chat_template.b"));
    assert!(facts.templates[1].accesses.iter().any(|one| one.name.as_deref() == Some("__globals__")));
    for (template, kind) in [
        ("{{ a", IncompleteKind::Truncated),
        ("{% nothing %}", IncompleteKind::Malformed),
        ("{{ '\\N{LOW LINE}' }}", IncompleteKind::Unsupported),
    ] {
        let facts = Build::new().template("tokenizer.chat_template", template).facts();
        assert_eq!(lacks(&facts), [kind], "{template}");
        assert!(!facts.templates[0].parsed);
    }
    let long = Build::new().template("tokenizer.chat_template", &"a".repeat((1 << 20) + 1)).facts();
    assert_eq!((lacks(&long), long.templates[0].digest.is_none()), (vec![IncompleteKind::Limit], true));
}

#[test]
fn a_model_in_a_program_for_several_systems_is_read() {
    let model = Build::new().template("tokenizer.chat_template", "{{ lipsum.__globals__ }}").bytes();
    let crc = crc32fast::hash(&model).to_le_bytes();
    let size = (model.len() as u32).to_le_bytes();
    let program = b"MZqFpD='\n# a program\n'\nexit\n".to_vec();
    // A stored entry, its directory and its end record (PKWARE's APPNOTE, 4.3), offsets from the first byte of the file.
    let rest: Vec<u8> = [&[0, 0, 0, 0, 0, 0, 33, 0][..], &crc, &size, &size, &[6, 0]].concat();
    let local = [&b"PK\x03\x04\x0a\0"[..], &rest, &[0, 0], b"a.gguf", &model].concat();
    let central =
        [&b"PK\x01\x02\x14\0\x0a\0"[..], &rest, &[0; 12], &(program.len() as u32).to_le_bytes(), b"a.gguf"].concat();
    let end = [
        &b"PK\x05\x06\0\0\0\0\x01\0\x01\0"[..],
        &(central.len() as u32).to_le_bytes(),
        &((program.len() + local.len()) as u32).to_le_bytes(),
        &[0, 0],
    ]
    .concat();
    let facts = of("model.llamafile", &[program, local, central, end].concat());
    assert_eq!(facts.templates.len(), 1, "{:?} {:?}", facts.members, facts.incomplete);
    assert!(facts.members[0].formats.contains(&FormatId::Llamafile));
    assert!(facts.members.iter().any(|member| member.formats == [FormatId::Gguf]));
}
