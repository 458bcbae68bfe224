//! What judged, and what exactly was judged: enough to judge the same again.

use super::page::{Part, Rank, Section, counted};
use super::{NAME, ROWS, text, whole};
use crate::report::words::signer;
use crate::verdict::{ArtifactReport, Layer, PolicySource, Report};

/// Excluded files of one artifact that are named.
const EXCLUDED: usize = 10;

/// The footer, folded.
pub(super) fn write(report: &Report) -> Section {
    let mut parts = vec![policy(report)];
    parts.extend(report.policy.sources.iter().take(ROWS).map(|one| Part::new(Rank::Rest, source(one))));
    parts.extend(report.artifacts.iter().take(ROWS).map(|artifact| Part::new(Rank::Rest, digest(artifact))));
    let left =
        [report.policy.sources.len(), report.artifacts.len()].map(|count| count.saturating_sub(ROWS)).iter().sum();
    Section {
        open: "<details>\n<summary>Policy and digests</summary>\n\n".to_owned(),
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
        let (since, base) = (text::code(&changed.since, NAME), text::code(&changed.base, NAME));
        text.push_str(&format!("- Changes since {since}, counted from the commit {base}\n"));
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
    let rules = match whole(source.rules) {
        0 => "no rules".to_owned(),
        rules => counted(rules, ("rule", "rules")),
    };
    let (name, digest) = (text::code(&source.name, NAME), text::code(&source.digest, NAME));
    let signed = source.signed_by.as_ref().map(|who| format!(", signed by {}", text::prose(&signer(who), NAME)));
    format!("- {layer} policy {name}: {rules}, {digest}{}\n", signed.unwrap_or_default())
}

fn digest(artifact: &ArtifactReport) -> String {
    let digest = artifact
        .digest
        .as_ref()
        .map_or_else(|| "no digest".to_owned(), |digest| text::code(&format!("sha256:{}", digest.sha256), NAME));
    let excluded: Vec<String> = artifact.excluded.iter().take(EXCLUDED).map(|file| text::code(file, NAME)).collect();
    let excluded = match artifact.excluded.len() {
        0 => String::new(),
        count if count > EXCLUDED => {
            let more = counted(count.saturating_sub(EXCLUDED), ("more file", "more files"));
            format!("  - excluded, so that nothing in it counts: {}, and {more}\n", excluded.join(", "))
        }
        _ => format!("  - excluded, so that nothing in it counts: {}\n", excluded.join(", ")),
    };
    format!("- {}: {digest}\n{excluded}", text::code(&artifact.path, NAME))
}
