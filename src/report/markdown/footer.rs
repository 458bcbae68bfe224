//! What judged, and what exactly was judged: enough to judge the same again.

use super::page::{Part, Rank, Section, counted};
use super::{NAME, ROWS, text};
use crate::verdict::{ArtifactReport, Layer, PolicySource, Report};

/// The footer, folded.
pub(super) fn write(report: &Report) -> Section {
    let mut parts = vec![policy(report)];
    parts.extend(report.policy.sources.iter().take(ROWS).map(|one| Part::new(Rank::Rest, source(one))));
    parts.extend(report.artifacts.iter().take(ROWS).map(|artifact| Part::new(Rank::Rest, digest(artifact))));
    let left =
        [report.policy.sources.len(), report.artifacts.len()].map(|count| count.saturating_sub(ROWS)).iter().sum();
    Section {
        open: "<details>\n<summary>The policy, and digests</summary>\n\n".to_owned(),
        parts,
        left,
        noun: ("digest", "digests"),
        close: "</details>",
    }
}

fn policy(report: &Report) -> Part {
    let mut text = format!("- Policy set {}\n", text::code(&report.policy.digest, NAME));
    if let Some(base) = &report.policy.base {
        let base = text::code(base, NAME);
        text.push_str(&format!("- Configuration, policies and waivers of the commit {base}\n"));
    }
    if let Some(changed) = &report.changed {
        let files = usize::try_from(changed.files).unwrap_or(usize::MAX);
        let unchanged = usize::try_from(changed.unchanged).unwrap_or(usize::MAX);
        text.push_str(&format!(
            "- Only what changed since {} (commit {}): {}; {}\n",
            text::code(&changed.since, NAME),
            text::code(&changed.base, NAME),
            counted(files, ("file", "files")),
            counted(unchanged, ("unchanged artifact was not judged", "unchanged artifacts were not judged")),
        ));
    }
    let (version, at) = (text::prose(&report.tool.version, NAME), text::code(&report.evaluated_at, NAME));
    text.push_str(&format!("- weighbridge {version}, at {at}\n"));
    Part { rank: Rank::Policy, short: text, full: None, tells: 0 }
}

fn source(source: &PolicySource) -> String {
    let layer = match source.layer {
        Layer::Embedded => "Embedded",
        Layer::Organisation => "The organisation's",
        Layer::Repository => "The repository's",
    };
    // A configuration, and data alone, bring none.
    let rules = match usize::try_from(source.rules).unwrap_or(usize::MAX) {
        0 => "no rules".to_owned(),
        rules => counted(rules, ("rule", "rules")),
    };
    let (name, digest) = (text::code(&source.name, NAME), text::code(&source.digest, NAME));
    format!("- {layer} policy {name}: {rules}, {digest}\n")
}

fn digest(artifact: &ArtifactReport) -> String {
    let digest = artifact
        .digest
        .as_ref()
        .map_or_else(|| "no digest".to_owned(), |digest| text::code(&format!("sha256:{}", digest.sha256), NAME));
    format!("- {}: {digest}\n", text::code(&artifact.path, NAME))
}
