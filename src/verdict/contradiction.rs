//! Whether a report that was made elsewhere says one thing: its counts and verdicts against its own findings. Believes nothing else of it.

use crate::facts::IncompleteKind;
use crate::verdict::{ArtifactReport, Level, Report, SCHEMA, Summary, Verdict, WaiverState};
use std::collections::HashSet;

/// What a waiver names: rule, place and digest.
type Named<'a> = (&'a str, &'a str, &'a str);

/// The first place where a report contradicts itself, in words. `None` does not say that it is true.
#[must_use]
pub fn contradiction(report: &Report) -> Option<String> {
    if report.schema != SCHEMA {
        return Some(format!("it is of another schema than `{SCHEMA}`"));
    }
    if report.summary != Summary::of(&report.artifacts) {
        return Some("its summary does not count what it holds".to_owned());
    }
    let all_passed = report.summary.failed == 0 && report.errors.is_empty();
    if (report.verdict == Verdict::Passed) != all_passed {
        return Some("its verdict is not that of its artifacts and errors".to_owned());
    }
    if all_passed && report.artifacts.is_empty() && report.changed.is_none() {
        return Some("it passed without an artifact".to_owned());
    }
    let in_force =
        report.waivers.iter().filter(|waiver| matches!(waiver.state, WaiverState::Used | WaiverState::Expiring));
    let waivers: HashSet<Named<'_>> =
        in_force.map(|waiver| (waiver.rule.as_str(), waiver.path.as_str(), waiver.digest.sha256.as_str())).collect();
    report.artifacts.iter().enumerate().find_map(|(index, artifact)| {
        of_artifact(artifact, &waivers).map(|what| format!("artifact {}: {what}", index.saturating_add(1)))
    })
}

fn of_artifact(artifact: &ArtifactReport, waivers: &HashSet<Named<'_>>) -> Option<&'static str> {
    let mut accepted: HashSet<&str> = HashSet::new();
    for finding in artifact.findings.iter().filter(|finding| finding.waived.is_some()) {
        let digest = finding.member_digest.as_ref().map(|digest| digest.sha256.as_str());
        if !digest.is_some_and(|digest| waivers.contains(&(&finding.rule, &finding.place, digest))) {
            return Some("a finding is waived by no waiver of the report");
        }
        accepted.insert(&finding.place);
    }
    if artifact.incomplete.iter().any(|record| record.waived && !accepted.contains(record.place.as_str())) {
        return Some("what was not read is waived by no finding");
    }
    if artifact.verdict == Verdict::Failed {
        return None;
    }
    if artifact.members == 0 {
        return Some("it passed without a member");
    }
    if artifact.findings.iter().any(|finding| finding.level == Level::Deny && finding.waived.is_none()) {
        return Some("it passed with a denied finding");
    }
    // Content of an unknown format may pass beside other files; a report does not say where it lay.
    if artifact.incomplete.iter().any(|record| !record.waived && record.kind != IncompleteKind::UnknownFormat) {
        return Some("it passed with content that was not read");
    }
    None
}
