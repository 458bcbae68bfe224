//! What a wrong policy does: always an error with its place, never a pass and never the end of the process.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test that cannot go on ends with a panic"
)]

use serde_json::json;
use std::collections::BTreeMap;
use std::fs;
use tempfile::TempDir;
use weighbridge::facts::{Facts, SCHEMA};
use weighbridge::files::Disk;
use weighbridge::policy::{Judge, PolicyError, PolicySet, Settings};
use weighbridge::verdict::{AllowEntry, AllowedUse, Finding, Layer, Level, Parameters};

const METADATA: &str = "\
# METADATA
# title: A trial
# description: Only for a test.
# custom:
#   id: own/trial
#   level: deny
#   message: \"Found {what}.\"
#   remedy: Nothing.
#   since: \"0.1.0\"
";

const BODY: &str = "\
package weighbridge.own.trial

deny contains {\"at\": member.id, \"offset\": null, \"with\": {\"what\": member.name}} if {
	some member in input.members
}
";

fn set(files: &[(&str, &str)]) -> Result<PolicySet, PolicyError> {
    let folder = TempDir::new().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    PolicySet::embedded().unwrap().with_path(folder.path(), &Disk)
}

fn rule(body: &str) -> String {
    format!("{METADATA}{body}")
}

fn facts() -> Facts {
    serde_json::from_value(json!({
        "schema": SCHEMA, "evaluated_at": "2026-01-01T00:00:00Z", "tool": {"version": "0.0.0"},
        "artifact": {"path": "model", "kind": "file", "digest": null, "size": 1},
        "members": [{
            "id": 0, "parent": null, "path": "model", "name": "model", "origin": "named", "size": 1, "digest": null,
            "formats": ["safetensors"], "extension": null, "promised": [], "executable": false, "pointer": null, "link": null,
        }],
        "incomplete": [], "deviations": [], "archives": [], "pickles": [], "tensors": [], "graphs": [], "references": [], "declarations": [], "layers": [], "mentions": [], "objects": [], "templates": [],
        "code": [], "executables": [], "signatures": [],
    }))
    .unwrap()
}

/// What the judge says, or the first error on the way there.
fn judged(body: &str) -> Result<Vec<Finding>, PolicyError> {
    Judge::here(&set(&[("trial.rego", &rule(body))])?)?.judge(&facts())
}

/// The error, as text: it must name the file.
fn refused(body: &str) -> String {
    judged(body).unwrap_err().to_string()
}

fn deny(body: &str) -> String {
    format!(
        "package weighbridge.own.trial\n\ndeny contains {{\"at\": 0, \"offset\": null, \"with\": {{\"what\": x}}}} if {{\n\t{body}\n}}\n"
    )
}

#[test]
fn a_right_rule_finds() {
    let found = judged(BODY).unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].message.as_str(), found[0].level, found[0].place.as_str()),
        ("Found model.", Level::Deny, "model")
    );
}

#[test]
fn a_rule_whose_file_is_not_taken_for_one_is_refused() {
    for (name, word) in
        [("load_test.rego", "rename the file"), ("trial.Rego", "small letters"), ("a.REGO", "small letters")]
    {
        let error = set(&[(name, &rule(BODY))]).unwrap_err().to_string();
        assert!(error.contains(name) && error.contains(word), "{error}");
    }
    let bare = set(&[("trial.rego", &rule(BODY)), ("load_test.rego", BODY)]).unwrap_err().to_string();
    assert!(bare.contains("load_test.rego:3"), "{bare}");
}

#[test]
fn a_broken_module_says_file_and_line() {
    let error = refused("package weighbridge.own.trial\n\ndeny contains {\n");
    assert!(error.contains("trial.rego:13: expecting expression"), "{error}");
}

#[test]
fn an_unknown_function_is_found_before_it_is_called() {
    let error = refused(&deny("x := \"a\"\n\tinput.never == 1\n\tno.such.function(x)"));
    assert!(error.contains("trial.rego:15: there is no function `no.such.function`"), "{error}");
}

#[test]
fn a_variable_that_is_never_bound_is_refused() {
    let error = refused(&deny("input.members[_].id == 0"));
    assert!(error.contains("`x`") || error.contains("var x"), "{error}");
}

#[test]
fn a_result_that_is_no_set_is_refused() {
    for body in [
        "package weighbridge.own.trial\n\ndeny := true\n",
        "package weighbridge.own.trial\n\ndeny := {1, 2}\n",
        "package weighbridge.own.trial\n\ndefault deny := false\n",
        "package weighbridge.own.trial\n\ndeny[x] := 1 if { x := \"a\" }\n",
    ] {
        let error = refused(body);
        assert!(error.contains("trial.rego:12: `deny` is not a set"), "{body}: {error}");
    }
    let error = refused("package weighbridge.own.trial\n\nallow := true\n");
    assert!(error.contains("no `deny contains ...`"), "{error}");
}

#[test]
fn an_object_that_is_no_finding_is_refused() {
    let returned = |object: &str| {
        // What text holds is not known before it is judged.
        let body = |object: &str| {
            format!("package weighbridge.own.trial\n\ndeny contains found if {{\n\tfound := {object}\n}}\n")
        };
        assert!(judged(&body(object)).is_err(), "{object}");
        judged(&body(&format!("json.unmarshal(`{object}`)"))).unwrap_err().to_string()
    };
    for object in [
        "1",
        "\"text\"",
        "{\"at\": 0}",
        "{\"at\": 0, \"offset\": null, \"with\": {\"what\": 1}, \"more\": 1}",
        "{\"at\": 9, \"offset\": null, \"with\": {\"what\": 1}}",
        "{\"at\": \"0\", \"offset\": null, \"with\": {\"what\": 1}}",
        "{\"at\": 0, \"offset\": -1, \"with\": {\"what\": 1}}",
        "{\"at\": 0, \"offset\": null, \"with\": []}",
        "{\"at\": 0, \"offset\": null, \"with\": {\"other\": 1}}",
        "{\"at\": 0, \"offset\": null, \"with\": {\"what\": 1, \"evidence\": 1}}",
        "{\"at\": 0, \"offset\": null, \"with\": {\"what\": 1, \"allow\": {\"global\": \"a.b\"}}}",
    ] {
        let error = returned(object);
        assert!(error.starts_with("the rule own/trial returned "), "{object}: {error}");
    }
}

#[test]
fn an_error_of_the_engine_is_no_pass() {
    let error = refused(&deny("x := to_number(\"no number\")"));
    assert!(error.contains("could not be evaluated"), "{error}");
}

#[test]
fn recursion_is_refused_before_the_engine_meets_it() {
    let body = format!("{}\nloop(x) if again(x)\n\nagain(x) if loop(x)\n", deny("x := 1\n\tloop(x)"));
    let error = refused(&body);
    assert!(error.contains("comes back to itself") && error.contains("trial.rego:"), "{error}");
    let error = refused(&format!("{}\nloop(x) if loop(x)\n", deny("x := 1\n\tloop(x)")));
    assert!(error.contains("`loop` comes back to itself"), "{error}");
}

#[test]
fn a_value_behind_an_import_is_refused() {
    let body = deny("some x in list.names").replace("trial\n", "trial\n\nimport data.own.list\n");
    let error = refused(&body);
    assert!(error.contains("write `data.own.list.names`"), "{error}");
}

#[test]
fn deep_literals_and_long_rules_are_refused_at_once() {
    for body in [
        deny(&format!("x := {}1{}", "[".repeat(100_000), "]".repeat(100_000))),
        deny(&format!("x := {}1{}", "{\"a\": [".repeat(8), "]}".repeat(8))),
        deny(&format!("x := {}1", "1 + \n".repeat(50_000))),
        deny(&format!("x := {}1{}", "f(".repeat(40), ")".repeat(40))),
    ] {
        let error = refused(&body);
        assert!(error.contains("trial.rego:"), "{error}");
    }
}

#[test]
fn what_may_nest_and_be_long_is_quick() {
    let nested = format!("x := {}1{}", "{\"a\": [".repeat(4), "]}".repeat(4));
    assert_eq!(judged(&deny(&nested)).unwrap().len(), 1);
    // The longest chain of operators that a rule may have.
    let chain = format!("x := {}1", "1 +\n".repeat(8_000));
    assert_eq!(judged(&deny(&chain)).unwrap().len(), 1);
}

#[test]
fn metadata_is_held_to_its_form() {
    let with = |from: &str, to: &str| set(&[("trial.rego", &rule(BODY).replace(from, to))]).unwrap_err().to_string();
    for (from, to, wanted) in [
        ("# METADATA\n", "#\n", "METADATA: missing"),
        ("# title: A trial\n", "", "title"),
        ("# title: A trial\n", "# title: A trial\n# title: B\n", "title"),
        ("# title: A trial\n", "# titel: A trial\n# title: B\n", "titel"),
        ("own/trial", "own/other", "is not the package's: `own/trial`"),
        ("level: deny", "level: fatal", "fatal"),
        ("level: deny", "level: warn", ""),
        ("{what}", "{What}", "is no placeholder"),
        ("{what}", "{what", "a brace stands alone"),
        ("A trial", "\" \"", "`title` is empty"),
        ("#   since: \"0.1.0\"\n", "#   since: \"0.1.0\"\n#   effective_on: soon\n", "RFC 3339"),
        ("package weighbridge.own.trial", "package own.trial", "a rule's package is"),
    ] {
        if wanted.is_empty() {
            continue;
        }
        let error = with(from, to);
        assert!(error.contains(wanted) && error.contains("trial.rego:"), "{from:?} -> {to:?}: {error}");
    }
    let error = refused(&BODY.replace("\"what\"", "\"other\""));
    assert!(error.contains("METADATA names `{what}`"), "{error}");
    let warns = rule(BODY).replace("level: deny", "level: warn");
    let error = Judge::here(&set(&[("trial.rego", &warns)]).unwrap()).unwrap_err().to_string();
    assert!(error.contains("`custom.level` is `warn`"), "{error}");
}

#[test]
fn a_rule_only_warns_before_its_day() {
    let on = |day: &str| {
        let text = rule(BODY)
            .replace("#   since: \"0.1.0\"\n", &format!("#   since: \"0.1.0\"\n#   effective_on: \"{day}\"\n"));
        let found = Judge::here(&set(&[("trial.rego", &text)]).unwrap()).unwrap().judge(&facts()).unwrap();
        found[0].level
    };
    assert_eq!(on("2026-01-02"), Level::Warn);
    assert_eq!(on("2026-01-01T00:00:01Z"), Level::Warn);
    assert_eq!(on("2026-01-01"), Level::Deny);
    assert_eq!(on("2025-12-31"), Level::Deny);
}

#[test]
fn a_later_source_replaces_nothing() {
    let shipped = "package weighbridge.lib.allow\n\npermits(_) := true\n";
    assert!(set(&[("allow.rego", shipped)]).unwrap_err().to_string().contains("is already there"));
    let data = set(&[("data/families.json", "{\"pickles\": []}")]).unwrap();
    assert!(Judge::here(&data).unwrap_err().to_string().contains("already there"));
    let twice = rule(BODY);
    let error = set(&[("a.rego", &twice), ("b.rego", &twice)]).unwrap_err().to_string();
    assert!(error.contains("the rule `own/trial` is already in"), "{error}");
    assert!(matches!(set(&[("readme.md", "x")]), Err(PolicyError::Empty(_))));
    assert!(matches!(
        PolicySet::embedded().unwrap().with_path("no/such/folder".as_ref(), &Disk),
        Err(PolicyError::Unreadable { .. })
    ));
}

#[test]
fn data_of_a_directory_is_read() {
    let body = deny("some x in data.own.names");
    let set = set(&[("trial.rego", &rule(&body)), ("data/own.yaml", "names: [one]\n")]).unwrap();
    assert_eq!(Judge::here(&set).unwrap().judge(&facts()).unwrap()[0].message, "Found one.");
}

#[test]
fn the_digest_is_of_content_and_not_of_place() {
    let one = set(&[("trial.rego", &rule(BODY))]).unwrap();
    let same = set(&[("trial.rego", &rule(BODY))]).unwrap();
    let other = set(&[("trial.rego", &rule(&BODY.replace("null", "1")))]).unwrap();
    assert_eq!(one.digest(), same.digest());
    assert_ne!(one.digest(), other.digest());
    assert!(one.digest().starts_with("sha256:") && one.sources().len() == 2);
    assert_eq!(one.sources()[1].rules, 1);
}

#[test]
fn allow_entries_are_held_to_their_form() {
    let entry = AllowEntry {
        global: "a.b".to_owned(),
        uses: vec![AllowedUse::Call],
        arguments: None,
        state: None,
        reason: "read".to_owned(),
        source: None,
    };
    let with = |entry: AllowEntry| {
        let settings = Settings {
            allow: &[entry],
            parameters: &Parameters::default(),
            refuse: &[],
            signers: &[],
            levels: &BTreeMap::new(),
            decides: None,
        };
        PolicySet::embedded().unwrap().with_settings(Layer::Repository, "weighbridge.yaml", &settings)
    };
    assert!(with(entry.clone()).is_ok());
    assert!(
        with(AllowEntry {
            arguments: Some(vec!["text|none".to_owned(), "one-of:a,b".to_owned(), "any...".to_owned()]),
            ..entry.clone()
        })
        .is_ok()
    );
    for (wrong, wanted) in [
        (AllowEntry { global: "a.*".to_owned(), ..entry.clone() }, "never allowed as a whole"),
        (AllowEntry { global: "a".to_owned(), ..entry.clone() }, "never allowed as a whole"),
        (AllowEntry { uses: vec![], ..entry.clone() }, "`as` is empty"),
        (AllowEntry { reason: " ".to_owned(), ..entry.clone() }, "`reason` is empty"),
        (AllowEntry { arguments: Some(vec!["txt".to_owned()]), ..entry.clone() }, "`txt` is no condition"),
        (AllowEntry { state: Some(vec!["text".to_owned()]), ..entry.clone() }, "`text` is no condition"),
        (AllowEntry { uses: vec![AllowedUse::Build], arguments: Some(vec![]), ..entry.clone() }, "no `call`"),
    ] {
        let error = with(wrong).unwrap_err().to_string();
        assert!(error.starts_with("weighbridge.yaml: allow: ") && error.contains(wanted), "{error}");
    }
}
