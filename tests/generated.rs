//! Generated files are fresh. `WEIGHBRIDGE_WRITE=1 cargo test` writes them anew.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test that cannot go on ends with a panic"
)]

use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Compares a file of the project with what it should hold, or writes it when that is asked for.
fn fresh(name: &str, expected: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    if std::env::var_os("WEIGHBRIDGE_WRITE").is_some() {
        std::fs::write(&path, expected).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == expected, "{name} is stale; write it anew with WEIGHBRIDGE_WRITE=1 cargo test");
}

#[test]
fn the_schema_of_facts_is_fresh() {
    let schema = schemars::schema_for!(weighbridge::facts::Facts);
    let text = serde_json::to_string_pretty(&schema).unwrap();
    fresh("policies/facts.schema.json", &format!("{text}\n"));
}

/// Which allow list speaks of a global, and which has classes or enumerations of a module: what `policies/lib/allow.rego` looks up first.
#[test]
fn the_index_of_the_allow_lists_is_fresh() {
    type Index = BTreeMap<String, BTreeSet<String>>;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies/data/allow");
    let (mut lists, mut globals, mut modules) = (BTreeSet::new(), Index::new(), Index::new());
    for file in glob::glob(root.join("*.json").to_str().unwrap()).unwrap() {
        let file = file.unwrap();
        let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
        let list: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
        for entry in list["entries"].as_array().unwrap() {
            globals.entry(entry["global"].as_str().unwrap().to_owned()).or_default().insert(name.clone());
        }
        let tables = ["classes", "enums"].iter().filter_map(|table| list[table].as_object());
        for module in tables.flat_map(serde_json::Map::keys) {
            modules.entry(module.clone()).or_default().insert(name.clone());
        }
        lists.insert(name);
    }
    let lines = |index: &Index| {
        let lines: Vec<String> = index.iter().map(|one| format!("    {}: {}", json!(one.0), json!(one.1))).collect();
        lines.join(",\n")
    };
    let text = format!(
        "{{\n  \"lists\": {},\n  \"globals\": {{\n{}\n  }},\n  \"modules\": {{\n{}\n  }}\n}}\n",
        json!(lists.iter().map(|name| (name.clone(), true)).collect::<BTreeMap<String, bool>>()),
        lines(&globals),
        lines(&modules)
    );
    fresh("policies/data/listed.json", &text);
}

#[test]
fn the_pages_of_the_rules_are_fresh() {
    let set = weighbridge::policy::PolicySet::embedded().unwrap();
    let pages = weighbridge::policy::docs(&set, None, Path::new("not needed")).unwrap();
    for page in &pages {
        fresh(&format!("policies/{}", page.path.display()), &page.text);
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies");
    for page in &pages {
        let folder = root.join(&page.path);
        let targets = page.text.match_indices("](").map(|(at, _)| page.text[at + 2..].split(')').next().unwrap());
        for target in targets.filter(|target| !target.contains("://")) {
            assert!(folder.parent().unwrap().join(target).is_file(), "{}: links to {target}", page.path.display());
        }
    }
    // A page of a rule that is gone is gone too.
    for found in glob::glob(root.join("*/*/README.md").to_str().unwrap()).unwrap() {
        let found = found.unwrap();
        assert!(pages.iter().any(|page| root.join(&page.path) == found), "{}: no rule has this page", found.display());
    }
}
