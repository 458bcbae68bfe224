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
use std::time::{Duration, Instant};
use weighbridge::policy::{self, Outcome, PolicySet};

#[test]
fn every_test_of_every_policy_passes() {
    let set = PolicySet::embedded().unwrap();
    let cases = policy::test(&set).unwrap();
    let failed: Vec<String> = cases
        .iter()
        .filter(|case| case.outcome != Outcome::Passed)
        .map(|case| format!("{}: {}: {:?}", case.file, case.name, case.outcome))
        .collect();
    assert!(failed.is_empty(), "{} of {} failed:\n{}", failed.len(), cases.len(), failed.join("\n"));
    let mut tested: BTreeMap<String, u32> = BTreeMap::new();
    for case in &cases {
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
    let begin = Instant::now();
    let found = policy::check(&folder).unwrap();
    assert_eq!(found.flaws, [], "{:#?}", found.flaws);
    assert_eq!(found.summary.rules, u64::try_from(PolicySet::embedded().unwrap().rules().len()).unwrap());
    // Under a second where it is optimised.
    assert!(begin.elapsed() < Duration::from_secs(30), "{:?}", begin.elapsed());
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
