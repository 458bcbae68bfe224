use super::*;
use crate::extract::format::trial::facts;

fn scan(text: &str) -> Result<Vec<(String, u64)>, String> {
    let notes = Notes::default();
    let source = Source::memory(text.as_bytes().to_vec());
    let at = Cell::new(0);
    let scan = Scan::new("a.json", 0, &Limits { values: 100, ..Limits::default() }, &at);
    let mut json = parser(&source, &notes);
    scan.seed().deserialize(&mut json).map_err(|error| error.to_string())?;
    json.end().map_err(|error| error.to_string())?;
    Ok(scan.twice.into_inner())
}

#[test]
fn keys_that_stand_twice_are_seen_at_any_depth() {
    assert_eq!(scan(r#"{"a": {"b": 1, "b": 2}, "c": [{"a": 1}], "a": 3}"#), Ok(vec![("b".into(), 1), ("a".into(), 1)]));
    assert_eq!(scan(r#"{"a\u0062": 1, "ab": 2}"#), Ok(vec![("ab".into(), 1)]));
}

#[test]
fn python_words_are_numbers_and_texts_stay() {
    assert_eq!(scan(r#"{"a": NaN, "b": -Infinity, "c": "NaN \" Infinity", "NaN": [Infinity]}"#), Ok(vec![]));
    assert!(scan(r#"{"a": Nan}"#).is_err());
    assert!(scan(r#"{"a": Infinit}"#).is_err());
    assert!(scan("{\"a\": 1,}").is_err());
    assert!(scan(&"[".repeat(100_000)).is_err());
    assert!(scan(&format!("{{{}\"a\":0}}", (0..200).map(|n| format!("\"{n}\":0,")).collect::<String>())).is_err());
}

#[test]
fn names_of_code_count_in_a_text_too() {
    let tables = facts("notes.txt", br#"{"py/object": "os.system"}"#);
    assert_eq!(tables.references.len(), 1);
    assert_eq!(facts("notes.txt", br#"{"license": "mit"}"#).formats(), [FormatId::Text]);
}

#[test]
fn white_space_and_a_byte_order_mark_hide_nothing() {
    let text = br#"[{"type": "os.system"}]"#;
    let blank = b" \n\t\r".repeat(40_000);
    for before in [&b""[..], b"\xef\xbb\xbf", &blank, &[&b"\xef\xbb\xbf"[..], &blank].concat()] {
        let tables = facts("modules.json", &[before, text].concat());
        let found: Vec<_> = tables.references.iter().map(|one| one.target.as_str()).collect();
        assert_eq!(found, ["os.system"], "{} bytes before", before.len());
    }
    assert_eq!(facts("modules.json", &blank).formats(), [FormatId::Text]);
}

#[test]
fn a_cloudpickle_in_a_text_is_read_whatever_it_begins_with() {
    // As stable-baselines3 stores it: short, with a letter that Python passes over, and without PROTO.
    for text in [
        "gASMBXBvc2l4lIwGc3lzdGVtlJOUjAJpZJSFlFKULg==",
        "gASMBXBvc2l4lIwG!c3lzdGVtlJOUjAJpZJSFlFKULg==",
        "TjBjcG9zaXgKc3lzdGVtCihTJ2lkJwp0Ui4=",
    ] {
        let tables = facts("data", format!(r#"{{"policy": {{":type:": "a", ":serialized:": "{text}"}}}}"#).as_bytes());
        assert_eq!(tables.pickles.len(), 1, "{text}");
        assert_eq!(tables.pickles[0].imports[0].global.name.as_deref(), Some("system"));
    }
    // What begins as nothing was not read; what cannot be decoded is refused by the loader.
    assert!(!facts("data", br#"{"policy": {":serialized:": "/////w=="}}"#).incomplete.is_empty());
    assert_eq!(facts("data", br#"{"policy": {":serialized:": "YSB0Z"}}"#).members.len(), 1);
}
