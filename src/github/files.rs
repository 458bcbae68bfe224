//! The files of a pull request: those that "Files changed" shows, and that a comment can be written on.

use crate::github::{Client, GithubError, Subject, Submission};
use serde::Deserialize;
use std::collections::HashSet;

/// Files that GitHub lists of a pull request ("List pull requests files": "a maximum of 3000 files").
const LISTED: usize = 3_000;

/// Pages of a hundred that this makes.
const PAGES: usize = 30;

#[derive(Deserialize)]
struct Listed {
    filename: String,
    #[serde(default)]
    status: String,
}

/// The files that a comment can be written on.
pub(super) struct Files {
    /// Their names from the top of the repository.
    pub names: HashSet<String>,
    /// What is to be said where GitHub did not list them all.
    pub note: Option<&'static str>,
}

pub(super) fn list(client: &mut Client, submission: &Submission<'_>, number: u64) -> Result<Files, GithubError> {
    let path = format!("/repos/{}/pulls/{number}/files", submission.context.repository);
    // A removed file has nothing left that could be denied.
    let keep = |file: Listed| Some((file.status != "removed").then_some(file.filename));
    let (listed, _) = client.list(&path, None, PAGES, keep)?;
    let count = listed.len();
    let mut names: Vec<String> = listed.into_iter().flatten().collect();
    let said = match submission.context.subject {
        Subject::Pull(pull) => pull.changed_files,
        _ => None,
    };
    let beyond = count >= LISTED && said.and_then(|said| usize::try_from(said).ok()).is_none_or(|said| said > count);
    let note = match beyond.then(|| (submission.files)()) {
        None => None,
        Some(Some(by_git)) => {
            names.extend(by_git);
            Some("GitHub lists 3,000 files of this pull request; git told the others")
        }
        Some(None) => Some(
            "GitHub lists 3,000 files of this pull request, and there is no checkout with its target branch that tells the others",
        ),
    };
    Ok(Files { names: names.into_iter().collect(), note })
}
