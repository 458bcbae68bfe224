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

/// The table of formats, and README's list of them: what the program says of itself.
#[test]
fn the_tables_of_formats_are_fresh() {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_weighbridge"));
    let output = command.args(["formats", "--format", "json"]).env_remove("GITHUB_BASE_REF").output().unwrap();
    let formats: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout).unwrap();
    let mut table =
        "<!-- Generated from `weighbridge formats` by the tests; change the format, not this page. -->\n# Formats\n\n\
        What is not read fails as incomplete; a PDF under its own name beside other files only warns. Rules of the group `core` speak of every format.\n\n\
        | format | read | what | rules |\n|---|---|---|---|\n"
            .to_owned();
    let (mut read, mut unread, mut refined) = (Vec::new(), Vec::new(), Vec::new());
    for format in &formats {
        let (id, about) = (format["id"].as_str().unwrap(), format["about"].as_str().unwrap());
        let is_read = format["read"].as_bool().unwrap();
        let mut groups: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for rule in format["rules"].as_array().unwrap() {
            let (group, name) = rule.as_str().unwrap().split_once('/').unwrap();
            groups.entry(group).or_default().push(name);
        }
        // Many rules of a group are told by the group.
        let told = |(group, names): (&str, Vec<&str>)| match names.as_slice() {
            few @ ([] | [_] | [_, _] | [_, _, _]) => {
                let page = |name: &&str| format!("[`{group}/{name}`]({group}/{}/README.md)", name.replace('-', "_"));
                few.iter().map(page).collect::<Vec<_>>().join(", ")
            }
            many => format!("[{} of `{group}`](README.md#{group})", many.len()),
        };
        let rules: Vec<String> = groups.into_iter().map(told).collect();
        let within: Vec<String> = format["within"]
            .as_array()
            .unwrap()
            .iter()
            .map(|outer| format!("within `{}`: ", outer.as_str().unwrap()))
            .collect();
        table.push_str(&format!(
            "| `{id}` | {} | {}{} | {} |\n",
            if is_read { "yes" } else { "**no**" },
            within.concat(),
            about.replace('|', "\\|"),
            rules.join(", ")
        ));
        let list = if !within.is_empty() {
            &mut refined
        } else if is_read {
            &mut read
        } else {
            &mut unread
        };
        list.push(format!("`{id}`"));
    }
    fresh("policies/formats.md", &table);
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let (before, rest) = readme.split_once("<!-- formats -->\n").unwrap();
    let (_, after) = rest.split_once("<!-- end of formats -->").unwrap();
    let lists = format!(
        "Read: {}.\n\nTold apart within these: {}.\n\nRecognised, and failed as not read (a PDF under its own name beside other files only warns): {}.\n",
        read.join(", "),
        refined.join(", "),
        unread.join(", ")
    );
    fresh("README.md", &format!("{before}<!-- formats -->\n{lists}<!-- end of formats -->{after}"));
}

/// A rule that says which formats it speaks of names formats that there are.
#[test]
fn rules_speak_of_formats_that_there_are() {
    let set = weighbridge::policy::PolicySet::embedded().unwrap();
    let mut spoken_of = BTreeSet::new();
    for rule in set.rules() {
        let named = set.formats_of(rule);
        for format in &named {
            let known = serde_json::from_value::<weighbridge::facts::FormatId>(json!(format));
            assert!(known.is_ok(), "{}: no format and no family is called {format}", rule.id);
        }
        // Those of the core and of signatures hold for every format.
        let of_all = ["core/", "provenance/"].iter().any(|group| rule.id.starts_with(group));
        assert!(!named.is_empty() || of_all, "{}: METADATA names no `formats`", rule.id);
        spoken_of.extend(named);
    }
    // Formats of a rule that are not a family's are those of a rule that there is.
    let families = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("policies/data/families.json"));
    let families: serde_json::Value = serde_json::from_str(&families.unwrap()).unwrap();
    for (id, _) in families["rules"].as_object().unwrap() {
        assert!(set.rules().iter().any(|rule| rule.id == *id), "{id}: no such rule");
    }
    // No format of models is left without a rule of its own; what lies within another has those of that.
    for format in weighbridge::extract::formats().iter().filter(|format| format.read && format.within.is_empty()) {
        let plain =
            ["empty", "image", "lfs-pointer", "media", "sentencepiece", "text"].contains(&format.id.name().as_str());
        assert!(plain || spoken_of.contains(&format.id.name()), "{}: no rule speaks of it", format.id);
    }
}
