//! The words that others build on, as snapshots: rule ids, fact and report fields, formats, kinds, exit codes. A changed snapshot
//! is a changed contract.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test that cannot go on ends with a panic"
)]

use serde_json::Value;
use std::collections::BTreeSet;
use std::process::Command;

/// Every field as `Type.field` and every value of an enumeration as `Type = value`, of one schema.
fn words(schema: &Value) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    let root = schema.get("title").and_then(Value::as_str).unwrap().to_owned();
    let definitions = schema.get("$defs").and_then(Value::as_object).into_iter().flatten();
    for (name, definition) in definitions.map(|(name, value)| (name.clone(), value)).chain([(root, schema)]) {
        for field in definition.get("properties").and_then(Value::as_object).into_iter().flatten() {
            words.insert(format!("{name}.{}", field.0));
        }
        let listed = definition.get("enum").and_then(Value::as_array).into_iter().flatten();
        let one_of = definition.get("oneOf").and_then(Value::as_array).into_iter().flatten();
        for value in listed.chain(one_of.filter_map(|one| one.get("const"))) {
            words.insert(format!("{name} = {}", value.as_str().unwrap()));
        }
    }
    words
}

fn list(words: BTreeSet<String>) -> String {
    words.into_iter().collect::<Vec<_>>().join("\n")
}

#[test]
fn facts() {
    insta::assert_snapshot!(list(words(schemars::schema_for!(weighbridge::facts::Facts).as_value())));
}

#[test]
fn report() {
    insta::assert_snapshot!(list(words(schemars::schema_for!(weighbridge::verdict::Report).as_value())));
}

#[test]
fn verification() {
    insta::assert_snapshot!(list(words(schemars::schema_for!(weighbridge::attest::Verification).as_value())));
}

#[test]
fn publication() {
    insta::assert_snapshot!(list(words(schemars::schema_for!(weighbridge::github::Publication).as_value())));
}

#[test]
fn policy_test() {
    insta::assert_snapshot!(list(words(schemars::schema_for!(weighbridge::policy::TestRun).as_value())));
}

#[test]
fn config() {
    insta::assert_snapshot!(list(words(schemars::schema_for!(weighbridge::config::Config).as_value())));
}

#[test]
fn exit_codes() {
    let codes = weighbridge::cli::Exit::ALL.map(|(exit, meaning)| format!("{} {meaning}", exit.code()));
    insta::assert_snapshot!(codes.join("\n"));
}

#[test]
fn rules() {
    let output = Command::new(env!("CARGO_BIN_EXE_weighbridge"))
        .args(["rules", "list", "--no-config", "--format", "json"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let rules: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    let line = |rule: &Value| format!("{} {}", rule["level"].as_str().unwrap(), rule["id"].as_str().unwrap());
    insta::assert_snapshot!(rules.iter().map(line).collect::<Vec<_>>().join("\n"));
}
