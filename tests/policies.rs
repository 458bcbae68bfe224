//! Holds the shipped policies: every rule is tested, described, and part of the recorded list.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test that cannot go on ends with a panic"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use weighbridge::policy::{self, Outcome, PolicySet};

#[test]
fn every_test_of_every_policy_passes_every_rule_fires_and_every_line_is_reached() {
    let set = PolicySet::embedded().unwrap();
    let run = policy::test(&set, None, Path::new("not needed")).unwrap();
    let failed: Vec<String> = run
        .tests
        .iter()
        .filter(|case| case.outcome != Outcome::Passed)
        .map(|case| format!("{}:{}: {}: {:?}", case.file, case.line, case.name, case.came_to))
        .collect();
    assert!(failed.is_empty(), "{} of {} failed:\n{}", failed.len(), run.tests.len(), failed.join("\n"));
    let silent: Vec<&str> = run.rules.iter().filter(|rule| !rule.seen).map(|rule| rule.id.as_str()).collect();
    assert_eq!(silent, Vec::<&str>::new(), "no test makes these rules fire");
    let missed: Vec<String> = run
        .files
        .iter()
        .flat_map(|file| file.not_covered.iter().map(move |line| format!("{}:{line}", file.file)))
        .collect();
    assert!(missed.is_empty(), "no test comes to:\n{}", missed.join("\n"));
    assert!(run.passed && run.summary.percent == Some(100) && run.rules.len() == set.rules().len());
    let mut tested: BTreeMap<String, u32> = BTreeMap::new();
    for case in &run.tests {
        *tested.entry(case.file.clone()).or_default() += 1;
    }
    for rule in set.rules() {
        let (group, name) = rule.id.split_once('/').unwrap();
        let name = name.replace('-', "_");
        let file = format!("policies/{group}/{name}/{name}_test.rego");
        assert!(
            tested.get(&file).is_some_and(|count| *count >= 2),
            "{file} needs a test that fires and one that is silent"
        );
    }
}

#[test]
fn shipped_policies_are_without_a_flaw() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies");
    let found = policy::check(&folder).unwrap();
    assert_eq!(found.flaws, [], "{:#?}", found.flaws);
    assert_eq!(found.summary.rules, u64::try_from(PolicySet::embedded().unwrap().rules().len()).unwrap());
}

#[test]
fn every_rule_is_whole() {
    let set = PolicySet::embedded().unwrap();
    let ids: BTreeSet<&str> = set.rules().iter().map(|rule| rule.id.as_str()).collect();
    assert_eq!(ids.len(), set.rules().len());
    for rule in set.rules() {
        assert!(rule.title.len() <= 80 && !rule.title.ends_with('.'), "{}: a title is a short headline", rule.id);
        assert!(
            rule.description.ends_with('.') && rule.description.len() >= 60,
            "{}: a description is sentences",
            rule.id
        );
        assert_eq!(rule.since, "0.1.0", "{}", rule.id);
    }
}
