#![allow(clippy::arithmetic_side_effects, reason = "tests build bytes")]

use crate::extract::collect::Tables;
use crate::extract::format::trial::{facts, facts_within};
use crate::facts::{FormatId, IncompleteKind, ReferenceKind};
use crate::limits::Limits;

fn read(text: &str) -> Tables {
    facts("conf.yaml", text.as_bytes())
}

fn named(text: &str) -> Vec<(String, String)> {
    read(text).references.into_iter().map(|one| (one.by, one.target)).collect()
}

fn only(text: &str, by: &str, target: &str) {
    assert_eq!(named(text), [(by.to_owned(), target.to_owned())], "{text}");
}

#[test]
fn tags_that_make_objects_are_seen_in_every_spelling() {
    for text in [
        "a: !!python/object/apply:os.system [id]",
        "!!python/object/apply:os.system [id]",
        "- !<tag:yaml.org,2002:python/object/apply:os.system> [id]",
        "%TAG !p! tag:yaml.org,2002:python/\n---\na: !p!object/apply:os.system [id]",
        "%TAG ! tag:yaml.org,2002:python/object/\n---\na: !apply:os.system [id]",
        "a: !!python/object/apply:os.%73ystem [id]",
        "---\na: 1\n---\nb: !!python/object/apply:os.system\n- id\n",
        "? !!python/object/apply:os.system [id]\n: 1\n",
        "? [!!python/object/apply:os.system [id]]\n: 1\n",
        "a: &x !!python/object/apply:os.system [id]\nb: *x\n",
    ] {
        only(text, "python/object/apply", "os.system");
    }
    only("a: !!python/name:os.system ''", "python/name", "os.system");
    only("a: !!javax.script.ScriptEngineManager []", "tag", "javax.script.ScriptEngineManager");
    only("a: !new:torch.nn.Linear {}", "!new", "torch.nn.Linear");
    only("a: !ruby/object:Gem::Installer {}", "!ruby/object", "object:Gem::Installer");
    only("a: !include:../../other.yaml", "!include", "../../other.yaml");
}

#[test]
fn lines_end_where_any_version_of_yaml_ends_them() {
    for end in ["\u{85}", "\u{2028}", "\u{2029}", "\r", "\n"] {
        only(&format!("a: 1 # {end}b: !!python/object/apply:os.system [id]\n"), "python/object/apply", "os.system");
        only(&format!("a: [1 # {end}]{end}b: {{_target_: os.system}}\n"), "_target_", "os.system");
    }
    assert!(named("a: \"x\u{2028}y\"\nb: |\n  x\u{85}\n  y\n").is_empty());
}

#[test]
fn ordinary_tags_name_nothing() {
    let text = "a: !!python/tuple [1, 2]\nb: !!str x\nc: !!python/unicode x\nd: !vault |\n  x\ne: !!timestamp 2001-01-01\nf: !ref <g>\n";
    assert!(named(text).is_empty());
    assert!(read(text).incomplete.is_empty());
    assert_eq!(read("a: 1\n").formats(), [FormatId::Yaml, FormatId::Text]);
}

#[test]
fn names_stand_under_their_keys_at_any_depth() {
    only("a:\n  - b: {_target_: os.system, command: id}\n", "_target_", "os.system");
    only("x: &t os.system\na:\n  _target_: *t\n", "_target_", "os.system");
    only("x: &t _target_\na:\n  *t : os.system\n", "_target_", "os.system");
    only("a: {\"_t\\x61rget_\": os.system}\n", "_target_", "os.system");
    only("b:\n  <<: {_target_: os.system}\n", "_target_", "os.system");
    only("? {a: 1}\n: {_target_: os.system}\n", "_target_", "os.system");
    only(
        "target: nemo.collections.asr.models.EncDecCTCModel\n",
        "target",
        "nemo.collections.asr.models.EncDecCTCModel",
    );
    assert!(named("target: text\nlabel: _target_\n").is_empty());
    assert!(named("a:\n  _target_: null\nb:\n  _target_:\n").is_empty());
    let both = "a:\n  _target_: torch.nn.Linear\n  _target_: os.system\n";
    assert_eq!(named(both).len(), 2, "{:?}", named(both));
    let model = facts("MLmodel", b"flavors:\n  python_function:\n    loader_module: evil\n    code: ../code\n");
    let kinds: Vec<_> = model.references.iter().map(|one| (one.kind, one.by.as_str())).collect();
    assert_eq!(kinds, [(ReferenceKind::Module, "loader_module"), (ReferenceKind::File, "code")]);
    assert_eq!(model.references[0].name.as_deref(), Some("flavors.python_function.loader_module"));
}

#[test]
fn trust_is_declared() {
    for (text, count) in
        [("trust_remote_code: true", 1), ("a: {trust_remote_code: Yes}", 1), ("trust_remote_code: false", 0)]
    {
        assert_eq!(read(text).declarations.len(), count, "{text}");
    }
}

#[test]
fn what_is_broken_is_incomplete_when_it_could_name_code() {
    let broken = read("a: !!python/object/apply:os.system [id]\nb: [\nc: !x\n");
    assert!(broken.lacks(IncompleteKind::Malformed));
    assert_eq!(broken.references.len(), 1);
    assert!(read("a: {% if x %}\n_target_: y").lacks(IncompleteKind::Malformed));
    // A template of a YAML file that names nothing.
    assert!(read("a: {% if x %}\nb: 2\n").incomplete.is_empty());
    assert!(read(&"[".repeat(100_000)).formats().contains(&FormatId::Yaml));
    assert!(read(&format!("{}_target_", "[".repeat(100_000))).lacks(IncompleteKind::Malformed));
}

#[test]
fn a_bomb_of_aliases_stays_small() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for number in 1..60 {
        let before = format!("*a{}", number - 1);
        text.push_str(&format!("a{number}: &a{number} [{}]\n", vec![before; 9].join(", ")));
    }
    assert!(read(&text).incomplete.is_empty());
    let many: String = (0..70_000).map(|number| format!("- &a{number} x\n")).collect();
    assert!(read(&many).lacks(IncompleteKind::Limit));
}

#[test]
fn too_many_names_and_too_long_a_text_are_incomplete() {
    let many: String = (0..50).map(|number| format!("- _target_: a.B{number}\n")).collect();
    let limits = Limits { records: 10, header: 4_000, ..Limits::default() };
    let tables = facts_within("conf.yaml", many.as_bytes(), &limits);
    assert_eq!(tables.references.len(), 10);
    assert!(tables.lacks(IncompleteKind::Limit));
    assert!(facts_within("conf.yaml", "a: 1\n".repeat(1_000).as_bytes(), &limits).lacks(IncompleteKind::Limit));
}

#[test]
fn utf_16_is_read() {
    let text: Vec<u8> =
        "\u{feff}a: !!python/object/apply:os.system [id]\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(facts("conf.yaml", &text).references.len(), 1);
}

#[test]
fn every_cut_and_change_is_survived() {
    let text = "%TAG !p! tag:yaml.org,2002:python/\n---\na: &x !p!object/apply:os.system [\"i\\x64\", *y]\n? {b: [c]}\n: |\n  d\n...\n--- {e: 'f'}\n";
    for end in 0..text.len() {
        for byte in ["", "\0", "!", "[", "\"", "\t", "&", "*", "%", "\u{85}"] {
            let tables = read(&format!("{}{byte}{}", &text[..end], &text[(end + 1).min(text.len())..]));
            assert!(!tables.lacks(IncompleteKind::Internal), "{end} {byte:?}");
        }
    }
}
