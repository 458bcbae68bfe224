//! Generated files are fresh. `WEIGHBRIDGE_WRITE=1 cargo test` writes them anew.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test that cannot go on ends with a panic"
)]

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
