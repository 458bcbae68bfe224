//! Findings that are alike, so that many are told once.

use crate::verdict::{Finding, Level, Proof, Waived};
use std::collections::{HashMap, HashSet};

/// What alike findings have in common.
type Alike<'a> = (&'a str, Level, &'a str, &'a str, Option<Parts<'a>>, Option<&'a str>, Option<&'a str>);

/// What the waivers of alike findings have in common.
type Parts<'a> = (&'a str, &'a str, Proof, Option<&'a str>, &'a str);

/// Findings of one rule with one remedy and one state, in the order in which the first of them stand.
pub(super) fn groups(findings: &[Finding]) -> Vec<Vec<&Finding>> {
    let mut groups: Vec<Vec<&Finding>> = Vec::new();
    let mut known: HashMap<Alike<'_>, usize> = HashMap::new();
    for finding in findings {
        let next = groups.len();
        let index = *known.entry(alike(finding)).or_insert(next);
        match groups.get_mut(index) {
            Some(group) => group.push(finding),
            None => groups.push(vec![finding]),
        }
    }
    groups
}

fn alike(finding: &Finding) -> Alike<'_> {
    (
        &finding.rule,
        finding.level,
        &finding.title,
        &finding.remedy,
        finding.waived.as_ref().map(parts),
        finding.not_waived.as_deref(),
        finding.denies_from.as_deref(),
    )
}

fn parts(waived: &Waived) -> Parts<'_> {
    (&waived.reason, &waived.approver, waived.approver_proof, waived.signed_by.as_deref(), &waived.expires)
}

/// At most `fold` findings of a group, in its order: first those that differ in the entry they offer.
pub(super) fn chosen<'a>(group: &[&'a Finding], fold: usize) -> Vec<&'a Finding> {
    let mut offered = HashSet::new();
    let (distinct, repeated): (Vec<_>, Vec<_>) =
        group.iter().enumerate().partition(|(_, finding)| offered.insert(finding.allow.as_deref()));
    let mut chosen: Vec<(usize, &&Finding)> = distinct.into_iter().chain(repeated).take(fold).collect();
    chosen.sort_by_key(|(index, _)| *index);
    chosen.into_iter().map(|(_, finding)| *finding).collect()
}

/// The lines of several allow entries as one text: the lines that all begin with stand once, and equal entries too.
pub(super) fn together<'a>(entries: &[&'a str]) -> Vec<&'a str> {
    let mut distinct: Vec<Vec<&str>> = Vec::new();
    for entry in entries {
        let lines: Vec<&str> = entry.lines().collect();
        if !distinct.contains(&lines) {
            distinct.push(lines);
        }
    }
    let Some((first, others)) = distinct.split_first() else { return Vec::new() };
    let shared = first
        .iter()
        .enumerate()
        .take_while(|(index, line)| !others.is_empty() && others.iter().all(|other| other.get(*index) == Some(line)))
        .count();
    let rest = distinct.iter().flat_map(|lines| lines.iter().skip(shared));
    first.iter().take(shared).chain(rest).copied().collect()
}
