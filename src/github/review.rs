//! A comment on each denied file of the pull request: what "Files changed" shows for a file that has no lines. Kept up to date; a file that
//! is denied no more has its comment say so, and nobody is notified of that.

use crate::github::ours::{self, Ours};
use crate::github::words::{self, Item};
use crate::github::{Client, Done, GithubError, Outcome, Submission, files};
use crate::report::{markdown_code as code, markdown_prose as prose};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Files with a comment of their own. Each one notifies people; the comment in the pull request has the others.
const MOST: usize = 20;

/// Findings that one comment tells, files that the first one names, and bytes of the findings: with the names below GitHub's 65,536.
const TOLD: usize = 20;
const NAMED: usize = 20;
const ROOM: usize = 40_000;

/// Characters of a name and of a sentence.
const NAME: usize = 240;
const SENTENCE: usize = 600;

pub(super) fn publish(client: &mut Client, submission: &Submission<'_>, number: u64) -> Result<Outcome, GithubError> {
    let report = submission.report;
    let repository = &submission.context.repository;
    let list = format!("/repos/{repository}/pulls/{number}/comments");
    let mark = format!("<!-- weighbridge:{} file -->", submission.name);
    // By the file's name as GitHub has it, of the files that the pull request has.
    let mut wanted: BTreeMap<String, Vec<Item<'_>>> = BTreeMap::new();
    let mut note = None;
    let items: Vec<Item<'_>> = Item::all(report).into_iter().filter(Item::fails).collect();
    if !items.is_empty() {
        let files = files::list(client, submission, number)?;
        note = files.note;
        for item in items {
            let location = words::location(submission, item.file());
            let name = location.as_ref().and_then(|location| location.name());
            if let Some(name) = name.filter(|name| files.names.contains(*name)) {
                wanted.entry(name.to_owned()).or_default().push(item);
            }
        }
    }
    let (found, whole) = ours::find(client, &list, &mark)?;
    let mut by_path: HashMap<&str, &Ours> = HashMap::new();
    for comment in &found {
        by_path.entry(comment.path.as_deref().unwrap_or_default()).or_insert(comment);
    }
    let mut work = Work { client, repository, mark: &mark, list: &list, created: 0, updated: 0, refused: None };
    let left: Vec<&str> = wanted.keys().skip(MOST).map(String::as_str).collect();
    for (index, (path, items)) in wanted.iter().enumerate().take(MOST) {
        let further = if index == 0 { left.as_slice() } else { &[] };
        let body = body(submission, &mark, items, further);
        match by_path.get(path.as_str()) {
            Some(comment) => work.update(comment, &body)?,
            None if whole => work.create(path, &submission.context.head, &body)?,
            None => {}
        }
    }
    let denied: HashSet<&str> = wanted.keys().map(String::as_str).collect();
    let resolved =
        format!("{mark}\nNothing denies this file any more, as of {}.", code(short(&submission.context.head), NAME));
    // A report that nobody vouches for takes back no word of one that may have been right.
    let over = by_path.values().filter(|comment| !denied.contains(comment.path.as_deref().unwrap_or_default()));
    for comment in over.filter(|_| submission.doubt().is_none()) {
        work.resolve(comment, &resolved)?;
    }
    let Work { created, updated, refused, .. } = work;
    let done = match (created, updated, wanted.is_empty()) {
        (1.., _, _) => Done::Created,
        (0, 1.., _) => Done::Updated,
        (0, 0, true) => Done::Skipped,
        (0, 0, false) => Done::Unchanged,
    };
    let mut detail = vec![match done {
        Done::Skipped => "no file of the pull request is denied".to_owned(),
        _ => format!("{} denied in the pull request; {created} new, {updated} brought up to date", wanted.len()),
    }];
    if !left.is_empty() {
        detail.push(format!("{MOST} have a comment of their own"));
    }
    if !whole {
        detail.push("there are too many comments to find all earlier ones, so no new one was written".to_owned());
    }
    detail.extend(refused);
    detail.extend(note.map(str::to_owned));
    Ok(Outcome { done, detail: Some(detail.join("; ")), url: None })
}

struct Work<'a> {
    client: &'a mut Client,
    repository: &'a str,
    mark: &'a str,
    list: &'a str,
    created: usize,
    updated: usize,
    /// Why a file got no comment, the last one.
    refused: Option<String>,
}

impl Work<'_> {
    fn create(&mut self, path: &str, head: &str, body: &str) -> Result<(), GithubError> {
        let request = json!({"body": body, "commit_id": head, "path": path, "subject_type": "file"});
        let (list, mark) = (self.list, self.mark);
        let mut look = |client: &mut Client| {
            let (found, _) = ours::find(client, list, mark)?;
            Ok(found
                .into_iter()
                .find(|comment| comment.path.as_deref() == Some(path))
                .map(|comment| json!({"id": comment.id})))
        };
        match self.client.post(self.list, &request, Some(&mut look)) {
            Ok(_) => self.created = self.created.saturating_add(1),
            // The commit is no longer the pull request's head, or the file is beyond what GitHub shows of it.
            Err(GithubError::Status { status: 422, said, .. }) => {
                self.refused = Some(format!("GitHub takes no comment on {}: {said}", code(path, NAME)));
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn update(&mut self, comment: &Ours, body: &str) -> Result<(), GithubError> {
        if comment.digest == ours::fingerprint(body) {
            return Ok(());
        }
        let path = format!("/repos/{}/pulls/comments/{}", self.repository, comment.id);
        self.client.patch(&path, &json!({"body": body}), None)?;
        self.updated = self.updated.saturating_add(1);
        Ok(())
    }

    /// Says of a file that it is denied no more; once, so that the commit in it stays that of the first time.
    fn resolve(&mut self, comment: &Ours, body: &str) -> Result<(), GithubError> {
        let path = format!("/repos/{}/pulls/comments/{}", self.repository, comment.id);
        let now: Value = self.client.get(&path)?;
        let opening = body.split(", as of").next().unwrap_or(body);
        if now.get("body").and_then(Value::as_str).is_some_and(|text| text.replace("\r\n", "\n").starts_with(opening)) {
            return Ok(());
        }
        self.update(comment, body)
    }
}

/// The first digits of a commit, as people know it.
fn short(commit: &str) -> &str {
    commit.get(..12).unwrap_or(commit)
}

fn body(submission: &Submission<'_>, mark: &str, items: &[Item<'_>], further: &[&str]) -> String {
    let mut text = format!("{mark}\n");
    if !submission.context.own {
        text.push_str("The pull request's own workflow reports this; nothing of it has been verified.\n\n");
    }
    // Whole lines or none: half of an inline code would be no code.
    let mut told = 0usize;
    for item in items.iter().take(TOLD) {
        let (title, message) = (prose(&item.title(), NAME), prose(item.message(), SENTENCE));
        let mut lines = format!("- **{title}**: {message}\n  {}\n", code(&item.place(), NAME));
        if let Item::Finding(finding) = item {
            lines.push_str(&format!("  remedy: {}\n", prose(&finding.remedy, SENTENCE)));
        }
        if text.len().saturating_add(lines.len()) > ROOM {
            break;
        }
        text.push_str(&lines);
        told = told.saturating_add(1);
    }
    let more = items.len().saturating_sub(told);
    if more > 0 {
        text.push_str(&format!("\nand {more} more in this file.\n"));
    }
    if !further.is_empty() {
        text.push_str(&format!("\n{} further files are denied and have no comment of their own:\n", further.len()));
        further.iter().take(NAMED).for_each(|path| text.push_str(&format!("- {}\n", code(path, NAME))));
    }
    text
}
