//! A report as JUnit's suites: one an artifact, with one case a file. A case fails by what fails the run, and tells the rest beside it.

use crate::report::told::{self, Told, Weight};
use crate::report::{Case, CaseOutcome, Suite};
use crate::verdict::{ArtifactReport, Report};
use std::collections::{BTreeMap, HashMap, HashSet};

/// The suites of a report, in its order; named paths that were not judged have one of their own, and each is an error.
#[must_use]
pub fn suites(report: &Report) -> Vec<Suite> {
    let all = told::all(report);
    let mut by_artifact: HashMap<usize, Vec<&Told<'_>>> = HashMap::new();
    for told in &all {
        if let Some(artifact) = told.artifact {
            by_artifact.entry(artifact).or_default().push(told);
        }
    }
    let mut suites: Vec<Suite> = (report.artifacts.iter().enumerate())
        .map(|(index, artifact)| suite(artifact, by_artifact.get(&index).map_or(&[], Vec::as_slice)))
        .collect();
    let errors: Vec<Case> = (report.errors.iter())
        .map(|error| Case {
            outcome: CaseOutcome::Error(told::why(error).to_owned()),
            ..case("not judged", &error.path)
        })
        .collect();
    if !errors.is_empty() {
        suites.push(Suite { name: "not judged".to_owned(), cases: errors });
    }
    suites
}

fn suite(artifact: &ArtifactReport, told: &[&Told<'_>]) -> Suite {
    let mut by_file: BTreeMap<&str, Vec<&Told<'_>>> = BTreeMap::new();
    for one in told {
        by_file.entry(one.file).or_default().push(one);
    }
    let excluded: HashSet<&str> = artifact.excluded.iter().map(String::as_str).collect();
    let mut cases = Vec::new();
    for file in artifact.files.iter().map(|file| file.path.as_str()) {
        let told = by_file.remove(file).unwrap_or_default();
        let mut case = judged(&artifact.path, file, &told);
        if told.is_empty() && excluded.contains(file) {
            case.outcome = CaseOutcome::Skipped;
        }
        cases.push(case);
    }
    // What is about the directory itself, or about no file that was read.
    let others: Vec<Case> = by_file.iter().map(|(file, told)| judged(&artifact.path, file, told)).collect();
    cases.splice(..0, others);
    if cases.is_empty() {
        cases.push(case(&artifact.path, &artifact.path));
    }
    Suite { name: artifact.path.clone(), cases }
}

/// The case of a file: it fails when anything told of it is an error.
fn judged(artifact: &str, file: &str, told: &[&Told<'_>]) -> Case {
    let text = |errors: bool| {
        let chosen = told.iter().filter(|told| (told.weight == Weight::Error) == errors);
        chosen.map(|told| words(told)).collect::<Vec<_>>().join("\n\n")
    };
    let errors = text(true);
    let outcome = if errors.is_empty() { CaseOutcome::Passed } else { CaseOutcome::Failed(errors) };
    Case { outcome, said: text(false), ..case(artifact, file) }
}

fn words(told: &Told<'_>) -> String {
    let word = match told.weight {
        Weight::Error => "",
        Weight::Warning => "warning ",
        Weight::Note => "waived ",
    };
    let mut text = format!("{word}[{}] {}\nat {}", told.rule, told.message, told.at());
    let Some(finding) = told.finding else { return text };
    if let Some(evidence) = finding.evidence.as_ref().filter(|evidence| !evidence.is_empty()) {
        text.push_str(&format!("\n{evidence}"));
    }
    match &finding.waived {
        Some(waived) => {
            let (by, until) = (&waived.approver, &waived.expires);
            text.push_str(&format!("\nwaived: {} (by {by}, until {until})", waived.reason));
        }
        None => text.push_str(&format!("\nremedy: {}", finding.remedy)),
    }
    text
}

fn case(class: &str, file: &str) -> Case {
    Case {
        class: class.to_owned(),
        name: file.to_owned(),
        file: file.to_owned(),
        line: None,
        seconds: 0.0,
        outcome: CaseOutcome::Passed,
        said: String::new(),
    }
}
