//! The GitHub event that started a workflow, as far as it says what is compared with what. Its file is data: object names of commits are
//! taken from it and nothing else (docs.github.com, "Webhook events and payloads").

use crate::files::{Disk, Files as _};
use crate::place;
use crate::repository::{Counted, is_id};
use anyhow::{Context as _, bail};
use serde::Deserialize;
use std::path::PathBuf;

/// Bytes of an event that are read; GitHub sends at most 25 MB.
const LARGEST: u64 = 32 << 20;

/// What an event compares.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Span {
    /// The other commit, as git finds it.
    pub revision: String,
    /// How people call it.
    pub shown: String,
    /// How it is meant.
    pub counted: Counted,
    /// The newest commit of the change: HEAD has to be it, or a merge of it.
    pub newest: String,
    /// Whether it is nobody's fault when the other commit is not here: a forced push leaves it to nobody.
    pub may_be_lost: bool,
}

/// The parts of an event that are read.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Payload {
    pull_request: Option<PullRequest>,
    merge_group: Option<MergeGroup>,
    before: Option<String>,
    after: Option<String>,
}

#[derive(Debug, Deserialize)]
struct PullRequest {
    head: Side,
}

#[derive(Debug, Deserialize)]
struct Side {
    sha: String,
}

#[derive(Debug, Deserialize)]
struct MergeGroup {
    base_sha: String,
    head_sha: String,
}

/// The revision that a change is to be added to, in a pull request and in a merge queue; `None` for every other event, and outside of a
/// workflow.
pub(super) fn base() -> anyhow::Result<Option<String>> {
    // GitHub sets it for `pull_request` and `pull_request_target` alone.
    if let Some(branch) = variable("GITHUB_BASE_REF") {
        return Ok(Some(format!("refs/remotes/origin/{branch}")));
    }
    match variable("GITHUB_EVENT_NAME").as_deref() {
        Some("merge_group") => Ok(Some(merge_group(payload()?)?.base_sha)),
        _ => Ok(None),
    }
}

/// What the event that started the workflow compares; `None` when it has nothing to compare with, as the push of a new branch.
pub(super) fn span() -> anyhow::Result<Option<Span>> {
    let name = variable("GITHUB_EVENT_NAME").unwrap_or_default();
    match name.as_str() {
        // The payload's `base.sha` may be older than what the branch was merged with, and what was mended between the two would then not
        // count as changed when it is undone.
        "pull_request" | "pull_request_target" => {
            let branch = variable("GITHUB_BASE_REF").context("GITHUB_BASE_REF is not set; use --changed-since REF")?;
            let newest = payload()?.pull_request.map(|one| one.head.sha);
            let newest = newest.context("the event has no `pull_request`; use --changed-since REF")?;
            Ok(Some(Span {
                revision: format!("refs/remotes/origin/{branch}"),
                shown: branch,
                counted: Counted::FromShared,
                newest: commit(newest, "pull_request.head.sha")?,
                may_be_lost: false,
            }))
        }
        "merge_group" => {
            let MergeGroup { base_sha, head_sha } = merge_group(payload()?)?;
            Ok(Some(Span { may_be_lost: false, ..itself(base_sha, head_sha) }))
        }
        "push" => {
            let Payload { before, after, .. } = payload()?;
            let (Some(before), Some(after)) = (before, after) else {
                bail!("the event has no `before` and `after`; use --changed-since REF");
            };
            let (before, after) = (commit(before, "before")?, commit(after, "after")?);
            Ok((!before.bytes().all(|digit| digit == b'0')).then(|| itself(before, after)))
        }
        "" => {
            bail!("--changed-only asks the GitHub workflow that it runs in, and there is none; use --changed-since REF")
        }
        other => bail!(
            "the event `{}` does not say what changed; leave --changed-only out of workflows that it starts, or use \
             --changed-since REF",
            place::escape_cut(other.as_bytes(), 80)
        ),
    }
}

fn itself(before: String, newest: String) -> Span {
    let counted = Counted::FromItself;
    Span { shown: before.clone(), revision: before, counted, newest, may_be_lost: true }
}

fn merge_group(payload: Payload) -> anyhow::Result<MergeGroup> {
    let group = payload.merge_group.context("the event has no `merge_group`; name the commit with --base")?;
    Ok(MergeGroup {
        base_sha: commit(group.base_sha, "merge_group.base_sha")?,
        head_sha: commit(group.head_sha, "merge_group.head_sha")?,
    })
}

/// A text as the object name that it has to be.
fn commit(text: String, key: &str) -> anyhow::Result<String> {
    if !is_id(&text) {
        bail!("`{key}` of the event is no commit: `{}`", place::escape_cut(text.as_bytes(), 80));
    }
    Ok(text)
}

fn payload() -> anyhow::Result<Payload> {
    let path = std::env::var_os("GITHUB_EVENT_PATH").filter(|path| !path.is_empty());
    let path = PathBuf::from(path.context("GITHUB_EVENT_PATH is not set; give the step GitHub's own variables")?);
    let shown = place::shown(&path);
    let bytes = Disk.read(&path, LARGEST).with_context(|| format!("{shown}: the event cannot be read"))?;
    serde_json::from_slice(&bytes).map_err(|error| {
        anyhow::anyhow!("{shown}: not an event of GitHub (line {}, column {})", error.line(), error.column())
    })
}

/// A variable of the environment that is set to something.
fn variable(name: &str) -> Option<String> {
    std::env::var_os(name).map(|value| value.to_string_lossy().into_owned()).filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_object_names_are_taken() {
        let id = "0123456789abcdef0123456789abcdef01234567";
        assert!(commit(id.to_owned(), "before").is_ok());
        for wrong in ["main", "--all", "", &id[1..], &format!("-{}", &id[1..]), &id.to_uppercase(), &format!("{id}\n")]
        {
            let error = commit(wrong.to_owned(), "before").unwrap_err().to_string();
            assert!(error.starts_with("`before` of the event is no commit"), "{error}");
        }
    }
}
